/** Tells a change of light from a change of things: one gain and one offset for all of the picture explain light, and only light. */

/** `now ≈ gain · before + offset` over most cells. */
export interface Light {
  readonly gain: number;
  readonly offset: number;
  /** Part of the cells that it explains. */
  readonly explains: number;
}

/** Differences up to this many levels of 255 are noise. */
const NOISE = 10;
const ROUNDS = 5;

/**
 * The light by which one plane became another: least squares, begun with what the medians say and refitted to the cells that fit, so
 * that what was put there or taken away does not count. `weights` 0 leaves a cell out.
 */
export function lightBetween(before: Float32Array, now: Float32Array, ignored: Uint8Array): Light {
  const kept = Array.from(before.keys()).filter((i) => !ignored[i]);
  if (kept.length === 0) return { gain: 1, offset: 0, explains: 1 };
  // A picture without contrast tells an offset only.
  const best = [spreadFit(before, now, kept), { gain: 1, offset: median(kept.map((i) => now[i]! - before[i]!)) }].map((begin) => refined(begin, before, now, kept));
  return best.reduce((a, b) => (b.explains > a.explains ? b : a));
}

function refined(begin: Omit<Light, 'explains'>, before: Float32Array, now: Float32Array, kept: readonly number[]): Light {
  let light = begin;
  let inliers: readonly number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    inliers = kept.filter((i) => Math.abs(now[i]! - light.gain * before[i]! - light.offset) <= NOISE);
    light = leastSquares(before, now, inliers) ?? light;
  }
  return { ...light, explains: inliers.length / kept.length };
}

/** From medians and spreads, which a few changed cells do not move. */
function spreadFit(before: Float32Array, now: Float32Array, kept: readonly number[]): Omit<Light, 'explains'> {
  const [from, to] = [kept.map((i) => before[i]!), kept.map((i) => now[i]!)];
  const [fromMedian, toMedian] = [median(from), median(to)];
  const gain = held(median(to.map((v) => Math.abs(v - toMedian))) / Math.max(1, median(from.map((v) => Math.abs(v - fromMedian)))));
  return { gain, offset: toMedian - gain * fromMedian };
}

function leastSquares(before: Float32Array, now: Float32Array, cells: readonly number[]): Omit<Light, 'explains'> | null {
  const n = cells.length;
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
  for (const i of cells) {
    const [x, y] = [before[i]!, now[i]!];
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const variance = sxx - (sx * sx) / n;
  if (n < 2 || variance / n < 4) return null;
  const gain = held((sxy - (sx * sy) / n) / variance);
  return { gain, offset: (sy - gain * sx) / n };
}

/** A gain beyond these is no light. */
function held(gain: number): number {
  return Math.min(4, Math.max(0.1, gain));
}

function median(values: readonly number[]): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
