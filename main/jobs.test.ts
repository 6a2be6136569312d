/** `npm run jobs` as a person runs it: what was given up is listed with its reason, and given again. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import { Consumer, handler } from '../queue/consumer.ts';
import { createProducer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import { startTestRedis } from '../test-fixtures/redis.ts';
import { makeSmallSite } from '../test-fixtures/small-site.ts';

test('an SOS that did not fit is seen and is not lost', async () => {
  const server = await startTestRedis();
  const { site, environment, remove } = await makeSmallSite({ cameraUrl: null, redisUrl: `unix://${server.socket}` });
  const jobs = (...args: string[]): string => execFileSync(process.execPath, [path.join(import.meta.dirname, 'jobs.ts'), ...args, '--config', site.configFile, '--data', site.dataDir], { encoding: 'utf8' });
  const redis = await connectRedis(site.redis, silentLog);
  const producer = createProducer(redis);
  const consumer = new Consumer({ ...environment, process: 'desk', redis: site.redis, queues: [{ queue: 'sos', concurrency: 1, lockMs: 5000 }], handlers: [handler('sos.raised', async () => undefined)] });
  try {
    await consumer.start();
    const event = { id: 'e', source: '/devices/b', deviceId: 'b', occurredAtMs: 1.5, receivedAtMs: 1, traceparent: 't', type: 'sos' as const, fix: null };
    await producer.add({ name: 'sos.raised', payload: { event } });
    for (;;) if ((await producer.depths()).sos.failed === 1) break;
    await consumer.close();
    expect(jobs()).toMatch(/^sos: 1 given up\n {2}\S+Z {2}sos\.raised 1: JOB_INVALID: .*occurredAtMs/m);
    expect(jobs('retry', 'sos')).toBe('sos: 1 given again\n');
    expect((await producer.depths()).sos).toMatchObject({ waiting: 1, failed: 0 });
    expect(() => execFileSync(process.execPath, [path.join(import.meta.dirname, 'jobs.ts'), 'drop'], { stdio: 'pipe' })).toThrow(/list\|retry/);
  } finally {
    await producer.close();
    redis.disconnect();
    await server.close();
    await remove();
  }
}, 30_000);
