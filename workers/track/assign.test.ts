/** No other pairing may be cheaper than the one found. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assign, type Assignment } from './assign.ts';

const total = (costs: number[][], limit: number, found: Assignment): number =>
  found.pairs.reduce((sum, [r, c]) => sum + costs[r]![c]!, 0) + limit * found.aloneRows.length;

/** Tries every way to pair rows with columns or leave them alone. */
function cheapest(costs: number[][], limit: number, row = 0, used = 0): number {
  if (row === costs.length) return 0;
  let best = limit + cheapest(costs, limit, row + 1, used);
  costs[row]!.forEach((cost, column) => {
    if (cost <= limit && !(used & (1 << column))) best = Math.min(best, cost + cheapest(costs, limit, row + 1, used | (1 << column)));
  });
  return best;
}

const matrix = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 6 }))
  .chain(([rows, columns]) => fc.array(fc.array(fc.oneof(fc.double({ min: 0, max: 1.2, noNaN: true }), fc.constant(Infinity), fc.constant(0.5)), { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }).map((costs) => ({ costs, columns })));

test('is as cheap as the best of all pairings', () => {
  fc.assert(
    fc.property(matrix, fc.double({ min: 0.1, max: 1, noNaN: true }), ({ costs, columns }, limit) => {
      const found = assign(costs, columns, limit);
      expect(total(costs, limit, found)).toBeCloseTo(cheapest(costs, limit), 9);
    }),
    { numRuns: 500 },
  );
});

test('uses every row and column at most once and names the rest', () => {
  fc.assert(
    fc.property(matrix, ({ costs, columns }) => {
      const found = assign(costs, columns, 0.8);
      const rows = [...found.pairs.map(([r]) => r), ...found.aloneRows].sort((a, b) => a - b);
      const cols = [...found.pairs.map(([, c]) => c), ...found.aloneColumns].sort((a, b) => a - b);
      expect(rows).toEqual(costs.map((_, r) => r));
      expect(cols).toEqual(Array.from({ length: columns }, (_, c) => c));
      for (const [r, c] of found.pairs) expect(costs[r]![c]!).toBeLessThanOrEqual(0.8);
    }),
  );
});

test('gives up the nearest pair where that makes both cheaper', () => {
  expect(assign([[0.1, 0.2], [0.15, 0.7]], 2, 1).pairs).toEqual([[0, 1], [1, 0]]);
});

test('leaves alone what costs more than the limit', () => {
  expect(assign([[0.9]], 1, 0.8)).toEqual({ pairs: [], aloneRows: [0], aloneColumns: [0] });
});

test('takes no rows or no columns', () => {
  expect(assign([], 2, 1)).toEqual({ pairs: [], aloneRows: [], aloneColumns: [0, 1] });
  expect(assign([[], []], 0, 1)).toEqual({ pairs: [], aloneRows: [0, 1], aloneColumns: [] });
});
