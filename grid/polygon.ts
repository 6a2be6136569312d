/** Where a point lies in a polygon: inside, how deep, and where the polygon's middle is. */
import type { LonLat, Polygon, Ring } from '../domain/geo.ts';
import { planeAt, type MetrePoint } from './plane.ts';

type XY = readonly [number, number];

/**
 * Is the point within the rings (outer, then holes)? Each edge is walked from its lower end, whichever way its ring runs, so that two
 * cells sharing an edge round alike: a point beside it lies in exactly one of them. Even-odd rule, lower end inclusive
 * (M. Shimrat, "Algorithm 112: Position of point relative to polygon", CACM 1962).
 */
export function ringsContain(rings: readonly (readonly XY[])[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      if (passesRightOf(ring[i]!, ring[j]!, x, y)) inside = !inside;
    }
  }
  return inside;
}

function passesRightOf(a: XY, b: XY, x: number, y: number): boolean {
  const [low, high] = a[1] <= b[1] ? [a, b] : [b, a];
  if (y < low[1] || y >= high[1]) return false;
  return x < low[0] + ((y - low[1]) / (high[1] - low[1])) * (high[0] - low[0]);
}

/** Metres from the point to the polygon's nearest border, whichever side of it the point lies on. */
export function borderDistanceM(area: Polygon, at: LonLat): number {
  const plane = planeAt(at);
  let nearestM = Infinity;
  for (const ring of area.coordinates) {
    const points = ring.map(([lon, lat]) => plane.toM(lon, lat));
    for (let i = 1; i < points.length; i++) nearestM = Math.min(nearestM, segmentDistance([0, 0], points[i - 1]!, points[i]!));
  }
  return nearestM;
}

/** Distance of `p` from the straight piece between `a` and `b`. */
export function segmentDistance(p: MetrePoint, a: MetrePoint, b: MetrePoint): number {
  const along = projectedShare(p, a, b);
  return Math.hypot(a[0] + along * (b[0] - a[0]) - p[0], a[1] + along * (b[1] - a[1]) - p[1]);
}

/** How far along from `a` (0) to `b` (1) the nearest place to `p` is. */
export function projectedShare(p: MetrePoint, a: MetrePoint, b: MetrePoint): number {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const length2 = dx * dx + dy * dy;
  return length2 === 0 ? 0 : Math.min(1, Math.max(0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2));
}

/** Twice the signed area (shoelace formula), counter-clockwise positive; the ring may be closed or not. */
export function signedArea2(ring: readonly XY[]): number {
  const [x0, y0] = ring[0] ?? [0, 0];
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const a = ring[j]!;
    const b = ring[i]!;
    // About the first point: in degrees, lon·lat products would lose the digits that matter.
    sum += (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0);
  }
  return sum;
}

export interface Box2 {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** The smallest upright rectangle round the points (a loop, because spreading a long ring into Math.min overflows the stack). */
export function boxOf(points: readonly XY[]): Box2 {
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const [x, y] of points) {
    if (x < box.minX) box.minX = x;
    if (y < box.minY) box.minY = y;
    if (x > box.maxX) box.maxX = x;
    if (y > box.maxY) box.maxY = y;
  }
  return box;
}

/** Centre of gravity of the outer ring: what a distance is measured from when only the cell is known. */
export function centreOf(area: Polygon): LonLat {
  const ring: Ring = area.coordinates[0] ?? [];
  const [x0, y0] = ring[0] ?? [0, 0];
  const area2 = signedArea2(ring);
  if (area2 === 0) return { lon: x0, lat: y0 };
  let x = 0;
  let y = 0;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = [ring[i - 1]![0] - x0, ring[i - 1]![1] - y0];
    const [bx, by] = [ring[i]![0] - x0, ring[i]![1] - y0];
    const cross = ax * by - bx * ay;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  return { lon: x0 + x / (3 * area2), lat: y0 + y / (3 * area2) };
}
