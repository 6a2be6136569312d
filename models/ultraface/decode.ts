/**
 * Decodes UltraFace (github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB, with its post-processing in the export): per prior the
 * probabilities of nothing and of a face, and the corners as shares of the tensor.
 */
import type { FaceBox } from '../../domain/detection.ts';
import { cellsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { FaceModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';

type Head = Pick<FaceModelWith<'ultraface'>, 'outputs' | 'thresholds'>;
/** `min_boxes` of its `vision/ssd/config/fd_config.py`: three priors a cell of the finest and the coarsest map, two of the others. */
const PRIORS: readonly (readonly [stride: number, perCell: number])[] = [[8, 3], [16, 2], [32, 2], [64, 3]];

/** [priors, 2] and [priors, 4]. */
export function expectedOutputs(model: Pick<Head, 'outputs'>, size: SizePx): ExpectedOutput[] {
  const priors = PRIORS.reduce((sum, [stride, perCell]) => sum + cellsOf(size, stride) * perCell, 0);
  return [{ name: model.outputs[0]!, shape: [priors, 2], probabilities: { from: 0 } }, { name: model.outputs[1]!, shape: [priors, 4], probabilities: null }];
}

/** Faces at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. */
export function decode(outputs: Outputs, model: Head, placing: Placing): FaceBox[] {
  const scores = outputs.get(model.outputs[0]!)!;
  const boxes = outputs.get(model.outputs[1]!)!;
  const { widthPx, heightPx } = placing.tensor;
  const found: FaceBox[] = [];
  for (let prior = 0; prior * 2 < scores.length; prior++) {
    const score = scores[prior * 2 + 1]!;
    if (!(score >= model.thresholds.score)) continue;
    const at = prior * 4;
    const box = toPicture(placing, boxes[at]! * widthPx, boxes[at + 1]! * heightPx, boxes[at + 2]! * widthPx, boxes[at + 3]! * heightPx);
    if (box) found.push({ score: Math.min(1, score), box });
  }
  return found;
}
