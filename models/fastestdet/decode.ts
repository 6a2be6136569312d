/**
 * Decodes FastestDet (github.com/dog-qiuqiu/FastestDet, `handle_preds`): one map of channels over one grid: objectness, centre offset (tanh),
 * size as a share of the tensor (sigmoid), then a probability per class. Score: objectness^0.6 · class^0.4.
 */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { columnsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote } from '../vote.ts';

type Head = Pick<ObjectModelWith<'fastestdet'>, 'outputs' | 'stridePx' | 'classes' | 'labels' | 'thresholds'>;
const CLASSES_AT = 5;

/** The one output and its shape for one picture: [5 + classes, rows, columns]. */
export function expectedOutputs(model: Pick<Head, 'outputs' | 'stridePx' | 'classes'>, size: SizePx): ExpectedOutput[] {
  const shape = [CLASSES_AT + model.classes, Math.ceil(size.heightPx / model.stridePx), columnsOf(size, model.stridePx)];
  return [{ name: model.outputs[0]!, shape, probabilities: { from: CLASSES_AT, along: 'first' } }];
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const map = outputs.get(model.outputs[0]!)!;
  const { widthPx, heightPx } = placing.tensor;
  const columns = columnsOf(placing.tensor, model.stridePx);
  const cells = map.length / (CLASSES_AT + model.classes);
  const rows = cells / columns;
  const ballot = ballotOf(model);
  const minScore = model.thresholds.score;
  const found: Candidate<ObjectClass>[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const trust = map[cell]! ** 0.6;
    if (!(trust >= minScore)) continue;
    const best = vote(ballot, map, CLASSES_AT * cells + cell, cells, (minScore / trust) ** 2.5);
    if (best < 0) continue;
    const x = (((cell % columns) + Math.tanh(map[cells + cell]!)) / columns) * widthPx;
    const y = ((Math.floor(cell / columns) + Math.tanh(map[2 * cells + cell]!)) / rows) * heightPx;
    const halfW = (sigmoid(map[3 * cells + cell]!) * widthPx) / 2;
    const halfH = (sigmoid(map[4 * cells + cell]!) * heightPx) / 2;
    const box = toPicture(placing, x - halfW, y - halfH, x + halfW, y + halfH);
    if (box) found.push({ label: model.labels[best]!, score: Math.min(1, trust * map[(CLASSES_AT + best) * cells + cell]! ** 0.4), box });
  }
  return found;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
