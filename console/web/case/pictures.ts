/** Which of an alert's evidence is shown as pictures, and which of them stands for which when it is large. */
import type { AlertRow, Evidence } from '../../../domain/alert.ts';

/** The detector's pictures; without any the still, which then is all there is to see. */
export function picturesOf({ evidence }: Pick<AlertRow, 'evidence'>): readonly Evidence[] {
  const pictures = evidence.filter(({ kind }) => kind === 'picture');
  return pictures.length > 0 ? pictures : evidence.filter(({ kind }) => kind === 'still');
}

/** What is shown large for the picture number `at`: the first finding's in the camera's full resolution, as soon as that is there. */
export function largeOf(alert: Pick<AlertRow, 'evidence'>, at: number): Evidence | undefined {
  const still = at === 0 ? alert.evidence.find(({ kind }) => kind === 'still') : undefined;
  return still ?? picturesOf(alert)[at];
}
