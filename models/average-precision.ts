/**
 * How good boxes are: average precision number for number as COCO's own evaluator gives it (Lin et al., "Microsoft COCO",
 * arXiv:1405.0312; pycocotools 2.0, cocoeval.py, iouType bbox, area all), to judge a model before the manifest takes it.
 */
import { type Box, iou } from '../domain/detection.ts';

export interface TrueBox {
  readonly label: string;
  readonly box: Box;
  /** A region that is not judged: found boxes that lie in it and fit no true box count neither way. */
  readonly crowd: boolean;
}

export interface FoundBox {
  readonly label: string;
  readonly score: number;
  readonly box: Box;
}

export interface LabelledPicture {
  readonly truth: readonly TrueBox[];
  readonly found: readonly FoundBox[];
}

/** A found box after judgement; those that only fit a crowd are left out. */
export interface Judged {
  readonly score: number;
  readonly right: boolean;
}

export interface LabelPrecision {
  /** AP at IoU 0.5 and the mean over the ten of COCO_IOUS; NaN where the label occurs nowhere. */
  readonly ap50: number;
  readonly ap5095: number;
  /** True boxes, crowds not counted. */
  readonly boxes: number;
}

/** COCO judges at most so many boxes of one label in one picture, the surest. */
const MAX_PER_PICTURE = 100;
/** 0.5 to 0.95. Both lists as numpy.linspace computes them, rounding included: whether 0.58 is reached may hang on the last bit. */
export const COCO_IOUS: readonly number[] = linspace(0.5, 0.95, 10);
const RECALLS = linspace(0, 1, 101);

function linspace(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : i * step + from));
}

/** AP of one label at one IoU threshold over all pictures; NaN where the label occurs nowhere. */
export function averagePrecision(pictures: readonly LabelledPicture[], label: string, minIou = 0.5): number {
  const trueBoxes = countTrue(pictures, label);
  return trueBoxes === 0 ? Number.NaN : interpolate(judgeAll(pictures, label, minIou), trueBoxes);
}

/** AP50 and AP50:95 of each label. */
export function precisionPerLabel<L extends string>(pictures: readonly LabelledPicture[], labels: readonly L[]): Record<L, LabelPrecision> {
  const one = (label: L): LabelPrecision => {
    const perIou = COCO_IOUS.map((minIou) => averagePrecision(pictures, label, minIou));
    return { ap50: perIou[0]!, ap5095: mean(perIou), boxes: countTrue(pictures, label) };
  };
  return Object.fromEntries(labels.map((label) => [label, one(label)])) as Record<L, LabelPrecision>;
}

/** COCO's mean over labels: those that occur nowhere do not count. NaN where none occurs. */
export function meanPrecision(perLabel: Readonly<Record<string, LabelPrecision>>): Omit<LabelPrecision, 'boxes'> {
  const there = Object.values(perLabel).filter(({ boxes }) => boxes > 0);
  return { ap50: mean(there.map(({ ap50 }) => ap50)), ap5095: mean(there.map(({ ap5095 }) => ap5095)) };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const countTrue = (pictures: readonly LabelledPicture[], label: string): number => pictures.reduce((sum, { truth }) => sum + truth.filter((t) => t.label === label && !t.crowd).length, 0);

/** Every found box of one label, surest first; equal scores stay in the order of the pictures, as in a stable merge sort. */
export function judgeAll(pictures: readonly LabelledPicture[], label: string, minIou = 0.5): Judged[] {
  return pictures.flatMap((picture) => judgePicture(picture, label, minIou)).sort((a, b) => b.score - a.score);
}

/** Each found box, surest first, takes the best still free true box; of two equally good the later. One that only fits a crowd is left out. */
export function judgePicture(picture: LabelledPicture, label: string, minIou = 0.5): Judged[] {
  const truth = picture.truth.filter((t) => t.label === label);
  const free = new Set(truth.filter((t) => !t.crowd));
  const crowds = truth.filter((t) => t.crowd);
  const judged: Judged[] = [];
  const surest = picture.found.filter((f) => f.label === label).sort((a, b) => b.score - a.score).slice(0, MAX_PER_PICTURE);
  for (const { score, box } of surest) {
    let best: TrueBox | null = null;
    let bestIou = minIou;
    for (const t of free) {
      const overlap = iou(t.box, box);
      if (overlap >= bestIou) [best, bestIou] = [t, overlap];
    }
    if (best) free.delete(best);
    else if (crowds.some((crowd) => shareInside(box, crowd.box) >= minIou)) continue;
    judged.push({ score, right: best !== null });
  }
  return judged;
}

/** For a crowd COCO divides by the found box alone: a person in a crowd is much smaller than the crowd. */
function shareInside(box: Box, crowd: Box): number {
  const w = Math.min(box.x + box.w, crowd.x + crowd.w) - Math.max(box.x, crowd.x);
  const h = Math.min(box.y + box.h, crowd.y + crowd.h) - Math.max(box.y, crowd.y);
  return w > 0 && h > 0 ? (w * h) / (box.w * box.h) : 0;
}

/** Mean precision at recalls 0, 0.01 … 1, each the best that is reached at that recall or beyond; 0 where it never is. */
function interpolate(judged: readonly Judged[], trueBoxes: number): number {
  let right = 0;
  // cocoeval adds the smallest step above 1 to every count, against 0 / 0; kept, so that the numbers are the same.
  const points = judged.map((j, i) => ({ recall: (right += Number(j.right)) / trueBoxes, precision: right / (i + 1 + Number.EPSILON) }));
  for (let i = points.length - 2; i >= 0; i--) points[i]!.precision = Math.max(points[i]!.precision, points[i + 1]!.precision);
  let sum = 0;
  let at = 0;
  for (const recall of RECALLS) {
    while (at < points.length && points[at]!.recall < recall) at++;
    sum += points[at]?.precision ?? 0;
  }
  return sum / RECALLS.length;
}
