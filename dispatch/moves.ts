/** The five stages of a case as one table of allowed moves, and the guards that stand before each. */
import { STAGES, type CaseDetail, type CloseCode, type Move, type Stage } from '../domain/case.ts';
import type { Operator, Role } from '../domain/operator.ts';
import { isOpen } from './order-status.ts';

export interface MoveRule {
  readonly move: Move;
  readonly from: readonly Stage[];
  /** 'same' keeps the stage. */
  readonly to: Stage | 'same';
  /** All must hold; they are checked in this order. */
  readonly guards: readonly Guard[];
  /** Only for `close`: the codes that this row allows. */
  readonly closeCodes?: readonly CloseCode[];
}

/** The names of the guards; `GUARDS` below says what each asks for. */
export type Guard = 'may-dispatch' | 'not-held-by-another' | 'held-by-actor' | 'not-yet-held' | 'category' | 'patrol' | 'answered-or-why' | 'why' | 'close-code';

const OPEN: readonly Stage[] = STAGES.filter((stage) => stage !== 'closed');

/**
 * 发现上报 reported → 分类推送 classified → 协调处理 handling → 跟踪回访 following_up → 评价结案 closed, with 返工 (rework) one step back
 * and 注销 (close as false, duplicate or test) from every open stage. A true case is closed only after somebody followed it up.
 */
export const MOVE_TABLE: readonly MoveRule[] = [
  { move: 'claim', from: OPEN, to: 'same', guards: ['may-dispatch', 'not-yet-held', 'not-held-by-another'] },
  { move: 'release', from: OPEN, to: 'same', guards: ['may-dispatch', 'held-by-actor'] },
  { move: 'classify', from: ['reported', 'classified'], to: 'classified', guards: ['may-dispatch', 'not-held-by-another', 'category'] },
  { move: 'dispatch', from: ['classified', 'handling'], to: 'handling', guards: ['may-dispatch', 'not-held-by-another', 'patrol'] },
  { move: 'follow_up', from: ['handling'], to: 'following_up', guards: ['may-dispatch', 'not-held-by-another', 'answered-or-why'] },
  { move: 'rework', from: ['following_up'], to: 'handling', guards: ['may-dispatch', 'not-held-by-another', 'why'] },
  { move: 'close', from: ['following_up'], to: 'closed', guards: ['may-dispatch', 'not-held-by-another', 'close-code'], closeCodes: ['true'] },
  { move: 'close', from: OPEN, to: 'closed', guards: ['may-dispatch', 'not-held-by-another', 'close-code'], closeCodes: ['false', 'duplicate', 'test'] },
];

/** What an operator asks for, with what the guards want to see. */
export interface MoveRequest {
  readonly move: Move;
  readonly actor: Operator;
  readonly why?: string | null;
  readonly category?: string | null;
  readonly patrolId?: string | null;
  readonly closeCode?: CloseCode | null;
}

/** Why a move is refused: the guard (or 'stage') and one sentence. */
export interface Refusal {
  readonly by: Guard | 'stage';
  readonly why: string;
}

const MAY_DISPATCH: Readonly<Record<Role, boolean>> = { admin: true, dispatcher: true, viewer: false };
type Check = (it: CaseDetail, asked: MoveRequest, rule: MoveRule) => string | null;

/** Each guard's sentence when it refuses, or null. An administrator may act on a case that somebody else holds. */
const GUARDS: Readonly<Record<Guard, Check>> = {
  'may-dispatch': (_, { actor }) => (MAY_DISPATCH[actor.role] ? null : `the role ${actor.role} may only look`),
  'not-yet-held': ({ assignee }, { actor }) => (assignee === actor.name ? 'you hold it already' : null),
  'not-held-by-another': ({ assignee }, { actor }) =>
    assignee === null || assignee === actor.name || actor.role === 'admin' ? null : `${assignee} holds it; ask for it to be released, or have an administrator claim it`,
  'held-by-actor': ({ assignee }, { actor }) => {
    if (assignee === null) return 'nobody holds it';
    return assignee === actor.name || actor.role === 'admin' ? null : `${assignee} holds it; only they or an administrator can release it`;
  },
  category: (_, { category }) => (given(category) ? null : 'say what it is: a category is needed'),
  patrol: (_, { patrolId }) => (given(patrolId) ? null : 'say who is sent: a patrol is needed'),
  'answered-or-why': ({ orders }, { why }) =>
    given(why) || orders.some((order) => !isOpen(order.status)) ? null : 'no patrol has ended its order yet; wait for one, or give the reason',
  why: (_, { why }) => (given(why) ? null : 'give the reason'),
  'close-code': (_, { closeCode }, { closeCodes }) => {
    if (!closeCode) return 'say how it ended: a close code is needed (true, false, duplicate or test)';
    return closeCodes?.includes(closeCode) ? null : `the close code ${closeCode} is not allowed here`;
  },
};

function given(text: string | null | undefined): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

/** The stage that the move leads to, or why it is refused. */
export function judgeMove(it: CaseDetail, asked: MoveRequest): { readonly to: Stage } | Refusal {
  const rows = MOVE_TABLE.filter((row) => row.move === asked.move);
  const here = rows.filter((row) => row.from.includes(it.stage));
  // Of the rows of `close`, the one that names the code speaks; without a code any may ask for it.
  const rule = here.find((row) => asked.closeCode && row.closeCodes?.includes(asked.closeCode)) ?? here[0];
  if (!rule) return { by: 'stage', why: it.stage === 'closed' ? 'it is closed' : `it is at stage ${it.stage}, and this move starts from ${rows.flatMap((row) => row.from).join(' or ')}` };
  for (const by of rule.guards) {
    const why = GUARDS[by](it, asked, rule);
    if (why !== null) return { by, why: by === 'close-code' && asked.closeCode === 'true' ? `a case is closed as true only from following_up; it is at stage ${it.stage}` : why };
  }
  return { to: rule.to === 'same' ? it.stage : rule.to };
}

/** What the operator could do with the case now, if they give what the move asks for: the console shows these and no others. */
export function possibleMoves(it: CaseDetail, actor: Operator): { readonly move: Move; readonly closeCodes?: readonly CloseCode[] }[] {
  const askedFor: readonly Guard[] = ['category', 'patrol', 'answered-or-why', 'why', 'close-code'];
  const rows = MOVE_TABLE.filter((rule) => rule.from.includes(it.stage) && rule.guards.every((guard) => askedFor.includes(guard) || GUARDS[guard](it, { move: rule.move, actor }, rule) === null));
  return [...Map.groupBy(rows, (rule) => rule.move)].map(([move, same]) => {
    const closeCodes = same.flatMap((rule) => rule.closeCodes ?? []);
    return closeCodes.length > 0 ? { move, closeCodes } : { move };
  });
}
