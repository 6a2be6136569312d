/** The media tray on a real Redis: whole or nothing, within its budget, forgotten in time, and never on the disk. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { MediaTray } from './media-tray.ts';

const MB = 1024 * 1024;
let server: TestRedis;
let redis: Redis;
let tray: MediaTray;

beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis({ path: server.socket });
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});
beforeEach(async () => {
  await redis.flushall();
  tray = new MediaTray(redis, { ttlMs: 60_000, budgetBytes: 8 * MB });
});

test.each([1, MB - 1, MB, MB + 1, 3 * MB + 12_345])('%i bytes come back as they were, at once and in pieces, and again for a retry', async (length) => {
  const bytes = randomBytes(length);
  await tray.put('clip', bytes);
  for (const _ of [1, 2]) expect(bytes.equals((await tray.take('clip'))!)).toBe(true);
  const item = await tray.item('clip');
  expect(item?.bytes).toBe(length);
  const parts: Uint8Array[] = [];
  for await (const part of item!.chunks()) parts.push(part);
  expect(parts.every((part) => part.length <= MB)).toBe(true);
  expect(bytes.equals(Buffer.concat(parts))).toBe(true);
});

test('what would be too much is refused and counted, and goes in when room is given back', async () => {
  await tray.put('a', Buffer.alloc(5 * MB));
  await expect(tray.put('b', Buffer.alloc(3 * MB + 1))).rejects.toMatchObject({ code: 'MEDIA_TRAY_FULL', retry: true });
  expect(await tray.take('b')).toBeNull();
  expect(await tray.held()).toEqual({ items: 1, bytes: 5 * MB, refused: 1 });
  // The same again takes no more room than before.
  await tray.put('a', Buffer.alloc(6 * MB));
  await tray.drop('a');
  await tray.drop('a');
  expect(await tray.held()).toEqual({ items: 0, bytes: 0, refused: 1 });
  await tray.put('b', Buffer.alloc(3 * MB + 1));
});

test('of many at once no more than the budget get in', async () => {
  const results = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => tray.put(`k${i}`, Buffer.alloc(MB))));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
  expect(await tray.held()).toEqual({ items: 8, bytes: 8 * MB, refused: 4 });
});

test('what nobody fetched gives its room back by itself', async () => {
  const short = new MediaTray(redis, { ttlMs: 30, budgetBytes: 8 * MB });
  await short.put('a', Buffer.alloc(8 * MB));
  await expect.poll(() => tray.take('a')).toBeNull();
  await tray.put('b', Buffer.alloc(8 * MB));
  expect((await tray.held()).items).toBe(1);
});

test('none of it gets into the append-only file', async () => {
  const mark = Buffer.from('a face in clear text');
  await tray.put('a', mark);
  await redis.set('gw:other', 'kept');
  const files = await readdir(path.dirname(server.socket), { recursive: true, withFileTypes: true });
  const written = Buffer.concat(await Promise.all(files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name)))));
  expect(written.includes('gw:other')).toBe(true);
  expect(written.includes(mark)).toBe(false);
});

test('after a restart it is gone, not half there', async () => {
  await tray.put('a', Buffer.alloc(2 * MB));
  await server.kill();
  await server.start();
  await expect.poll(() => redis.ping().catch(() => null)).toBe('PONG');
  expect(await tray.take('a')).toBeNull();
  await tray.put('b', Buffer.alloc(8 * MB));
});
