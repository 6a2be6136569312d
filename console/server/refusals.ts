/** Every error as an answer: code, sentence and what it was filled with, kind and whether to try again; never a stack. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, type ZodFastifySchemaValidationError } from 'fastify-type-provider-zod';
import { type ErrorKind, GridwardenError } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';

const STATUS: Readonly<Record<ErrorKind, number>> = {
  'bad-input': 400,
  'not-found': 404,
  conflict: 409,
  'not-allowed': 403,
  unavailable: 503,
  exhausted: 429,
  'data-loss': 500,
  defect: 500,
};

export function answerErrors(app: FastifyInstance, env: { readonly ids: Ids; readonly log: Log }): void {
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(error, request, reply, env));
  app.setNotFoundHandler((request) => {
    throw new GridwardenError('NOT_FOUND', { what: 'page', id: pathOf(request) });
  });
}

/** Also for errors that come before routing, such as a URL that cannot be decoded. */
export function refuse(error: Error, request: FastifyRequest, reply: FastifyReply, env: { readonly ids: Ids; readonly log: Log }): FastifyReply {
  const [status, ours] = understood(error, request, env);
  const { code, message, kind, retry, fields } = ours;
  if (code === 'SIGN_IN_SLOW_DOWN' && fields['seconds'] !== undefined) void reply.header('retry-after', fields['seconds']);
  // Written out here: the route's own schema for this answer may be of another shape, and a refusal must always get through.
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send({ code, message, kind, retry, fields });
}

function understood(error: Error, request: FastifyRequest, env: { readonly ids: Ids; readonly log: Log }): readonly [number, GridwardenError] {
  if (error instanceof GridwardenError) return [statusOf(error), error];
  if (hasZodFastifySchemaValidationErrors(error)) return [400, new GridwardenError('BAD_REQUEST', { why: problemsIn(error.validation) })];
  const { statusCode } = error as FastifyError;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return [statusCode, new GridwardenError('BAD_REQUEST', { why: lowerFirst(error.message) })];
  const reference = env.ids.id();
  env.log.error({ error, reference, method: request.method, path: pathOf(request) }, 'a request failed');
  return [500, new GridwardenError('INTERNAL', { reference }, error)];
}

function statusOf(error: GridwardenError): number {
  if (error.code === 'SIGN_IN_REQUIRED' || error.code === 'SIGN_IN_REFUSED') return 401;
  // Exhausted is somebody asking too often (429), unless it is we who have run out of room (503).
  if (error.code === 'DISK_FULL' || error.code === 'REDIS_FULL') return 503;
  return STATUS[error.kind];
}

function problemsIn(validation: readonly ZodFastifySchemaValidationError[]): string {
  return validation.map((v) => `${v.instancePath.slice(1).replaceAll('/', '.') || 'it'}: ${v.message ?? 'does not fit'}`).join('; ');
}

function lowerFirst(text: string): string {
  return (text.charAt(0).toLowerCase() + text.slice(1)).replace(/\.$/, '');
}

/** Without the query, which may hold what somebody typed. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}
