/** What the console offers is what the case's own table allows: every stage, role and holder, and the same words for candidates. */
import { describe, expect, test } from 'vitest';
import { judgeMove, possibleMoves } from '../../../dispatch/moves.ts';
import { CLOSE_CODES, STAGES, type CaseDetail, type OrderStatus, type Stage } from '../../../domain/case.ts';
import { ROLES, type Operator } from '../../../domain/operator.ts';
import { followUpNeedsWhy, offeredCloseCodes, offeredMoves } from './offered.ts';

function caseAt(stage: Stage, assignee: string | null, orders: readonly OrderStatus[] = []): CaseDetail {
  return {
    id: 'k1', version: 3, stage, severity: 'Severe', cellCode: null, at: null, assignee, category: null, closeCode: null,
    openedAtMs: 0, stageSinceMs: 0, closedAtMs: null, traceparent: '', history: [],
    orders: orders.map((status, i) => ({ id: `o${i}`, caseId: 'k1', patrolId: 'p1', status, sentAtMs: 0, statusAtMs: 0, note: null, reason: '' })),
  };
}

describe('offered moves', () => {
  for (const stage of STAGES) {
    for (const role of ROLES) {
      for (const assignee of [null, 'lin', 'wei']) {
        test(`${stage}, ${role} lin, held by ${assignee}`, () => {
          const lin: Operator = { name: 'lin', role, cellScope: [], seesFaces: false };
          const work = caseAt(stage, assignee);
          const law = possibleMoves(work, lin);
          expect(offeredMoves(work, lin).toSorted()).toEqual(law.map((each) => each.move).toSorted());
          const codes = law.find((each) => each.move === 'close')?.closeCodes;
          if (codes) expect(offeredCloseCodes(stage).toSorted()).toEqual([...codes].toSorted());
        });
      }
    }
  }

  test('follow-up asks for a reason exactly where the table does', () => {
    const lin: Operator = { name: 'lin', role: 'dispatcher', cellScope: [], seesFaces: false };
    for (const status of ['sent', 'acknowledged', 'en_route', 'on_scene', 'done', 'declined', 'recalled'] as const) {
      const work = caseAt('handling', 'lin', [status]);
      expect(followUpNeedsWhy(work)).toBe('by' in judgeMove(work, { move: 'follow_up', actor: lin }));
    }
  });

  test('every close code has its place', () => {
    expect(offeredCloseCodes('following_up')).toEqual([...CLOSE_CODES]);
  });
});
