/** Live video: a ticket by HTTP, then the camera's fragments over a WebSocket, for as long as the session and its rights last. */
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from '@fastify/websocket';
import { z } from 'zod';
import { LIVE_VARIANTS, type LiveBegin, type LiveVariant, type LiveViewer, type LiveWord } from '../../domain/live-video.ts';
import type { Operator } from '../../domain/operator.ts';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';
import { refuseUnseen, whoOf } from './access.ts';
import { refusals } from './answers.ts';
import type { Api } from './api.ts';
import { hostOf } from './guard.ts';
import { type LivePass, LiveTickets, TICKET_MS } from './live-tickets.ts';
import type { ConsoleParts } from './parts.ts';
import type { SignIn, Who } from './sign-in.ts';

/** A wall of pictures has some. */
const MOST_PER_PERSON = 16;
const MOST_IN_ALL = 256;
/** How soon a view ends whose session or rights have. */
const LOOK_EVERY_MS = 5000;
/** Nothing comes back from a browser that is gone without a word. */
const PONG_WITHIN_MS = 20_000;
/** A viewer that is this far behind misses pictures up to the next key frame. */
const MOST_WAITING_BYTES = 2 * 1024 * 1024;
/** A shift of the camera's clock that is worth telling. */
const CLOCK_TOLD_MS = 50;

/** Close codes of our own (RFC 6455, 7.4.2): a page must not try again at once with the same session. */
const CLOSED = { over: 4401, unavailable: 4503 } as const;

/** Faces are unreadable unless somebody was given the right to see them. */
export function variantFor(operator: Operator): LiveVariant {
  return operator.seesFaces ? 'plain' : 'redacted';
}

export function liveRoutes(app: Api, signIn: SignIn, parts: ConsoleParts, closing: AbortSignal): void {
  const { env, site, video } = parts;
  const tickets = new LiveTickets(video, env);
  const open = new OpenViews();
  const passes = new WeakMap<FastifyRequest, LivePass>();

  app.post(
    '/api/cameras/:id/live-ticket',
    {
      schema: {
        summary: 'A ticket to the live video of a camera, for GET /api/live/{ticket} as a WebSocket: once, within 30 s, with the same session',
        description: 'The answer names the variant: `plain` for those who may see faces, `redacted` for all others and for whoever asks for it.',
        params: z.object({ id: z.string().max(200) }),
        body: z.strictObject({ variant: z.literal('redacted').optional(), purpose: z.string().max(200).optional().describe('What it is looked at for; noted with every look at faces') }).nullish(),
        response: { 200: z.object({ ticket: z.string(), variant: z.enum(LIVE_VARIANTS), validMs: z.number() }), ...refusals },
      },
    },
    async (request) => {
      const { operator, tokenHash } = whoOf(request);
      const camera = site.cameras.find(({ id }) => id === request.params.id);
      refuseUnseen(operator, camera?.homeCell ?? null, 'camera', request.params.id);
      if (!camera) throw new GridwardenError('NOT_FOUND', { what: 'camera', id: request.params.id });
      open.refuseMore(operator.name);
      const variant = request.body?.variant ?? variantFor(operator);
      await video.admit(camera.id, variant);
      const ticket = await tickets.issue(tokenHash, { cameraId: camera.id, variant, purpose: request.body?.purpose ?? 'live view' });
      return { ticket, variant, validMs: TICKET_MS };
    },
  );

  app.get(
    '/api/live/:ticket',
    {
      websocket: true,
      schema: { params: z.object({ ticket: z.string().max(100) }) },
      // Before the upgrade: whoever is refused gets an answer of HTTP and no socket.
      preHandler: async (request) => {
        const { origin, host } = request.headers;
        // Browsers always say it (RFC 6455, 10.2) and send the cookie along from any site that asks.
        if (origin === undefined || hostOf(origin) !== host) throw new GridwardenError('REQUEST_FOREIGN', { why: 'it comes from another site' });
        const { operator, tokenHash } = whoOf(request);
        open.refuseMore(operator.name);
        const pass = await tickets.redeem((request.params).ticket, tokenHash);
        refuseUnseen(operator, site.cameras.find(({ id }) => id === pass.cameraId)?.homeCell ?? null, 'camera', pass.cameraId);
        // The right may have been taken away since the ticket was given.
        if (pass.variant === 'plain' && !operator.seesFaces) throw new GridwardenError('LIVE_TICKET_REFUSED');
        if (pass.variant === 'plain') await parts.faceViews.note({ operatorName: operator.name, what: `live video of camera ${pass.cameraId}`, purpose: pass.purpose, atMs: env.clock.nowMs() });
        passes.set(request, pass);
      },
    },
    async (socket, request) => {
      const pass = passes.get(request);
      if (!pass) return socket.terminate();
      const who = whoOf(request);
      await open.during(who.operator.name, () => show(socket, pass, who, signIn, parts, closing));
    },
  );
}

