/** Five faulty cameras beside a good one, over real RTSP: each says what is wrong, the good one does not notice, no password is told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRtsp } from '../../devices/camera/libav-session.ts';
import type { CameraStatus } from '../../domain/camera.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import type { Fault } from '../../test-fixtures/fake-camera/fault.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { CameraHost } from './camera-host.ts';
import { runCamera } from './camera-loop.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from './camera-source.ts';

const PASSWORD = 'top/s3cret@秘密';

/** Frames per camera, statuses and log lines of a host. */
function watch() {
  const frames = new Map<string, number>();
  const said: CameraStatus[] = [];
  const log = keptLog();
  const count = (cameraId: string, by: number): void => void frames.set(cameraId, (frames.get(cameraId) ?? 0) + by);
  return {
    frames,
    said,
    log,
    parts: {
      frames: {
        put: (info: { cameraId: string }) => {
          count(info.cameraId, 1);
          return Promise.resolve();
        },
        shed: count,
      },
      status: { cameraStatus: (status: CameraStatus) => void said.push(status) },
      env: { clock: systemClock, ids: systemIds, log },
    },
  };
}

describe('cameras beside each other', () => {
  const faults: Record<string, Fault> = {
    hangs: { kind: 'hangs' },
    silent: { kind: 'silent' },
    rubbish: { kind: 'rubbish', where: 'framing' },
    codec: { kind: 'wrong-codec', codec: 'MPV' },
    dies: { kind: 'dies', afterFrames: 10 },
  };
  let clip: MadeClip;
  let cameras: FakeCameras;
  const source = (cameraId: string, over: Partial<CameraSource> = {}): CameraSource => ({
    cameraId,
    url: cameras.url(cameraId),
    ...CAMERA_SOURCE_DEFAULTS,
    timeoutMs: 1000,
    noPictureMs: 1000,
    motionGate: false,
    ...over,
  });

  beforeAll(async () => {
    clip = await makeMovingBoxClip({ widthPx: 854, heightPx: 480, fps: 25, seconds: 4 });
    const auth = { user: 'operator7', password: PASSWORD, scheme: 'digest' as const };
    const played = ['good', ...Object.keys(faults), 'mortal'].map((path) => ({ path, play: { clip: clip.file }, auth, ...(faults[path] ? { fault: faults[path] } : {}) }));
    cameras = await startFakeCameras({ cameras: played });
  });
  afterAll(async () => {
    await cameras.close();
    await clip.remove();
  });

  test('a good one gives as many frames with five faulty neighbours as alone', async () => {
    const FOR_MS = 4000;
    const run = async (ids: readonly string[]) => {
      const seen = watch();
      const host = new CameraHost({ cameras: ids.map((id) => source(id)), ...seen.parts });
      host.start();
      await expect.poll(() => seen.frames.get('good') ?? 0, { timeout: 5000 }).toBeGreaterThan(0);
      const before = seen.frames.get('good') ?? 0;
      await systemClock.sleep(FOR_MS);
      const frames = (seen.frames.get('good') ?? 0) - before;
      const closingAtMs = systemClock.nowMs();
      await host.close();
      await host.close();
      expect(systemClock.nowMs() - closingAtMs).toBeLessThan(2000);
      return { ...seen, good: frames };
    };
    const alone = await run(['good']);
    expect(Math.abs(alone.good - (FOR_MS / 1000) * CAMERA_SOURCE_DEFAULTS.detectFps)).toBeLessThanOrEqual(2);
    const beside = await run(['good', ...Object.keys(faults)]);
    expect(Math.abs(beside.good - alone.good)).toBeLessThanOrEqual(Math.ceil(alone.good / 10));

    const reasons = new Map(beside.said.filter((s) => s.state === 'backing-off').map((s) => [s.cameraId, s.reason]));
    expect(Object.fromEntries(reasons)).toEqual({
      hangs: 'Camera hangs cannot be reached: it did not answer within 1 s.',
      silent: 'Camera silent ended its stream: nothing came that makes a picture, for 1 s.',
      rubbish: expect.stringContaining('Camera rubbish'),
      codec: 'Camera codec sends MPEG-1/2: only H.264, H.265 and MJPEG are read. Set its stream to one of them.',
      dies: 'Camera dies ended its stream: the connection was closed.',
    });
    // Every faulty one was tried again, and the good one never had to be.
    for (const id of Object.keys(faults)) expect(beside.said.filter((s) => s.cameraId === id && s.state === 'connecting').length).toBeGreaterThan(1);
    expect(beside.said.filter((s) => s.cameraId === 'good' && s.state === 'connecting').length).toBe(1);
    expect(beside.said.filter((s) => s.state === 'stopped').length).toBe(6);

    const told = JSON.stringify([alone.said, alone.log.lines, beside.said, beside.log.lines]);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'operator7', 'rtsp://']) expect(told).not.toContain(secret);
  });

  test('one that loses its power is taken up again when it is back', async () => {
    const seen = watch();
    const stop = new AbortController();
    const running = runCamera(source('mortal'), { open: openRtsp, ...seen.parts }, stop.signal, { firstMs: 50, maxMs: 200 });
    const streaming = (): number => seen.said.filter((s) => s.state === 'streaming').length;
    await expect.poll(streaming, { timeout: 5000 }).toBe(1);
    cameras.setFault('mortal', { kind: 'refuses', status: 503 });
    cameras.drop('mortal');
    await expect.poll(() => seen.said.at(-1)?.reason, { timeout: 5000 }).toContain('RTSP 5xx');
    cameras.setFault('mortal', null);
    const before = seen.frames.get('mortal') ?? 0;
    await expect.poll(() => seen.frames.get('mortal') ?? 0, { timeout: 5000 }).toBeGreaterThan(before + 2);
    expect(streaming()).toBe(2);
    stop.abort();
    await running;
    expect(seen.said.at(-1)).toMatchObject({ state: 'stopped', lastFrameAtMs: expect.any(Number) });
  });
});
