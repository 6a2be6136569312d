/** Which moves the console offers: what `dispatch/moves.ts` would allow if asked well. Its table is the law; a test compares the two. */
import type { CaseDetail, CloseCode, Move, Stage } from '../../../domain/case.ts';
import type { Operator } from '../../../domain/operator.ts';

const FROM: Readonly<Record<Stage, readonly Move[]>> = {
  reported: ['claim', 'release', 'classify', 'close'],
  classified: ['claim', 'release', 'classify', 'dispatch', 'close'],
  handling: ['claim', 'release', 'dispatch', 'follow_up', 'close'],
  following_up: ['claim', 'release', 'rework', 'close'],
  closed: [],
};

export function offeredMoves(work: CaseDetail, actor: Operator): Move[] {
  if (actor.role === 'viewer') return [];
  const { assignee } = work;
  const mine = assignee === actor.name;
  const free = assignee === null || mine || actor.role === 'admin';
  return FROM[work.stage].filter((move) => {
    if (move === 'claim') return free && !mine;
    if (move === 'release') return mine || (assignee !== null && actor.role === 'admin');
    return free;
  });
}

/** A true case is closed only after somebody followed it up; it can be voided from every open stage. */
export function offeredCloseCodes(stage: Stage): CloseCode[] {
  return stage === 'following_up' ? ['true', 'false', 'duplicate', 'test'] : ['false', 'duplicate', 'test'];
}

const ENDED: ReadonlySet<string> = new Set(['done', 'declined', 'recalled']);

/** Following up before any patrol ended its order needs a reason. */
export const followUpNeedsWhy = (work: CaseDetail): boolean => !work.orders.some((order) => ENDED.has(order.status));
