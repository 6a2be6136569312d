/** Spherical Mercator and the bounds of things: enough for a plain map without a map library (Snyder, USGS PP 1395, p. 41). */
import type { LonLat, Polygon, Ring } from '../../../domain/geo.ts';

/** The world is a square of side 1, its north-west corner at (0, 0). */
export interface WorldPoint {
  readonly x: number;
  readonly y: number;
}

/** Degrees: the greatest latitude that still lies in the square. */
const MAX_LATITUDE = 85.051_128_78;

export function toWorld({ lon, lat }: LonLat): WorldPoint {
  const bound = Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, lat));
  const sin = Math.sin((bound * Math.PI) / 180);
  return { x: lon / 360 + 0.5, y: 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI) };
}

/** [west, south, east, north] in degrees. */
export type Bounds = readonly [number, number, number, number];

export function boundsOf(areas: readonly Polygon[]): Bounds | null {
  let bounds: [number, number, number, number] | null = null;
  for (const area of areas) {
    for (const [lon, lat] of area.coordinates[0] ?? []) {
      bounds = bounds
        ? [Math.min(bounds[0], lon), Math.min(bounds[1], lat), Math.max(bounds[2], lon), Math.max(bounds[3], lat)]
        : [lon, lat, lon, lat];
    }
  }
  return bounds;
}

/** A circle of so many metres on the ground, closed; its corners lie on it. */
export function ringAround(at: LonLat, radiusM: number, corners = 48): Ring {
  const perDegree = (Math.PI / 180) * 6_371_008.8;
  const eastPerDegree = perDegree * Math.max(Math.cos((at.lat * Math.PI) / 180), 1e-6);
  return Array.from({ length: corners + 1 }, (_, i) => {
    const turn = (2 * Math.PI * (i % corners)) / corners;
    return [at.lon + (radiusM * Math.cos(turn)) / eastPerDegree, at.lat + (radiusM * Math.sin(turn)) / perDegree] as const;
  });
}

/** Centre of mass of the outer ring (shoelace formula): where the cell's name stands. */
export function centreOf(area: Polygon): LonLat {
  const ring = area.coordinates[0] ?? [];
  const [ox, oy] = ring[0] ?? [0, 0];
  let doubled = 0;
  let lon = 0;
  let lat = 0;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1] ?? [0, 0];
    const [bx, by] = ring[i] ?? [0, 0];
    const cross = (ax - ox) * (by - oy) - (bx - ox) * (ay - oy);
    doubled += cross;
    lon += cross * (ax + bx - 2 * ox);
    lat += cross * (ay + by - 2 * oy);
  }
  return doubled === 0 ? { lon: ox, lat: oy } : { lon: ox + lon / (3 * doubled), lat: oy + lat / (3 * doubled) };
}
