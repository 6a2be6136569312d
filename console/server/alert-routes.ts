/** Alerts: the list, one of them whole, and its redacted picture. */
import { z } from 'zod';
import { STAGES, type Stage } from '../../domain/case.ts';
import { FINDING_SOURCES } from '../../domain/finding.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { alertRow, caseDetail, cell, id, prefix, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { maySee, refuseUnseen, whoOf } from './access.ts';
import type { ConsoleParts } from './parts.ts';

const MOST_ALERTS = 500;
const query = z.object({
  cell: prefix,
  stage: z.string().max(200).optional().describe(`Comma-separated: ${STAGES.join(', ')}`),
  source: z.enum(FINDING_SOURCES).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_ALERTS).default(100),
  before: z.coerce.number().int().min(0).optional().describe('Only alerts filed before this moment, epoch milliseconds'),
});
const rule = z.object({ id: z.string(), name: z.string(), version: z.number() });
const detail = z.object({ alert: alertRow, case: caseDetail, others: z.array(alertRow), cell: cell.nullable(), rule });

export function alertRoutes(app: Api, { store }: ConsoleParts): void {
  app.get('/api/alerts', { schema: { summary: 'Alerts, newest first', querystring: query, response: { 200: z.object({ alerts: z.array(alertRow) }), ...refusals } } }, async (request) => {
    const { cell: cellPrefix, stage, source, limit, before } = request.query;
    const { cellScope } = whoOf(request).operator;
    const alerts = await store.reading.alerts({ scope: cellScope, prefix: cellPrefix, stages: stagesIn(stage), source: source ?? null, limit, beforeMs: before ?? null });
    return { alerts: [...alerts] };
  });

  app.get(
    '/api/alerts/:id',
    { schema: { summary: 'One alert with its case, the other alerts of that case, cell and rule', params: id, response: { 200: detail, ...refusals } } },
    async (request) => {
      const { operator } = whoOf(request);
      const found = await store.reading.alertDetail(request.params.id);
      refuseUnseen(operator, found.alert.place.cellCode, 'alert', request.params.id);
      const { alerts } = await store.reading.caseWithAlerts(found.alert.caseId);
      const others = alerts.filter((one) => one.id !== found.alert.id && maySee(operator, one.place.cellCode));
      const { ruleId, ruleName, ruleVersion } = found.alert;
      return { ...found, others, rule: { id: ruleId, name: ruleName, version: ruleVersion } };
    },
  );

  app.get(
    '/api/evidence/:id.jpg',
    { schema: { summary: 'A picture, its faces made unreadable', params: id, response: { 200: { description: 'JPEG', content: { 'image/jpeg': { schema: z.any() } } }, ...refusals } } },
    async (request, reply) => {
      const evidence = await store.evidence.evidence(request.params.id);
      const alert = await store.reading.alertRow(evidence.alertId);
      refuseUnseen(whoOf(request).operator, alert.place.cellCode, 'picture', request.params.id);
      // A clip shows faces; clip-routes.ts says to whom.
      if (evidence.mediaType !== 'image/jpeg') throw new GridwardenError('NOT_FOUND', { what: 'picture', id: request.params.id });
      const { jpeg } = await store.evidence.picture(request.params.id);
      return reply.type('image/jpeg').header('cache-control', 'private, max-age=3600').header('etag', `"${evidence.sha256}"`).send(Buffer.from(jpeg));
    },
  );
}

/** Throws BAD_REQUEST that names what is not a stage. */
function stagesIn(list: string | undefined): readonly Stage[] {
  const names = (list ?? '').split(',').filter((name) => name !== '');
  const wrong = names.filter((name) => !STAGES.includes(name as Stage));
  if (wrong.length > 0) throw new GridwardenError('BAD_REQUEST', { why: `stage: ${JSON.stringify(wrong.join(','))} is none of ${STAGES.join(', ')}` });
  return names as Stage[];
}
