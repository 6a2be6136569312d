/** Where a closer look is worth it, how two looks become one, and that the looks keep within their budget. */
import { expect, describe, test } from 'vitest';
import type { Box, Detection } from '../../domain/detection.ts';
import { joinLooks, LookBudget, regionsWorthALook } from './closer-look.ts';

const PICTURE = { widthPx: 1280, heightPx: 720 };
const SMALL = { widthPx: 416, heightPx: 234 };
const person = (box: Box, score = 0.8): Detection => ({ label: 'person', score, box });
const FAR = { x: 0.5, y: 0.25, w: 0.02, h: 0.05 };

describe('regions', () => {
  test('show what moves pixel for pixel, inside the picture', () => {
    expect(regionsWorthALook([FAR], [], PICTURE, SMALL, 1, 0)).toEqual([{ x: 445, y: 0, w: 416, h: 416 }]);
    expect(regionsWorthALook([{ x: 0.98, y: 0.95, w: 0.02, h: 0.05 }], [], PICTURE, SMALL, 1, 0)).toEqual([{ x: 864, y: 304, w: 416, h: 416 }]);
  });

  test('are none for what is large, what was recognised, or where nothing is magnified', () => {
    expect(regionsWorthALook([{ x: 0, y: 0, w: 0.5, h: 0.5 }], [], PICTURE, SMALL, 1, 0)).toEqual([]);
    expect(regionsWorthALook([FAR], [person({ x: 630, y: 170, w: 50, h: 60 })], PICTURE, SMALL, 1, 0)).toEqual([]);
    expect(regionsWorthALook([FAR], [person({ x: 630, y: 170, w: 50, h: 60 }, 0.2)], PICTURE, SMALL, 1, 0)).toHaveLength(1);
    expect(regionsWorthALook([FAR], [], SMALL, SMALL, 1, 0)).toEqual([]);
  });

  test('are no more than allowed, those that cover most first, and equals take turns', () => {
    const pair = [{ x: 0.1, y: 0.1, w: 0.01, h: 0.02 }, { x: 0.12, y: 0.1, w: 0.01, h: 0.02 }];
    const alone = { x: 0.9, y: 0.8, w: 0.01, h: 0.02 };
    const [first, second] = regionsWorthALook([alone, ...pair], [], PICTURE, SMALL, 2, 0);
    expect([first!.x, second!.x]).toEqual([0, 864]);
    expect(regionsWorthALook([alone, ...pair], [], PICTURE, SMALL, 0, 0)).toEqual([]);
    const turns = [0, 1].map((turn) => regionsWorthALook([alone, pair[0]!], [], PICTURE, SMALL, 1, turn)[0]!.x);
    expect(new Set(turns).size).toBe(2);
  });
});

describe('two looks at one picture', () => {
  const region = { x: 400, y: 100, w: 416, h: 416 };
  test('give one box per object, with the closer edges and the better score', () => {
    const closer = person({ x: 500, y: 200, w: 20, h: 50 }, 0.6);
    expect(joinLooks([person({ x: 497, y: 204, w: 24, h: 44 }, 0.7)], [{ region, found: [closer] }], PICTURE)).toEqual([{ ...closer, score: 0.7 }]);
  });

  test('keep what only one of them saw, and nothing that the edge of the region cuts, unless it is the edge of the picture', () => {
    const whole = person({ x: 100, y: 300, w: 60, h: 150 });
    const cut = person({ x: 400, y: 200, w: 20, h: 50 });
    const inside = person({ x: 600, y: 200, w: 20, h: 50 }, 0.5);
    expect(joinLooks([whole], [{ region, found: [cut, inside] }], PICTURE)).toEqual([whole, inside]);
    const atEdge = person({ x: 0, y: 10, w: 20, h: 50 });
    expect(joinLooks([], [{ region: { x: 0, y: 0, w: 416, h: 416 }, found: [atEdge] }], PICTURE)).toEqual([atEdge]);
  });

  test('leave a large object behind a small one of the same kind alone', () => {
    const behind = person({ x: 480, y: 150, w: 80, h: 200 });
    const small = person({ x: 500, y: 200, w: 20, h: 50 });
    expect(joinLooks([behind], [{ region, found: [small] }], PICTURE)).toHaveLength(2);
  });
});

describe('the budget', () => {
  test('takes no more than its part of the time in the long run, in rows of at least five frames', () => {
    const budget = new LookBudget(0.3);
    let [whole, closer, row] = [0, 0, 0];
    const rows: number[] = [];
    for (let frame = 0; frame < 2000; frame++) {
      budget.earn(10);
      whole += 10;
      if (budget.mayLook()) {
        budget.spend(12);
        closer += 12;
        row++;
      } else if (row > 0) {
        rows.push(row);
        row = 0;
      }
    }
    expect(closer / (whole + closer)).toBeLessThanOrEqual(0.31);
    expect(closer / (whole + closer)).toBeGreaterThan(0.27);
    // The first row is short: nobody knew yet what a look costs.
    expect(Math.min(...rows.slice(1))).toBeGreaterThanOrEqual(5);
  });

  test('of nothing allows nothing', () => {
    const budget = new LookBudget(0);
    budget.earn(1000);
    expect(budget.mayLook()).toBe(false);
  });
});
