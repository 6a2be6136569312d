/** The foot point of a detected box, and how sure it is: a detector's edges waver with the size of the box, and feet may be hidden. */
import type { PicturePoint } from '../domain/camera.ts';
import type { Box } from '../domain/detection.ts';
import { locate, type GroundPlane, type Located, type PictureSd } from './ground-plane.ts';

export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface Foot {
  /** Middle of the lower edge, fractions of the picture, held inside it. */
  readonly point: PicturePoint;
  readonly sd: PictureSd;
  /** The picture's lower edge cuts the box: the feet stand nearer than the point says. */
  readonly cutBelow: boolean;
  readonly cutAside: boolean;
}

/** No edge is known better than this, however small the box. */
const LEAST_SD_PX = 1;
/** Standard deviation of the lower edge in box heights: shadows, shoes and bumpers; DeepSORT's 1/20 for a whole box. */
const LOWER_EDGE_SD = 0.05;
/** Of the upper edge in box heights, and of either side in box widths: there the outline is clearer. */
export const UPPER_EDGE_SD = 0.04;
export const SIDE_SD = 0.05;
/** Where the feet are not seen, the box ends anywhere between the knees and the belt: the lower edge is off by this share of what is seen. */
const UNSEEN_SD = 0.4;
/** A box that ends so near the picture's edge is cut off by it. */
const EDGE_PX = 2;
/** Just inside the picture, so that feet cut off by its edge are not beyond it. */
const INSIDE = 1e-6;

/** `feetHidden`: something nearer covers the feet (see `feetHidden`). Box in pixels of the picture of this size. */
export function footOf(box: Box, { widthPx, heightPx }: PictureSize, feetHidden = false): Foot {
  const cutBelow = box.y + box.h >= heightPx - EDGE_PX;
  const cutAside = box.x <= EDGE_PX || box.x + box.w >= widthPx - EDGE_PX;
  const sdY = edgeSdPx(box.h, cutBelow || feetHidden ? UNSEEN_SD : LOWER_EDGE_SD);
  // The middle is the mean of two sides; with one of them out of the picture it may lie anywhere in the half that is missing.
  const sdX = edgeSdPx(box.w, cutAside ? UNSEEN_SD / 2 : SIDE_SD / Math.SQRT2);
  const point: PicturePoint = [inside((box.x + box.w / 2) / widthPx), inside((box.y + box.h) / heightPx)];
  return { point, sd: [sdX / widthPx, sdY / heightPx], cutBelow, cutAside };
}

/** Where an object stands, with its error; null in the sky, beyond 5 km, or too near the horizon to say. */
export function locateFoot(plane: GroundPlane, box: Box, picture: PictureSize, hidden = false): Located | null {
  const { point, sd } = footOf(box, picture, hidden);
  return locate(plane, point, sd);
}

/** Pixels by which an edge of a box of this length wavers, one standard deviation. */
export function edgeSdPx(lengthPx: number, share: number): number {
  return Math.hypot(LEAST_SD_PX, share * lengthPx);
}

/** Does another box that reaches lower in the picture, and so stands nearer, cover most of the strip in which this one's feet would be? */
export function feetHidden(box: Box, others: readonly Box[]): boolean {
  const feet: Box = { x: box.x, y: box.y + 0.9 * box.h, w: box.w, h: 0.1 * box.h };
  return others.some((other) => other !== box && other.y + other.h > box.y + box.h * 1.02 && coveredShare(feet, other) > 0.5);
}

function coveredShare(box: Box, other: Box): number {
  const w = Math.min(box.x + box.w, other.x + other.w) - Math.max(box.x, other.x);
  const h = Math.min(box.y + box.h, other.y + other.h) - Math.max(box.y, other.y);
  return w <= 0 || h <= 0 ? 0 : (w * h) / (box.w * box.h);
}

function inside(fraction: number): number {
  return Math.min(1 - INSIDE, Math.max(INSIDE, fraction));
}
