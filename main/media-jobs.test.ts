/** Stills and clips out of real camera hosts, watching real cameras of every codec, through Redis; and what the gateway makes of hosts that cannot. */
import path from 'node:path';
import type { Redis } from 'ioredis';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from '../gateway/cameras/camera-source.ts';
import { HostSupervisor } from '../gateway/cameras/host-supervisor.ts';
import { ManualClock, systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import type { Job } from '../queue/jobs.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { connectRedis } from '../queue/redis.ts';
import { type FakeCameras, startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../test-fixtures/moving-box-clip.ts';
import { readMp4 } from '../test-fixtures/read-mp4.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import type { HostSettings } from './camera-host.ts';
import { type AskedHosts, mediaHandlers } from './media-jobs.ts';

const MB = 1024 * 1024;
const env = { clock: systemClock, ids: systemIds, log: keptLog(), metrics: createMetrics(false) };
const added: Job[] = [];
const producer = { add: async (job: Job) => void added.push(job) } as unknown as Parameters<typeof mediaHandlers>[1];
const handle = (hosts: AskedHosts, name: 'still.cut' | 'clip.cut', payload: unknown, environment = env): Promise<void> =>
  mediaHandlers(hosts, producer, environment).find(({ job }) => job === name)!.handle(payload);

describe('out of a real camera host', () => {
  let server: TestRedis;
  let redis: Redis;
  let tray: MediaTray;
  let clips: MadeClip[];
  let fakes: FakeCameras;
  let hosts: HostSupervisor;
  const streaming = new Set<string>();
  const allStream = Promise.withResolvers<void>();
  let beganAtMs: number;

  beforeAll(async () => {
    server = await startTestRedis();
    redis = await connectRedis({ socket: server.socket }, env.log);
    const media = { ttlMs: 60_000, budgetBytes: 64 * MB };
    tray = new MediaTray(redis, media);
    const common = { widthPx: 640, heightPx: 360, fps: 25, seconds: 4 } as const;
    clips = await Promise.all([
      makeMovingBoxClip(common),
      makeMovingBoxClip({ ...common, codec: 'h265' }),
      makeMovingBoxClip({ ...common, codec: 'mjpeg' }),
      makeMovingBoxClip({ ...common, widthPx: 320, heightPx: 192 }),
    ]);
    fakes = await startFakeCameras({ cameras: clips.map(({ file }, i) => ({ path: `cam-${i}`, play: { clip: file } })) });
    const source = (cameraId: string, at: string, evidenceAt: string | null = null): CameraSource => ({ ...CAMERA_SOURCE_DEFAULTS, cameraId, url: fakes.url(at), evidenceUrl: evidenceAt && fakes.url(evidenceAt) });
    hosts = new HostSupervisor({
      entryFile: path.join(import.meta.dirname, 'camera-host.ts'),
      cameras: [source('h264', 'cam-0'), source('h265', 'cam-1'), source('mjpeg', 'cam-2'), source('with-main-stream', 'cam-3', 'cam-0')],
      hosts: 1,
      settings: { redis: { socket: server.socket }, limits: { maxFrameBytes: MB, ttlMs: 30_000 }, media, mostClipBytes: 32 * MB } satisfies HostSettings,
      status: {
        cameraStatus: ({ cameraId, state }) => {
          if (state === 'streaming') streaming.add(cameraId);
          if (streaming.size === 4) allStream.resolve();
        },
      },
      env,
    });
    await hosts.start();
    await allStream.promise;
    beganAtMs = systemClock.nowMs();
  }, 120_000);
  afterAll(async () => {
    await hosts.close();
    await fakes.close();
    await Promise.all(clips.map((clip) => clip.remove()));
    redis.disconnect();
    await server.close();
  });

  test.each([['h264', 640], ['h265', 640], ['mjpeg', 640], ['with-main-stream', 640]])('%s: the still of a moment and the clip around it', async (cameraId, widthPx) => {
    added.splice(0);
    // Something must be remembered of before.
    await expect.poll(() => systemClock.nowMs() - beganAtMs, { timeout: 10_000 }).toBeGreaterThan(2500);
    const atMs = systemClock.nowMs();
    const alertId = `alert-${cameraId}`;
    await Promise.all([
      handle(hosts, 'still.cut', { alertId, cameraId, atMs }),
      handle(hosts, 'clip.cut', { alertId, cameraId, fromMs: atMs - 1000, toMs: atMs + 1000 }),
    ]);
    const [still, clip] = [added.find(({ name }) => name === 'still.redact'), added.find(({ name }) => name === 'evidence.made')];
    expect(still?.payload).toMatchObject({ alertId, cameraId, key: `${alertId}-still-plain` });
    expect(Math.abs((still?.payload as { takenAtMs: number }).takenAtMs - atMs)).toBeLessThan(500);
    expect(await sharp(Buffer.from((await tray.take(`${alertId}-still-plain`)) ?? [])).metadata()).toMatchObject({ format: 'jpeg', width: widthPx });
    expect(clip?.payload).toMatchObject({ alertId, kind: 'clip', mediaType: 'video/mp4', key: `${alertId}-clip` });
    const video = await readMp4(Buffer.from((await tray.take(`${alertId}-clip`)) ?? []));
    expect([video.widthPx, video.pictures[0]?.key, video.pictures[0]?.ptsMs]).toEqual([widthPx, true, 0]);
    // From the key frame before (one each second; of MJPEG each picture) to the end; a busy machine's cameras lose some pictures.
    expect(video.durationMs).toBeGreaterThan(1700);
    expect(video.durationMs).toBeLessThan(3600);
  });

  test('a host that is killed meanwhile is told of as such, and its successor serves', async () => {
    const atMs = systemClock.nowMs();
    const cut = handle(hosts, 'clip.cut', { alertId: 'a', cameraId: 'h264', fromMs: atMs, toMs: atMs + 60_000 });
    const refused = expect(cut).rejects.toMatchObject({ code: 'MEDIA_GONE', retry: true });
    process.kill(hosts.pids[0] ?? 0, 'SIGKILL');
    await refused;
    await expect.poll(() => hosts.ask('h264', { kind: 'still', alertId: 'b', atMs: systemClock.nowMs() }).then(({ key }) => key, () => null), { timeout: 30_000 }).toBe('b-still-plain');
  });
});

test('a host that gives no answer costs its job and nothing else', async () => {
  const clock = new ManualClock();
  const cut = handle({ ask: () => new Promise(() => undefined) }, 'clip.cut', { alertId: 'a', cameraId: 'c', fromMs: clock.nowMs(), toMs: clock.nowMs() + 10_000 }, { ...env, clock });
  const refused = expect(cut).rejects.toMatchObject({ code: 'MEDIA_GONE', message: expect.stringContaining('within 40 s') });
  await clock.advance(40_000);
  await refused;
  expect(clock.sleeping).toBe(0);
});
