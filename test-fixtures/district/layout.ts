/** The simulated district as a site's configuration: which cameras, sensors, buttons, patrols and rules stand in which cells. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { configSchema } from '../../config/schema.ts';
import type { LonLat } from '../../domain/geo.ts';
import type { SceneOptions } from '../street-scene/scene.ts';

export type SiteFile = z.input<typeof configSchema>;
export const GRID_FILE = path.resolve(import.meta.dirname, '../grid/district.geojson');

export interface DistrictCell {
  readonly code: string;
  readonly name: string;
  readonly centre: LonLat;
}

/** What a sensor measures, how it behaves when nothing is the matter, and how when something is. */
export interface SensorKind {
  readonly kind: string;
  readonly nameZh: string;
  readonly measurement: string;
  readonly calm: number;
  readonly noise: number;
  readonly alarm: number;
  readonly rule: { readonly limit: number; readonly clear: number; readonly forMs: number; readonly severity: 'Extreme' | 'Severe' | 'Moderate' | 'Minor'; readonly nameZh: string };
}

export const SENSOR_KINDS: readonly SensorKind[] = [
  { kind: 'smoke', nameZh: '烟感', measurement: 'smoke', calm: 8, noise: 4, alarm: 85, rule: { limit: 60, clear: 40, forMs: 2000, severity: 'Extreme', nameZh: '烟雾浓度过高' } },
  { kind: 'temp', nameZh: '温度计', measurement: 'temperatureC', calm: 24, noise: 2, alarm: 71, rule: { limit: 57, clear: 50, forMs: 2000, severity: 'Severe', nameZh: '温度过高' } },
  { kind: 'water', nameZh: '水位计', measurement: 'levelCm', calm: 12, noise: 3, alarm: 48, rule: { limit: 30, clear: 25, forMs: 3000, severity: 'Moderate', nameZh: '积水过深' } },
  { kind: 'noise', nameZh: '噪声计', measurement: 'noiseDb', calm: 52, noise: 5, alarm: 94, rule: { limit: 85, clear: 75, forMs: 3000, severity: 'Minor', nameZh: '噪声过大' } },
];

export interface DistrictCamera {
  readonly id: string;
  readonly nameZh: string;
  /** Preferred clip under ../shared/clips. */
  readonly clip: string;
  /** What is drawn and played where that clip is not there: as lively as such a place is, or its rule would cry all day. */
  readonly drawn: SceneOptions;
  readonly startAtS: number;
  readonly zone: readonly (readonly [number, number])[];
  /** Null: the camera watches and tracks, but no rule is set on it. */
  readonly rule: { readonly nameZh: string; readonly severity: 'Severe' | 'Moderate' | 'Minor'; readonly classes: readonly ('person' | 'car')[] } | null;
  readonly surveyed: boolean;
}

const WHOLE = [[0.02, 0.02], [0.98, 0.02], [0.98, 1], [0.02, 1]] as const;

export const CAMERAS: readonly DistrictCamera[] = [
  { id: 'cam-archive', nameZh: '档案室', clip: 'one-by-one-person-detection.mp4', startAtS: 0, drawn: { seed: 1, persons: 1, vehicles: 0, twoWheelers: 0 }, zone: WHOLE, rule: { nameZh: '档案室有人闯入', severity: 'Severe', classes: ['person'] }, surveyed: true },
  { id: 'cam-street', nameZh: '步行街', clip: 'cutl.mp4', startAtS: 0, drawn: { seed: 2 }, zone: [[0.44, 0.62], [0.56, 0.62], [0.56, 0.8], [0.44, 0.8]], rule: null, surveyed: true },
  { id: 'cam-works', nameZh: '施工围挡', clip: 'worker-zone-detection-preview.mp4', startAtS: 0, drawn: { seed: 3, persons: 2, vehicles: 2, twoWheelers: 0 }, zone: [[0.55, 0.3], [0.98, 0.3], [0.98, 1], [0.55, 1]], rule: { nameZh: '施工禁区有人', severity: 'Moderate', classes: ['person'] }, surveyed: true },
  { id: 'cam-shop', nameZh: '便利店', clip: 'store-aisle-detection-preview.mp4', startAtS: 0, drawn: { seed: 4, persons: 4, vehicles: 0, twoWheelers: 0 }, zone: WHOLE, rule: null, surveyed: false },
  { id: 'cam-lot', nameZh: '停车场', clip: 'car-detection.mp4', startAtS: 0, drawn: { seed: 5, persons: 1, vehicles: 4, twoWheelers: 0, parked: 4 }, zone: WHOLE, rule: null, surveyed: true },
  { id: 'cam-desk', nameZh: '值班台', clip: 'bottle-detection.mp4', startAtS: 0, drawn: { seed: 6, persons: 0, vehicles: 1, twoWheelers: 0 }, zone: WHOLE, rule: null, surveyed: false },
];

export const SENSORS = 40;
export const SOS_BUTTONS = 2;
export const PATROLS = 4;

export function districtCells(): readonly DistrictCell[] {
  const grid = JSON.parse(readFileSync(GRID_FILE, 'utf8')) as { features: { properties: { code: string; name: string }; geometry: { coordinates: [number, number][][] } }[] };
  return grid.features.map(({ properties, geometry }) => {
    const ring = geometry.coordinates[0] ?? [];
    const corners = ring.slice(1);
    const centre = { lon: corners.reduce((sum, [lon]) => sum + lon, 0) / corners.length, lat: corners.reduce((sum, [, lat]) => sum + lat, 0) / corners.length };
    return { code: properties.code, name: properties.name, centre };
  });
}

