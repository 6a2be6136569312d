/** Pinhole cameras above level ground, for tests: what they see where, exactly, and with seeded errors. */
import fc from 'fast-check';
import type { GroundPoint, PicturePoint } from '../../domain/camera.ts';
import type { LonLat } from '../../domain/geo.ts';

export const BEIJING: LonLat = { lon: 116.4, lat: 39.9 };
const METRES_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;

export function groundAt(origin: LonLat, eastM: number, northM: number): LonLat {
  return { lon: origin.lon + eastM / (METRES_PER_DEGREE * Math.cos((origin.lat * Math.PI) / 180)), lat: origin.lat + northM / METRES_PER_DEGREE };
}

export interface Pose {
  readonly heightM: number;
  readonly tilt: number;
  readonly pan: number;
  readonly focal: number;
}

/** A pinhole camera above the origin: `tilt` below the horizontal and `pan` from north, radians; null behind the camera. Picture 16:10. */
export function see({ heightM, tilt, pan, focal }: Pose, eastM: number, northM: number, upM = 0): PicturePoint | null {
  const right = eastM * Math.cos(pan) - northM * Math.sin(pan);
  const ahead = eastM * Math.sin(pan) + northM * Math.cos(pan);
  const depth = ahead * Math.cos(tilt) + (heightM - upM) * Math.sin(tilt);
  if (depth <= 0.1) return null;
  const down = -ahead * Math.sin(tilt) + (heightM - upM) * Math.cos(tilt);
  return [0.5 + (focal * right) / depth, 0.5 + (focal * 1.6 * down) / depth];
}

/** Street cameras and cameras on roofs. */
export const pose: fc.Arbitrary<Pose> = fc.record({
  heightM: fc.double({ min: 2.5, max: 25, noNaN: true }),
  tilt: fc.double({ min: 0.2, max: 1.3, noNaN: true }),
  pan: fc.double({ min: 0, max: 6.28, noNaN: true }),
  focal: fc.double({ min: 0.5, max: 2, noNaN: true }),
});

/** A ground point `ahead` of the camera's own axis, in metres. */
export function before(p: Pose, aheadM: number, rightM: number): [eastM: number, northM: number] {
  return [rightM * Math.cos(p.pan) + aheadM * Math.sin(p.pan), -rightM * Math.sin(p.pan) + aheadM * Math.cos(p.pan)];
}

export function survey(p: Pose, origin: LonLat, places: readonly (readonly [number, number])[]): GroundPoint[] {
  return places.flatMap(([aheadM, rightM]) => {
    const [e, n] = before(p, aheadM, rightM);
    const picture = see(p, e, n);
    return picture ? [{ picture, ground: groundAt(origin, e, n) }] : [];
  });
}

/** How far ahead the middle of the picture looks. */
export const reach = (p: Pose): number => p.heightM / Math.tan(p.tilt);

/** mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers (Box, Muller 1958), the same for the same seed. */
export function normals(seed: number): () => number {
  const random = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The survey as a person with such errors would have taken it. */
export function withErrors(exact: readonly GroundPoint[], normal: () => number, pickSd: number, groundSdM: number): GroundPoint[] {
  return exact.map(({ picture: [x, y], ground }) => ({ picture: [x + pickSd * normal(), y + pickSd * normal()], ground: groundAt(ground, groundSdM * normal(), groundSdM * normal()) }));
}
