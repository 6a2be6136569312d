/** Places on the earth, always WGS-84 degrees (GeoJSON order: longitude first). */

export interface LonLat {
  readonly lon: number;
  readonly lat: number;
}

/** A closed ring as GeoJSON writes it: first position equals last, each [lon, lat]. */
export type Ring = readonly (readonly [number, number])[];

/** One outer ring, then holes. */
export interface Polygon {
  readonly type: 'Polygon';
  readonly coordinates: readonly Ring[];
}

const EARTH_RADIUS_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** Great-circle distance in metres (haversine formula; R. W. Sinnott, "Virtues of the Haversine", 1984). */
export function distanceM(a: LonLat, b: LonLat): number {
  const dLat = (b.lat - a.lat) * RADIANS;
  const dLon = (b.lon - a.lon) * RADIANS;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

export function isLonLat(lon: unknown, lat: unknown): boolean {
  return typeof lon === 'number' && typeof lat === 'number' && Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
}