/** Shows until the browser leaves, the session or its rights end, or the server closes. */
async function show(socket: WebSocket, pass: LivePass, who: Who, signIn: SignIn, { video, env }: ConsoleParts, closing: AbortSignal): Promise<void> {
  const left = new AbortController();
  socket.once('close', () => left.abort());
  socket.on('error', () => socket.terminate());
  // Pages have nothing to say here.
  socket.on('message', () => socket.terminate());
  const signal = AbortSignal.any([left.signal, closing]);
  const viewer = new SocketViewer(socket, pass.variant);
  let stop: (() => void) | null = null;
  try {
    stop = await video.watch(pass.cameraId, pass.variant, viewer);
    const why = await untilOver(socket, () => signIn.stillThere(who), env.clock, signal);
    if (why === 'over') viewer.say({ kind: 'over' });
    if (why === 'over') socket.close(CLOSED.over);
  } catch (error) {
    env.log.warn({ camera: pass.cameraId, reason: sentenceOf(error) }, 'live video cannot be watched');
    socket.close(CLOSED.unavailable);
  } finally {
    stop?.();
    // Who does not read does not answer a close either.
    if (socket.readyState !== socket.CLOSED) await env.clock.sleep(1000, left.signal).then(() => socket.terminate());
  }
}

/** 'over': the session is gone or has other rights now. */
async function untilOver(socket: WebSocket, stillThere: () => Promise<boolean>, clock: ConsoleParts['env']['clock'], signal: AbortSignal): Promise<'over' | 'left'> {
  let heardAtMs = clock.nowMs();
  socket.on('pong', () => (heardAtMs = clock.nowMs()));
  while (!signal.aborted) {
    socket.ping();
    await clock.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted || clock.nowMs() - heardAtMs > PONG_WITHIN_MS) break;
    // A store that is away for a moment is no reason to cut everybody off.
    if (!(await stillThere().catch(() => true))) return 'over';
  }
  socket.terminate();
  return 'left';
}

/** Hands on to one browser; one that does not keep up misses pictures, and never makes this process keep them for it. */
class SocketViewer implements LiveViewer {
  readonly #socket: WebSocket;
  readonly #variant: LiveVariant;
  #leavingOut = true;
  #zeroAtMs = 0;

  constructor(socket: WebSocket, variant: LiveVariant) {
    this.#socket = socket;
    this.#variant = variant;
  }

  begin(begin: LiveBegin, init: Uint8Array): void {
    // Beginnings must not be left out: whoever takes not even these is let go.
    if (this.#socket.bufferedAmount > 2 * MOST_WAITING_BYTES) return this.#socket.terminate();
    this.#leavingOut = true;
    this.#zeroAtMs = begin.zeroAtMs;
    this.say({ kind: 'begin', variant: this.#variant, ...begin });
    this.#send(init);
  }

  fragment(bytes: Uint8Array, key: boolean, zeroAtMs = this.#zeroAtMs): void {
    const waiting = this.#socket.bufferedAmount;
    if (key && waiting < MOST_WAITING_BYTES / 2) this.#leavingOut = false;
    else if (waiting + bytes.length > MOST_WAITING_BYTES) this.#leavingOut = true;
    if (this.#leavingOut) return;
    if (Math.abs(zeroAtMs - this.#zeroAtMs) > CLOCK_TOLD_MS) {
      this.#zeroAtMs = zeroAtMs;
      this.say({ kind: 'clock', zeroAtMs });
    }
    this.#send(bytes);
  }

  end(): void {
    this.say({ kind: 'end' });
  }

  say(word: LiveWord): void {
    this.#send(JSON.stringify(word));
  }

  #send(message: string | Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message);
  }
}

/** How many views are open, in all and for each person. */
class OpenViews {
  readonly #byPerson = new Map<string, number>();
  #inAll = 0;

  /** Throws STREAMS_TOO_MANY, LIVE_FULL. */
  refuseMore(name: string): void {
    const count = this.#byPerson.get(name) ?? 0;
    if (count >= MOST_PER_PERSON) throw new GridwardenError('STREAMS_TOO_MANY', { count });
    if (this.#inAll >= MOST_IN_ALL) throw new GridwardenError('LIVE_FULL', { count: this.#inAll });
  }

  async during(name: string, work: () => Promise<void>): Promise<void> {
    this.#byPerson.set(name, (this.#byPerson.get(name) ?? 0) + 1);
    this.#inAll++;
    try {
      await work();
    } finally {
      this.#inAll--;
      const left = (this.#byPerson.get(name) ?? 1) - 1;
      if (left > 0) this.#byPerson.set(name, left);
      else this.#byPerson.delete(name);
    }
  }
}
