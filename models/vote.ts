/** Which class a cell, anchor or query of a detector votes for: its most probable one, and only where that is one of ours. */

/** The classes of a model that are ours, laid out for a loop over thousands of cells. */
export interface Ballot<L extends string> {
  /** Class indices of ours, rising. */
  readonly ours: Int32Array;
  /** The classes that compete, from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
  readonly labels: Readonly<Record<string, L>>;
}

/** `background`: how many columns before the first class say "nothing here" (SSD has one) and do not compete. */
export function ballotOf<L extends string>(model: { readonly classes: number; readonly labels: Readonly<Record<string, L>> }, background = 0): Ballot<L> {
  return { ours: Int32Array.from(Object.keys(model.labels), Number).sort(), first: background, end: model.classes, labels: model.labels };
}

/**
 * The most probable class where it is ours and at least `min`, otherwise -1. Class c stands at `values[at + c * step]`. Ours are looked
 * at first: nearly every cell is done after those few.
 */
export function vote(ballot: Ballot<string>, values: Float32Array, at: number, step: number, min: number): number {
  let best = -1;
  let most = min;
  for (let i = 0; i < ballot.ours.length; i++) {
    const value = values[at + ballot.ours[i]! * step]!;
    if (value > most || (value === most && best < 0)) {
      best = ballot.ours[i]!;
      most = value;
    }
  }
  if (best < 0) return -1;
  for (let c = ballot.first; c < ballot.end; c++) if (values[at + c * step]! > most) return -1;
  return best;
}
