/** A flat piece of the earth: degrees to metres and back, near enough to straight for a district. */
import type { LonLat } from '../domain/geo.ts';

/** Metres east and north of a plane's origin. */
export type MetrePoint = readonly [eastM: number, northM: number];

/** Metres from `origin`, also across the antimeridian. */
export function metresFrom(origin: LonLat, at: LonLat): MetrePoint {
  const turns = Math.round((at.lon - origin.lon) / 360);
  return planeAt(origin).toM(at.lon - 360 * turns, at.lat);
}

/** The place that lies so far from `origin`, its longitude within ±180°. */
export function placeFrom(origin: LonLat, metres: MetrePoint): LonLat {
  const { lon, lat } = planeAt(origin).toLonLat(metres);
  return { lon: lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon, lat };
}

export interface Plane {
  toM(lon: number, lat: number): MetrePoint;
  toLonLat(point: MetrePoint): LonLat;
}

/** One degree of latitude on the sphere that `distanceM` measures on. */
const M_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;

/**
 * Equirectangular projection about `origin`. It is linear, so lines straight in degrees stay straight in metres; at 50 km from the
 * origin (latitude 40°) lengths are wrong by less than 1 %.
 */
export function planeAt(origin: LonLat): Plane {
  const eastPerDegree = M_PER_DEGREE * Math.max(Math.cos((origin.lat * Math.PI) / 180), 1e-6);
  return {
    toM: (lon, lat) => [(lon - origin.lon) * eastPerDegree, (lat - origin.lat) * M_PER_DEGREE],
    toLonLat: ([eastM, northM]) => ({ lon: origin.lon + eastM / eastPerDegree, lat: origin.lat + northM / M_PER_DEGREE }),
  };
}
