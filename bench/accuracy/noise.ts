/** How far an average precision would wander had other pictures of the same kind been labelled: its standard error by the bootstrap (Efron, 1979). */
import { averagePrecision, type LabelledPicture } from '../../models/average-precision.ts';
import { randomFrom } from '../../test-fixtures/street-scene/random.ts';

const RESAMPLES = 100;
const SEED = 20261123;

/** Standard error of the mean AP50 over `labels`: pictures are drawn again, with replacement, and judged each time. Shares, not points. */
export function standardErrorOfAp50(pictures: readonly LabelledPicture[], labels: readonly string[]): number {
  const random = randomFrom(SEED);
  const drawn = (): LabelledPicture[] => Array.from(pictures, () => random.pick(pictures));
  const means = Array.from({ length: RESAMPLES }, () => {
    const again = drawn();
    const there = labels.map((label) => averagePrecision(again, label)).filter((ap) => !Number.isNaN(ap));
    return there.reduce((sum, ap) => sum + ap, 0) / there.length;
  });
  const mean = means.reduce((sum, one) => sum + one, 0) / RESAMPLES;
  return Math.sqrt(means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (RESAMPLES - 1));
}
