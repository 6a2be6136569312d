/** The console's HTTP server: guard, routes, live stream, pages; started and closed as one. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySwagger from '@fastify/swagger';
import fastifyWebsocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';
import { alertRoutes } from './alert-routes.ts';
import { armProfileRoutes } from './arm-profile-routes.ts';
import { caseRoutes } from './case-routes.ts';
import { clipRoutes } from './clip-routes.ts';
import { guard, HEADERS } from './guard.ts';
import { faceViewRoutes } from './face-view-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { oversightRoutes } from './oversight-routes.ts';
import { pageRoutes } from './page-routes.ts';
import type { ConsoleParts } from './parts.ts';
import { answerErrors, refuse } from './refusals.ts';
import { sessionRoutes } from './session-routes.ts';
import { SignIn } from './sign-in.ts';
import { siteRoutes } from './site-routes.ts';
import { streamRoutes } from './stream-routes.ts';
import { trialRoutes } from './trial-routes.ts';

const BODY_LIMIT_BYTES = 65_536;
/** Of what a page sends on a socket: it has nothing to say there. */
const SOCKET_LIMIT_BYTES = 1024;
const CLOSE_GRACE_MS = 2_000;
/** Whoever sends a request byte by byte holds a connection for so long and no longer. */
const REQUEST_WITHIN_MS = 20_000;

export interface ConsoleServer {
  /** For one-time codes printed at start. */
  readonly signIn: SignIn;
  /** The routes without a socket, for tests (`inject`). */
  readonly app: FastifyInstance;
  /** Listens; answers the address really taken. Throws PORT_IN_USE or LISTEN_FAILED. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Ends live streams, lets answers under way finish for 2 s, then closes. Idempotent. */
  close(): Promise<void>;
}

export async function createConsoleServer(parts: ConsoleParts): Promise<ConsoleServer> {
  const closing = new AbortController();
  const signIn = new SignIn(parts.store.operators, parts.env);
  const app = await assemble(parts, signIn, closing.signal);
  const answers = new UnderWay(app.server);
  let closed: Promise<void> | null = null;
  return {
    signIn,
    app,
    start: async () => {
      const { host, port } = parts.listen;
      try {
        await app.listen({ host, port });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new GridwardenError('PORT_IN_USE', { what: 'The console', host, port }, error);
        throw new GridwardenError('LISTEN_FAILED', { what: 'The console', host, port, why: sentenceOf(error) }, error);
      }
      return { host, port: (app.server.address() as AddressInfo).port };
    },
    close: () => (closed ??= closeInOrder()),
  };

  async function closeInOrder(): Promise<void> {
    closing.abort();
    const waiting = new AbortController();
    const ended = app.close();
    await Promise.race([answers.none(), parts.env.clock.sleep(CLOSE_GRACE_MS, waiting.signal)]);
    waiting.abort();
    // Also those on which nobody has asked anything yet: browsers open some in advance and keep them.
    app.server.closeAllConnections();
    await ended;
  }
}

/** Counts answers that are not finished. */
class UnderWay {
  #count = 0;
  #none: (() => void) | null = null;

  constructor(server: Server) {
    server.on('request', (_request, response) => {
      this.#count++;
      response.once('close', () => {
        if (--this.#count === 0) this.#none?.();
      });
    });
  }

  none(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#none = resolve;
    });
  }
}

async function assemble(parts: ConsoleParts, signIn: SignIn, closing: AbortSignal): Promise<FastifyInstance> {
  const root = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_WITHIN_MS,
    http: { headersTimeout: REQUEST_WITHIN_MS, connectionsCheckingInterval: 5_000 },
    forceCloseConnections: 'idle',
    // Before routing there is no error handler yet: a URL that cannot be decoded comes here.
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply.headers(HEADERS), parts.env),
  });
  // Only JSON is taken: a plain-text body is what a form of another site could send without asking.
  root.removeContentTypeParser('text/plain');
  root.setValidatorCompiler(validatorCompiler);
  root.setSerializerCompiler(serializerCompiler);
  answerErrors(root, parts.env);
  await root.register(fastifyCookie);
  await root.register(fastifyWebsocket, { options: { maxPayload: SOCKET_LIMIT_BYTES } });
  await root.register(fastifySwagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Gridwarden console', version: '1', description: 'Times are epoch milliseconds. Unsafe methods need the header "x-gridwarden: 1".' } },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  guard(root, signIn, parts.health.metricsToken);

  const app = root.withTypeProvider<ZodTypeProvider>();
  sessionRoutes(app, signIn, parts);
  siteRoutes(app, parts);
  alertRoutes(app, parts);
  clipRoutes(app, parts);
  caseRoutes(app, parts);
  oversightRoutes(app, parts);
  faceViewRoutes(app, parts);
  armProfileRoutes(app, parts);
  trialRoutes(app, parts);
  streamRoutes(app, signIn, parts, closing);
  liveRoutes(app, signIn, parts, closing);
  healthRoutes(app, parts);
  app.get('/api/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(root.swagger()));
  await pageRoutes(app, parts.webDir);
  await root.ready();
  return root;
}
