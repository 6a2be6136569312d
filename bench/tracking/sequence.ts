/** What a tracker is judged on: for every frame, what was there and what was followed. */
import { iou, type Box } from '../../domain/detection.ts';
import { assign } from '../../workers/track/assign.ts';
import type { Kind } from '../../workers/track/associate.ts';

/** One box with an identity, of the truth or of a tracker. Ids are compared within their own side only. */
export interface Marked {
  readonly id: string;
  readonly kind: Kind;
  /** Pixels of the frame. */
  readonly box: Box;
}

/** A box of the truth; one that nobody can be asked to see (hidden, tiny, at the edge) neither counts when missed nor when found. */
export interface Truth extends Marked {
  readonly ignored: boolean;
}

export interface JudgedFrame {
  readonly truth: readonly Marked[];
  readonly tracks: readonly Marked[];
}

/** From this overlap on IDF1, MOTA and the setting aside of ignored truth take two boxes for the same. */
export const SAME_IOU = 0.5;

/** Intersection over union of two boxes of one kind; 0 between kinds. */
export const similarity = (a: Marked, b: Marked): number => (a.kind === b.kind ? iou(a.box, b.box) : 0);

/**
 * Takes ignored truth out, and with it the tracks that lie on it: pairs of least total cost are found among all, as in the
 * preparation of MOT16 (Milan et al., "MOT16: A Benchmark for Multi-Object Tracking", arXiv:1603.00831, §4.1.3).
 */
export function setAside(truth: readonly Truth[], tracks: readonly Marked[]): JudgedFrame {
  const costs = truth.map((t) => tracks.map((p) => (similarity(t, p) >= SAME_IOU ? 1 - similarity(t, p) : Infinity)));
  const onIgnored = new Set(assign(costs, tracks.length, 1).pairs.flatMap(([row, column]) => (truth[row]?.ignored === true ? [column] : [])));
  return { truth: truth.filter((t) => !t.ignored), tracks: tracks.filter((_, column) => !onIgnored.has(column)) };
}

/** Each row of `weights` (0 or less: must not be) with at most one column, so that the sum of weights is greatest. */
export function heaviest(weights: readonly (readonly number[])[], columns: number): readonly (readonly [row: number, column: number])[] {
  const most = weights.flat().reduce((a, b) => Math.max(a, b), 0);
  return assign(weights.map((row) => row.map((w) => (w > 0 ? most - w : Infinity))), columns, most).pairs;
}

/** Counts of pairs of ids, kept in one map. */
export class PairCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  add(a: string, b: string): void {
    const row = this.#counts.get(a) ?? new Map<string, number>();
    this.#counts.set(a, row.set(b, (row.get(b) ?? 0) + 1));
  }

  get(a: string, b: string): number {
    return this.#counts.get(a)?.get(b) ?? 0;
  }

  entries(): [a: string, b: string, count: number][] {
    return [...this.#counts].flatMap(([a, row]) => [...row].map(([b, count]): [string, string, number] => [a, b, count]));
  }
}

/** In how many frames each id is. */
export function lifetimes(frames: readonly JudgedFrame[], side: 'truth' | 'tracks'): Map<string, number> {
  const counts = new Map<string, number>();
  for (const frame of frames) for (const { id } of frame[side]) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
