/** The plain map must put things where the map library puts them, and names inside their cells. */
import { describe, expect, test } from 'vitest';
import { distanceM, type Polygon } from '../../../domain/geo.ts';
import { boundsOf, centreOf, ringAround, toWorld } from './mercator.ts';

const ell: Polygon = { type: 'Polygon', coordinates: [[[120, 30], [120.2, 30], [120.2, 30.1], [120, 30.1], [120, 30]]] };

test('a circle of so many metres is closed and lies so far from its middle', () => {
  const at = { lon: 116.4, lat: 39.9 };
  const ring = ringAround(at, 12);
  expect(ring.at(0)).toEqual(ring.at(-1));
  for (const [lon, lat] of ring) expect(distanceM(at, { lon, lat })).toBeCloseTo(12, 2);
});

describe('Mercator', () => {
  test('null island is the middle; the poles stay in the square', () => {
    expect(toWorld({ lon: 0, lat: 0 })).toEqual({ x: 0.5, y: 0.5 });
    expect(toWorld({ lon: -180, lat: 90 }).y).toBeCloseTo(0, 6);
    expect(toWorld({ lon: 180, lat: -90 }).y).toBeCloseTo(1, 6);
  });

  test('agrees with a tile known from the slippy-map convention', () => {
    // Zoom 10, tile 853/422 covers Hangzhou's 30.2936° N, 120.1614° E.
    const { x, y } = toWorld({ lon: 120.1614, lat: 30.2936 });
    expect([Math.floor(x * 1024), Math.floor(y * 1024)]).toEqual([853, 421]);
  });

  test('bounds and centre of a rectangle', () => {
    expect(boundsOf([ell])).toEqual([120, 30, 120.2, 30.1]);
    expect(boundsOf([])).toBeNull();
    const centre = centreOf(ell);
    expect(centre.lon).toBeCloseTo(120.1, 9);
    expect(centre.lat).toBeCloseTo(30.05, 9);
  });
});
