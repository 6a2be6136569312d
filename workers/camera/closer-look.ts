/**
 * Small, far objects: which part of the whole picture is worth a second look at full resolution, how the two looks become one, and
 * what such looks may cost. Where something moves comes from the gate; the detector's own picture is too small to show it.
 */
import { type Box, type Detection, iou } from '../../domain/detection.ts';

export interface CloserLooks {
  /** Most regions of one frame that are looked at; 0 for none ever. */
  readonly maxRegions: number;
  /** Part of a camera's detection time that they may take, 0…1. */
  readonly timeShare: number;
}

export const CLOSER_LOOKS_DEFAULTS: CloserLooks = { maxRegions: 1, timeShare: 0.3 };

interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Below this magnification a closer look shows nothing new. */
const LEAST_GAIN = 1.3;
/** What fills more of the region than this is no small thing, and its edges would be cut. */
const SMALL_SHARE = 0.6;
/** From this score on the tracker takes a detection for sure: what it explains needs no second look. */
const SURE_FROM = 0.5;

/**
 * Square regions, in whole pixels of the picture, that show what moves and was not recognised in the whole picture: pixel for pixel as
 * large as the detector takes in, each where it covers most. `moving` is in fractions of the picture, `small` what the detector saw,
 * `turn` any number that counts on: of equal candidates each has its turn.
 */
export function regionsWorthALook(moving: readonly Box[], found: readonly Detection[], picture: SizePx, small: SizePx, most: number, turn: number): Box[] {
  const side = Math.min(Math.max(small.widthPx, small.heightPx), picture.widthPx, picture.heightPx);
  if (picture.widthPx / small.widthPx < LEAST_GAIN) return [];
  const inPixels = moving.map(({ x, y, w, h }): Box => ({ x: x * picture.widthPx, y: y * picture.heightPx, w: w * picture.widthPx, h: h * picture.heightPx }));
  let open = inPixels.filter((box) => Math.max(box.w, box.h) <= SMALL_SHARE * side && !found.some((d) => d.score >= SURE_FROM && shareInside(box, d.box) >= 0.5));
  const regions: Box[] = [];
  while (open.length > 0 && regions.length < most) {
    const first = turn % open.length;
    const regionsAround = [...open.slice(first), ...open.slice(0, first)].map((box) => squareAround(box, side, picture));
    const covered = (region: Box): number => open.filter((box) => shareInside(box, region) === 1).length;
    const best = regionsAround.reduce((a, b) => (covered(b) > covered(a) ? b : a));
    regions.push(best);
    open = open.filter((box) => shareInside(box, best) < 1);
  }
  return regions;
}

function squareAround(box: Box, side: number, { widthPx, heightPx }: SizePx): Box {
  const start = (middle: number, most: number): number => Math.round(Math.min(Math.max(0, middle - side / 2), most - side));
  return { x: start(box.x + box.w / 2, widthPx), y: start(box.y + box.h / 2, heightPx), w: side, h: side };
}

/** Part of `box` that lies in `other`, 0…1. */
function shareInside(box: Box, other: Box): number {
  const w = Math.min(box.x + box.w, other.x + other.w) - Math.max(box.x, other.x);
  const h = Math.min(box.y + box.h, other.y + other.h) - Math.max(box.y, other.y);
  // Whole numbers of cells give edges that differ in the last digit only.
  return w <= 0 || h <= 0 ? 0 : Math.min(1, Math.round(((w * h) / (box.w * box.h)) * 1e6) / 1e6);
}

/** A box that ends within so many pixels of the region's edge is cut by it. */
const EDGE_PX = 2;
/** Two boxes of one label are of one object: by their overlap as everywhere, or when the smaller lies in the larger by this much. */
const SAME_IOU = 0.45;
const SAME_INSIDE = 0.7;

/**
 * Both looks as one, surest first. A box that its region's edge cuts is half an object, and gives way to whatever the whole picture
 * showed; of a box of the whole picture and one of a closer look at the same object the closer one stays, for its edges are right.
 */
export function joinLooks(whole: readonly Detection[], closer: readonly { readonly region: Box; readonly found: readonly Detection[] }[], picture: SizePx): Detection[] {
  const uncut = closer.flatMap(({ region, found }) => found.filter(({ box }) => !isCut(box, region, picture)));
  const kept: Detection[] = [];
  for (const one of [...uncut].sort((a, b) => b.score - a.score)) if (!kept.some((k) => k.label === one.label && iou(k.box, one.box) > SAME_IOU)) kept.push(one);
  const rest = whole.filter((one) => !kept.some((k) => sameObject(k, one)));
  // Seen in both: as sure as the surer of the two looks was.
  const raised = kept.map((k) => whole.reduce((best, w) => (sameObject(k, w) && w.score > best.score ? { ...best, score: w.score } : best), k));
  return [...raised, ...rest].sort((a, b) => b.score - a.score);
}

function sameObject(closer: Detection, whole: Detection): boolean {
  if (closer.label !== whole.label) return false;
  if (iou(closer.box, whole.box) > SAME_IOU) return true;
  // A small thing's box in the whole picture is off by pixels; one that is much larger is of another object, in front or behind.
  const areas = [closer.box.w * closer.box.h, whole.box.w * whole.box.h] as const;
  return Math.max(...areas) < 3 * Math.min(...areas) && Math.max(shareInside(closer.box, whole.box), shareInside(whole.box, closer.box)) > SAME_INSIDE;
}

function isCut(box: Box, region: Box, { widthPx, heightPx }: SizePx): boolean {
  const at = (edge: number, regionEdge: number, pictureEdge: number): boolean => Math.abs(edge - regionEdge) <= EDGE_PX && Math.abs(regionEdge - pictureEdge) > EDGE_PX;
  return at(box.x, region.x, 0) || at(box.y, region.y, 0) || at(box.x + box.w, region.x + region.w, widthPx) || at(box.y + box.h, region.y + region.h, heightPx);
}

/** Looks come on so many frames in a row: a track is born of two sights running, and one look in every third frame never gives two. */
const IN_A_ROW = 5;
const MOST_SAVED_MS = 1000;

/** What one camera may spend: it earns with every frame and rests until it can pay for a row of looks. */
export class LookBudget {
  readonly #earnedPerMs: number;
  #savedMs = 0;
  #lastCostMs = 0;
  #resting = true;

  constructor(timeShare: number) {
    this.#earnedPerMs = timeShare >= 1 ? Infinity : timeShare / (1 - timeShare);
  }

  /** A look at a whole picture took this long. */
  earn(ms: number): void {
    this.#savedMs = Math.min(MOST_SAVED_MS, this.#savedMs + ms * this.#earnedPerMs);
  }

  mayLook(): boolean {
    if (this.#savedMs > 0 && this.#savedMs >= IN_A_ROW * this.#lastCostMs) this.#resting = false;
    return !this.#resting;
  }

  /** The closer looks at one frame took this long. */
  spend(ms: number): void {
    this.#lastCostMs = ms;
    this.#savedMs -= ms;
    if (this.#savedMs <= 0) this.#resting = true;
  }
}
