/** Everything that has a place, in drawing order: names lowest, alerts on top. */
import type { LonLat } from '../../../domain/geo.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { CellFeature } from '../api/contract.ts';
import { fits, severityRank, type Filter } from '../alerts/arrange.ts';
import type { Situation } from '../live/situation.ts';
import { AlertMarker, type AlertSpot, CameraMarker, CellName, DeviceMarker, PatrolMarker } from './markers.tsx';
import type { Placed } from './marker-layer.tsx';
import { boundsOf, centreOf } from './mercator.ts';
import type { Heat } from './view.ts';

export interface Layers {
  readonly names: boolean;
  readonly cameras: boolean;
  readonly sensors: boolean;
  readonly patrols: boolean;
  readonly alerts: boolean;
}
export const ALL_LAYERS: Layers = { names: true, cameras: true, sensors: true, patrols: true, alerts: true };

/** Names need about this much of the screen per cell, or they run into each other. */
const WHOLE_NAME_PX = 136;
const SHORT_NAME_PX = 66;
/** Names stand in the upper part of their cell, out of the way of what happens in it. */
const NAME_HEIGHT = 0.6;
/** Sides of the signs that names keep off; their looks are in map.css. */
const PATROL_SIGN_PX = 22;
const CAMERA_SIGN_PX = 21;
const ALERT_SIGN_PX = 22;
/** Alerts closer together than this many degrees (about 11 m) are one mark with a number. */
const SAME_SPOT_DEGREES = 1e-4;

const isOpen = (row: AlertRow): boolean => row.caseStage !== 'closed';

export function heatOf(alerts: Iterable<AlertRow>): Map<string, Heat> {
  const heat = new Map<string, Heat>();
  for (const row of alerts) {
    const code = row.place.cellCode;
    if (code === null || !isOpen(row)) continue;
    const known = heat.get(code);
    const gravest = known && severityRank(known.severity) <= severityRank(row.severity) ? known.severity : row.severity;
    heat.set(code, { severity: gravest, open: (known?.open ?? 0) + 1 });
  }
  return heat;
}

/** Where an alert is drawn: its place, else the middle of its cell. */
export function spotOf(row: AlertRow, centres: ReadonlyMap<string, LonLat>): LonLat | null {
  return row.place.at ?? (row.place.cellCode === null ? null : (centres.get(row.place.cellCode) ?? null));
}

export function centresOf(cells: readonly CellFeature[]): Map<string, LonLat> {
  return new Map(cells.map((cell) => [cell.properties.code, centreOf(cell.geometry)]));
}

function names(cells: readonly CellFeature[], centres: ReadonlyMap<string, LonLat>, heat: ReadonlyMap<string, Heat>): Placed[] {
  return cells.flatMap(({ properties, geometry }) => {
    const at = centres.get(properties.code);
    const bounds = boundsOf([geometry]);
    if (!at || !bounds) return [];
    const fit = { from: { lon: bounds[0], lat: at.lat }, to: { lon: bounds[2], lat: at.lat }, wholePx: WHOLE_NAME_PX, shortPx: SHORT_NAME_PX, aside: { lon: at.lon, lat: at.lat + (bounds[1] - at.lat) * NAME_HEIGHT } };
    const above = { lon: at.lon, lat: at.lat + (bounds[3] - at.lat) * NAME_HEIGHT };
    return [{ key: `name-${properties.code}`, at: above, fit, node: <CellName name={properties.name} community={properties.community.name} open={heat.get(properties.code)?.open ?? 0} /> }];
  });
}

function alertSpots(rows: Iterable<AlertRow>, filter: Filter, centres: ReadonlyMap<string, LonLat>, chosen: string | null): Placed[] {
  const spots = new Map<string, { at: LonLat; rows: AlertRow[] }>();
  for (const row of rows) {
    if (row.id !== chosen && (!isOpen(row) || !fits(row, filter))) continue;
    const at = spotOf(row, centres);
    if (!at) continue;
    const key = `${Math.round(at.lon / SAME_SPOT_DEGREES)},${Math.round(at.lat / SAME_SPOT_DEGREES)}`;
    const spot = spots.get(key);
    if (spot) spot.rows.push(row);
    else spots.set(key, { at, rows: [row] });
  }
  const placed = [...spots].map(([key, { at, rows: here }]) => {
    here.sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || b.filedAtMs - a.filedAtMs);
    const spot: AlertSpot = { severity: here[0]?.severity ?? 'Unknown', rows: here };
    return { key: `alert-${key}`, at, signPx: ALERT_SIGN_PX, rank: severityRank(spot.severity), node: <AlertMarker spot={spot} chosen={chosen} /> };
  });
  // The gravest is drawn last, on top.
  return placed.sort((a, b) => b.rank - a.rank);
}

export function placedThings(now: Situation, layers: Layers, filter: Filter, centres: ReadonlyMap<string, LonLat>, heat: ReadonlyMap<string, Heat>, chosen: string | null): Placed[] {
  const things: Placed[] = [];
  if (layers.names) things.push(...names(now.cells, centres, heat));
  if (layers.sensors) {
    for (const device of now.devices.values()) {
      if (device.location && device.kind !== 'patrol') things.push({ key: `device-${device.id}`, at: device.location, node: <DeviceMarker device={device} /> });
    }
  }
  if (layers.cameras) for (const camera of now.cameras.values()) things.push({ key: `camera-${camera.id}`, at: camera.location, signPx: CAMERA_SIGN_PX, node: <CameraMarker camera={camera} /> });
  if (layers.patrols) {
    for (const patrol of now.patrols.values()) {
      if (patrol.state.position) things.push({ key: `patrol-${patrol.id}`, at: patrol.state.position, signPx: PATROL_SIGN_PX, walks: true, node: <PatrolMarker patrol={patrol} /> });
    }
  }
  if (layers.alerts) things.push(...alertSpots(now.alerts.values(), filter, centres, chosen));
  return things;
}
