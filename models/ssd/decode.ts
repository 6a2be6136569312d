/**
 * Decodes SSD (Liu et al., arXiv:1512.02325) in the three forms in which it is exported. Class numbers are the model's own, its background
 * (0) included.
 * - `detections`: boxes, labels, scores, suppressed inside: TensorFlow's object detection API and the ONNX zoo's exports.
 * - `boxes`: a box per prior and a score per class, the background's first.
 * - `offsets`: the same, with the box as an offset from its prior, variances 0.1 and 0.2 as the paper's code has them.
 * Boxes are shares of the tensor; `corners` says whether x or y comes first. `priors` are those of `offsets`.
 */
import type { Box, ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { cellsOf, columnsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

type Head = Pick<ObjectModelWith<'ssd'>, 'form' | 'outputs' | 'corners' | 'priors' | 'classes' | 'labels' | 'thresholds'>;
const BACKGROUNDS = 1;
const CENTRE_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/** boxes [n, 4], labels [n], scores [n]; or boxes [priors, 4], scores [priors, classes]. */
export function expectedOutputs(model: Omit<Head, 'labels' | 'thresholds' | 'corners'>, size: SizePx): ExpectedOutput[] {
  const [boxes, second, third] = model.outputs as [string, string, string];
  if (model.form === 'detections') {
    return [{ name: boxes, shape: [-1, 4], probabilities: null }, { name: second, shape: [-1], probabilities: null, whole: true }, { name: third, shape: [-1], probabilities: { from: 0 } }];
  }
  const count = model.form === 'boxes' ? -1 : model.priors.reduce((sum, { stridePx, sidesPx }) => sum + cellsOf(size, stridePx) * sidesPx.length, 0);
  return [{ name: boxes, shape: [count, 4], probabilities: null }, { name: second, shape: [count, model.classes], probabilities: { from: 0 } }];
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge; suppressed only in the form `detections`. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  return model.form === 'detections' ? fromDetections(outputs, model, placing) : fromPriors(outputs, model, placing);
}

function fromDetections(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const [boxes, classes, scores] = model.outputs.map((name) => outputs.get(name)!) as [Float32Array, Float32Array, Float32Array];
  const found: Candidate<ObjectClass>[] = [];
  for (let i = 0; i < scores.length; i++) {
    const label = model.labels[classes[i]!];
    if (label === undefined || !(scores[i]! >= model.thresholds.score)) continue;
    const box = boxAt(boxes, i * 4, model, placing);
    if (box) found.push({ label, score: Math.min(1, scores[i]!), box });
  }
  return found;
}

function fromPriors(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const [boxes, scores] = model.outputs.map((name) => outputs.get(name)!) as [Float32Array, Float32Array];
  const ballot = ballotOf(model, BACKGROUNDS);
  const found: Candidate<ObjectClass>[] = [];
  for (let i = 0; i * 4 < boxes.length; i++) {
    // The background takes no part: what is a person with 0.4 and nothing with 0.6 is worth following.
    const best = vote(ballot, scores, i * model.classes, 1, model.thresholds.score);
    if (best < 0) continue;
    const box = model.form === 'boxes' ? boxAt(boxes, i * 4, model, placing) : boxFrom(priorAt(i, model.priors, placing.tensor), boxes, i * 4, model, placing);
    if (box) found.push({ label: model.labels[best]!, score: Math.min(1, scores[i * model.classes + best]!), box });
  }
  return found;
}

/** Centre and size in tensor pixels of prior `i`: stride after stride, row by row, cell by cell, side by side. */
function priorAt(i: number, priors: Head['priors'], tensor: SizePx): { x: number; y: number; w: number; h: number } {
  let rest = i;
  for (const { stridePx, sidesPx } of priors) {
    const here = cellsOf(tensor, stridePx) * sidesPx.length;
    if (rest >= here) {
      rest -= here;
      continue;
    }
    const cell = Math.floor(rest / sidesPx.length);
    const columns = columnsOf(tensor, stridePx);
    const [w, h] = sidesPx[rest % sidesPx.length]!;
    return { x: ((cell % columns) + 0.5) * stridePx, y: (Math.floor(cell / columns) + 0.5) * stridePx, w, h };
  }
  throw new Error(`There is no prior ${i}.`);
}

function boxFrom(prior: ReturnType<typeof priorAt>, offsets: Float32Array, at: number, model: Head, placing: Placing): Box | null {
  const [x, y] = axes(model);
  const centreX = prior.x + offsets[at + x]! * CENTRE_VARIANCE * prior.w;
  const centreY = prior.y + offsets[at + y]! * CENTRE_VARIANCE * prior.h;
  const halfW = (Math.exp(offsets[at + 2 + x]! * SIZE_VARIANCE) * prior.w) / 2;
  const halfH = (Math.exp(offsets[at + 2 + y]! * SIZE_VARIANCE) * prior.h) / 2;
  return toPicture(placing, centreX - halfW, centreY - halfH, centreX + halfW, centreY + halfH);
}

function boxAt(boxes: Float32Array, at: number, model: Head, placing: Placing): Box | null {
  const { widthPx, heightPx } = placing.tensor;
  const [x, y] = axes(model);
  return toPicture(placing, boxes[at + x]! * widthPx, boxes[at + y]! * heightPx, boxes[at + 2 + x]! * widthPx, boxes[at + 2 + y]! * heightPx);
}

const axes = ({ corners }: Head): readonly [number, number] => (corners === 'xyxy' ? [0, 1] : [1, 0]);
