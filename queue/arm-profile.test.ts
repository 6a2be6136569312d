/** The arm profile over the real Redis: where a site begins, that it is kept, and that it is read anew. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManualClock } from '../platform/clock.ts';
import { keptLog } from '../platform/log.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { ArmProfileShelf } from './arm-profile.ts';
import { connectRedis } from './redis.ts';

let server: TestRedis;
let redis: Redis;
const PROFILES = [{ id: 'home', name: 'Home' }, { id: 'away', name: 'Away' }];
const clock = new ManualClock(0);
const log = keptLog();
const shelf = (profiles = PROFILES, over: Redis = redis): ArmProfileShelf => new ArmProfileShelf(over, profiles, { clock, log });

beforeAll(async () => {
  server = await startTestRedis();
  redis = await connectRedis({ socket: server.socket }, keptLog());
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

test('a site without profiles is in none, one with them begins in the first, and none other can be set', async () => {
  expect(await shelf([]).now()).toBeNull();
  expect(await shelf().now()).toBe('home');
  expect(await shelf().set('party', 'li')).toBe(false);
  expect(await shelf().now()).toBe('home');
});

test('what was set is kept for every process, and heard by one that asked before within a second', async () => {
  const worker = shelf();
  expect(await worker.now()).toBe('home');
  expect(await shelf().set('away', 'li')).toBe(true);
  expect(await worker.now()).toBe('home');
  await clock.advance(1000);
  expect(await worker.now()).toBe('away');
  expect(await shelf([PROFILES[0]!]).now(), 'a profile that is no more counts as never set').toBe('home');
});

test('who changed it, when, from what to what is kept with the change, newest first; what changes nothing is no change', async () => {
  const { current, changes } = await shelf().state();
  expect([current, changes]).toEqual(['away', [{ by: 'li', atMs: 0, from: 'home', to: 'away' }]]);
  await shelf().set('away', 'zhao');
  await clock.advance(50);
  await shelf().set('home', 'zhao');
  expect((await shelf().state()).changes).toEqual([{ by: 'zhao', atMs: 1050, from: 'away', to: 'home' }, { by: 'li', atMs: 0, from: 'home', to: 'away' }]);
  await shelf().set('away', 'li');
});

test('while Redis is away the last known profile holds, told once, and frames wait once in a second at most', async () => {
  const own = await connectRedis({ socket: server.socket }, keptLog());
  try {
    const worker = shelf(PROFILES, own);
    expect(await worker.now()).toBe('away');
    await server.kill();
    await clock.advance(1000);
    const asked = worker.now();
    await clock.advance(500);
    expect(await asked).toBe('away');
    expect(await worker.now(), 'within the second nobody waits').toBe('away');
    await clock.advance(1000);
    const again = worker.now();
    await clock.advance(500);
    expect(await again).toBe('away');
    expect(log.lines.filter(({ message }) => message.includes('the last known one holds'))).toHaveLength(1);
    const fresh = shelf(PROFILES, own);
    const first = fresh.now();
    await clock.advance(500);
    expect(await first, 'one that never heard begins where the site begins').toBe('home');

    await server.start();
    await own.ping();
    await clock.advance(1000);
    expect(await worker.now()).toBe('away');
    expect(log.lines.at(-1)?.message).toBe('the arm profile can be read again');
  } finally {
    own.disconnect();
  }
});

test('a refusal by Redis is no failure of the frame either', async () => {
  const worker = shelf();
  expect(await worker.now()).toBe('away');
  await redis.rename('gw:arm-profile', 'aside');
  await redis.rpush('gw:arm-profile', 'of another kind');
  await clock.advance(1000);
  expect(await worker.now()).toBe('away');
  expect(log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { reason: expect.stringContaining('WRONGTYPE'), profile: 'away' } });
  await redis.rename('aside', 'gw:arm-profile');
});
