/** Wrong way: who moves through the zone against the allowed way, told once per passage. */
import { footPoint, type Track } from '../../../domain/detection.ts';
import type { WrongWayRule } from '../../../domain/rule.ts';
import { standsIn } from '../concern.ts';
import { aboutTrack, type Breach, type Judged, type Place, type RuleKind, type Seen } from '../contract.ts';
import { follow, followed, stepMs, type Followed } from '../follow.ts';
import { groundUnder } from '../ground.ts';
import { standsAt } from '../zone.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The furthest that an object has come along the allowed way: in the picture (pixels), and on the ground (metres) where that is known. */
interface Furthest {
  readonly picture: Point;
  readonly ground: Point | null;
  readonly atMs: number;
}

interface Passage extends Followed {
  readonly furthest: Furthest;
  /** For how long it has been seen since it first stood in the zone, and of that in the zone. */
  readonly seenMs: number;
  readonly inMs: number;
  /** For how long it has been out of it, in one go. */
  readonly outMs: number;
  readonly told: boolean;
}

export interface WrongWayState {
  readonly version: 'wrong-way/2';
  readonly atMs: number;
  readonly passages: readonly Passage[];
}

/** Who goes more sideways than this from the very opposite of the allowed way is crossing, not driving against it: tan 60°. */
const MOST_SIDEWAYS = Math.sqrt(3);
const OUT_FOR_MS = 3000;
/** Who drives in the zone is seen in it this part of the time: who drives beside it is seen in it when his box trembles. */
const MOST = 2 / 3;

/**
 * An object goes the wrong way when it has fallen back from the furthest it had come, by `overHeights` heights of its box in the picture
 * and (where the camera is surveyed) by `overM` on the ground, for at least `forS`, seen in the zone for as long, and more back than sideways.
 * Standing, jitter and crossing are none, nor is driving beside the zone with a box that trembles into it now and then.
 */
function judge(rule: WrongWayRule, place: Place, state: WrongWayState | null, seen: Seen, atMs: number): Judged<WrongWayState> {
  const step = stepMs(state?.atMs ?? null, atMs);
  const at = follow(state?.passages ?? [], seen.tracks, step);
  const passages: Passage[] = at.unseen;
  const breaches: Breach[] = [];
  const way = wayOf(rule, seen);
  for (const { track, entry } of at.seen) {
    const inZone = standsIn(rule, place, track, seen);
    const outMs = inZone ? 0 : (entry?.outMs ?? 0) + step;
    if (!inZone && (!entry || outMs > OUT_FOR_MS)) continue;
    const seenMs = entry ? entry.seenMs + step : 0;
    const inMs = entry ? entry.inMs + (inZone ? step : 0) : 0;
    const now = placeOf(track, seen, atMs);
    const furthest = entry && back(way, entry.furthest, now).along > 0 ? entry.furthest : now;
    const tells = inZone && !entry?.told && Math.min(inMs, atMs - furthest.atMs) >= rule.forS * 1000 && inMs >= MOST * seenMs && isWrong(way, furthest, now, track, rule);
    passages.push({ ...followed(track, entry, atMs, seen), furthest, seenMs, inMs, outMs, told: tells || entry?.told === true });
    if (tells) breaches.push({ about: aboutTrack(track), sinceMs: furthest.atMs });
  }
  return { state: { version: 'wrong-way/2', atMs, passages }, breaches };
}

/** The allowed way as unit vectors; on the ground null where it cannot be told. */
interface Way {
  readonly picture: Point;
  readonly ground: Point | null;
}

function wayOf({ allowed: [from, to] }: WrongWayRule, { widthPx, heightPx, plane }: Seen): Way {
  const [a, b] = [plane && groundUnder(plane, from), plane && groundUnder(plane, to)];
  return { picture: unit({ x: (to[0] - from[0]) * widthPx, y: (to[1] - from[1]) * heightPx }), ground: a && b ? unit({ x: b.x - a.x, y: b.y - a.y }) : null };
}

function placeOf(track: Track, seen: Seen, atMs: number): Furthest {
  return { picture: footPoint(track.box), ground: seen.plane && groundUnder(seen.plane, standsAt(track.box, seen)), atMs };
}

/** How far `now` lies behind along the way, and how far aside: on the ground where that is known, else in the picture. */
function back(way: Way, furthest: Furthest, now: Furthest): { along: number; aside: number } {
  return way.ground && furthest.ground && now.ground ? split(way.ground, furthest.ground, now.ground) : split(way.picture, furthest.picture, now.picture);
}

function split(way: Point, from: Point, to: Point): { along: number; aside: number } {
  const [dx, dy] = [from.x - to.x, from.y - to.y];
  return { along: dx * way.x + dy * way.y, aside: Math.abs(dx * way.y - dy * way.x) };
}

function isWrong(way: Way, furthest: Furthest, now: Furthest, { box }: Track, rule: WrongWayRule): boolean {
  const { along, aside } = back(way, furthest, now);
  const movedPx = Math.hypot(furthest.picture.x - now.picture.x, furthest.picture.y - now.picture.y);
  const onGround = way.ground !== null && furthest.ground !== null && now.ground !== null;
  return along > 0 && aside <= MOST_SIDEWAYS * along && movedPx >= rule.overHeights * box.h && (!onGround || along >= rule.overM);
}

function unit({ x, y }: Point): Point {
  const length = Math.hypot(x, y);
  return length === 0 ? { x: 0, y: 0 } : { x: x / length, y: y / length };
}

export const wrongWay: RuleKind<WrongWayRule, WrongWayState> = { stateVersion: 'wrong-way/2', judge, looksAtThumbnail: false, learnsUnarmed: false };
