/** Cases: one whole, who could be sent, and every move an operator makes. */
import { z } from 'zod';
import { type Candidate, REASON_CODES, type Shortfall, SHORTFALL_CODES } from '../../domain/choice.ts';
import type { Operator } from '../../domain/operator.ts';
import { CLOSE_CODES, MOVES } from '../../domain/case.ts';
import { alertRow, caseDetail, id, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { atLeast, refuseUnseen, whoOf } from './access.ts';
import type { ConsoleParts } from './parts.ts';

const candidate: z.ZodType<Candidate> = z
  .object({
    patrolId: z.string(),
    distanceM: z.number().nullable(),
    positionAgeS: z.number().nullable(),
    stale: z.boolean(),
    openOrders: z.number(),
    responsible: z.boolean(),
    reason: z.object({ code: z.enum(REASON_CODES), rank: z.number(), of: z.number(), measuredFrom: z.enum(['place', 'cell-centre']).nullable() }),
  })
  .meta({ id: 'Candidate' });
const shortfall: z.ZodType<Shortfall> = z
  .object({
    code: z.enum(SHORTFALL_CODES),
    patrols: z.number(),
    onDuty: z.number(),
    withSkill: z.number(),
    untried: z.number(),
    withCapacity: z.number(),
    withPosition: z.number(),
    withFreshPosition: z.number(),
  })
  .meta({ id: 'Shortfall', description: 'Why nobody can be proposed: how many patrols were left after each test' });
const move = z.strictObject({
  move: z.enum(MOVES),
  seenVersion: z.number().int().min(1).describe('The version of the case that the operator looked at'),
  why: z.string().max(2000).optional(),
  category: z.string().max(200).optional(),
  patrolId: z.string().max(200).optional(),
  closeCode: z.enum(CLOSE_CODES).optional(),
});

export function caseRoutes(app: Api, { store, desk }: ConsoleParts): void {
  const seenCase = async (operator: Operator, caseId: string) => {
    const found = await store.reading.caseWithAlerts(caseId);
    refuseUnseen(operator, found.case.cellCode, 'case', caseId);
    return found;
  };

  app.get(
    '/api/cases/:id',
    { schema: { summary: 'One case with its history, orders and alerts', params: id, response: { 200: z.object({ case: caseDetail, alerts: z.array(alertRow) }), ...refusals } } },
    async (request) => {
      const found = await seenCase(whoOf(request).operator, request.params.id);
      return { case: found.case, alerts: [...found.alerts] };
    },
  );

  app.get(
    '/api/cases/:id/candidates',
    { schema: { summary: 'Patrols that could be sent, best first, or why none can', params: id, response: { 200: z.object({ candidates: z.array(candidate), shortfall: shortfall.nullable() }), ...refusals } } },
    async (request) => {
      const actor = whoOf(request).operator;
      await seenCase(actor, request.params.id);
      const choice = await desk.candidates(request.params.id, { actor });
      return { candidates: [...choice.candidates], shortfall: choice.shortfall };
    },
  );

  app.post(
    '/api/cases/:id/moves',
    { schema: { summary: 'Move a case', params: id, body: move, response: { 200: z.object({ case: caseDetail }), ...refusals } } },
    async (request) => {
      const actor = atLeast(request, 'dispatcher');
      await seenCase(actor, request.params.id);
      const { move: asked, seenVersion, why = null, category = null, patrolId = null, closeCode = null } = request.body;
      return { case: await desk.move(request.params.id, { move: asked, seenVersion, why, category, patrolId, closeCode, actor }) };
    },
  );
}
