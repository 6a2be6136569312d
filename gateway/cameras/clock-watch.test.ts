/** A camera's clock: leaps are told, delays, drift and small corrections are not. */
import { describe, expect, test } from 'vitest';
import { ClockWatch } from './clock-watch.ts';

function seen(aheadMs: (atS: number) => number | null, untilS: number): string[] {
  const watch = new ClockWatch();
  const changes: string[] = [];
  let before = false;
  for (let atS = 0; atS <= untilS; atS++) {
    watch.see(aheadMs(atS), atS * 1000);
    const wrong = watch.signs.some((sign) => sign.wrong);
    if (wrong !== before) changes.push(`${atS}: ${wrong ? 'leapt' : 'well'}`);
    before = wrong;
  }
  return changes;
}

describe('a clock', () => {
  test.each<[string, (atS: number) => number | null, string[]]>([
    ['that is right', () => -40, []],
    ['that was never set is wrong, and did not leap', () => -1_600_000_000_000, []],
    ['that drifts by a second an hour', (s) => s / 3.6, []],
    ['that its camera corrects by a second', (s) => (s < 100 ? -1500 : -500), []],
    ['behind a network that stalls for four seconds and delivers all at once', (s) => (s >= 100 && s < 104 ? -1000 * (s - 99) : -40), []],
    ['that is lost over a restart, and found again', (s) => (s < 100 ? -40 : s < 160 ? null : s < 200 ? -1_600_000_000_000 + s : -40), ['163: leapt', '200: well']],
    ['that is set to another time zone by somebody', (s) => (s < 100 ? -40 : 3_600_000), ['103: leapt', '700: well']],
    ['that leaps again and again', (s) => (s < 100 ? 0 : s < 500 ? 10_000 : s < 900 ? 30_000 : 0), ['103: leapt', '900: well']],
  ])('%s', (_, aheadMs, expected) => {
    expect(seen(aheadMs, 1200)).toEqual(expected);
  });

  test('of which the camera tells nothing: nothing is said', () => {
    const watch = new ClockWatch();
    watch.see(null, 0);
    expect(watch.signs).toEqual([]);
  });
});
