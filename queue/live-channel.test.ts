/** Live video over a real Redis: wanted only while watched, shared, begun late without loss, bounded, and kept from the disk. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LiveBegin, LiveVariant, LiveViewer } from '../domain/live-video.ts';
import { ManualClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { LiveListener, LivePublisher, LiveWants } from './live-channel.ts';
import { connectRedis } from './redis.ts';

const BEGIN: LiveBegin = { mime: 'video/mp4; codecs="avc1.64001f"', widthPx: 1280, heightPx: 720, zeroAtMs: 1 };

let server: TestRedis;
let redis: Redis;
let subscriber: Redis;
let clock: ManualClock;
const log = keptLog();

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  clock = new ManualClock();
  [redis, subscriber] = await Promise.all([connectRedis({ socket: server.socket }, log), connectRedis({ socket: server.socket }, log)]);
  await redis.flushall();
});
afterEach(() => {
  redis.disconnect();
  subscriber.disconnect();
});

const env = () => ({ clock, ids: systemIds, log });
const publisher = (variant: LiveVariant = 'plain') => new LivePublisher(redis, 'cam', variant, env());

class Kept implements LiveViewer {
  readonly said: string[] = [];
  begin(_: LiveBegin, init: Uint8Array): void {
    this.said.push(`begin ${Buffer.from(init).toString()}`);
  }
  fragment(bytes: Uint8Array, key: boolean, zeroAtMs?: number): void {
    this.said.push(`${key ? 'key ' : ''}${bytes.length > 99 ? bytes.length : Buffer.from(bytes).toString()}${zeroAtMs === undefined ? '' : ` from ${zeroAtMs}`}`);
  }
  end(): void {
    this.said.push('end');
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400 && !(await holds()); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await holds()).toBe(true);
}

test('the second viewer begins with what the first has seen since the last key frame, and both go on', async () => {
  const listener = new LiveListener(redis, subscriber, env());
  const [first, second, other] = [new Kept(), new Kept(), new Kept()];
  await listener.watch('cam', 'plain', first);
  await listener.watch('cam', 'redacted', other);
  const out = publisher();
  out.fragment(Buffer.from('before any beginning'), true);
  out.begin(BEGIN, Buffer.from('init'));
  for (const [text, key] of [['lost: no key yet', false], ['a', true], ['b', false], ['c', true], ['d', false]] as const) out.fragment(Buffer.from(text), key);
  await until(() => first.said.length === 5);
  expect(first.said).toEqual(['begin init', 'key a', 'b', 'key c', 'd']);
  await listener.watch('cam', 'plain', second);
  expect(second.said).toEqual(['begin init', 'key c', 'd']);
  out.fragment(Buffer.from('e'), true, 7);
  await out.end();
  await until(() => second.said.length === 5 && first.said.length === 7);
  expect(second.said.slice(-2)).toEqual(['key e from 7', 'end']);
  expect(other.said).toEqual([]);
  const late = new Kept();
  await listener.watch('cam', 'plain', late);
  expect(late.said).toEqual([]);
  listener.close();
});

test('whoever joins while fragments fly gets each once and in order', async () => {
  const listener = new LiveListener(redis, subscriber, env());
  const out = publisher();
  out.begin(BEGIN, Buffer.from('init'));
  const viewers: Kept[] = [];
  for (let i = 0; i < 60; i++) {
    out.fragment(Buffer.from(String(i)), i % 20 === 0);
    if (i % 7 === 0) {
      const viewer = new Kept();
      viewers.push(viewer);
      void listener.watch('cam', 'plain', viewer);
    }
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => viewers.every(({ said }) => said.at(-1) === '59'));
  for (const { said } of viewers) {
    const numbers = said.slice(1).map((text) => Number(text.replace('key ', '')));
    expect(said[0]).toBe('begin init');
    expect((numbers[0] ?? -1) % 20).toBe(0);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => (numbers[0] ?? 0) + i));
  }
  listener.close();
});

test('a camera is wanted while it has viewers and some seconds longer, whoever hears of it first', async () => {
  const told: string[] = [];
  const tell = (name: string) => (cameraId: string, wanted: boolean) => void told.push(`${name} ${cameraId} ${wanted}`);
  const before = new LiveWants(redis, await also(), 'plain', env());
  await before.follow(['cam', 'other'], tell('before'));
  const listener = new LiveListener(redis, subscriber, env());
  const leave = await Promise.all([listener.watch('cam', 'plain', new Kept()), listener.watch('cam', 'plain', new Kept()), listener.watch('cam', 'redacted', new Kept())]);
  await until(() => told.length === 1);
  // A host that was started anew hears of it by the key.
  const after = new LiveWants(redis, await also(), 'plain', env());
  await after.follow(['cam'], tell('after'));
  expect(told).toEqual(['before cam true', 'after cam true']);
  await clock.advance(8000);
  await until(async () => (await redis.pttl('gw:live:cam:plain:wanted')) > 9000);
  expect(told).toHaveLength(2);
  for (const one of leave) one();
  leave[0]?.();
  // The keys' time is Redis' own: as if it had run out.
  await redis.del('gw:live:cam:plain:wanted');
  await clock.advance(11_000);
  await until(() => told.length === 4);
  expect(told.slice(2).toSorted()).toEqual(['after cam false', 'before cam false']);
  await redis.publish('gw:live:wanted', 'neither fish');
  await redis.publish('gw:live:wanted', 'plain nobody');
  await redis.publish('gw:live:wanted', 'plain cam');
  await until(() => told.length === 6);
  before.close();
  after.close();
  listener.close();
  for (const one of more.splice(0)) one.disconnect();
});

const more: Redis[] = [];
async function also(): Promise<Redis> {
  const one = await connectRedis({ socket: server.socket }, log);
  more.push(one);
  return one;
}

test('a Redis that does not keep up costs pictures up to the next key frame, and never memory', async () => {
  const listener = new LiveListener(redis, subscriber, env());
  const viewer = new Kept();
  await listener.watch('cam', 'plain', viewer);
  const out = publisher();
  const megabyte = new Uint8Array(1024 * 1024);
  out.begin(BEGIN, Buffer.from('init'));
  // All in one go: nothing can be answered in between.
  out.fragment(megabyte, true);
  for (let i = 0; i < 9; i++) out.fragment(megabyte, false);
  expect(out.leftOut).toBeGreaterThan(5);
  await until(() => viewer.said.length === 1 + 10 - out.leftOut);
  out.fragment(Buffer.from('leans on what was left out'), false);
  out.fragment(Buffer.from('new'), true);
  await until(() => viewer.said.at(-1) === 'key new');
  expect(viewer.said.some((text) => text.startsWith('leans'))).toBe(false);
  listener.close();
});

test('a group of pictures beyond the bound is not kept for late viewers, who wait for the next key frame', async () => {
  const listener = new LiveListener(redis, subscriber, env());
  const early = new Kept();
  await listener.watch('cam', 'plain', early);
  const out = publisher();
  out.begin(BEGIN, Buffer.from('init'));
  const megabyte = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 12; i++) {
    out.fragment(megabyte, i === 0);
    await until(() => early.said.length === i + 2);
  }
  expect(await redis.exists('gw:live:cam:plain:since-key')).toBe(0);
  const late = new Kept();
  await listener.watch('cam', 'plain', late);
  out.fragment(Buffer.from('on'), false);
  out.fragment(Buffer.from('new'), true);
  await until(() => late.said.length === 2);
  expect(late.said).toEqual(['begin init', 'key new']);
  listener.close();
});

test('a Redis that was killed is begun anew by itself; nothing of a picture was on its disk', async () => {
  const listener = new LiveListener(redis, subscriber, env());
  const viewer = new Kept();
  await listener.watch('cam', 'plain', viewer);
  const out = publisher();
  out.begin(BEGIN, Buffer.from('FACES-IN-INIT'));
  out.fragment(Buffer.from('FACES-IN-PICTURE'), true);
  await until(() => viewer.said.length === 2);
  await redis.set('kept', 'KEPT-MARK');
  expect(await redis.pttl('gw:live:cam:plain:begin')).toBeGreaterThan(1000);
  const dir = path.dirname(server.socket);
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const onDisk = (await Promise.all(files.map((file) => readFile(path.join(file.parentPath, file.name), 'latin1')))).join('');
  expect([onDisk.includes('KEPT-MARK'), onDisk.includes('FACES')]).toEqual([true, false]);
  await server.kill();
  await server.start();
  await until(async () => (await redis.exists('gw:live:cam:plain:begin')) === 0);
  out.fragment(Buffer.from('again'), true);
  await until(async () => (await redis.exists('gw:live:cam:plain:begin')) === 1);
  const late = new Kept();
  await until(() => subscriber.status === 'ready');
  await listener.watch('cam', 'plain', late);
  out.fragment(Buffer.from('next'), true);
  await until(() => late.said.at(-1) === 'key next');
  expect(late.said[0]).toBe('begin FACES-IN-INIT');
  listener.close();
});
