/** Parked vehicle: what stands in the zone too long, told once however long it stands, whoever passes in front, and whatever id it has. */
import { type Box, iou, type Track } from '../../../domain/detection.ts';
import type { ParkedRule } from '../../../domain/rule.ts';
import { concerns } from '../concern.ts';
import { aboutTrack, type Breach, type Judged, type Place, type RuleKind, type Seen } from '../contract.ts';
import { stepMs } from '../follow.ts';
import { insidePolygon, standsAt } from '../zone.ts';
import { kindOf } from '../../track/associate.ts';

/** One vehicle standing in one place. */
interface Stand {
  readonly trackId: number;
  /** Where it came to stand: it is the place that is followed, not the id. */
  readonly anchor: Box;
  readonly sinceMs: number;
  /** For how long a vehicle has been seen there. */
  readonly stoodMs: number;
  /** For how long nothing has been seen there. */
  readonly missedMs: number;
  /** For how long its own track has been seen elsewhere. */
  readonly awayMs: number;
  readonly told: boolean;
}

export interface ParkedState {
  readonly version: 'parked/2';
  readonly atMs: number;
  readonly stands: readonly Stand[];
}

/** A box that covers so much of the anchor, or lies in it with so much of itself, is there still: boxes shrink where something hides a part. */
const SAME_PLACE = 0.6;
/** And not smaller than this part of it: that is another thing in front of it. */
const LEAST_SIZE = 0.25;
/** Two boxes that overlap so are one vehicle found twice. */
const SAME_VEHICLE = 0.55;
/** Elsewhere for so long, it has left: a box that jumps for a moment has not. */
const LEFT_AFTER_MS = 2000;
/** Who was seen in a place for less than this only drives through it: nobody else takes over his time, and out of sight he is gone. */
const SETTLED_MS = 2000;
const PASSING_MISSED_MS = 1000;
/** Hidden for so long it may still stand there: shorter while it has not been told, or the next one to stop there would get its time. */
const HIDDEN_FOR_MS = 20_000;
const TOLD_HIDDEN_FOR_MS = 300_000;

/** A vehicle that has stood for `forS` is found once; when it has left, the next one in that place is another. */
function judge(rule: ParkedRule, place: Place, state: ParkedState | null, seen: Seen, atMs: number): Judged<ParkedState> {
  const step = stepMs(state?.atMs ?? null, atMs);
  const inZone = (box: Box): boolean => insidePolygon(standsAt(box, seen), place.points);
  const kinds = new Set(rule.classes.map(kindOf));
  // Somebody on foot in the place of a car that has left is no car; a car that is called a truck for a moment is one.
  const vehiclesSeen = seen.tracks.filter((t) => t.state === 'confirmed' && kinds.has(kindOf(t.label)));
  const { here, absent, free } = matched(state?.stands ?? [], vehiclesSeen, step);
  const vehicles = here.map(({ track }) => track);
  for (const track of free) if (inZone(track.box) && concerns(rule, track, seen) && !vehicles.some(({ box }) => iou(box, track.box) >= SAME_VEHICLE)) vehicles.push(track);
  const born = vehicles.slice(here.length);
  const stands: Stand[] = absent.filter((s) => s.awayMs < LEFT_AFTER_MS && s.missedMs <= hiddenForMs(s));
  const breaches: Breach[] = [];
  for (const { stand, track } of here) {
    const tells = !stand.told && atMs - stand.sinceMs >= rule.forS * 1000;
    stands.push({ ...stand, trackId: track.trackId, stoodMs: stand.stoodMs + step, missedMs: 0, awayMs: 0, told: stand.told || tells });
    if (tells) breaches.push({ about: aboutTrack(track), sinceMs: stand.sinceMs });
  }
  stands.push(...born.map(({ trackId, box }) => ({ trackId, anchor: box, sinceMs: atMs, stoodMs: 0, missedMs: 0, awayMs: 0, told: false })));
  return { state: { version: 'parked/2', atMs, stands }, breaches };
}

function hiddenForMs(stand: Stand): number {
  if (stand.told) return TOLD_HIDDEN_FOR_MS;
  return isSettled(stand) ? HIDDEN_FOR_MS : PASSING_MISSED_MS;
}

const isSettled = ({ told, stoodMs }: Stand): boolean => told || stoodMs >= SETTLED_MS;

interface Matched {
  readonly here: { readonly stand: Stand; readonly track: Track }[];
  readonly absent: Stand[];
  /** Tracks that belong to no stand. */
  readonly free: Track[];
}

/** First every stand with its own track, then the stands without one with tracks in their place, the best fitting first. */
function matched(stands: readonly Stand[], tracks: readonly Track[], step: number): Matched {
  const here: Matched['here'] = [];
  const without: Stand[] = [];
  const owned = new Set<number>();
  for (const stand of stands) {
    const own = tracks.find((t) => t.trackId === stand.trackId);
    if (own && isThere(own.box, stand.anchor)) here.push({ stand, track: own });
    // It only drove through there, and may come to stand where it is now.
    else if (own && !isSettled(stand)) continue;
    else without.push(own ? { ...stand, awayMs: stand.awayMs + step } : { ...stand, missedMs: stand.missedMs + step });
    // Once it has left, its track may come to stand elsewhere.
    if (own && (here.at(-1)?.stand === stand || stand.awayMs + step < LEFT_AFTER_MS)) owned.add(own.trackId);
  }
  const unowned = tracks.filter((t) => !owned.has(t.trackId));
  const pairs = without.filter(isSettled).flatMap((stand) => unowned.filter((t) => isThere(t.box, stand.anchor)).map((track) => ({ stand, track, fit: iou(track.box, stand.anchor) })));
  pairs.sort((a, b) => b.fit - a.fit || a.track.trackId - b.track.trackId);
  const taken = new Set<Stand | Track>();
  for (const { stand, track } of pairs) {
    if (taken.has(stand) || taken.has(track)) continue;
    taken.add(stand).add(track);
    here.push({ stand, track });
  }
  return { here, absent: without.filter((s) => !taken.has(s)), free: unowned.filter((t) => !taken.has(t)) };
}

function isThere(box: Box, anchor: Box): boolean {
  const w = Math.min(box.x + box.w, anchor.x + anchor.w) - Math.max(box.x, anchor.x);
  const h = Math.min(box.y + box.h, anchor.y + anchor.h) - Math.max(box.y, anchor.y);
  const [smaller, larger] = [Math.min(box.w * box.h, anchor.w * anchor.h), Math.max(box.w * box.h, anchor.w * anchor.h)];
  return w > 0 && h > 0 && w * h >= SAME_PLACE * smaller && smaller >= LEAST_SIZE * larger;
}

export const parked: RuleKind<ParkedRule, ParkedState> = { stateVersion: 'parked/2', judge, looksAtThumbnail: false, learnsUnarmed: false };
