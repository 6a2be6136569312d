/** The table of moves, each row and each guard; and that no walk through it goes astray. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE_CODES, MOVES, ORDER_STATUSES, STAGES, type CaseDetail, type Order, type OrderStatus, type Stage } from '../domain/case.ts';
import type { Operator } from '../domain/operator.ts';
import { judgeMove, MOVE_TABLE, possibleMoves, type MoveRequest } from './moves.ts';
import { isOpen, mayFollow } from './order-status.ts';

const li: Operator = { name: 'li', role: 'dispatcher', cellScope: [], seesFaces: false };
const wang: Operator = { name: 'wang', role: 'dispatcher', cellScope: [], seesFaces: false };
const chief: Operator = { name: 'chief', role: 'admin', cellScope: [], seesFaces: false };
const guest: Operator = { name: 'guest', role: 'viewer', cellScope: [], seesFaces: false };

const order = (status: OrderStatus): Order => ({ id: 'o1', caseId: 'c1', patrolId: 'p1', status, sentAtMs: 0, statusAtMs: 0, note: null, reason: '' });
function at(stage: Stage, changes: Partial<CaseDetail> = {}): CaseDetail {
  return { id: 'c1', version: 1, stage, severity: 'Severe', cellCode: null, at: null, assignee: null, category: null, closeCode: null, openedAtMs: 0, stageSinceMs: 0, closedAtMs: null, traceparent: 't', history: [], orders: [], ...changes };
}
/** Everything a guard could ask for. */
const full = (move: MoveRequest['move'], actor: Operator = li): MoveRequest => ({ move, actor, why: 'because', category: 'intrusion', patrolId: 'p1', closeCode: 'false' });

/** `stage: move → stage` or `stage: move ✗ reason`, as a person would check it against the manual. */
function line(it: CaseDetail, asked: MoveRequest): string {
  const judged = judgeMove(it, asked);
  return 'by' in judged ? `✗ ${judged.why}` : `→ ${judged.to}`;
}

describe('which move leads from which stage where', () => {
  const transcript: Record<(typeof MOVES)[number], (Stage | null)[]> = {
    //            reported      classified    handling        following_up    closed
    claim: /*  */ ['reported', 'classified', 'handling', 'following_up', null],
    release: /**/ ['reported', 'classified', 'handling', 'following_up', null],
    classify: /* */ ['classified', 'classified', null, null, null],
    dispatch: /* */ [null, 'handling', 'handling', null, null],
    follow_up: /**/ [null, null, 'following_up', null, null],
    rework: /* */ [null, null, null, 'handling', null],
    close: /*  */ ['closed', 'closed', 'closed', 'closed', null],
  };
  test.each(MOVES.flatMap((move) => STAGES.map((stage, i) => [stage, move, transcript[move][i] ?? null] as const)))('%s: %s → %s', (stage, move, to) => {
    const judged = judgeMove(at(stage, { assignee: move === 'release' ? 'li' : null }), full(move));
    if (to === null) expect(judged).toMatchObject({ by: 'stage' });
    else expect(judged).toEqual({ to });
  });
});

describe('guards', () => {
  test.each<[string, CaseDetail, MoveRequest, string]>([
    ['a viewer may not', at('reported'), full('claim', guest), '✗ the role viewer may only look'],
    ['claim what is free', at('reported'), full('claim'), '→ reported'],
    ['claim what another holds', at('reported', { assignee: 'wang' }), full('claim'), '✗ wang holds it; ask for it to be released, or have an administrator claim it'],
    ['claim twice', at('reported', { assignee: 'li' }), full('claim'), '✗ you hold it already'],
    ['an administrator takes over', at('handling', { assignee: 'wang' }), full('claim', chief), '→ handling'],
    ['release what nobody holds', at('handling'), full('release'), '✗ nobody holds it'],
    ['release what another holds', at('handling', { assignee: 'wang' }), full('release'), '✗ wang holds it; only they or an administrator can release it'],
    ['an administrator releases for another', at('handling', { assignee: 'wang' }), full('release', chief), '→ handling'],
    ['work on what another holds', at('classified', { assignee: 'wang' }), full('dispatch'), '✗ wang holds it; ask for it to be released, or have an administrator claim it'],
    ['work on what is mine', at('classified', { assignee: 'wang' }), full('dispatch', wang), '→ handling'],
    ['work on what nobody holds', at('classified'), full('dispatch'), '→ handling'],
    ['classify without a category', at('reported'), { move: 'classify', actor: li, category: '  ' }, '✗ say what it is: a category is needed'],
    ['dispatch without a patrol', at('classified'), { move: 'dispatch', actor: li }, '✗ say who is sent: a patrol is needed'],
    ['dispatch what is not classified', at('reported'), full('dispatch'), '✗ it is at stage reported, and this move starts from classified or handling'],
    ['follow up while nobody has answered', at('handling', { orders: [order('on_scene')] }), { move: 'follow_up', actor: li }, '✗ no patrol has ended its order yet; wait for one, or give the reason'],
    ['follow up with a reason', at('handling', { orders: [order('on_scene')] }), { move: 'follow_up', actor: li, why: 'seen on camera: all gone' }, '→ following_up'],
    ['follow up when one is done', at('handling', { orders: [order('sent'), order('done')] }), { move: 'follow_up', actor: li }, '→ following_up'],
    ['follow up when one declined', at('handling', { orders: [order('declined')] }), { move: 'follow_up', actor: li }, '→ following_up'],
    ['rework without a reason', at('following_up'), { move: 'rework', actor: li }, '✗ give the reason'],
    ['close without a code', at('following_up'), { move: 'close', actor: li }, '✗ say how it ended: a close code is needed (true, false, duplicate or test)'],
    ['close as true after following up', at('following_up'), { move: 'close', actor: li, closeCode: 'true' }, '→ closed'],
    ['close as true before', at('handling'), { move: 'close', actor: li, closeCode: 'true' }, '✗ a case is closed as true only from following_up; it is at stage handling'],
    ['void at once', at('reported'), { move: 'close', actor: li, closeCode: 'duplicate' }, '→ closed'],
    ['move what is closed', at('closed'), full('rework', chief), '✗ it is closed'],
  ])('%s', (_, it, asked, expected) => {
    expect(line(it, asked)).toBe(expected);
  });
});

