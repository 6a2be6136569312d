/**
 * Decodes detectors that suppress by themselves, in the three forms in which they are exported:
 * - `logits`: a logit per class and a box (centre, width, height as shares of the tensor) per query: RT-DETR (Zhao et al., arXiv:2304.08069)
 *   and its kin without their post-processor. Score: the sigmoid.
 * - `triple`: labels, boxes (corners) and scores: RT-DETR, D-FINE (arXiv:2410.13842) and DEIM (arXiv:2412.04234) as their repositories
 *   export them. The boxes are in pixels of the size given in `input.sizeTensor`, which here is the tensor's.
 * - `rows`: corners in tensor pixels, score, class: YOLOv10 (arXiv:2405.14458) and YOLO26.
 */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { toPicture, type Placing } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

type Head = Pick<ObjectModelWith<'end-to-end'>, 'form' | 'outputs' | 'classes' | 'labels' | 'thresholds'>;
const ROW = 6;

/** [queries, classes], [queries, 4]; or [queries], [queries, 4], [queries]; or [queries, 6]. The model decides how many queries. */
export function expectedOutputs(model: Pick<Head, 'form' | 'outputs' | 'classes'>): ExpectedOutput[] {
  const [first, second, third] = model.outputs as [string, string, string];
  switch (model.form) {
    case 'logits':
      return [{ name: first, shape: [-1, model.classes], probabilities: null }, { name: second, shape: [-1, 4], probabilities: null }];
    case 'triple':
      return [{ name: first, shape: [-1], probabilities: null, whole: true }, { name: second, shape: [-1, 4], probabilities: null }, { name: third, shape: [-1], probabilities: { from: 0 } }];
    case 'rows':
      return [{ name: first, shape: [-1, ROW], probabilities: { from: 4, to: 5 } }];
  }
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  switch (model.form) {
    case 'logits':
      return fromLogits(outputs, model, placing);
    case 'triple': {
      const [classes, boxes, scores] = model.outputs.map((name) => outputs.get(name)!) as [Float32Array, Float32Array, Float32Array];
      return fromColumns({ scores, classes, boxes, toScore: 1, toBox: 4, scoreAt: 0, classAt: 0 }, model, placing);
    }
    case 'rows': {
      const rows = outputs.get(model.outputs[0]!)!;
      return fromColumns({ scores: rows, classes: rows, boxes: rows, toScore: ROW, toBox: ROW, scoreAt: 4, classAt: 5 }, model, placing);
    }
  }
}

function fromLogits(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const [logits, boxes] = model.outputs.map((name) => outputs.get(name)!) as [Float32Array, Float32Array];
  const { widthPx, heightPx } = placing.tensor;
  const ballot = ballotOf(model);
  const minLogit = Math.log(model.thresholds.score / (1 - model.thresholds.score));
  const found: Candidate<ObjectClass>[] = [];
  for (let query = 0; query * 4 < boxes.length; query++) {
    const best = vote(ballot, logits, query * model.classes, 1, minLogit);
    if (best < 0) continue;
    const [x, y] = [boxes[query * 4]! * widthPx, boxes[query * 4 + 1]! * heightPx];
    const [halfW, halfH] = [(boxes[query * 4 + 2]! * widthPx) / 2, (boxes[query * 4 + 3]! * heightPx) / 2];
    const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
    if (box) found.push({ label: model.labels[best]!, score: 1 / (1 + Math.exp(-logits[query * model.classes + best]!)), box });
  }
  return found;
}

interface Columns {
  readonly scores: Float32Array;
  readonly classes: Float32Array;
  readonly boxes: Float32Array;
  readonly scoreAt: number;
  readonly classAt: number;
  /** How far it is to the next score and class, and to the next box. */
  readonly toScore: number;
  readonly toBox: number;
}

function fromColumns({ scores, classes, boxes, scoreAt, classAt, toScore, toBox }: Columns, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const found: Candidate<ObjectClass>[] = [];
  for (let i = 0; i * toBox < boxes.length; i++) {
    const score = scores[scoreAt + i * toScore]!;
    const label = model.labels[classes[classAt + i * toScore]!];
    if (label === undefined || !(score >= model.thresholds.score)) continue;
    const at = i * toBox;
    const box = toPicture(placing, boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!);
    if (box) found.push({ label, score: Math.min(1, score), box });
  }
  return found;
}
