/**
 * Decodes Yolo-FastestV2 (github.com/dog-qiuqiu/Yolo-FastestV2, `handel_preds`): one row per cell of strides 16 and 32: for each anchor
 * centre and size (sigmoid taken), then each anchor's objectness, then probabilities of the classes, shared by the anchors.
 * Centre = (2p − 0.5 + cell) · stride, size = (2p)² · anchor.
 */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { allCells, cellsOf, columnsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

type Head = Pick<ObjectModelWith<'yolo-fastestv2'>, 'outputs' | 'strides' | 'anchors' | 'classes' | 'labels' | 'thresholds'>;

/** The one output and its shape: [cells, 5 · anchors + classes]. */
export function expectedOutputs(model: Pick<Head, 'outputs' | 'strides' | 'anchors' | 'classes'>, size: SizePx): ExpectedOutput[] {
  return [{ name: model.outputs[0]!, shape: [allCells(size, model.strides), 5 * model.anchors[0]!.length + model.classes], probabilities: { from: 0 } }];
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. Score: objectness · class. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const rows = outputs.get(model.outputs[0]!)!;
  const perCell = model.anchors[0]!.length;
  const classesAt = 5 * perCell;
  const ballot = ballotOf(model);
  const minScore = model.thresholds.score;
  const found: Candidate<ObjectClass>[] = [];
  let at = 0;
  model.strides.forEach((stride, i) => {
    const columns = columnsOf(placing.tensor, stride);
    const cells = cellsOf(placing.tensor, stride);
    for (let cell = 0; cell < cells; cell++, at += classesAt + model.classes) {
      const best = vote(ballot, rows, at + classesAt, 1, minScore);
      if (best < 0) continue;
      for (let anchor = 0; anchor < perCell; anchor++) {
        const score = rows[at + 4 * perCell + anchor]! * rows[at + classesAt + best]!;
        if (!(score >= minScore)) continue;
        const box = at + 4 * anchor;
        const [anchorW, anchorH] = model.anchors[i]![anchor]!;
        const x = (2 * rows[box]! - 0.5 + (cell % columns)) * stride;
        const y = (2 * rows[box + 1]! - 0.5 + Math.floor(cell / columns)) * stride;
        const halfW = ((2 * rows[box + 2]!) ** 2 * anchorW) / 2;
        const halfH = ((2 * rows[box + 3]!) ** 2 * anchorH) / 2;
        const placed = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
        if (placed) found.push({ label: model.labels[best]!, score: Math.min(1, score), box: placed });
      }
    }
  });
  return found;
}
