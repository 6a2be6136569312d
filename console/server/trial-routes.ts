/** Trying a rule on recorded tracks, and the paths to draw it over: boxes and classes only, within what the person may see. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { OBJECT_CLASSES } from '../../domain/detection.ts';
import type { RecordedPaths, Trial } from '../../domain/trial.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { about, id, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { atLeast, refuseUnseen } from './access.ts';
import type { ConsoleParts } from './parts.ts';

const ms = z.number().int().min(0);
const span = { from: ms.optional().describe('epoch milliseconds'), to: ms.optional() };
const wanted = z.strictObject({
  rule: z.looseObject({ cameraId: z.string().max(200).optional() }).describe('As it would stand under `rules` in the configuration'),
  zones: z.array(z.unknown()).max(20).optional().describe('Zones of its camera as they would stand there, in place of those of the same id or beside them'),
  lines: z.array(z.unknown()).max(20).optional(),
  ...span,
});
const trial: z.ZodType<Trial> = z
  .object({
    findings: z.array(z.object({ atMs: z.number(), sinceMs: z.number(), about, where: z.object({ id: z.string(), name: z.string() }).nullable() })).describe('The first 500, oldest first'),
    found: z.number(),
    frames: z.number(),
    fromMs: z.number().nullable(),
    toMs: z.number().nullable(),
    widthPx: z.number(),
    heightPx: z.number(),
    cutShort: z.boolean().describe('The time for trying (5 s) was over before the frames were'),
    profile: z.string().nullable().describe('The arm profile the site was taken to be in'),
  })
  .meta({ id: 'Trial' });
const paths: z.ZodType<RecordedPaths> = z
  .object({
    frames: z.number(),
    fromMs: z.number().nullable(),
    toMs: z.number().nullable(),
    picture: z.object({ widthPx: z.number(), heightPx: z.number() }).nullable(),
    paths: z.array(z.object({ trackId: z.number(), label: z.enum(OBJECT_CLASSES), fromMs: z.number(), toMs: z.number(), points: z.array(z.tuple([z.number(), z.number()])) })).describe('The newest 300, foot points as fractions of the picture'),
    objects: z.number(),
  })
  .meta({ id: 'RecordedPaths' });

export function trialRoutes(app: Api, { site, trials }: ConsoleParts): void {
  /** Throws NOT_FOUND also for a camera that the person may not see. */
  const seenCamera = (request: FastifyRequest, cameraId: string): void => {
    const operator = atLeast(request, 'dispatcher');
    const camera = site.cameras.find((one) => one.id === cameraId);
    if (!camera) throw new GridwardenError('NOT_FOUND', { what: 'camera', id: cameraId });
    refuseUnseen(operator, camera.homeCell, 'camera', cameraId);
  };

  app.get(
    '/api/cameras/:id/tracks',
    { schema: { summary: 'Where recorded objects went in a camera’s picture', params: id, querystring: z.object({ from: z.coerce.number().int().min(0).optional(), to: z.coerce.number().int().min(0).optional() }), response: { 200: paths, ...refusals } } },
    async (request) => {
      seenCamera(request, request.params.id);
      const { from = null, to = null } = request.query;
      return trials.paths(request.params.id, { fromMs: from, toMs: to });
    },
  );

  app.post('/api/rules/dry-run', { schema: { summary: 'Try a camera rule on recorded tracks; nobody is alerted', body: wanted, response: { 200: trial, ...refusals } } }, async (request) => {
    atLeast(request, 'dispatcher');
    const { from = null, to = null, ...asked } = request.body;
    // Without one the rule is not valid, and is told so.
    if (asked.rule.cameraId !== undefined) seenCamera(request, asked.rule.cameraId);
    return trials.tryRule(asked, { fromMs: from, toMs: to });
  });
}
