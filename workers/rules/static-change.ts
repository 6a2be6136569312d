/**
 * What changed in a zone and has stayed so, judged from a picture's thumbnail against a background learnt over a long time: cells that
 * keep one new value for long enough, hidden by nobody that is followed, once the light is taken out. The two-background idea of abandoned
 * luggage (Porikli, "Detection of temporarily static regions by processing video at different frame rates", AVSS 2007) with an age per
 * cell in place of the second background; put there or taken away is told by which of the two pictures has the edge around it.
 */
import type { Box } from '../../domain/detection.ts';
import { around, components, cut, overlap, pixelsOf, trackMask, widthOf, windowOf, zoneMask, type Window } from './cells.ts';
import type { Place, Seen } from './contract.ts';
import { lightBetween } from './light.ts';
import { packed, unpacked } from './planes.ts';
import type { Thumbnail } from './thumbnail.ts';

/** Plain JSON. Planes cover the window of the zone. */
export interface StaticChangeState {
  readonly atMs: number;
  readonly window: Window;
  /** Seconds of frames in the background so far, until it is learnt. */
  readonly learntS: number;
  /** For how long no light has explained the picture. */
  readonly upheavalS: number;
  /** Luma × 256. */
  readonly background: string;
  /** The value a changed cell has taken, luma × 256, and for how many seconds, × 10. */
  readonly candidate: string;
  readonly age: string;
  readonly regions: readonly Region[];
}

/** Cells that changed together: since when (which names the region for good), whether that has been told, and how long it has been gone. */
interface Region {
  readonly window: Window;
  /** How many cells of the window had changed. */
  readonly cells: number;
  readonly sinceMs: number;
  readonly told: boolean;
  readonly goneS: number;
}

export interface StaticChange {
  readonly change: 'left' | 'removed';
  readonly box: Box;
  readonly sinceMs: number;
}

const LEARN_S = 20;
/** Judged no oftener than this: what takes a minute needs no five frames a second. */
const LEAST_STEP_MS = 400;
/** While nothing moves a frame comes every two seconds; a longer pause tells nothing about what happened in it. */
const LONGEST_STEP_S = 2.5;
/** A cell has changed when it differs by so many levels, or by this part of its luma where it is bright. */
const CHANGED = 12;
const CHANGED_PART = 0.1;
/** And keeps its new value when it stays within so many. */
const KEPT = 10;
/**
 * A cell that kept its new value for so long before something followed came over it goes on as long as it keeps it: nothing is in front
 * of it, the box only reaches over it or is the thing itself, for a detector calls a suitcase a person now and then.
 */
const BARE_S = 5;
/** Somebody passing in front costs a cell's age three times the time he takes. */
const DISTURBED = 3;
/** The background follows with this time constant where nothing has changed, and a changed cell's value its own. */
const BACKGROUND_S = 120;
const CANDIDATE_S = 10;
/** What has stayed so much longer than the rule's time belongs to the background. */
const ABSORBED_AFTER_S = 600;
/** A light must explain this part of the zone; else something has happened to the view, and after a while it is learnt anew. */
const LEAST_EXPLAINED = 0.6;
const UPHEAVAL_S = 10;
/** A component takes in cells that are nearly old enough; one cell alone is noise, and most of a zone is no bag. */
const NEARLY = 0.7;
const LEAST_CELLS = 2;
const MOST_OF_ZONE = 0.5;
const GONE_S = 5;
/** Fewer than this part of its cells changed: a region is gone. */
const STILL_THERE = 0.3;
/** Cells so few apart, changed at the same time, are one thing: a box and its shadow, with ground between them that looks as before. */
const APART_CELLS = 2;
const TOGETHER_MS = 3000;
const LUMA_SCALE = 256;
const AGE_SCALE = 10;

