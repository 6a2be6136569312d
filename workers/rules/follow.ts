/**
 * Keeps what a rule remembers of an object through the tracker's weaknesses: an object lost for some seconds, or given another id.
 * Whoever is born near the place where somebody of its kind and size was lost just before is taken for the same.
 */
import { footPoint, type Box, type ObjectClass, type Track } from '../../domain/detection.ts';
import { kindOf } from '../track/associate.ts';

interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What must be remembered of an object to know it again. */
export interface Followed {
  readonly trackId: number;
  readonly label: ObjectClass;
  /** Where it was last seen, and when. */
  readonly box: Box;
  readonly seenAtMs: number;
  /** For how long frames have missed it. Counted in frames' time: no frame, no miss. */
  readonly missedMs: number;
  /** Its box touched the side or the foot of the picture: it will have left, and whoever comes in there next is somebody else. */
  readonly atEdge: boolean;
}

/** Tracks get lost for up to 4 s; a little more, and the next one born there is somebody else. */
export const LOST_FOR_MS = 5000;
/** While nothing moves frames come seldom, and what is not there in one of them has not been missed for all that time. */
const LONGEST_STEP_MS = 1000;
/** How far from where it was lost an object may come back, in lengths of its box: at once, per second, and at most. */
const REACH = 0.6;
const REACH_PER_S = 1;
const MOST_REACH = 2.5;
/** So near to the edge of the picture (in heights of its box) an object is cut off by it. */
const EDGE = 0.1;
/** And how much larger or smaller. */
const MOST_RESIZED = 1.8;

/** Time between two frames as far as it counts as time in which something was missed. */
export function stepMs(beforeMs: number | null, atMs: number): number {
  return beforeMs === null ? 0 : Math.min(LONGEST_STEP_MS, Math.max(0, atMs - beforeMs));
}

/** What is kept of this track's object from now on. */
export function followed({ trackId, label, box }: Track, atMs: number, picture: PictureSize): Followed {
  const marginPx = EDGE * box.h;
  const atEdge = box.x <= marginPx || box.x + box.w >= picture.widthPx - marginPx || box.y + box.h >= picture.heightPx - marginPx;
  return { trackId, label, box, seenAtMs: atMs, missedMs: 0, atEdge };
}

/**
 * Gives every track that is seen in this frame (confirmed) the entry that is its own, if any, and the entries of those that are not
 * seen, `sinceMs` longer missed; those missed for longer than `graceMs` are left out. Entries of lost tracks stay as they are.
 */
export function follow<T extends Followed>(entries: readonly T[], tracks: readonly Track[], sinceMs: number, graceMs: number = LOST_FOR_MS): { seen: { track: Track; entry: T | undefined }[]; unseen: T[] } {
  const confirmed = tracks.filter((t) => t.state === 'confirmed');
  const byId = new Map(entries.map((e) => [e.trackId, e]));
  const ids = new Set(confirmed.map((t) => t.trackId));
  const missing = entries.filter((e) => !ids.has(e.trackId));
  const inherited = inheritance(missing, confirmed.filter((t) => !byId.has(t.trackId)));
  const taken = new Set(inherited.values());
  return {
    seen: confirmed.map((track) => ({ track, entry: byId.get(track.trackId) ?? inherited.get(track.trackId) })),
    unseen: missing.filter((e) => !taken.has(e)).map((e) => ({ ...e, missedMs: e.missedMs + sinceMs })).filter((e) => e.missedMs <= graceMs),
  };
}

/** Track id → the missing entry it takes over: nearest pairs first, by what is the same whatever the order of the lists. */
function inheritance<T extends Followed>(missing: readonly T[], newcomers: readonly Track[]): Map<number, T> {
  const pairs = newcomers.flatMap((track) => missing.map((entry) => ({ track, entry, cost: cameBack(entry, track) }))).filter(({ cost }) => cost <= 1);
  pairs.sort((a, b) => a.cost - b.cost || a.track.trackId - b.track.trackId || a.entry.trackId - b.entry.trackId);
  const heirs = new Map<number, T>();
  const taken = new Set<T>();
  for (const { track, entry } of pairs) {
    if (heirs.has(track.trackId) || taken.has(entry)) continue;
    heirs.set(track.trackId, entry);
    taken.add(entry);
  }
  return heirs;
}

/** How far a track came up from where the entry was lost, as a part of how far it may; infinite for another kind, size or time. */
function cameBack(entry: Followed, track: Track): number {
  const resized = Math.max(track.box.h / entry.box.h, entry.box.h / track.box.h);
  if (entry.atEdge || kindOf(entry.label) !== kindOf(track.label) || track.firstSeenAtMs <= entry.seenAtMs || resized > MOST_RESIZED) return Number.POSITIVE_INFINITY;
  const [from, to] = [footPoint(entry.box), footPoint(track.box)];
  const reach = Math.min(MOST_REACH, REACH + (REACH_PER_S * Math.max(0, track.firstSeenAtMs - entry.seenAtMs)) / 1000);
  return Math.hypot(to.x - from.x, to.y - from.y) / (reach * Math.max(entry.box.w, entry.box.h, track.box.w, track.box.h));
}
