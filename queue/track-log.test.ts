/** The track log over the real Redis: what comes back, what bounds it, and that it never fails a frame. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Track } from '../domain/detection.ts';
import type { LoggedFrame } from '../domain/trial.ts';
import { keptLog } from '../platform/log.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { connectRedis } from './redis.ts';
import { TrackLog, type TrackLogLimits } from './track-log.ts';

let server: TestRedis;
let redis: Redis;
const log = keptLog();
const LIMITS: TrackLogLimits = { keepFrames: 1000, keepBytes: 1_000_000, keepMs: 60_000 };
const trackLog = (limits: Partial<TrackLogLimits> = {}): TrackLog => new TrackLog(redis, { ...LIMITS, ...limits }, log);

beforeAll(async () => {
  server = await startTestRedis(['--appendonly', 'no']);
  redis = await connectRedis({ socket: server.socket }, keptLog());
});
beforeEach(async () => {
  await redis.flushall();
  log.lines.length = 0;
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const START_MS = 1_760_000_000_000;
const track = (trackId: number, atMs: number, stationarySinceMs: number | null = null): Track => ({
  trackId, label: 'car', score: 0.8125, box: { x: 10.04, y: 20.06, w: 30, h: 40 }, state: 'confirmed', firstSeenAtMs: atMs - 4000, lastSeenAtMs: atMs - 200, stationarySinceMs,
});
const frame = (i: number, tracks = 1): LoggedFrame => ({ atMs: START_MS + 200 * i, widthPx: 960, heightPx: 540, tracks: Array.from({ length: tracks }, (_, n) => track(n + 1, START_MS + 200 * i)) });

async function all(from: TrackLog, cameraId = 'c1', span = { fromMs: null as number | null, toMs: null as number | null }): Promise<LoggedFrame[]> {
  const frames: LoggedFrame[] = [];
  for await (const one of from.read(cameraId, span)) frames.push(one);
  return frames;
}
/** Bytes of the text that is really there. */
const bytesKept = async (cameraId = 'c1'): Promise<number> => (await redis.xrange(`gw:track-log:${cameraId}`, '-', '+')).reduce((sum, [, [, text]]) => sum + (text?.length ?? 0), 0);

test('what was recorded comes back, to a tenth of a pixel, per camera', async () => {
  const recorder = trackLog();
  const seen: LoggedFrame = { ...frame(0, 0), tracks: [{ ...track(7, START_MS, START_MS - 9000), state: 'lost' }, track(8, START_MS)] };
  await recorder.record('c1', seen);
  await recorder.record('c2', frame(1));
  expect(await all(recorder)).toEqual([{ ...seen, tracks: seen.tracks.map((one) => ({ ...one, score: 0.813, box: { x: 10, y: 20.1, w: 30, h: 40 } })) }]);
  expect(await all(recorder, 'c2')).toHaveLength(1);
  expect(await all(recorder, 'c3')).toEqual([]);
});

test('a span is read page by page, and a frame that was judged twice counts once', async () => {
  const recorder = trackLog({ keepFrames: 2000 });
  for (let i = 0; i < 1203; i++) await recorder.record('c1', frame(i));
  await recorder.record('c1', frame(1202));
  expect((await all(recorder)).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 1203 }, (_, i) => START_MS + 200 * i));
  expect((await all(recorder, 'c1', { fromMs: START_MS + 1000, toMs: START_MS + 2000 })).map(({ atMs }) => (atMs - START_MS) / 200)).toEqual([5, 6, 7, 8, 9, 10]);
});

describe('it is bounded', () => {
  test('by frames, the oldest go first', async () => {
    const recorder = trackLog({ keepFrames: 20 });
    for (let i = 0; i < 75; i++) await recorder.record('c1', frame(i));
    expect((await all(recorder)).map(({ atMs }) => (atMs - START_MS) / 200)).toEqual(Array.from({ length: 20 }, (_, i) => 55 + i));
  });

  test('by bytes, exactly, through crowded and quiet frames', async () => {
    const recorder = trackLog({ keepBytes: 4000 });
    for (let i = 0; i < 300; i++) {
      await recorder.record('c1', frame(i, 1 + ((i * 7) % 23)));
      if (i % 20 === 0) {
        expect(await bytesKept()).toBeLessThanOrEqual(4000);
        expect(Number(await redis.get('gw:track-log:c1:bytes'))).toBe(await bytesKept());
      }
    }
    expect(await bytesKept()).toBeGreaterThan(2500);
    await recorder.record('c1', frame(301, 200));
    expect(await all(recorder), 'a frame that is larger than all of it is not kept').toEqual([]);
    await recorder.record('c1', frame(302));
    expect(await all(recorder)).toHaveLength(1);
  });

  test('by age, and a camera that fell silent is forgotten by itself', async () => {
    const recorder = trackLog({ keepMs: 60_000 });
    const tooOld = (await redis.time()).map(Number)[0]! * 1000 - 61_000;
    await redis.xadd('gw:track-log:c1', `${tooOld}-0`, '1', JSON.stringify([START_MS, 960, 540, []]));
    await recorder.record('c1', frame(1));
    expect((await all(recorder)).map(({ atMs }) => atMs)).toEqual([START_MS + 200]);
    for (const key of ['gw:track-log:c1', 'gw:track-log:c1:bytes']) {
      const leftMs = await redis.pttl(key);
      expect(leftMs).toBeGreaterThan(50_000);
      expect(leftMs).toBeLessThanOrEqual(60_000);
    }
  });

  test('by meaning: of frames in which nothing is seen one in two seconds, but always the first after something was', async () => {
    const recorder = trackLog();
    const counts = [1, 1, 0, 0, 0, 1, 0, ...Array.from({ length: 24 }, () => 0)];
    for (const [i, tracks] of counts.entries()) await recorder.record('c1', frame(i, tracks));
    expect((await all(recorder)).map(({ atMs }) => (atMs - START_MS) / 200)).toEqual([0, 1, 2, 5, 6, 16, 26]);
  });

  test('0 frames switches it off', async () => {
    await trackLog({ keepFrames: 0 }).record('c1', frame(0));
    expect(await redis.keys('*')).toEqual([]);
  });
});

test('a Redis that refuses costs the recording, told once, and nothing else', async () => {
  await redis.set('gw:track-log:c1', 'of another kind');
  const recorder = trackLog();
  await recorder.record('c1', frame(0));
  await recorder.record('c1', frame(1));
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'tracks are not recorded for trying rules; frames are judged all the same' }]);
});

test('an entry in the form of another version is passed over', async () => {
  const recorder = trackLog();
  await redis.xadd('gw:track-log:c1', '*', '99', 'unreadable');
  await recorder.record('c1', frame(1));
  expect(await all(recorder)).toHaveLength(1);
});