/** One frame later. `tells` is asked of each change that is old enough and has not been told, and says whether it tells it now. */
export function staticChange(place: Place, before: StaticChangeState | null, seen: Seen, thumbnail: Thumbnail, atMs: number, forS: number, tells: (change: StaticChange) => boolean): StaticChangeState {
  const window = windowOf(place, thumbnail);
  const now = cut(thumbnail.luma, thumbnail, window);
  if (!before || !sameWindow(before.window, window) || atMs < before.atMs) return begun(now, window, atMs);
  if (atMs - before.atMs < LEAST_STEP_MS) return before;
  const stepS = Math.min(LONGEST_STEP_S, (atMs - before.atMs) / 1000);
  const background = unpacked(before.background, LUMA_SCALE);
  const masked = trackMask(seen.tracks, seen, thumbnail, window);
  if (before.learntS < LEARN_S) return learning(before, background, now, masked, stepS, atMs);

  const light = lightBetween(background, now, masked);
  if (light.explains < LEAST_EXPLAINED) {
    const upheavalS = before.upheavalS + stepS;
    return upheavalS > UPHEAVAL_S ? begun(now, window, atMs) : { ...before, atMs, upheavalS };
  }
  const candidate = unpacked(before.candidate, LUMA_SCALE);
  const age = unpacked(before.age, AGE_SCALE);
  const present = now.map((v) => (v - light.offset) / light.gain);
  const hidden = masked.map((m, i) => (m && !(age[i]! >= BARE_S && Math.abs(present[i]! - candidate[i]!) <= KEPT) ? 1 : 0));
  const changed = advance(background, candidate, age, present, hidden, stepS, forS);
  const zone = zoneMask(place, thumbnail, window);
  const old = Uint8Array.from(age, (a, i) => (zone[i] && a > 0 && a >= NEARLY * forS ? 1 : 0));
  const regions = stillThere(before.regions, changed, hidden, window, stepS);
  for (const { cells, sinceMs } of thingsIn(old, window, age, atMs)) {
    const at = regionOf(regions, cells, window, sinceMs);
    const region = regions[at]!;
    const isObject = cells.length >= LEAST_CELLS && cells.length <= MOST_OF_ZONE * zone.reduce((sum, z) => sum + z, 0);
    if (region.told || atMs - sinceMs < forS * 1000 || !isObject || cells.some((i) => hidden[i])) continue;
    const told = tells({ change: changeOf(cells, candidate, background, window), box: pixelsOf(region.window, thumbnail, seen), sinceMs: region.sinceMs });
    regions[at] = { ...region, told };
  }
  return { atMs, window, learntS: before.learntS, upheavalS: 0, background: packed(background, LUMA_SCALE), candidate: packed(candidate, LUMA_SCALE), age: packed(age, AGE_SCALE), regions };
}

function begun(now: Float32Array, window: Window, atMs: number): StaticChangeState {
  const none = packed(new Float32Array(now.length), 1);
  return { atMs, window, learntS: 0, upheavalS: 0, background: packed(now, LUMA_SCALE), candidate: none, age: none, regions: [] };
}

/** At first the background is the mean of what was seen; somebody standing there is learnt round. */
function learning(before: StaticChangeState, background: Float32Array, now: Float32Array, masked: Uint8Array, stepS: number, atMs: number): StaticChangeState {
  const part = stepS / (before.learntS + stepS);
  const mean = background.map((b, i) => (masked[i] ? b : b + part * (now[i]! - b)));
  return { ...before, atMs, learntS: before.learntS + stepS, background: packed(mean, LUMA_SCALE) };
}

/** Moves background, candidate and age one step on, in place; `now` is in the background's light. Gives 1 for each changed cell. */
function advance(background: Float32Array, candidate: Float32Array, age: Float32Array, now: Float32Array, hidden: Uint8Array, stepS: number, forS: number): Uint8Array {
  const changed = new Uint8Array(now.length);
  for (let i = 0; i < now.length; i++) {
    const [value, was] = [now[i]!, background[i]!];
    changed[i] = Math.abs(value - was) > Math.max(CHANGED, CHANGED_PART * was) ? 1 : 0;
    if (hidden[i]) continue;
    if (!changed[i]) {
      age[i] = Math.max(0, age[i]! - DISTURBED * stepS);
      background[i] = was + Math.min(1, stepS / BACKGROUND_S) * (value - was);
    } else if (age[i] === 0) {
      candidate[i] = value;
      age[i] = stepS / 2;
    } else if (Math.abs(value - candidate[i]!) <= KEPT) {
      age[i] = age[i]! + stepS;
      candidate[i] = candidate[i]! + Math.min(1, stepS / CANDIDATE_S) * (value - candidate[i]!);
    } else {
      age[i] = Math.max(0, age[i]! - DISTURBED * stepS);
    }
    if (age[i]! > forS + ABSORBED_AFTER_S) {
      background[i] = candidate[i]!;
      age[i] = 0;
    }
  }
  return changed;
}

