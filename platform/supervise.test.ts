/** Supervised work is tried for ever, and its log stays readable while it is. */
import { expect, test } from 'vitest';
import { ManualClock } from './clock.ts';
import { countedIds } from './ids.ts';
import { keptLog } from './log.ts';
import { supervise } from './supervise.ts';

test('the same failure is said once in ten minutes with how often it came, another one at once', async () => {
  const clock = new ManualClock(0);
  const log = keptLog();
  const stop = new AbortController();
  let reason = 'nobody answers';
  let tries = 0;
  const work = {
    name: 'camera x',
    runOnce: () => {
      tries++;
      return Promise.reject(new Error(reason));
    },
  };
  const running = supervise(work, { firstMs: 60_000, maxMs: 60_000 }, stop.signal, { clock, ids: countedIds(), log });
  const pass = async (ms: number): Promise<void> => {
    for (let t = 0; t < ms; t += 30_000) await clock.advance(30_000);
  };
  await pass(590_000);
  expect(tries).toBeGreaterThan(9);
  expect(log.lines.map(({ fields }) => fields)).toMatchObject([{ reason: 'nobody answers', attempt: 1 }]);
  await pass(120_000);
  expect(log.lines).toHaveLength(2);
  expect((log.lines[1]?.fields as { alike: number }).alike).toBeGreaterThan(8);
  reason = 'it sends MJPEG';
  await pass(120_000);
  expect(log.lines).toHaveLength(3);
  expect(log.lines[2]?.fields).toMatchObject({ reason: 'it sends MJPEG' });
  stop.abort();
  await running;
});