/** A trapezium of the picture laid on a strip of ground north of the camera, 12 m wide and 8 to 30 m away. */
function groundPlane(at: LonLat): NonNullable<NonNullable<SiteFile['cameras']>[number]['groundPlane']> {
  const metresLat = 1 / 111_320;
  const metresLon = metresLat / Math.cos((at.lat * Math.PI) / 180);
  const ground = (eastM: number, northM: number): LonLat => ({ lon: at.lon + eastM * metresLon, lat: at.lat + northM * metresLat });
  return [
    { picture: [0.05, 0.98], ground: ground(-6, 8) },
    { picture: [0.95, 0.98], ground: ground(6, 8) },
    { picture: [0.66, 0.42], ground: ground(6, 30) },
    { picture: [0.34, 0.42], ground: ground(-6, 30) },
  ];
}

export interface DistrictInput {
  readonly httpPort: number;
  readonly cells: readonly DistrictCell[];
  readonly cameraUrl: (cameraId: string) => string;
  readonly passwordHash: (deviceId: string) => string;
}

/** Every nth cell, so that things stand spread over the district. */
const spread = (cells: readonly DistrictCell[], n: number, of: number): DistrictCell => cells[Math.floor((n * cells.length) / of) % cells.length] as DistrictCell;

export function sensorId(n: number): string {
  const kind = SENSOR_KINDS[n % SENSOR_KINDS.length] as SensorKind;
  return `${kind.kind}-${Math.floor(n / SENSOR_KINDS.length) + 1}`;
}

export function districtConfig({ httpPort, cells, cameraUrl, passwordHash }: DistrictInput): SiteFile {
  const device = (id: string, name: string, cell: DistrictCell | null, rest: object): NonNullable<SiteFile['devices']>[number] =>
    ({ id, name, passwordHash: passwordHash(id), location: cell?.centre ?? null, homeCell: cell?.code ?? null, mapping: null, ...rest }) as NonNullable<SiteFile['devices']>[number];

  const cameras = CAMERAS.map((camera, n) => {
    const cell = spread(cells, n, CAMERAS.length);
    return {
      id: camera.id,
      name: camera.nameZh,
      url: cameraUrl(camera.id),
      location: cell.centre,
      homeCell: cell.code,
      zones: [{ id: 'zone', name: camera.nameZh, polygon: camera.zone.map(([x, y]): [number, number] => [x, y]) }],
      groundPlane: camera.surveyed ? groundPlane(cell.centre) : null,
    };
  });
  const sensors = Array.from({ length: SENSORS }, (_, n) => {
    const kind = SENSOR_KINDS[n % SENSOR_KINDS.length] as SensorKind;
    const id = sensorId(n);
    return device(id, `${kind.nameZh}${Math.floor(n / SENSOR_KINDS.length) + 1}`, spread(cells, n, SENSORS), {
      kind: 'sensor',
      language: 'generic-json',
      topics: [`sensor/${id}`],
      mapping: { measurements: { [kind.measurement]: '/value' }, time: '/ts', id: '/id' },
    });
  });
  const buttons = Array.from({ length: SOS_BUTTONS }, (_, n) =>
    device(`sos-${n + 1}`, `求助按钮${n + 1}`, spread(cells, 2 * n + 1, 2 * SOS_BUTTONS), { kind: 'sos', language: 'sos-button', topics: [`sos/sos-${n + 1}`] }),
  );
  const phones = Array.from({ length: PATROLS }, (_, n) =>
    device(`phone-${n + 1}`, `巡逻${n + 1}组手机`, null, { kind: 'patrol', language: 'owntracks', topics: [`owntracks/patrol-${n + 1}/phone`] }),
  );
  const streets = [...new Set(cells.map((cell) => cell.code.slice(0, 9)))];
  return {
    site: { name: '模拟城区 Simulated district', timeZone: 'Asia/Shanghai' },
    mqtt: { port: 0 },
    http: { port: httpPort },
    grid: { file: GRID_FILE },
    teams: streets.map((code, n) => ({ id: `team-${n + 1}`, name: `第${n + 1}巡防队`, codePrefixes: [code] })),
    patrols: Array.from({ length: PATROLS }, (_, n) => ({ id: `patrol-${n + 1}`, name: `巡逻${n + 1}组`, teamId: `team-${(n % streets.length) + 1}`, deviceId: `phone-${n + 1}`, skills: [], maxOrders: 1 })),
    cameras,
    devices: [...sensors, ...buttons, ...phones],
    rules: [
      ...CAMERAS.flatMap(({ id, rule }) =>
        rule ? [{ id: `${id}-intrusion`, name: rule.nameZh, version: 1, severity: rule.severity, kind: 'intrusion' as const, cameraId: id, zoneId: 'zone', classes: [...rule.classes], inertiaFrames: 3 }] : [],
      ),
      ...SENSOR_KINDS.map((kind, k) => ({
        id: `${kind.kind}-high`,
        name: kind.rule.nameZh,
        version: 1,
        severity: kind.rule.severity,
        kind: 'threshold' as const,
        deviceIds: Array.from({ length: SENSORS }, (_, n) => n).filter((n) => n % SENSOR_KINDS.length === k).map(sensorId),
        measurement: kind.measurement,
        direction: 'above' as const,
        limit: kind.rule.limit,
        clear: kind.rule.clear,
        forMs: kind.rule.forMs,
      })),
    ],
  };
}
