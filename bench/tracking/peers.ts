/** What the product's tracker is compared with: plain greedy overlap, without motion, as many camera products do it. */
import { iou, type Box, type Detection } from '../../domain/detection.ts';
import { kindOf, type Kind } from '../../workers/track/associate.ts';
import type { Follower } from './follow.ts';

export interface GreedyOptions {
  /** Detections below it are not looked at. */
  readonly minScore: number;
  /** Least overlap with where a track was last seen. */
  readonly minIou: number;
  /** How long a track may go unseen. 0: one miss ends it (E. Bochinski, V. Eiselein, T. Sikora, "High-Speed Tracking-by-Detection Without Using Image Information", AVSS 2017). */
  readonly patienceMs: number;
}

/** The IoU tracker as published, and one that waits as long as the product's does. */
export const GREEDY: GreedyOptions = { minScore: 0.5, minIou: 0.3, patienceMs: 0 };
export const PATIENT_GREEDY: GreedyOptions = { ...GREEDY, patienceMs: 4000 };

interface Held {
  readonly id: string;
  readonly kind: Kind;
  box: Box;
  seenAtMs: number;
  missed: boolean;
}

/** Pairs the most overlapping track and detection, then the next, and so on; a track counts from its second sight. */
export function greedyFollower({ minScore, minIou, patienceMs }: GreedyOptions): Follower {
  let held: (Held & { sights: number })[] = [];
  let nextId = 1;
  return (detections: readonly Detection[], atMs: number) => {
    const open = detections.filter((d) => d.score >= minScore);
    held = held.filter((track) => !(patienceMs === 0 ? track.missed : atMs - track.seenAtMs > patienceMs));
    const pairs = held.flatMap((track) => open.map((detection) => ({ track, detection, overlap: track.kind === kindOf(detection.label) ? iou(track.box, detection.box) : 0 }))).filter((p) => p.overlap >= minIou);
    const taken = new Set<unknown>();
    for (const { track, detection } of pairs.sort((a, b) => b.overlap - a.overlap)) {
      if (taken.has(track) || taken.has(detection)) continue;
      taken.add(track).add(detection);
      Object.assign(track, { box: detection.box, seenAtMs: atMs, sights: track.sights + 1 });
    }
    for (const track of held) track.missed = !taken.has(track);
    for (const { label, box } of open.filter((d) => !taken.has(d))) held.push({ id: String(nextId++), kind: kindOf(label), box, seenAtMs: atMs, missed: false, sights: 1 });
    return held.filter((track) => track.seenAtMs === atMs && track.sights > 1).map(({ id, kind, box }) => ({ id, kind, box }));
  };
}
