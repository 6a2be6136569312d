/** A move asked for by key or button: it goes out at once, asks for what it needs first, or says why not. */
import type { Move } from '../../../domain/case.ts';
import { selected } from '../alerts/desk.ts';
import { moveCase, open, openCase, opened, tell } from '../live/open-case.ts';
import { session } from '../live/session.ts';
import { createStore } from '../live/store.ts';
import { followUpNeedsWhy, offeredMoves } from './offered.ts';

export const MOVE_KEYS = {
  claim: 'c',
  classify: 't',
  dispatch: 'd',
  follow_up: 'f',
  rework: 'w',
  close: 'x',
  release: 'r',
} as const satisfies Record<Move, string>;

/** What is being asked of the operator before a move can go out. */
export type Picker = 'classify' | 'dispatch' | 'follow_up' | 'rework' | 'close';
export const picker = createStore<Picker | null>(null);

export async function startMove(move: Move): Promise<void> {
  if (openCase.get().alertId === null && selected.get() !== null) await open(selected.get());
  await opened();
  const { answer, busy } = openCase.get();
  const operator = session.get().me?.operator;
  if (!answer || !operator || busy) return;
  if (!offeredMoves(answer.case, operator).includes(move)) {
    return tell({ kind: 'not-now', move, stage: answer.case.stage, assignee: answer.case.assignee });
  }
  tell(null);
  if (move === 'claim' || move === 'release' || (move === 'follow_up' && !followUpNeedsWhy(answer.case))) {
    picker.set(null);
    await moveCase({ move });
  } else picker.set(move);
}
