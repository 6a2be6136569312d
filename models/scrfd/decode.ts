/**
 * Decodes SCRFD (Guo et al., arXiv:2105.04714, and insightface's `scrfd.py`): per stride 8, 16 and 32 a score and the distances to left,
 * top, right and bottom in strides, measured from the cell's corner, for each anchor of a cell. Its landmarks are never fetched.
 */
import type { FaceBox } from '../../domain/detection.ts';
import { cellsOf, columnsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { FaceModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';

type Head = Pick<FaceModelWith<'scrfd'>, 'outputs' | 'anchorsPerCell' | 'thresholds'>;
const STRIDES = [8, 16, 32];

/** [anchors, 1] of each stride, then [anchors, 4] of each. */
export function expectedOutputs(model: Pick<Head, 'outputs' | 'anchorsPerCell'>, size: SizePx): ExpectedOutput[] {
  return model.outputs.map((name, i) => {
    const anchors = cellsOf(size, STRIDES[i % STRIDES.length]!) * model.anchorsPerCell;
    return i < STRIDES.length ? { name, shape: [anchors, 1], probabilities: { from: 0 } } : { name, shape: [anchors, 4], probabilities: null };
  });
}

/** Faces at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. */
export function decode(outputs: Outputs, model: Head, placing: Placing): FaceBox[] {
  const found: FaceBox[] = [];
  STRIDES.forEach((stride, i) => {
    const scores = outputs.get(model.outputs[i]!)!;
    const sides = outputs.get(model.outputs[STRIDES.length + i]!)!;
    const columns = columnsOf(placing.tensor, stride);
    for (let anchor = 0; anchor < scores.length; anchor++) {
      const score = scores[anchor]!;
      if (!(score >= model.thresholds.score)) continue;
      const cell = Math.floor(anchor / model.anchorsPerCell);
      const x = cell % columns;
      const y = Math.floor(cell / columns);
      const at = anchor * 4;
      const box = toPicture(placing, (x - sides[at]!) * stride, (y - sides[at + 1]!) * stride, (x + sides[at + 2]!) * stride, (y + sides[at + 3]!) * stride);
      if (box) found.push({ score: Math.min(1, score), box });
    }
  });
  return found;
}
