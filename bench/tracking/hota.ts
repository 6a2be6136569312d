/**
 * Higher order tracking accuracy: J. Luiten, A. Ošep, P. Dendorfer, P. Torr, A. Geiger, L. Leal-Taixé, B. Leibe, "HOTA: A Higher
 * Order Metric for Evaluating Multi-Object Tracking", International Journal of Computer Vision 129, 2021.
 */
import { heaviest, lifetimes, PairCounts, similarity, type JudgedFrame } from './sequence.ts';

/** The localisation thresholds α that HOTA is the mean over: .05, .10 … .95. */
export const ALPHAS = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** What one threshold counts in one sequence; sequences are joined by adding these up. */
export interface HotaCounts {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
  /** Σ over true positives c of A(c) = |TPA(c)| ÷ (|TPA(c)| + |FNA(c)| + |FPA(c)|). */
  readonly association: number;
  /** Σ of the overlaps of true positives. */
  readonly overlap: number;
}

export interface Hota {
  readonly hota: number;
  readonly detA: number;
  readonly assA: number;
  /** Mean overlap of the true positives. */
  readonly locA: number;
}

/** IoUs that differ by rounding from a threshold count as reaching it. */
const ROUNDING = 1e-9;

/** The counts of one sequence for every threshold of {@link ALPHAS}. */
export function hotaCounts(frames: readonly JudgedFrame[]): HotaCounts[] {
  const overlaps = frames.map(({ truth, tracks }) => truth.map((t) => tracks.map((p) => similarity(t, p))));
  return ALPHAS.map((alpha) => countsAt(frames, overlaps, alpha - ROUNDING));
}

function countsAt(frames: readonly JudgedFrame[], overlaps: readonly number[][][], alpha: number): HotaCounts {
  const lives = { truth: lifetimes(frames, 'truth'), tracks: lifetimes(frames, 'tracks') };
  const associated = (counts: PairCounts, t: string, p: string): number => {
    const together = counts.get(t, p);
    return together / ((lives.truth.get(t) ?? 0) + (lives.tracks.get(p) ?? 0) - together);
  };
  const possible = new PairCounts();
  eachPair(frames, overlaps, (t, p, overlap) => overlap >= alpha && possible.add(t, p));

  const found = new PairCounts();
  let [tp, fn, fp, overlap] = [0, 0, 0, 0];
  frames.forEach(({ truth, tracks }, f) => {
    // §5.3: as many true positives as can be, then the best possible association, then the best overlap.
    const weights = truth.map((t, row) => tracks.map((p, column) => {
      const s = overlaps[f]?.[row]?.[column] ?? 0;
      return s >= alpha ? 1 + 1e-3 * associated(possible, t.id, p.id) + 1e-7 * s : 0;
    }));
    const pairs = heaviest(weights, tracks.length);
    for (const [row, column] of pairs) {
      found.add(truth[row]?.id ?? '', tracks[column]?.id ?? '');
      overlap += overlaps[f]?.[row]?.[column] ?? 0;
    }
    tp += pairs.length;
    fn += truth.length - pairs.length;
    fp += tracks.length - pairs.length;
  });
  const association = found.entries().reduce((sum, [t, p, together]) => sum + together * associated(found, t, p), 0);
  return { tp, fn, fp, association, overlap };
}

function eachPair(frames: readonly JudgedFrame[], overlaps: readonly number[][][], visit: (truthId: string, trackId: string, overlap: number) => void): void {
  frames.forEach(({ truth, tracks }, f) => truth.forEach((t, row) => tracks.forEach((p, column) => visit(t.id, p.id, overlaps[f]?.[row]?.[column] ?? 0))));
}

/** HOTA and its parts over one or more sequences. With neither truth nor tracks there was nothing to get wrong: all are 1. */
export function hota(sequences: readonly (readonly HotaCounts[])[]): Hota {
  const each = ALPHAS.map((_, a): Hota => {
    const sum = (of: keyof HotaCounts): number => sequences.reduce((total, counts) => total + (counts[a]?.[of] ?? 0), 0);
    const [tp, all] = [sum('tp'), sum('tp') + sum('fn') + sum('fp')];
    if (all === 0) return { hota: 1, detA: 1, assA: 1, locA: 1 };
    const detA = tp / all;
    const assA = sum('association') / Math.max(1, tp);
    return { hota: Math.sqrt(detA * assA), detA, assA, locA: tp === 0 ? 1 : sum('overlap') / tp };
  });
  const mean = (of: keyof Hota): number => each.reduce((total, one) => total + one[of], 0) / each.length;
  return { hota: mean('hota'), detA: mean('detA'), assA: mean('assA'), locA: mean('locA') };
}
