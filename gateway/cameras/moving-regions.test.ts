/** Every changed cell lies in a region, and things that are apart are told apart. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { movingRegions } from './moving-regions.ts';

const cells = (rows: readonly string[]): Uint8Array => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));

test('two things far apart are two regions, the larger first; a gap of one cell parts nothing', () => {
  const changed = cells([
    '#.........',
    '..........',
    '......#.#.',
    '..........',
    '......###.',
  ]);
  expect(movingRegions(changed, 10)).toEqual([{ x: 6, y: 2, w: 3, h: 3 }, { x: 0, y: 0, w: 1, h: 1 }]);
  expect(movingRegions(new Uint8Array(50), 10)).toEqual([]);
});

test('each changed cell lies in a region, and no region is empty at an edge, while there are not too many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 199 }), { maxLength: 7 }), (columns, at) => {
      const changed = new Uint8Array(columns * Math.ceil(200 / columns));
      for (const cell of at) changed[cell] = 1;
      const places = [...new Set(at)].map((cell) => ({ x: cell % columns, y: Math.floor(cell / columns) }));
      const regions = movingRegions(changed, columns);
      for (const { x, y } of places) expect(regions.some((r) => x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h)).toBe(true);
      for (const r of regions) {
        expect(places.some((p) => p.x === r.x) && places.some((p) => p.x === r.x + r.w - 1)).toBe(true);
        expect(places.some((p) => p.y === r.y) && places.some((p) => p.y === r.y + r.h - 1)).toBe(true);
      }
    }),
  );
});

test('no more than eight are told of, the smallest left out', () => {
  const changed = new Uint8Array(40 * 3);
  for (let i = 0; i < 10; i++) changed[40 + i * 4] = 1;
  changed[40 + 36] = changed[40 + 37] = 1;
  const regions = movingRegions(changed, 40);
  expect(regions).toHaveLength(8);
  expect(regions[0]).toEqual({ x: 36, y: 1, w: 2, h: 1 });
});
