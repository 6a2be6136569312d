/** Who and what is in the scene: the test district's cells, six cameras, forty sensors, two SOS buttons, four patrols, four people. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SiteView } from '../../console/server/parts.ts';
import type { CameraStatus, GatePolicy } from '../../domain/camera.ts';
import type { Cell } from '../../domain/cell.ts';
import type { DeviceStatus } from '../../domain/device.ts';
import type { FrameCounts } from '../../domain/frame.ts';
import type { LonLat } from '../../domain/geo.ts';
import type { Operator } from '../../domain/operator.ts';
import type { PatrolState } from '../../domain/patrol.ts';
import { importGrid } from '../../grid/import.ts';
import { centreOf } from '../../grid/polygon.ts';

export const PEOPLE = {
  lin: { name: '林岚', role: 'dispatcher', cellScope: [], seesFaces: false },
  zhou: { name: '周敏', role: 'dispatcher', cellScope: [], seesFaces: false },
  zhao: { name: '赵青', role: 'viewer', cellScope: [], seesFaces: false },
  admin: { name: '管理员', role: 'admin', cellScope: [], seesFaces: false },
} as const satisfies Record<string, Operator>;
export type Person = keyof typeof PEOPLE;

const CAMERAS = ['河沿路口北', '菜市场东门', '第三小学围墙', '配电站院内', '地铁 B 口', '停车场南侧'];
const PATROLS = ['巡一组', '巡二组', '巡三组', '巡四组'];
const SENSORS = ['温度', '烟感', '水位', '门磁'];
/** The camera that does not answer, and the sensors that are away: a real morning has some. */
export const DEAD_CAMERA = 'c6';

/** What the first camera watches. */
const WATCHED: Pick<SiteView['cameras'][number], 'zones' | 'lines'> = {
  zones: [{ id: 'corner', name: '路口转角', polygon: [[0.32, 0.42], [0.62, 0.42], [0.66, 0.66], [0.28, 0.66]] }],
  lines: [{ id: 'kerb', name: '路沿', points: [[0.05, 0.62], [0.95, 0.62]] }],
};

export function readCells(nowMs: number): Cell[] {
  const file = path.join(import.meta.dirname, '../grid/district.geojson');
  return importGrid(readFileSync(file, 'utf8'), { file, nowMs, timeZone: 'Asia/Shanghai' });
}

export interface Cast {
  readonly cells: readonly Cell[];
  readonly site: SiteView;
  cell(i: number): Cell;
  /** The middle of a cell, moved by steps of about 40 m. */
  at(i: number, east?: number, north?: number): LonLat;
}

export function makeCast(nowMs: number): Cast {
  const cells = readCells(nowMs);
  const cell = (i: number): Cell => cells[i % cells.length]!;
  const at: Cast['at'] = (i, east = 0, north = 0) => {
    const { lon, lat } = centreOf(cell(i).area);
    return { lon: lon + east * 0.00045, lat: lat + north * 0.00035 };
  };
  const site: SiteView = {
    name: '东华门网格指挥室',
    timeZone: 'Asia/Shanghai',
    cameras: CAMERAS.map((name, i) => ({ id: `c${i + 1}`, name, location: at(i * 5 + 1, 1, 0.3), homeCell: cell(i * 5 + 1).code, ...(i === 0 ? WATCHED : { zones: [], lines: [] }), groundPlane: null })),
    devices: [
      ...Array.from({ length: 40 }, (_, i) => ({
        id: `s${i}`, name: `${SENSORS[i % 4]}-${String(i + 1).padStart(2, '0')}`, kind: 'sensor' as const, location: at(i, (i % 5) - 2, ((i * 7) % 3) - 1.3), homeCell: cell(i).code,
      })),
      ...[2, 16].map((i) => ({ id: `sos${i}`, name: `${cell(i).name}求助柱`, kind: 'sos' as const, location: at(i, -1, -0.6), homeCell: cell(i).code })),
    ],
    patrols: PATROLS.map((name, i) => ({ id: `p${i + 1}`, name, teamId: `t${i + 1}`, deviceId: `phone-${i + 1}`, skills: [], maxOrders: 3 })),
    armProfiles: [{ id: 'day', name: '日间' }, { id: 'night', name: '夜间' }],
  };
  return { cells, site, cell, at };
}

const POLICIES: readonly GatePolicy[] = [
  { state: 'idle', decodes: 'key-frames', because: 'keys-often-enough', keyEveryMs: 2000, packetTrigger: 'learning' },
  { state: 'active', decodes: 'everything', because: 'keys-often-enough', keyEveryMs: 1960, packetTrigger: 'on' },
  { state: 'idle', decodes: 'key-frames', because: 'packet-sizes', keyEveryMs: 10_000, packetTrigger: 'on' },
  { state: 'hold', decodes: 'everything', because: 'keys-too-rare', keyEveryMs: 8000, packetTrigger: 'off' },
];

export function cameraBoard(nowMs: number): Map<string, { status: CameraStatus; counts: FrameCounts }> {
  return new Map(
    CAMERAS.map((_, i) => {
      const id = `c${i + 1}`;
      const dead = id === DEAD_CAMERA;
      const status: CameraStatus = {
        cameraId: id, state: dead ? 'backing-off' : 'streaming', reason: dead ? 'no answer from 10.0.6.16:554' : null, atMs: nowMs, lastFrameAtMs: nowMs - (dead ? 300_000 : 80), codec: 'h264', widthPx: 1920, heightPx: 1080,
        ...(dead ? { faults: ['no-packets'] } : { policy: POLICIES[i % POLICIES.length]!, clock: i % 2 === 0 ? 'rtcp' : 'arrival', faults: i === 1 ? ['moved'] : [] }),
      };
      const framesShed = 249 + i * 31;
      const framesInferred = dead ? 11_204 : 35_870 + i * 970;
      return [id, { status, counts: { framesIn: framesInferred + framesShed, framesInferred, framesShed } }];
    }),
  );
}

export function deviceBoard(site: SiteView, nowMs: number): Map<string, DeviceStatus> {
  const away = (i: number): boolean => i % 13 === 7;
  return new Map(site.devices.map(({ id }, i) => [id, { deviceId: id, connected: !away(i), lastSeenAtMs: nowMs - (away(i) ? 900_000 : 4000) }]));
}

/** Where the patrols are: three on duty, one of them silent for a while; the fourth is off duty. */
export function patrolStates(cast: Cast, nowMs: number): PatrolState[] {
  return PATROLS.map((_, i) => ({
    patrolId: `p${i + 1}`, onDuty: i !== 3, position: cast.at(i * 8 + 3, -1.3, 0.9), fixAtMs: nowMs - (i === 2 ? 400_000 : 9000 * (i + 1)), accuracyM: 8, cellCode: cast.cell(i * 8 + 3).code, openOrders: 0,
  }));
}
