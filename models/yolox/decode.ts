/**
 * Decodes YOLOX's raw grid (Ge et al., arXiv:2107.08430, and `demo_postprocess` of its repository): one row per cell of strides
 * 8, 16 and 32, row by row: centre offset, log size, objectness, then a probability per class.
 */
import type { Detection } from '../../domain/detection.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModel } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';

const OUTPUT = 'output';
const STRIDES = [8, 16, 32];
const BEFORE_CLASSES = 5;

/** The one output and its shape for one picture: [cells, 5 + classes]. */
export function expectedOutputs(model: Pick<ObjectModel, 'classes'>, size: SizePx): ExpectedOutput[] {
  const cells = STRIDES.reduce((sum, stride) => sum + (size.widthPx / stride) * (size.heightPx / stride), 0);
  return [{ name: OUTPUT, shape: [cells, BEFORE_CLASSES + model.classes], probabilities: { from: BEFORE_CLASSES - 1 } }];
}

/**
 * Detections of our classes at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed.
 * A cell votes for its most probable class only; where that is none of ours it says nothing.
 */
export function decode(outputs: Outputs, model: Pick<ObjectModel, 'classes' | 'labels' | 'thresholds'>, placing: Placing): Detection[] {
  const rows = outputs.get(OUTPUT)!;
  const rowLength = BEFORE_CLASSES + model.classes;
  const minScore = model.thresholds.score;
  const found: Detection[] = [];
  let at = 0;
  for (const stride of STRIDES) {
    const columns = placing.tensor.widthPx / stride;
    const cells = columns * (placing.tensor.heightPx / stride);
    for (let cell = 0; cell < cells; cell++, at += rowLength) {
      const objectness = rows[at + 4]!;
      // Probabilities are at most 1: a cell below the threshold here cannot reach it by its class.
      if (!(objectness >= minScore)) continue;
      const best = mostProbable(rows, at + BEFORE_CLASSES, model.classes);
      const label = model.labels[best];
      const score = objectness * rows[at + BEFORE_CLASSES + best]!;
      if (label === undefined || !(score >= minScore)) continue;
      const x = (rows[at]! + (cell % columns)) * stride;
      const y = (rows[at + 1]! + Math.floor(cell / columns)) * stride;
      const halfW = (Math.exp(rows[at + 2]!) * stride) / 2;
      const halfH = (Math.exp(rows[at + 3]!) * stride) / 2;
      const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
      if (box) found.push({ label, score: Math.min(1, score), box });
    }
  }
  return found;
}

function mostProbable(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}
