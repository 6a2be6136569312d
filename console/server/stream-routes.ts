/** The live stream: server-sent events of what changed, within what the person may see. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { prefix, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { isShown, whoOf } from './access.ts';
import type { Change, ConsoleParts } from './parts.ts';
import type { SignIn } from './sign-in.ts';

const PING_MS = 15_000;
/** A reader that is this far behind is cut off: it reads everything anew when it comes back. */
const MOST_WAITING_BYTES = 1_000_000;

/** A wall of screens has some; a script gone mad, or somebody with a viewer's password, must not have thousands. */
const MOST_PER_PERSON = 20;

/** `closing` ends every stream. */
export function streamRoutes(app: Api, signIn: SignIn, parts: ConsoleParts, closing: AbortSignal): void {
  const open = new Map<string, number>();
  app.get(
    '/api/stream',
    {
      schema: {
        summary: 'Live changes as server-sent events: alert, case, patrol, camera, arm-profile',
        querystring: z.object({ cell: prefix }),
        response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } }, ...refusals },
      },
    },
    async (request, reply) => {
      const who = whoOf(request);
      const { name } = who.operator;
      const count = open.get(name) ?? 0;
      if (count >= MOST_PER_PERSON) throw new GridwardenError('STREAMS_TOO_MANY', { count });
      open.set(name, count + 1);
      const response = beginStream(reply);
      const ended = new AbortController();
      response.once('close', () => ended.abort());
      const signal = AbortSignal.any([ended.signal, closing]);
      const unsubscribe = parts.live.changes.subscribe((change) => {
        if (change.kind === 'arm-profile' || isShown(who.operator, request.query.cell, cellOf(change, parts))) send(response, eventText(change));
      });
      try {
        await pingUntilOver(response, () => signIn.stillThere(who), parts.env.clock, signal);
      } finally {
        unsubscribe();
        response.end();
        const left = (open.get(name) ?? 1) - 1;
        if (left > 0) open.set(name, left);
        else open.delete(name);
      }
    },
  );
}

/** Takes the raw answer over from Fastify, with the headers set so far. */
function beginStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  // no-transform and x-accel-buffering: proxies must pass each event on at once.
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' });
  raw.write('retry: 2000\n\n');
  return raw;
}

/** Also looks whether the person is still signed in with the same rights: a stream must not outlive a session. */
async function pingUntilOver(response: ServerResponse, stillThere: () => Promise<boolean>, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(PING_MS, signal);
    if (signal.aborted) return;
    // A store that is away for a moment is no reason to cut everybody off.
    if (!(await stillThere().catch(() => true))) return;
    send(response, ': ping\n\n');
  }
}

function send(response: ServerResponse, text: string): void {
  if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
  else if (!response.writableEnded) response.write(text);
}

function eventText(change: Change): string {
  return `event: ${change.kind}\ndata: ${JSON.stringify(contentOf(change))}\n\n`;
}

function contentOf(change: Change): unknown {
  switch (change.kind) {
    case 'alert':
      return change.alert;
    case 'case':
      return change.case;
    case 'patrol':
      return change.patrol;
    case 'camera':
      return change.camera;
    case 'arm-profile':
      return change.profile;
  }
}

/** The arm profile is the whole site's: everybody hears of it. */
function cellOf(change: Exclude<Change, { kind: 'arm-profile' }>, { site }: ConsoleParts): string | null {
  switch (change.kind) {
    case 'alert':
      return change.alert.place.cellCode;
    case 'case':
      return change.case.cellCode;
    case 'patrol':
      return change.patrol.cellCode;
    case 'camera':
      return site.cameras.find((camera) => camera.id === change.camera.cameraId)?.homeCell ?? null;
  }
}
