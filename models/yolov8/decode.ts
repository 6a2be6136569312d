/**
 * Decodes the exports of YOLOv8, v9 and v11 (`Detect` of ultralytics/ultralytics): per cell centre, width and height in tensor pixels and a
 * probability per class. `rows: channels` is the export as it comes, [4 + classes, cells]; `rows: boxes` the transposed one.
 */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { allCells } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

type Head = Pick<ObjectModelWith<'yolov8'>, 'outputs' | 'rows' | 'strides' | 'classes' | 'labels' | 'thresholds'>;
const BOX = 4;

/** The one output and its shape for one picture. */
export function expectedOutputs(model: Pick<Head, 'outputs' | 'rows' | 'strides' | 'classes'>, size: SizePx): ExpectedOutput[] {
  const cells = allCells(size, model.strides);
  const channels = BOX + model.classes;
  if (model.rows === 'boxes') return [{ name: model.outputs[0]!, shape: [cells, channels], probabilities: { from: BOX } }];
  return [{ name: model.outputs[0]!, shape: [channels, cells], probabilities: { from: BOX, along: 'first' } }];
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const values = outputs.get(model.outputs[0]!)!;
  const channels = BOX + model.classes;
  const cells = values.length / channels;
  // The two forms differ only in how far it is to the next cell and to the next value of a cell.
  const [toCell, toValue] = model.rows === 'boxes' ? [channels, 1] : [1, cells];
  const ballot = ballotOf(model);
  const found: Candidate<ObjectClass>[] = [];
  for (let cell = 0, at = 0; cell < cells; cell++, at += toCell) {
    const best = vote(ballot, values, at + BOX * toValue, toValue, model.thresholds.score);
    if (best < 0) continue;
    const [x, y, halfW, halfH] = [values[at]!, values[at + toValue]!, values[at + 2 * toValue]! / 2, values[at + 3 * toValue]! / 2];
    const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
    if (box) found.push({ label: model.labels[best]!, score: Math.min(1, values[at + (BOX + best) * toValue]!), box });
  }
  return found;
}
