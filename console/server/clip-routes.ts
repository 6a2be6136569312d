/** Clips: played from any place, faces unreadable; as the camera saw it for those alone who may see faces, who say what for, and of whom it is noted. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AlertRow, Evidence } from '../../domain/alert.ts';
import type { Operator } from '../../domain/operator.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { refuseUnseen, whoOf } from './access.ts';
import { id, refusals } from './answers.ts';
import type { Api } from './api.ts';
import type { ConsoleParts } from './parts.ts';

/** A player asks for a clip in many parts: that is one look. */
const ONE_LOOK_MS = 10 * 60_000;

const rendering = z.object({ state: z.enum(['not-rendered', 'rendering']) }).describe('There is no clip with faces made unreadable yet');
const purposeOf = z.object({ purpose: z.string().trim().min(3).max(200).optional().describe('What faces are looked at for; without it they are unreadable for everybody') });
const mp4 = { description: 'MP4', content: { 'video/mp4': { schema: z.any() } } };

export function clipRoutes(app: Api, parts: ConsoleParts): void {
  const looks = new Looks(parts);

  app.get(
    '/api/evidence/:id/clip',
    {
      schema: {
        summary: 'A clip, whole or in part (Range)',
        description: 'Of a `clip` those who may see faces get the camera\'s own video when they give a purpose, which is noted; everybody else its `redacted-clip`, or 202 while there is none.',
        params: id,
        querystring: purposeOf,
        response: { 200: mp4, 202: rendering, 206: mp4, ...refusals },
      },
    },
    async (request, reply) => {
      const { operator } = whoOf(request);
      const { clip, alert } = await clipOf(parts, operator, request.params.id);
      const plain = clip.kind === 'clip' && operator.seesFaces && request.query.purpose !== undefined;
      if (plain) await looks.note(operator, clip, request.query.purpose ?? '');
      const shown = plain || clip.kind === 'redacted-clip' ? clip : redactedOf(alert);
      if (!shown) return reply.code(202).send({ state: 'not-rendered' });
      return send(request, reply, shown, parts, plain ? 'no-store' : 'private, max-age=3600');
    },
  );

  app.post(
    '/api/evidence/:id/redacted',
    {
      schema: {
        summary: 'Has a clip rendered with faces made unreadable, once for all who ask; the alert tells when it is there',
        params: id,
        response: { 200: z.object({ id: z.string() }).describe('It is there'), 202: rendering, ...refusals },
      },
    },
    async (request, reply) => {
      const { clip, alert } = await clipOf(parts, whoOf(request).operator, request.params.id);
      const redacted = clip.kind === 'redacted-clip' ? clip : redactedOf(alert);
      if (redacted) return { id: redacted.id };
      await parts.clips.redact(clip);
      return reply.code(202).send({ state: 'rendering' });
    },
  );
}

const redactedOf = (alert: AlertRow): Evidence | undefined => alert.evidence.find(({ kind }) => kind === 'redacted-clip');

/** Throws NOT_FOUND for what is no clip, and for one in a cell that the person may not see. */
async function clipOf({ store }: ConsoleParts, operator: Operator, evidenceId: string): Promise<{ clip: Evidence; alert: AlertRow }> {
  const clip = await store.evidence.evidence(evidenceId);
  const alert = await store.reading.alertRow(clip.alertId);
  refuseUnseen(operator, alert.place.cellCode, 'clip', evidenceId);
  if (clip.mediaType !== 'video/mp4') throw new GridwardenError('NOT_FOUND', { what: 'clip', id: evidenceId });
  return { clip, alert };
}

async function send(request: FastifyRequest, reply: FastifyReply, clip: Evidence, { store }: ConsoleParts, cacheControl: string): Promise<FastifyReply> {
  const etag = `"${clip.sha256}"`;
  void reply.type(clip.mediaType).headers({ 'accept-ranges': 'bytes', etag, 'cache-control': cacheControl });
  const ifRange = request.headers['if-range'];
  const span = ifRange === undefined || ifRange === etag ? spanIn(request.headers.range, clip.bytes) : null;
  if (span === 'beyond') return reply.code(416).type('text/plain').header('content-range', `bytes */${clip.bytes}`).send('');
  // Opened before a header leaves: what is missing is told as such.
  const stream = await store.evidence.stream(clip, span);
  if (span) void reply.code(206).header('content-range', `bytes ${span.from}-${span.to}/${clip.bytes}`);
  return reply.header('content-length', span ? span.to - span.from + 1 : clip.bytes).send(stream);
}

/** One range of bytes (RFC 9110, 14.1.2); null where none is asked for, or several, or something else: then the whole may be sent (14.2). */
export function spanIn(range: string | undefined, bytes: number): { from: number; to: number } | 'beyond' | null {
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '');
  if (!asked || (asked[1] === '' && asked[2] === '')) return null;
  const [, first = '', last = ''] = asked;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < from) return null;
  return from > to ? 'beyond' : { from, to };
}

/** Notes a look before the first part of it is shown. */
class Looks {
  readonly #parts: ConsoleParts;
  readonly #notedAtMs = new Map<string, number>();

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
  }

  /** Throws when it cannot be noted: then nothing may be shown. */
  async note({ name }: Operator, clip: Evidence, purpose: string): Promise<void> {
    const { faceViews, env } = this.#parts;
    const atMs = env.clock.nowMs();
    for (const [key, notedAtMs] of this.#notedAtMs) if (atMs - notedAtMs >= ONE_LOOK_MS) this.#notedAtMs.delete(key);
    const key = JSON.stringify([name, clip.id, purpose]);
    if (this.#notedAtMs.has(key)) return;
    await faceViews.note({ operatorName: name, what: `clip of alert ${clip.alertId}`, purpose, atMs });
    this.#notedAtMs.set(key, atMs);
  }
}
