/** What is to be covered in a video: where it was seen when it was looked for, and where it must be expected in the pictures between. */
import type { Box } from '../../domain/detection.ts';

export interface CoverTimes {
  /** Seen no more, an area stays covered for so long: a face that a finder loses has mostly just turned or blurred. */
  readonly afterMs: number;
  /** Seen for the first time, it is covered for so long before: a finder finds a face later than a person does. */
  readonly beforeMs: number;
  /** Both for what the finder was never sure of: leaves and shadows on shirts, mostly. */
  readonly unsureMs: number;
}

export interface Area {
  readonly box: Box;
  readonly sure: boolean;
}

/** Lost and found again within this time it is one, and is covered where it must have been meanwhile. */
const BRIDGE_MS = 1500;
/** Within this time nobody knows by which way it went: all that lies between two places is covered. */
const ALL_BETWEEN_MS = 400;
/**
 * How fast a head moves, in its own (grown) widths a second: somebody who runs past at 5 m/s with a head of 0.16 m, grown to 0.26 m, makes 19 of
 * them; who walks, 5. What moves faster between two looks is taken for somebody new, and that is covered on its own.
 */
const WIDTHS_PER_S = 8;
/** What is not seen moves otherwise than was expected by so many widths a second; and a cover grows by no more than this many, or it hides the street. */
const ASTRAY_WIDTHS_PER_S = 2;
const MOST_ASTRAY_WIDTHS = 0.4;
/** What was lost is followed for so many widths. */
const MOST_CARRIED_WIDTHS = 1.5;
/** A box may change so much from look to look: a face found, then the head of the same person. */
const MOST_SIZE_RATIO = 3;

interface Sighting extends Area {
  readonly atMs: number;
}

/** One head, as far as can be told. Its sightings, oldest first. */
type Followed = Sighting[];

export class Covers {
  readonly #times: CoverTimes;
  #followed: Followed[] = [];

  constructor(times: CoverTimes) {
    this.#times = times;
  }

  /** What was seen in the picture of that time, later than all before. */
  look(atMs: number, areas: readonly Area[]): void {
    const left = new Set(areas);
    for (const { followed, area } of nearest(this.#followed, areas, atMs)) {
      followed.push({ ...area, atMs });
      left.delete(area);
    }
    for (const area of left) this.#followed.push([{ ...area, atMs }]);
  }

  /** All that is to be covered in the picture of that time; looks after it are heeded, too. */
  at(atMs: number): Box[] {
    return this.#followed.flatMap((followed) => this.#coverOf(followed, atMs) ?? []);
  }

  /** No picture before this time is asked for any more. */
  forget(beforeMs: number): void {
    for (const followed of this.#followed) {
      // The last two before it tell where it came from.
      const first = followed.findIndex((sighting) => sighting.atMs >= beforeMs);
      followed.splice(0, Math.max(0, (first < 0 ? followed.length : first) - 2));
    }
    this.#followed = this.#followed.filter((followed) => (followed.at(-1)?.atMs ?? 0) >= beforeMs - Math.max(BRIDGE_MS, this.#times.afterMs));
  }

  #coverOf(followed: Followed, atMs: number): Box | null {
    const later = followed.findIndex((sighting) => sighting.atMs > atMs);
    const after = later < 0 ? followed.length : later;
    const [prev, next] = [followed[after - 1], followed[after]];
    if (prev?.atMs === atMs) return prev.box;
    if (prev && next) return next.atMs - prev.atMs <= ALL_BETWEEN_MS ? hull(prev.box, next.box) : grown(between(prev, next, atMs), Math.min(atMs - prev.atMs, next.atMs - atMs));
    const { afterMs, beforeMs, unsureMs } = this.#times;
    const sure = followed.some((sighting) => sighting.sure);
    if (prev && atMs - prev.atMs <= (sure ? afterMs : unsureMs)) return grown(carried(prev, followed[after - 2], atMs), atMs - prev.atMs);
    if (next && next.atMs - atMs <= (sure ? beforeMs : unsureMs)) return grown(carried(next, followed[after + 1], atMs), next.atMs - atMs);
    return null;
  }
}

/** Pairs of what was followed and what is seen now, the nearest first, each once. */
function nearest(all: readonly Followed[], areas: readonly Area[], atMs: number): { readonly followed: Followed; readonly area: Area }[] {
  const pairs = all.flatMap((followed) => {
    const last = followed.at(-1);
    if (!last || atMs - last.atMs > BRIDGE_MS) return [];
    const expected = carried(last, followed.at(-2), atMs);
    return areas.flatMap((area) => {
      const widths = Math.min(widthsBetween(expected, area.box), widthsBetween(last.box, area.box));
      return widths <= 0.5 + (WIDTHS_PER_S * (atMs - last.atMs)) / 1000 && sizeRatio(last.box, area.box) <= MOST_SIZE_RATIO ? [{ followed, area, widths }] : [];
    });
  });
  const taken = new Set<unknown>();
  return pairs.sort((a, b) => a.widths - b.widths).filter(({ followed, area }) => !taken.has(followed) && !taken.has(area) && taken.add(followed).add(area));
}

/** Where it is at that time, as it moved between its two last sightings (or, backwards, its two first). */
function carried(from: Sighting, other: Sighting | undefined, atMs: number): Box {
  if (!other || Math.abs(other.atMs - from.atMs) > BRIDGE_MS) return from.box;
  const share = (atMs - from.atMs) / (from.atMs - other.atMs);
  const most = MOST_CARRIED_WIDTHS * sideOf(from.box);
  const moved = (now: number, before: number): number => Math.max(-most, Math.min(most, (now - before) * share));
  const { x, y, w, h } = from.box;
  return { x: x + moved(x + w / 2, other.box.x + other.box.w / 2), y: y + moved(y + h / 2, other.box.y + other.box.h / 2), w, h };
}

function between(prev: Sighting, next: Sighting, atMs: number): Box {
  const share = (atMs - prev.atMs) / (next.atMs - prev.atMs);
  const mixed = (side: keyof Box): number => prev.box[side] * (1 - share) + next.box[side] * share;
  return { x: mixed('x'), y: mixed('y'), w: mixed('w'), h: mixed('h') };
}

/** Larger by as much as it may be astray after so long unseen. */
function grown(box: Box, unseenMs: number): Box {
  const by = sideOf(box) * Math.min(MOST_ASTRAY_WIDTHS, (ASTRAY_WIDTHS_PER_S * unseenMs) / 1000);
  return { x: box.x - by, y: box.y - by, w: box.w + 2 * by, h: box.h + 2 * by };
}

function hull(a: Box, b: Box): Box {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, w: Math.max(a.x + a.w, b.x + b.w) - x, h: Math.max(a.y + a.h, b.y + b.h) - y };
}

const sideOf = ({ w, h }: Box): number => Math.max(w, h);
const sizeRatio = (a: Box, b: Box): number => Math.max(sideOf(a) / sideOf(b), sideOf(b) / sideOf(a));
const widthsBetween = (a: Box, b: Box): number => Math.hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2) / Math.max(1, sideOf(a));
