/** How the whole is going: counts, and the messages nobody could read. */
import { z } from 'zod';
import { STAGES } from '../../domain/case.ts';
import type { QuarantinedMessage } from '../../domain/device.ts';
import { FINDING_SOURCES } from '../../domain/finding.ts';
import { SEVERITIES } from '../../domain/gravity.ts';
import type { Operator } from '../../domain/operator.ts';
import { prefix, quarantinedMessage, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { atLeast, isShown, maySee, whoOf } from './access.ts';
import type { ConsoleParts } from './parts.ts';

const MOST_QUARANTINED = 500;
const number = z.number();
const summary = z.object({
  byStage: z.record(z.enum(STAGES), number),
  bySource: z.record(z.enum(FINDING_SOURCES), number),
  openBySeverity: z.record(z.enum(SEVERITIES), number),
  framesIn: number,
  framesInferred: number,
  framesShed: number,
  eventsIn: number,
  quarantined: number,
  jobsGivenUp: number.describe('Findings, calls and messages that could not be worked on; "npm run jobs" lists them and gives them again'),
  perOperatorPer10Min: number.describe('Alerts of the last ten minutes per person signed in who may move cases; above 1 is too many (EEMUA 191)'),
});

export function oversightRoutes(app: Api, parts: ConsoleParts): void {
  const { store, live, site, env } = parts;

  app.get('/api/summary', { schema: { summary: 'Counts', querystring: z.object({ cell: prefix }), response: { 200: summary, ...refusals } } }, async (request) => {
    const { operator } = whoOf(request);
    const nowMs = env.clock.nowMs();
    const { filedLast10Min, ...counts } = await store.reading.counts({ scope: operator.cellScope, prefix: request.query.cell }, nowMs);
    const [board, eventsIn, jobsGivenUp, quarantined, dispatchers] = await Promise.all([
      live.board.cameras(),
      live.board.eventsIn(),
      live.board.jobsGivenUp(),
      store.quarantine.quarantinedEver(),
      store.operators.dispatchersSignedIn(nowMs),
    ]);
    const seen = site.cameras.filter((camera) => isShown(operator, request.query.cell, camera.homeCell)).map((camera) => board.get(camera.id)?.counts);
    const sum = (name: 'framesIn' | 'framesInferred' | 'framesShed'): number => seen.reduce((total, one) => total + (one?.[name] ?? 0), 0);
    return {
      byStage: { ...counts.byStage },
      bySource: { ...counts.bySource },
      openBySeverity: { ...counts.openBySeverity },
      framesIn: sum('framesIn'),
      framesInferred: sum('framesInferred'),
      framesShed: sum('framesShed'),
      eventsIn,
      quarantined,
      jobsGivenUp,
      perOperatorPer10Min: Math.round((100 * filedLast10Min) / Math.max(1, dispatchers)) / 100,
    };
  });

  app.get(
    '/api/quarantine',
    {
      schema: {
        summary: 'Messages nobody could read, newest first (admin)',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(MOST_QUARANTINED).default(100) }),
        response: { 200: z.object({ messages: z.array(quarantinedMessage) }), ...refusals },
      },
    },
    async (request) => {
      const operator = atLeast(request, 'admin');
      const messages = await store.quarantine.quarantined(operator.cellScope.length === 0 ? request.query.limit : MOST_QUARANTINED);
      return { messages: messages.filter((message) => seesMessage(operator, message, parts)).slice(0, request.query.limit) };
    },
  );
}

/** A message belongs where its device stands; one of an unknown device only those see who see everything. */
function seesMessage(operator: Operator, message: QuarantinedMessage, { site }: ConsoleParts): boolean {
  return maySee(operator, site.devices.find((device) => device.id === message.deviceId)?.homeCell ?? null);
}
