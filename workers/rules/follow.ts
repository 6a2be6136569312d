/**
 * Keeps what a rule remembers of an object through the tracker's weaknesses: an object lost for some seconds, or given another id.
 * Whoever is born near the place where somebody of its kind and size was lost just before is taken for the same; so is whoever was born on
 * somebody who is lost at once after, for a detector sees one person twice for some frames, and the tracker may go on with the second.
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
  /** The id it had before; the tracker may go back to it. */
  readonly formerId: number | null;
  readonly label: ObjectClass;
  /** Since when it is known, through all its ids. */
  readonly bornAtMs: number;
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
/** Born so shortly before another was lost, and no farther from it than it may come back at once, it was the same seen twice. */
const TWICE_MS = 1000;
/** So near to the edge of the picture (in heights of its box) an object is cut off by it. */
const EDGE = 0.1;
/** And how much larger or smaller. */
const MOST_RESIZED = 1.8;

/** Time between two frames as far as it counts as time in which something was missed. */
export function stepMs(beforeMs: number | null, atMs: number): number {
  return beforeMs === null ? 0 : Math.min(LONGEST_STEP_MS, Math.max(0, atMs - beforeMs));
}

/** What is kept of this track's object from now on; `entry` is what was kept of it so far. */
export function followed({ trackId, label, box, firstSeenAtMs }: Track, entry: Followed | undefined, atMs: number, picture: PictureSize): Followed {
  const marginPx = EDGE * box.h;
  const atEdge = box.x <= marginPx || box.x + box.w >= picture.widthPx - marginPx || box.y + box.h >= picture.heightPx - marginPx;
  const formerId = entry && entry.trackId !== trackId ? entry.trackId : (entry?.formerId ?? null);
  return { trackId, formerId, label, bornAtMs: entry?.bornAtMs ?? firstSeenAtMs, box, seenAtMs: atMs, missedMs: 0, atEdge };
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
  const inherited = inheritance(missing, confirmed.map((track) => ({ track, own: byId.get(track.trackId) })));
  const taken = new Set(inherited.values());
  return {
    seen: confirmed.map((track) => ({ track, entry: inherited.get(track.trackId) ?? byId.get(track.trackId) })),
    unseen: missing.filter((e) => !taken.has(e)).map((e) => ({ ...e, missedMs: e.missedMs + sinceMs })).filter((e) => e.missedMs <= graceMs),
  };
}

/** Track id → the missing entry it takes over: nearest pairs first, by what is the same whatever the order of the lists. */
function inheritance<T extends Followed>(missing: readonly T[], tracks: readonly { readonly track: Track; readonly own: T | undefined }[]): Map<number, T> {
  const pairs = tracks.flatMap(({ track, own }) => missing.map((entry) => ({ track, entry, cost: mayBe(entry, track, own) ? distance(entry, track) : Number.POSITIVE_INFINITY }))).filter(({ cost }) => cost <= 1);
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

/** Whether a track may be the object of an entry that is missing: of its kind and size, and born after it was lost, or its double, or itself again. */
function mayBe(entry: Followed, { trackId, label, box, firstSeenAtMs }: Track, own: Followed | undefined): boolean {
  const resized = Math.max(box.h / entry.box.h, entry.box.h / box.h);
  const bornAfterMs = firstSeenAtMs - entry.seenAtMs;
  const isDouble = bornAfterMs <= 0 && bornAfterMs > -TWICE_MS && entry.missedMs === 0 && entry.bornAtMs < (own?.bornAtMs ?? firstSeenAtMs);
  return !entry.atEdge && kindOf(entry.label) === kindOf(label) && resized <= MOST_RESIZED && (isDouble || entry.formerId === trackId || (!own && bornAfterMs > 0));
}

/** How far a track came up from where the entry was lost, as a part of how far it may. */
function distance(entry: Followed, track: Track): number {
  const [from, to] = [footPoint(entry.box), footPoint(track.box)];
  const reach = Math.min(MOST_REACH, REACH + (REACH_PER_S * Math.max(0, track.firstSeenAtMs - entry.seenAtMs)) / 1000);
  return Math.hypot(to.x - from.x, to.y - from.y) / (reach * Math.max(entry.box.w, entry.box.h, track.box.w, track.box.h));
}
