/**
 * Scores that mean what they say: per model and label a curve from score to the probability that a detection of this score is right
 * (IoU ≥ 0.5 with a true box that no surer one has taken). Fitted once on labelled pictures, kept in the manifest, applied to every detection.
 */
import type { Judged } from './average-precision.ts';

/** Knots (score, probability), both strictly rising from score 0 to score 1; between them straight lines. */
export type Curve = readonly (readonly [score: number, probability: number])[];

/** A group of neighbouring scores has at least so many detections and is at least so wide: fewer say too little, narrower ones follow noise. */
const MIN_GROUP = 25;
const MIN_WIDTH = 0.07;
/** So much of the score itself is mixed in: no two scores come out equal, so that the ranking, and with it the AP, stays. */
const OWN_SCORE = 0.01;
/** A label with fewer right detections than this gets no curve of its own. */
export const MIN_RIGHT = 30;
const DIGITS = 4;

interface Group {
  readonly score: number;
  readonly probability: number;
  readonly weight: number;
}

/** The probability of a score, 0…1. Throws nothing: scores beyond the knots take the nearest. */
export function calibrated(curve: Curve, score: number): number {
  let next = 0;
  while (next < curve.length && !(curve[next]![0] >= score)) next++;
  if (next === curve.length) return curve.at(-1)?.[1] ?? score;
  const [toScore, to] = curve[next]!;
  if (next === 0) return to;
  const [fromScore, from] = curve[next - 1]!;
  return from + ((score - fromScore) / (toScore - fromScore)) * (to - from);
}

/**
 * Centred isotonic regression (Oron, Flournoy, "Centered Isotonic Regression: Point and Interval Estimation for Dose-Response Studies",
 * Statistics in Biopharmaceutical Research 9(3), 2017): rates of neighbouring scores, pooled where they fall (pool adjacent violators),
 * each pool a knot at its middle. Below the lowest score that was seen the curve goes to 0, above the last knot it stays. Throws RangeError without samples.
 */
export function fitCurve(samples: readonly Judged[]): Curve {
  if (samples.length === 0) throw new RangeError('a curve cannot be fitted to no detections at all');
  const pools = poolViolators(groups(samples));
  const lowest = samples.reduce((least, { score }) => Math.min(least, score), 1);
  const points = [[lowest, pools[0]!.probability] as const, ...pools.map(({ score, probability }) => [score, probability] as const), [1, pools.at(-1)!.probability] as const];
  const risen: [number, number][] = [[0, 0]];
  for (const [score, probability] of points.map(([s, p]) => [round(s), round((1 - OWN_SCORE) * p + OWN_SCORE * s)] as const)) {
    // What rounding made equal becomes one knot, the later.
    while (risen.length > 1 && (risen.at(-1)![0] >= score || risen.at(-1)![1] >= probability)) risen.pop();
    if (score > 0 && probability > 0) risen.push([score, probability]);
  }
  return risen;
}

const round = (value: number): number => Number(value.toFixed(DIGITS));

/** Neighbours by score. A rate is (right + ½) / (all + 1) (Jeffreys' prior): of some right ones nobody learns that all are. */
function groups(samples: readonly Judged[]): Group[] {
  const sorted = [...samples].sort((a, b) => a.score - b.score);
  const cut: Judged[][] = [];
  for (const sample of sorted) {
    const open = cut.at(-1);
    const full = !open || (open.length >= MIN_GROUP && sample.score - open[0]!.score >= MIN_WIDTH);
    if (full) cut.push([sample]);
    else open.push(sample);
  }
  const last = cut.at(-1)!;
  if (cut.length > 1 && last.length < MIN_GROUP) cut.splice(-2, 2, [...cut.at(-2)!, ...last]);
  return cut.map((group) => ({
    score: group.reduce((sum, { score }) => sum + score, 0) / group.length,
    probability: (group.filter(({ right }) => right).length + 0.5) / (group.length + 1),
    weight: group.length,
  }));
}

/** Where a group's rate is not above the one before, both become one. */
function poolViolators(sorted: readonly Group[]): Group[] {
  const pools: Group[] = [];
  for (let group of sorted) {
    for (let before = pools.at(-1); before && before.probability >= group.probability; before = pools.at(-1)) {
      pools.pop();
      const weight = before.weight + group.weight;
      const mean = (a: number, b: number): number => (a * before.weight + b * group.weight) / weight;
      group = { score: mean(before.score, group.score), probability: mean(before.probability, group.probability), weight };
    }
    pools.push(group);
  }
  return pools;
}

/**
 * A curve per label. Labels with fewer than MIN_RIGHT right detections share one, fitted to all of theirs; where even those are too few,
 * the one fitted to every label's. `shared` names them.
 */
export function fitCurves<L extends string>(perLabel: Readonly<Record<L, readonly Judged[]>>): { curves: Record<L, Curve>; shared: L[] } {
  const labels = Object.keys(perLabel) as L[];
  const enough = (samples: readonly Judged[]): boolean => samples.filter(({ right }) => right).length >= MIN_RIGHT;
  const shared = labels.filter((label) => !enough(perLabel[label]));
  const theirs = shared.flatMap((label) => perLabel[label]);
  const pool = enough(theirs) ? theirs : labels.flatMap((label) => perLabel[label]);
  const curve = (label: L): Curve => fitCurve(shared.includes(label) ? pool : perLabel[label]);
  return { curves: Object.fromEntries(labels.map((label) => [label, curve(label)])) as Record<L, Curve>, shared };
}

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly detections: number;
  /** Mean of what was said, and the share that was right. */
  readonly said: number;
  readonly right: number;
}

export interface Reliability {
  /** Expected calibration error: mean distance of said from right over the bins, weighted by their detections. */
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
}

/** How far probabilities lie from what came true, in ten bins of equal width (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017). */
export function reliabilityOf(said: readonly Judged[], bins = 10): Reliability {
  const filled = Array.from({ length: bins }, (_, i): ReliabilityBin => {
    const inBin = said.filter(({ score }) => Math.min(bins - 1, Math.floor(score * bins)) === i);
    const share = (sum: number): number => (inBin.length === 0 ? Number.NaN : sum / inBin.length);
    return { from: i / bins, to: (i + 1) / bins, detections: inBin.length, said: share(inBin.reduce((sum, { score }) => sum + score, 0)), right: share(inBin.filter(({ right }) => right).length) };
  }).filter(({ detections }) => detections > 0);
  return { ece: filled.reduce((sum, bin) => sum + (bin.detections * Math.abs(bin.said - bin.right)) / said.length, 0), bins: filled };
}

/** The lowest score, to be believed from it on, that lets at most `most` false detections through; above 1 where not even 1 does. */
export function lowestScoreFor(judged: readonly Judged[], most: number): number {
  const wrong = judged.filter(({ right }) => !right).map(({ score }) => score).sort((a, b) => b - a);
  const first = wrong[Math.floor(most)];
  if (first === undefined) return 0;
  // The next score above the first false one too many.
  const above = judged.map(({ score }) => score).filter((score) => score > first);
  return above.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
}
