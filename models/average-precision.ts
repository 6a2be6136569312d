/** How good boxes are: average precision as COCO counts it (101-point interpolation), to judge a model before the manifest takes it. */
import { type Box, iou } from '../domain/detection.ts';

export interface LabelledPicture {
  readonly truth: readonly { readonly label: string; readonly box: Box; readonly crowd: boolean }[];
  readonly found: readonly { readonly label: string; readonly score: number; readonly box: Box }[];
}

/** COCO judges at most so many boxes of a picture. */
const MAX_PER_PICTURE = 100;

/**
 * AP of one label at one IoU threshold over all pictures (Lin et al., "Microsoft COCO", arXiv:1405.0312, and pycocotools' cocoeval):
 * each found box, surest first, takes the best still free true box; one that only fits a crowd is not counted at all.
 * NaN where the label occurs nowhere.
 */
export function averagePrecision(pictures: readonly LabelledPicture[], label: string, minIou = 0.5): number {
  let trueBoxes = 0;
  const judged: { score: number; right: boolean }[] = [];
  for (const picture of pictures) {
    const truth = picture.truth.filter((t) => t.label === label);
    trueBoxes += truth.filter((t) => !t.crowd).length;
    judged.push(...judge(picture.found.filter((f) => f.label === label), truth, minIou));
  }
  if (trueBoxes === 0) return Number.NaN;
  return interpolate(judged.sort((a, b) => b.score - a.score), trueBoxes);
}

function judge(found: LabelledPicture['found'], truth: LabelledPicture['truth'], minIou: number): { score: number; right: boolean }[] {
  const free = new Set(truth.filter((t) => !t.crowd));
  const judged: { score: number; right: boolean }[] = [];
  for (const candidate of [...found].sort((a, b) => b.score - a.score).slice(0, MAX_PER_PICTURE)) {
    let best: LabelledPicture['truth'][number] | null = null;
    let bestIou = minIou;
    for (const t of free) {
      const overlap = iou(t.box, candidate.box);
      if (overlap >= bestIou) [best, bestIou] = [t, overlap];
    }
    if (best) free.delete(best);
    else if (truth.some((t) => t.crowd && shareInside(candidate.box, t.box) >= minIou)) continue;
    judged.push({ score: candidate.score, right: best !== null });
  }
  return judged;
}

/** For a crowd COCO divides by the found box alone: a person in a crowd is much smaller than the crowd. */
function shareInside(box: Box, crowd: Box): number {
  const w = Math.min(box.x + box.w, crowd.x + crowd.w) - Math.max(box.x, crowd.x);
  const h = Math.min(box.y + box.h, crowd.y + crowd.h) - Math.max(box.y, crowd.y);
  return w > 0 && h > 0 ? (w * h) / (box.w * box.h) : 0;
}

/** Precision at recalls 0, 0.01 … 1, each the best that is reached at that recall or beyond. */
function interpolate(judged: readonly { right: boolean }[], trueBoxes: number): number {
  const points: { recall: number; precision: number }[] = [];
  let right = 0;
  judged.forEach((j, i) => {
    if (j.right) right++;
    points.push({ recall: right / trueBoxes, precision: right / (i + 1) });
  });
  for (let i = points.length - 2; i >= 0; i--) points[i]!.precision = Math.max(points[i]!.precision, points[i + 1]!.precision);
  let sum = 0;
  let at = 0;
  for (let step = 0; step <= 100; step++) {
    while (at < points.length && points[at]!.recall < step / 100) at++;
    sum += points[at]?.precision ?? 0;
  }
  return sum / 101;
}
