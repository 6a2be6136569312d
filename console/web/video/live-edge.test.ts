/** The chase after the live edge: where it leaps, hurries and rests, and that it always gets there. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chase, LAG } from './live-edge.ts';

describe('one step', () => {
  test.each([
    ['nothing is buffered', { nowS: 0, rate: 1, ranges: [] }, { seekToS: null, rate: 1, lagS: null }],
    ['it joins in the middle of a long stream', { nowS: 0, rate: 1, ranges: [[100, 102]] }, { seekToS: 101.75, rate: 1 }],
    ['there is less than it would keep in hand', { nowS: 0, rate: 1, ranges: [[100, 100.1]] }, { seekToS: 100, rate: 1 }],
    ['it is where it should be', { nowS: 9.7, rate: 1, ranges: [[0, 10]] }, { seekToS: null, rate: 1 }],
    ['it is a little behind', { nowS: 9.3, rate: 1, ranges: [[0, 10]] }, { seekToS: null, rate: 1.1 }],
    ['it hurries until it is back', { nowS: 9.6, rate: 1.1, ranges: [[0, 10]] }, { seekToS: null, rate: 1.1 }],
    ['it is back', { nowS: 9.76, rate: 1.1, ranges: [[0, 10]] }, { seekToS: null, rate: 1 }],
    ['it is far behind', { nowS: 8, rate: 1.1, ranges: [[0, 10]] }, { seekToS: 9.75, rate: 1 }],
    ['pictures were left out', { nowS: 5, rate: 1, ranges: [[0, 5], [6, 6.4]] }, { seekToS: 6.15, rate: 1 }],
  ] as const)('%s', (_, playing, step) => expect(chase(playing)).toMatchObject(step));
});

test('whatever comes, it is never left more than a leap behind what is buffered, and never beyond it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 60 }), (arrivals) => {
      let ranges: [number, number][] = [];
      let nowS = 0;
      let rate = 1;
      for (const [moreS, gap] of arrivals) {
        const end = ranges.at(-1)?.[1] ?? 50;
        if (gap || ranges.length === 0) ranges = [...ranges, [end + 1, end + 1 + moreS]];
        else ranges = [...ranges.slice(0, -1), [ranges.at(-1)![0], end + moreS]];
        const step = chase({ nowS, rate, ranges });
        rate = step.rate;
        nowS = step.seekToS ?? nowS;
        const [fromS, toS] = ranges.at(-1)!;
        expect(nowS).toBeGreaterThanOrEqual(fromS - 0.11);
        expect(nowS).toBeLessThanOrEqual(toS + 0.11);
        expect(toS - nowS).toBeLessThanOrEqual(LAG.leapS);
        // A tenth of a second goes by, as far as there are pictures.
        nowS = Math.min(toS, nowS + 0.1 * rate);
      }
    }),
  );
});
