/** The arm profile over the real Redis: where a site begins, that it is kept, and that it is read anew. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keptLog } from '../platform/log.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { ArmProfileShelf } from './arm-profile.ts';
import { connectRedis } from './redis.ts';

let server: TestRedis;
let redis: Redis;
const PROFILES = [{ id: 'home', name: 'Home' }, { id: 'away', name: 'Away' }];
let nowMs = 0;
const shelf = (profiles = PROFILES): ArmProfileShelf => new ArmProfileShelf(redis, profiles, { nowMs: () => nowMs } as ConstructorParameters<typeof ArmProfileShelf>[2]);

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
  expect(await shelf().set('party')).toBe(false);
  expect(await shelf().now()).toBe('home');
});

test('what was set is kept for every process, and heard by one that asked before within a second', async () => {
  const worker = shelf();
  expect(await worker.now()).toBe('home');
  expect(await shelf().set('away')).toBe(true);
  expect(await worker.now()).toBe('home');
  nowMs += 1000;
  expect(await worker.now()).toBe('away');
  expect(await shelf([PROFILES[0]!]).now(), 'a profile that is no more counts as never set').toBe('home');
});
