/**
 * Decodes YuNet (Wu, Peng, Yu, Machine Intelligence Research 20, 2023, and OpenCV's FaceDetectorYN): per stride 8, 16 and 32 a map of
 * class, objectness and box. The model's landmark outputs are never fetched (invariant 5: a face is only a place to make unreadable).
 */
import type { FaceBox } from '../../domain/detection.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { FaceModel } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';

const STRIDES = [8, 16, 32];

/** The nine outputs that are read and their shapes for one picture: [cells, 1], [cells, 1], [cells, 4] per stride. */
export function expectedOutputs(size: SizePx): ExpectedOutput[] {
  return STRIDES.flatMap((stride) => {
    const cells = (size.widthPx / stride) * (size.heightPx / stride);
    return [
      { name: `cls_${stride}`, shape: [cells, 1], probabilities: { from: 0 } },
      { name: `obj_${stride}`, shape: [cells, 1], probabilities: { from: 0 } },
      { name: `bbox_${stride}`, shape: [cells, 4], probabilities: null },
    ];
  });
}

/** Faces at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. Score: √(class · objectness). */
export function decode(outputs: Outputs, model: Pick<FaceModel, 'thresholds'>, placing: Placing): FaceBox[] {
  const found: FaceBox[] = [];
  const minProduct = model.thresholds.score ** 2;
  for (const stride of STRIDES) {
    const classes = outputs.get(`cls_${stride}`)!;
    const objectness = outputs.get(`obj_${stride}`)!;
    const boxes = outputs.get(`bbox_${stride}`)!;
    const columns = placing.tensor.widthPx / stride;
    for (let cell = 0; cell < classes.length; cell++) {
      const product = classes[cell]! * objectness[cell]!;
      if (!(product >= minProduct)) continue;
      const x = (boxes[cell * 4]! + (cell % columns)) * stride;
      const y = (boxes[cell * 4 + 1]! + Math.floor(cell / columns)) * stride;
      const halfW = (Math.exp(boxes[cell * 4 + 2]!) * stride) / 2;
      const halfH = (Math.exp(boxes[cell * 4 + 3]!) * stride) / 2;
      const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
      if (box) found.push({ score: Math.min(1, Math.sqrt(product)), box });
    }
  }
  return found;
}
