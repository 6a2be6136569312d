/** What a decoder gives: a box with a label of ours, before suppression. */
import type { Box } from '../domain/detection.ts';

export interface Candidate<L extends string> {
  readonly label: L;
  /** 0…1 as the model gives it. */
  readonly score: number;
  /** In picture pixels. */
  readonly box: Box;
}
