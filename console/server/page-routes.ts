/** The console's own files, and a plain word where nobody has built them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Api } from './api.ts';

const NOT_BUILT = 'The console is not built yet. Run "npm run web" once, then load this page again.\n';
const A_YEAR_S = 31_536_000;

/** Anyone may load the page: it is only the frame, and asks to sign in. */
export async function pageRoutes(app: Api, webDir: string): Promise<void> {
  const index = path.join(webDir, 'index.html');
  await app.register(fastifyStatic, { root: webDir, serve: false, cacheControl: false, logLevel: 'silent', dotfiles: 'ignore' });

  app.get('/', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) => {
    if (!existsSync(index)) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });

  app.get('/*', { config: { access: 'open' }, schema: { hide: true } }, (request, reply) => {
    const name = request.url.split('?')[0]?.slice(1) ?? '';
    if (name === '' || name.startsWith('api/') || !existsSync(index)) return reply.callNotFound();
    // The builder puts a hash of the content into the names under assets/: they never change.
    void reply.header('cache-control', name.startsWith('assets/') ? `public, max-age=${A_YEAR_S}, immutable` : 'no-cache');
    return reply.sendFile(decodeURIComponent(name));
  });
}
