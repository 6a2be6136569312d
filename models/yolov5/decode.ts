/**
 * Decodes YOLOv5's and YOLOv7's exports (`Detect.forward` of ultralytics/yolov5, which multiplies anchors and strides in already): one row
 * per anchor of each cell: centre, width and height in tensor pixels, objectness, then a probability per class.
 */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { allCells } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

type Head = Pick<ObjectModelWith<'yolov5'>, 'outputs' | 'anchorsPerCell' | 'strides' | 'classes' | 'labels' | 'thresholds'>;
const OBJECTNESS = 4;
const CLASSES_AT = 5;

/** The one output and its shape for one picture: [anchors of all cells, 5 + classes]. */
export function expectedOutputs(model: Pick<Head, 'outputs' | 'anchorsPerCell' | 'strides' | 'classes'>, size: SizePx): ExpectedOutput[] {
  return [{ name: model.outputs[0]!, shape: [model.anchorsPerCell * allCells(size, model.strides), CLASSES_AT + model.classes], probabilities: { from: OBJECTNESS } }];
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. Score: objectness · class. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const rows = outputs.get(model.outputs[0]!)!;
  const rowLength = CLASSES_AT + model.classes;
  const ballot = ballotOf(model);
  const minScore = model.thresholds.score;
  const found: Candidate<ObjectClass>[] = [];
  for (let at = 0; at < rows.length; at += rowLength) {
    const objectness = rows[at + OBJECTNESS]!;
    if (!(objectness >= minScore)) continue;
    const best = vote(ballot, rows, at + CLASSES_AT, 1, minScore / objectness);
    if (best < 0) continue;
    const [x, y, halfW, halfH] = [rows[at]!, rows[at + 1]!, rows[at + 2]! / 2, rows[at + 3]! / 2];
    const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
    if (box) found.push({ label: model.labels[best]!, score: Math.min(1, objectness * rows[at + CLASSES_AT + best]!), box });
  }
  return found;
}