/** Left there when the present has the sharper edge around these cells, taken away when the background had it. */
function changeOf(cells: readonly number[], candidate: Float32Array, background: Float32Array, window: Window): StaticChange['change'] {
  const inside = new Set(cells);
  const width = widthOf(window);
  let [present, past] = [0, 0];
  for (const cell of cells) {
    for (const [next, beside] of [[cell - 1, cell % width > 0], [cell + 1, cell % width < width - 1], [cell - width, true], [cell + width, true]] as const) {
      if (!beside || next < 0 || next >= background.length || inside.has(next)) continue;
      present += Math.abs(candidate[cell]! - background[next]!);
      past += Math.abs(background[cell]! - background[next]!);
    }
  }
  return present >= past ? 'left' : 'removed';
}

interface Changed {
  readonly cells: readonly number[];
  readonly sinceMs: number;
}

/** The cells that hang together, joined where they lie close to others that changed at the same time. */
function thingsIn(old: Uint8Array, window: Window, age: Float32Array, atMs: number): Changed[] {
  let things: Changed[] = [];
  for (const cells of components(old, window)) {
    const part = { cells, sinceMs: Math.round(atMs - Math.max(...cells.map((i) => age[i]!)) * 1000) };
    const joined = things.filter((thing) => isOneWith(around(thing.cells, window), thing.sinceMs, around(cells, window), part.sinceMs));
    const all = [...joined, part];
    things = [...things.filter((thing) => !joined.includes(thing)), { cells: all.flatMap((thing) => thing.cells), sinceMs: Math.min(...all.map((thing) => thing.sinceMs)) }];
  }
  return things;
}

function isOneWith(a: Window, aSinceMs: number, b: Window, bSinceMs: number): boolean {
  const grown = { left: a.left - APART_CELLS, top: a.top - APART_CELLS, right: a.right + APART_CELLS, bottom: a.bottom + APART_CELLS };
  return Math.abs(aSinceMs - bSinceMs) <= TOGETHER_MS && overlap(grown, b);
}

/** Where in the list the region is that these cells belong to: a known one, or a new one. No two begin at the same millisecond. */
function regionOf(regions: Region[], cells: readonly number[], window: Window, sinceMs: number): number {
  const now = { window: around(cells, window), cells: cells.length };
  const at = regions.findIndex((r) => overlap(r.window, now.window) || isOneWith(r.window, r.sinceMs, now.window, sinceMs));
  if (at >= 0) {
    if (!regions[at]!.told) regions[at] = { ...regions[at]!, ...now };
    return at;
  }
  let free = sinceMs;
  while (regions.some((r) => r.sinceMs === free)) free += 1;
  return regions.push({ ...now, sinceMs: free, told: false, goneS: 0 }) - 1;
}

/** The regions without those that have been gone for some seconds. */
function stillThere(regions: readonly Region[], changed: Uint8Array, hidden: Uint8Array, window: Window, stepS: number): Region[] {
  return regions.map((region) => ({ ...region, goneS: isGone(region, changed, hidden, window) ? region.goneS + stepS : 0 })).filter(({ goneS }) => goneS <= GONE_S);
}

function isGone({ window: { left, top, right, bottom }, cells }: Region, changed: Uint8Array, hidden: Uint8Array, window: Window): boolean {
  let still = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const i = (row - window.top) * widthOf(window) + column - window.left;
      still += changed[i] || hidden[i] ? 1 : 0;
    }
  }
  return still < STILL_THERE * cells;
}

function sameWindow(a: Window, b: Window): boolean {
  return a.left === b.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom;
}
