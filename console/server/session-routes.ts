/** Signing in and out, and one's own password. */
import { z } from 'zod';
import { operator, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { whoOf } from './access.ts';
import { COOKIE } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { SESSION_MS, type SignIn } from './sign-in.ts';

const credentials = z.union([
  z.strictObject({ code: z.string().min(1).max(200) }),
  z.strictObject({ name: z.string().min(1).max(200), password: z.string().min(1).max(1000) }),
]);
const mustSetPassword = z.boolean();

export function sessionRoutes(app: Api, signIn: SignIn, { site, listen }: ConsoleParts): void {
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: listen.secureCookie ?? false } as const;

  app.post(
    '/api/session',
    { config: { access: 'open' }, schema: { summary: 'Sign in with a one-time code or a password', body: credentials, response: { 200: z.object({ operator, mustSetPassword }), ...refusals } } },
    async (request, reply) => {
      const { body, ip } = request;
      const signedIn = 'code' in body ? await signIn.withCode(body.code, ip) : await signIn.withPassword(body.name, body.password, ip);
      void reply.setCookie(COOKIE, signedIn.token, { ...cookie, maxAge: SESSION_MS / 1000 });
      return { operator: signedIn.operator, mustSetPassword: signedIn.mustSetPassword };
    },
  );

  app.delete('/api/session', { config: { access: 'open' }, schema: { summary: 'Sign out', response: { 204: z.undefined(), ...refusals } } }, async (request, reply) => {
    const token = request.cookies[COOKIE];
    if (token) await signIn.signOut(token);
    return reply.clearCookie(COOKIE, cookie).code(204).send();
  });

  app.get(
    '/api/me',
    { schema: { summary: 'Who is signed in, and where', response: { 200: z.object({ operator, mustSetPassword, site: z.object({ name: z.string(), timeZone: z.string() }) }), ...refusals } } },
    async (request, reply) => {
      const who = whoOf(request);
      // The browser keeps the cookie as long as the store keeps the session.
      const token = request.cookies[COOKIE];
      if (token) void reply.setCookie(COOKIE, token, { ...cookie, maxAge: SESSION_MS / 1000 });
      return { operator: who.operator, mustSetPassword: who.mustSetPassword, site: { name: site.name, timeZone: site.timeZone } };
    },
  );

  app.put(
    '/api/me/password',
    {
      schema: {
        summary: 'Set the own password',
        body: z.strictObject({ password: z.string().min(10, 'must have at least 10 characters').max(1000) }),
        response: { 204: z.undefined(), ...refusals },
      },
    },
    async (request, reply) => {
      await signIn.setPassword(whoOf(request), request.body.password);
      return reply.code(204).send();
    },
  );
}
