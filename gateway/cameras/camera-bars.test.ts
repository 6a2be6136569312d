/** What real cameras do to the parts behind their loops: one that falls silent is told as a fault and is over again, one faster than its worker costs no memory and loses no count. (peers.md, bars 2 and 3.) */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRtsp } from '../../devices/camera/libav-session.ts';
import { HEALTH_FAULTS, type HealthFault } from '../../domain/health.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { FrameSlot } from '../../queue/frame-slot.ts';
import { connectRedis } from '../../queue/redis.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { type TestRedis, startTestRedis } from '../../test-fixtures/redis.ts';
import { runCamera } from './camera-loop.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from './camera-source.ts';
import { type FaultRule, HealthWatch } from './health-watch.ts';

const env = { clock: systemClock, ids: systemIds, log: keptLog() };
let clip: MadeClip;
let cameras: FakeCameras;
let server: TestRedis;
let redis: Redis;
const source = (cameraId: string, over: Partial<CameraSource> = {}): CameraSource => ({ cameraId, url: cameras.url(cameraId), ...CAMERA_SOURCE_DEFAULTS, timeoutMs: 1000, noPictureMs: 1000, motionGate: false, ...over });

beforeAll(async () => {
  clip = await makeMovingBoxClip({ widthPx: 640, heightPx: 352, fps: 25, seconds: 2 });
  cameras = await startFakeCameras({ cameras: ['good', 'falls-silent', 'fast'].map((path) => ({ path, play: { clip: clip.file } })) });
  server = await startTestRedis();
  redis = await connectRedis({ socket: server.socket }, env.log);
});
afterAll(async () => {
  await cameras.close();
  await clip.remove();
  redis.disconnect();
  await server.close();
});

test('a camera that stops sending in mid-packet raises its fault by itself, once; it is over when it sends again; its neighbour is never told', async () => {
  const rules = Object.fromEntries(HEALTH_FAULTS.map((fault) => [fault, { watched: fault === 'no-packets', forS: 2, severity: 'Moderate' }])) as Record<HealthFault, FaultRule>;
  const told: string[] = [];
  const tell = (what: string): Promise<void> => Promise.resolve(void told.push(what));
  const watch = new HealthWatch({
    cameras: ['good', 'falls-silent'].map((cameraId) => ({ cameraId, homeCell: '110101001001001', unwatched: [] })),
    rules,
    clearMs: 1000,
    sink: { findingMade: ({ cameraId, fault }) => tell(`${cameraId}: ${fault}`), healthCleared: ({ cameraId, fault, findingId }) => (findingId === null ? Promise.resolve() : tell(`${cameraId}: ${fault} is over`)) },
    status: { cameraStatus: () => undefined },
    env,
  });
  cameras.setFault('falls-silent', { kind: 'stalls', afterFrames: 20 });
  watch.start();
  const stop = new AbortController();
  const running = ['good', 'falls-silent'].map((id) => runCamera(source(id), { open: openRtsp, frames: { put: () => Promise.resolve(), shed: () => undefined }, status: watch, env }, stop.signal, { firstMs: 200, maxMs: 400 }));
  // It comes back again and again and streams for less than a second each time: that is one fault, not one a second.
  await expect.poll(() => told, { timeout: 15_000 }).toEqual(['falls-silent: no-packets']);
  await expect.poll(() => cameras.stats('falls-silent').viewersEver, { timeout: 15_000 }).toBeGreaterThan(3);
  expect(told.length).toBe(1);
  cameras.setFault('falls-silent', null);
  await expect.poll(() => told, { timeout: 15_000 }).toEqual(['falls-silent: no-packets', 'falls-silent: no-packets is over']);
  stop.abort();
  await Promise.all([...running, watch.close()]);
  expect(told.length).toBe(2);
});

test('a camera five times faster than its worker: memory here and in Redis stays flat, and frames in are frames inferred and frames shed', async () => {
  const slot = new FrameSlot(redis, { maxFrameBytes: 256 * 1024, maxWaiting: 12, maxWaitingBytes: 1024 * 1024, ttlMs: 60_000 });
  const said = { handed: 0, shed: 0 };
  const frames = {
    put: (...frame: Parameters<FrameSlot['put']>): Promise<boolean> => {
      said.handed++;
      return slot.put(...frame);
    },
    shed: (cameraId: string, count: number): void => {
      said.shed += count;
      void slot.shed(cameraId, count);
    },
  };
  const stop = new AbortController();
  const running = runCamera(source('fast', { detectFps: 25 }), { open: openRtsp, frames, status: { cameraStatus: () => undefined }, env }, stop.signal);
  const usedBytes = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const bytes: { own: number; redis: number }[] = [];
  let inferred = 0;
  const work = async (): Promise<boolean> => {
    const taken = await slot.take('fast');
    if (!taken) return false;
    inferred++;
    await slot.done(taken.frame.info);
    taken.release();
    return true;
  };
  // A worker that takes a fifth of a second for each frame.
  while (inferred < 20) {
    await work();
    await systemClock.sleep(200);
    bytes.push({ own: process.memoryUsage.rss(), redis: await usedBytes() });
  }
  stop.abort();
  await running;
  while (await work());
  const { framesIn, framesInferred, framesShed } = await slot.counts('fast');
  expect(framesInferred).toBe(inferred);
  expect(framesIn).toBe(framesInferred + framesShed);
  expect(framesIn).toBe(said.handed + said.shed);
  expect(framesIn).toBeGreaterThan(3 * framesInferred);
  const half = bytes.length >> 1;
  const growth = (of: 'own' | 'redis'): number => Math.max(...bytes.slice(half).map((b) => b[of])) - Math.max(...bytes.slice(2, half).map((b) => b[of]));
  expect(growth('redis')).toBeLessThan(1024 * 1024);
  expect(growth('own')).toBeLessThan(24 * 1024 * 1024);
});
