/**
 * Decodes YOLOX's raw grid (Ge et al., arXiv:2107.08430, and `demo_postprocess` of its repository): one row per cell of strides
 * 8, 16 and 32, row by row: centre offset, log size, objectness (`objectness: false`: none), then a probability per class.
 */
import type { Candidate } from '../candidate.ts';
import { allCells, cellsOf, columnsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

export interface YoloxHead<L extends string> {
  readonly outputs: readonly string[];
  readonly objectness: boolean;
  readonly strides: readonly number[];
  readonly classes: number;
  readonly labels: Readonly<Record<string, L>>;
  readonly thresholds: { readonly score: number };
}

const BOX = 4;
const beforeClasses = (objectness: boolean): number => (objectness ? BOX + 1 : BOX);

/** The one output and its shape for one picture: [cells, 5 + classes], or [cells, 4 + classes] without objectness. */
export function expectedOutputs(model: Omit<YoloxHead<string>, 'labels' | 'thresholds'>, size: SizePx): ExpectedOutput[] {
  return [{ name: model.outputs[0]!, shape: [allCells(size, model.strides), beforeClasses(model.objectness) + model.classes], probabilities: { from: BOX } }];
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. Score: objectness · class. */
export function decode<L extends string>(outputs: Outputs, model: YoloxHead<L>, placing: Placing): Candidate<L>[] {
  const rows = outputs.get(model.outputs[0]!)!;
  const classesAt = beforeClasses(model.objectness);
  const rowLength = classesAt + model.classes;
  const ballot = ballotOf(model);
  const minScore = model.thresholds.score;
  const found: Candidate<L>[] = [];
  let at = 0;
  for (const stride of model.strides) {
    const columns = columnsOf(placing.tensor, stride);
    const cells = cellsOf(placing.tensor, stride);
    for (let cell = 0; cell < cells; cell++, at += rowLength) {
      const objectness = model.objectness ? rows[at + BOX]! : 1;
      // Probabilities are at most 1: a cell below the threshold here cannot reach it by its class.
      if (!(objectness >= minScore)) continue;
      const best = vote(ballot, rows, at + classesAt, 1, minScore / objectness);
      if (best < 0) continue;
      const x = (rows[at]! + (cell % columns)) * stride;
      const y = (rows[at + 1]! + Math.floor(cell / columns)) * stride;
      const halfW = (Math.exp(rows[at + 2]!) * stride) / 2;
      const halfH = (Math.exp(rows[at + 3]!) * stride) / 2;
      const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
      if (box) found.push({ label: model.labels[best]!, score: Math.min(1, objectness * rows[at + classesAt + best]!), box });
    }
  }
  return found;
}
