/** For machines that watch: alive, ready (by really writing), and metrics. */
import { z } from 'zod';
import { sentenceOf } from '../../platform/errors.ts';
import { withoutCredentials } from '../../platform/log.ts';
import { refusals } from './answers.ts';
import type { Api } from './api.ts';
import type { ConsoleParts } from './parts.ts';

const PROBE_TIMEOUT_MS = 3_000;
const readiness = z.object({ ok: z.boolean(), checks: z.record(z.string(), z.string()).describe('"ok", or a sentence on what is wrong') });

export function healthRoutes(app: Api, { health, env }: ConsoleParts): void {
  app.get('/healthz', { config: { access: 'open' }, schema: { summary: 'The process answers', response: { 200: z.object({ ok: z.boolean() }) } } }, () => ({ ok: true }));

  app.get(
    '/readyz',
    { config: { access: 'session-or-token' }, schema: { summary: 'Everything behind takes writes', response: { 200: readiness, 503: readiness, '4xx': refusals['4xx'] } } },
    async (_request, reply) => {
      const names = Object.keys(health.probes);
      const answers = await Promise.all(Object.values(health.probes).map((probe) => probed(probe)));
      const ok = answers.every((answer) => answer === 'ok');
      return reply.code(ok ? 200 : 503).send({ ok, checks: Object.fromEntries(names.map((name, i) => [name, answers[i] ?? 'ok'])) });
    },
  );

  app.get(
    '/metrics',
    { config: { access: 'session-or-token' }, schema: { summary: 'Prometheus text', response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } }, ...refusals } } },
    async (_request, reply) => {
      const text = await health.metricsText();
      return reply.type('text/plain; version=0.0.4; charset=utf-8').serializer(String).send(text);
    },
  );

  /** 'ok' or why not; an answer that does not come is an answer too. */
  async function probed(probe: () => Promise<void>): Promise<string> {
    const waiting = new AbortController();
    const late = env.clock.sleep(PROBE_TIMEOUT_MS, waiting.signal).then(() => `It did not answer within ${PROBE_TIMEOUT_MS / 1000} s.`);
    const answer = probe().then(
      () => 'ok',
      (error: unknown) => withoutCredentials(sentenceOf(error)),
    );
    try {
      return await Promise.race([answer, late]);
    } finally {
      waiting.abort();
    }
  }
}
