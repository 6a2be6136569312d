/** What every request passes first: headers that fence the page in, proof that the page itself asks, and who asks. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GridwardenError } from '../../platform/errors.ts';
import { hashOfSecret, type SignIn } from './sign-in.ts';

export const COOKIE = 'gw_session';

/** Nothing from elsewhere and nothing inline; the map's worker is a module of our own or a blob, live video is a blob. 'self' holds for wss: of our own host, too. Styles are set by script (CSSOM), which needs no exception. */
const POLICY = [
  "default-src 'self'", "script-src 'self'", "worker-src 'self' blob:", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:", "font-src 'self'", "connect-src 'self'",
  "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join('; ');

export const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function guard(app: FastifyInstance, signIn: SignIn, metricsToken: string | null): void {
  app.decorateRequest('who', null);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    // Answers speak of people and places: no cache between may keep them. The page's own files say otherwise for themselves.
    void reply.header('cache-control', 'no-store');
    refuseForeign(request);
    const access = request.routeOptions.config.access ?? 'session';
    if (access === 'open' || request.is404) return;
    if (access === 'session-or-token' && bearerFits(request, metricsToken)) return;
    const token = request.cookies[COOKIE];
    request.who = token ? await signIn.who(token) : null;
    if (!request.who) throw new GridwardenError('SIGN_IN_REQUIRED');
  });
}

/**
 * Beside SameSite=Strict: a form or image of another site can neither set the header nor hide where it comes from.
 * (OWASP CSRF Prevention Cheat Sheet: custom request header, origin verification.)
 */
function refuseForeign(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  if (request.headers['x-gridwarden'] !== '1') throw new GridwardenError('REQUEST_FOREIGN', { why: 'the header "x-gridwarden: 1" is missing' });
  const { origin, host } = request.headers;
  if (origin !== undefined && hostOf(origin) !== host) throw new GridwardenError('REQUEST_FOREIGN', { why: 'it comes from another site' });
}

/** Null where it is no address. */
export function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function bearerFits(request: FastifyRequest, token: string | null): boolean {
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return token !== null && given !== undefined && timingSafeEqual(Buffer.from(hashOfSecret(given)), Buffer.from(hashOfSecret(token)));
}
