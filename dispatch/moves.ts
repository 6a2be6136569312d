/** The five stages of a case as one table of allowed moves, and the guards that stand before each. */
import { STAGES, type CaseDetail, type CloseCode, type Move, type MoveRefusal, type Stage } from '../domain/case.ts';
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

/** Why a move is refused: the guard (or 'stage'), the reason for programs with its facts, and one sentence. */
export interface Refusal {
  readonly by: Guard | 'stage';
  readonly reason: MoveRefusal;
  readonly facts: Facts;
  readonly why: string;
}

type Facts = Readonly<Record<string, string>>;
type No = readonly [reason: MoveRefusal, facts?: Facts];

const MAY_DISPATCH: Readonly<Record<Role, boolean>> = { admin: true, dispatcher: true, viewer: false };
type Check = (it: CaseDetail, asked: MoveRequest, rule: MoveRule) => No | null;

/** Each guard's reason when it refuses, or null. An administrator may act on a case that somebody else holds. */
const GUARDS: Readonly<Record<Guard, Check>> = {
  'may-dispatch': (_, { actor }) => (MAY_DISPATCH[actor.role] ? null : ['role-looks-only', { role: actor.role }]),
  'not-yet-held': ({ assignee }, { actor }) => (assignee === actor.name ? ['held-already'] : null),
  'not-held-by-another': ({ assignee }, { actor }) =>
    assignee === null || assignee === actor.name || actor.role === 'admin' ? null : ['held-by-another', { holder: assignee }],
  'held-by-actor': ({ assignee }, { actor }) => {
    if (assignee === null) return ['held-by-nobody'];
    return assignee === actor.name || actor.role === 'admin' ? null : ['not-yours-to-release', { holder: assignee }];
  },
  category: (_, { category }) => (given(category) ? null : ['category-missing']),
  patrol: (_, { patrolId }) => (given(patrolId) ? null : ['patrol-missing']),
  'answered-or-why': ({ orders }, { why }) => (given(why) || orders.some((order) => !isOpen(order.status)) ? null : ['no-order-ended']),
  why: (_, { why }) => (given(why) ? null : ['reason-missing']),
  'close-code': ({ stage }, { closeCode }, { closeCodes }) => {
    if (!closeCode) return ['close-code-missing'];
    if (closeCodes?.includes(closeCode)) return null;
    return closeCode === 'true' ? ['true-needs-follow-up', { stage }] : ['close-code-not-here', { closeCode }];
  },
};

/** Each reason as a sentence, filled with its facts. */
const SENTENCES: Readonly<Record<MoveRefusal, string>> = {
  'role-looks-only': 'the role {role} may only look',
  'held-already': 'you hold it already',
  'held-by-another': '{holder} holds it; ask for it to be released, or have an administrator claim it',
  'not-yours-to-release': '{holder} holds it; only they or an administrator can release it',
  'held-by-nobody': 'nobody holds it',
  'category-missing': 'say what it is: a category is needed',
  'patrol-missing': 'say who is sent: a patrol is needed',
  'no-order-ended': 'no patrol has ended its order yet; wait for one, or give the reason',
  'reason-missing': 'give the reason',
  'close-code-missing': 'say how it ended: a close code is needed (true, false, duplicate or test)',
  'close-code-not-here': 'the close code {closeCode} is not allowed here',
  'true-needs-follow-up': 'a case is closed as true only from following_up; it is at stage {stage}',
  closed: 'it is closed',
  'wrong-stage': 'it is at stage {stage}, and this move starts from {startsFrom}',
};

function refusal(by: Refusal['by'], [reason, facts = {}]: No): Refusal {
  return { by, reason, facts, why: SENTENCES[reason].replace(/\{(\w+)\}/g, (whole, name: string) => facts[name] ?? whole) };
}

function given(text: string | null | undefined): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

/** The stage that the move leads to, or why it is refused. */
export function judgeMove(it: CaseDetail, asked: MoveRequest): { readonly to: Stage } | Refusal {
  const rows = MOVE_TABLE.filter((row) => row.move === asked.move);
  const here = rows.filter((row) => row.from.includes(it.stage));
  // Of the rows of `close`, the one that names the code speaks; without a code any may ask for it.
  const rule = here.find((row) => asked.closeCode && row.closeCodes?.includes(asked.closeCode)) ?? here[0];
  if (!rule) return refusal('stage', it.stage === 'closed' ? ['closed'] : ['wrong-stage', { stage: it.stage, startsFrom: rows.flatMap((row) => row.from).join(' or ') }]);
  for (const by of rule.guards) {
    const no = GUARDS[by](it, asked, rule);
    if (no) return refusal(by, no);
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
