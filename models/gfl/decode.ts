/**
 * Decodes the heads of NanoDet, NanoDet-Plus and PicoDet: Generalized Focal Loss (Li et al., arXiv:2006.04388). Per cell a score per class,
 * and for left, top, right and bottom a distribution over `bins` distances 0, 1, 2 … strides, whose mean is the side's distance.
 * `cellCentre` is where in its cell the distances begin: 0.5 for NanoDet and PicoDet, 0 for NanoDet-Plus.
 */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Candidate } from '../candidate.ts';
import { allCells, cellsOf, columnsOf } from '../grid.ts';
import { toPicture, type Placing, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { ExpectedOutput, Outputs } from '../session.ts';
import { ballotOf, vote, type Ballot } from '../vote.ts';

type Head = Pick<ObjectModelWith<'gfl'>, 'outputs' | 'strides' | 'bins' | 'cellCentre' | 'scores' | 'classes' | 'labels' | 'thresholds'>;
const SIDES = 4;

/** [cells, classes] of each stride and then [cells, 4 · bins] of each; or, where there is one output, [cells of all, classes + 4 · bins]. */
export function expectedOutputs(model: Pick<Head, 'outputs' | 'strides' | 'bins' | 'scores' | 'classes'>, size: SizePx): ExpectedOutput[] {
  const { outputs, strides, bins, classes } = model;
  const areProbabilities = model.scores === 'probabilities';
  if (outputs.length === 1) return [{ name: outputs[0]!, shape: [allCells(size, strides), classes + SIDES * bins], probabilities: areProbabilities ? { from: 0, to: classes } : null }];
  return outputs.map((name, i) => {
    const cells = cellsOf(size, strides[i % strides.length]!);
    return i < strides.length ? { name, shape: [cells, classes], probabilities: areProbabilities ? { from: 0 } : null } : { name, shape: [cells, SIDES * bins], probabilities: null };
  });
}

/** What is seen at or above the model's score threshold, in picture pixels, cut at its edge, not yet suppressed. */
export function decode(outputs: Outputs, model: Head, placing: Placing): Candidate<ObjectClass>[] {
  const { strides, classes, bins } = model;
  const ballot = ballotOf(model);
  const found: Candidate<ObjectClass>[] = [];
  const joined = model.outputs.length === 1 ? outputs.get(model.outputs[0]!)! : null;
  let before = 0;
  strides.forEach((stride, i) => {
    if (joined) {
      const rowLength = classes + SIDES * bins;
      decodeStride({ stride, scores: joined, scoresAt: before * rowLength, toScores: rowLength, sides: joined, sidesAt: before * rowLength + classes, toSides: rowLength }, model, ballot, placing, found);
    } else {
      const [scores, sides] = [outputs.get(model.outputs[i]!)!, outputs.get(model.outputs[strides.length + i]!)!];
      decodeStride({ stride, scores, scoresAt: 0, toScores: classes, sides, sidesAt: 0, toSides: SIDES * bins }, model, ballot, placing, found);
    }
    before += cellsOf(placing.tensor, stride);
  });
  return found;
}

/** Where the values of one stride lie: the first cell's, and how far it is to the next cell's. */
interface Stride {
  readonly stride: number;
  readonly scores: Float32Array;
  readonly scoresAt: number;
  readonly toScores: number;
  readonly sides: Float32Array;
  readonly sidesAt: number;
  readonly toSides: number;
}

function decodeStride(s: Stride, model: Head, ballot: Ballot<ObjectClass>, placing: Placing, found: Candidate<ObjectClass>[]): void {
  const { stride, scores, sides } = s;
  const { bins, cellCentre } = model;
  const areLogits = model.scores === 'logits';
  const min = areLogits ? logit(model.thresholds.score) : model.thresholds.score;
  const columns = columnsOf(placing.tensor, stride);
  const cells = cellsOf(placing.tensor, stride);
  for (let cell = 0; cell < cells; cell++) {
    const scoresAt = s.scoresAt + cell * s.toScores;
    const best = vote(ballot, scores, scoresAt, 1, min);
    if (best < 0) continue;
    const at = s.sidesAt + cell * s.toSides;
    const x = (cell % columns) + cellCentre;
    const y = Math.floor(cell / columns) + cellCentre;
    const box = toPicture(
      placing,
      (x - mean(sides, at, bins)) * stride,
      (y - mean(sides, at + bins, bins)) * stride,
      (x + mean(sides, at + 2 * bins, bins)) * stride,
      (y + mean(sides, at + 3 * bins, bins)) * stride,
    );
    const score = scores[scoresAt + best]!;
    if (box) found.push({ label: ballot.labels[best]!, score: Math.min(1, areLogits ? sigmoid(score) : score), box });
  }
}

/** The mean of the distribution whose logits stand at `at` (softmax, then Σ i · pᵢ). */
function mean(logits: Float32Array, at: number, bins: number): number {
  let most = logits[at]!;
  for (let i = 1; i < bins; i++) if (logits[at + i]! > most) most = logits[at + i]!;
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < bins; i++) {
    const p = Math.exp(logits[at + i]! - most);
    sum += p;
    weighted += i * p;
  }
  return weighted / sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (p: number): number => Math.log(p / (1 - p));
