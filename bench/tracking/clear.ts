/**
 * MOTA, identity switches and fragmentations: K. Bernardin, R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The
 * CLEAR MOT Metrics", EURASIP Journal on Image and Video Processing, 2008; fragmentations as in Milan et al., arXiv:1603.00831, §4.1.5.
 */
import { heaviest, SAME_IOU, similarity, type JudgedFrame } from './sequence.ts';

export interface ClearCounts {
  readonly truthBoxes: number;
  readonly misses: number;
  readonly falseBoxes: number;
  /** How often a true object is matched to another track than when it was last matched. */
  readonly idSwitches: number;
  /** How often the following of a true object is taken up again after it broke off. */
  readonly fragments: number;
}

/** A pair that was matched in the frame before is kept while it overlaps enough, whatever fits better. */
const KEPT = 1000;

export function clearCounts(frames: readonly JudgedFrame[]): ClearCounts {
  const lastTrack = new Map<string, string>();
  let matchedBefore = new Map<string, string>();
  let [truthBoxes, misses, falseBoxes, idSwitches, fragments] = [0, 0, 0, 0, 0];
  for (const { truth, tracks } of frames) {
    const weights = truth.map((t) => tracks.map((p) => {
      const s = similarity(t, p);
      // As many matches as can be comes before how well they overlap.
      return s >= SAME_IOU ? (matchedBefore.get(t.id) === p.id ? KEPT : 1) + 1e-3 * s : 0;
    }));
    const pairs = heaviest(weights, tracks.length);
    const matched = new Map(pairs.map(([row, column]) => [truth[row]?.id ?? '', tracks[column]?.id ?? '']));
    for (const [t, p] of matched) {
      const last = lastTrack.get(t);
      if (last !== undefined && last !== p) idSwitches++;
      if (last !== undefined && !matchedBefore.has(t)) fragments++;
      lastTrack.set(t, p);
    }
    truthBoxes += truth.length;
    misses += truth.length - matched.size;
    falseBoxes += tracks.length - matched.size;
    matchedBefore = matched;
  }
  return { truthBoxes, misses, falseBoxes, idSwitches, fragments };
}

/** Over one or more sequences. MOTA is at most 1 and may be negative; with no truth it is 1 or, where something was followed, 0. */
export function clear(sequences: readonly ClearCounts[]): { readonly mota: number; readonly idSwitches: number; readonly fragments: number; readonly misses: number; readonly falseBoxes: number } {
  const sum = (of: keyof ClearCounts): number => sequences.reduce((total, counts) => total + counts[of], 0);
  const [wrong, all] = [sum('misses') + sum('falseBoxes') + sum('idSwitches'), sum('truthBoxes')];
  return { mota: all === 0 ? Number(wrong === 0) : 1 - wrong / all, idSwitches: sum('idSwitches'), fragments: sum('fragments'), misses: sum('misses'), falseBoxes: sum('falseBoxes') };
}