describe('what the console offers', () => {
  test.each<[string, CaseDetail, Operator, string[]]>([
    ['a free new case', at('reported'), li, ['claim', 'classify', 'close false duplicate test']],
    ['mine, classified', at('classified', { assignee: 'li' }), li, ['release', 'classify', 'dispatch', 'close false duplicate test']],
    ['mine, to be followed up', at('following_up', { assignee: 'li' }), li, ['release', 'rework', 'close true false duplicate test']],
    ['held by another', at('handling', { assignee: 'wang' }), li, []],
    ['held by another, for an administrator', at('handling', { assignee: 'wang' }), chief, ['claim', 'release', 'dispatch', 'follow_up', 'close false duplicate test']],
    ['for a viewer', at('reported'), guest, []],
    ['closed', at('closed'), chief, []],
  ])('%s', (_, it, actor, expected) => {
    expect(possibleMoves(it, actor).map(({ move, closeCodes }) => [move, ...(closeCodes ?? [])].join(' '))).toEqual(expected);
  });

  test('exactly the moves that pass when all is given', () => {
    for (const stage of STAGES) {
      for (const assignee of [null, 'li', 'wang']) {
        const it = at(stage, { assignee });
        for (const actor of [li, chief, guest]) {
          const passing = MOVES.filter((move) => CLOSE_CODES.some((closeCode) => 'to' in judgeMove(it, { ...full(move, actor), closeCode })));
          expect(possibleMoves(it, actor).map(({ move }) => move).toSorted()).toEqual(passing.toSorted());
        }
      }
    }
  });
});

describe('any walk through the table', () => {
  const request = fc.record({
    move: fc.constantFrom(...MOVES),
    actor: fc.constantFrom(li, wang, chief, guest),
    why: fc.constantFrom(null, 'because'),
    category: fc.constantFrom(null, 'fire'),
    patrolId: fc.constantFrom(null, 'p1'),
    closeCode: fc.constantFrom(null, ...CLOSE_CODES),
  });

  function walk(steps: readonly MoveRequest[]): CaseDetail {
    return steps.reduce((it, asked) => {
      const judged = judgeMove(it, asked);
      if ('by' in judged) return it;
      if (it.stage === 'closed') throw new Error('a closed case moved');
      const assignee = asked.move === 'claim' ? asked.actor.name : asked.move === 'release' ? null : it.assignee;
      return { ...it, stage: judged.to, assignee, closeCode: asked.move === 'close' ? (asked.closeCode ?? null) : null, orders: asked.move === 'dispatch' ? [order('sent')] : it.orders };
    }, at('reported'));
  }

  test('stays within the five stages, and a case is closed exactly if it has a close code', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (steps) => {
        const it = walk(steps);
        expect(STAGES).toContain(it.stage);
        expect(it.stage === 'closed').toBe(it.closeCode !== null);
      }),
      { numRuns: 1000 },
    );
  });

  test('from wherever it led, the case can still be closed, as false at once and as true through the stages', () => {
    const admin = (asked: Omit<MoveRequest, 'actor'>): MoveRequest => ({ ...asked, actor: chief });
    const rest = [admin({ move: 'classify', category: 'fire' }), admin({ move: 'dispatch', patrolId: 'p1' }), admin({ move: 'follow_up', why: 'seen' }), admin({ move: 'close', closeCode: 'true' })];
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (steps) => {
        expect(walk([...steps, admin({ move: 'close', closeCode: 'false' })]).stage).toBe('closed');
        expect(walk([...steps, ...rest]).stage).toBe('closed');
      }),
      { numRuns: 500 },
    );
  });

  test('the table names only stages and moves that there are, and every move', () => {
    expect(new Set(MOVE_TABLE.map((rule) => rule.move))).toEqual(new Set(MOVES));
    for (const rule of MOVE_TABLE) expect([...STAGES, 'same']).toContain(rule.to);
  });
});

describe('the status of an order goes forward only', () => {
  const wayOf = (...answers: OrderStatus[]): string => answers.reduce<OrderStatus[]>((way, next) => (mayFollow(way.at(-1)!, next) ? [...way, next] : way), ['sent']).join(' ');
  test.each([
    [['acknowledged', 'en_route', 'on_scene', 'done'], 'sent acknowledged en_route on_scene done'],
    [['acknowledged', 'acknowledged'], 'sent acknowledged'],
    [['on_scene', 'en_route', 'acknowledged', 'done'], 'sent on_scene done'],
    [['declined', 'acknowledged', 'done'], 'sent declined'],
    [['en_route', 'declined'], 'sent en_route declined'],
    [['recalled', 'done'], 'sent recalled'],
  ] as [OrderStatus[], string][])('%s gives %s', (answers, way) => {
    expect(wayOf(...answers)).toBe(way);
  });

  test('whatever comes in whatever order, no order comes back to life', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ORDER_STATUSES), { maxLength: 20 }), (answers) => {
        const way = wayOf(...answers).split(' ') as OrderStatus[];
        expect(new Set(way).size).toBe(way.length);
        expect(way.slice(0, -1).every(isOpen)).toBe(true);
      }),
    );
  });
});
