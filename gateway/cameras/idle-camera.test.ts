/** A real camera through loop, gate, session and ring: what an idle one costs, and that what wakes it is told from its first moment on. */
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CameraSession } from '../../devices/camera/camera-session.ts';
import { openRtsp } from '../../devices/camera/libav-session.ts';
import type { CameraStatus } from '../../domain/camera.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { makeCrossingClip } from '../../test-fixtures/crossing-clip.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import type { MadeClip } from '../../test-fixtures/moving-box-clip.ts';
import { CameraHost } from './camera-host.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from './camera-source.ts';

const FPS = 10;
const SPEED = 4;
const clock: Clock = { nowMs: () => systemClock.nowMs() * SPEED, sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal) };

let yard: MadeClip;
let rare: MadeClip;
let cameras: FakeCameras;
let host: CameraHost | null = null;
beforeAll(async () => {
  const size = { widthPx: 640, heightPx: 384, fps: FPS };
  // Key frames at 0, 2, 4 …: the one at 12 s shows a box that came at 10.3 s and goes at 12.6 s.
  yard = await makeCrossingClip({ ...size, seconds: 30, keyEveryS: 2, crossings: [{ fromS: 10.3, toS: 12.6 }] });
  rare = await makeCrossingClip({ ...size, seconds: 12, keyEveryS: 12, crossings: [] });
  cameras = await startFakeCameras({ clock, cameras: [{ path: 'yard', play: { clip: yard.file } }, { path: 'rare', play: { clip: rare.file } }, { path: 'main', play: { clip: yard.file } }] });
});
afterEach(async () => {
  await host?.close();
  host = null;
});
afterAll(async () => {
  await cameras.close();
  await Promise.all([yard.remove(), rare.remove()]);
});

function start(path: string, over: Partial<CameraSource> = {}) {
  const put: (FrameInfo & { readonly jpeg: Uint8Array })[] = [];
  let shed = 0;
  const said: CameraStatus[] = [];
  const sessions: CameraSession[] = [];
  host = new CameraHost({
    cameras: [{ cameraId: path, url: cameras.url(path), ...CAMERA_SOURCE_DEFAULTS, noPictureMs: 40_000, timeoutMs: 10_000, ...over }],
    frames: {
      put: (info, jpeg) => Promise.resolve(void put.push({ ...info, jpeg })),
      shed: (_, frames) => void (shed += frames),
    },
    status: { cameraStatus: (status) => void said.push(status) },
    env: { clock, ids: systemIds, log: keptLog() },
    open: () => async (url, options) => {
      const session = await openRtsp(url, options);
      sessions.push(session);
      return session;
    },
  });
  host.start();
  return { put, said, host, framesShed: () => shed, counts: () => sessions[0]?.counts ?? { packets: 0, undecodable: 0, decoded: 0, given: 0, shed: 0 } };
}

describe('a camera that sees nothing most of the time', () => {
  test('has its key frames decoded; when one shows a change all frames since the one before are handed on, in order, and then it falls asleep again', async () => {
    const { put, said, counts, framesShed } = start('yard');
    await expect.poll(() => counts().packets, { timeout: 12_000 }).toBeGreaterThan(31 * FPS);
    const { packets, decoded, shed } = counts();
    // The first three seconds are decoded, two or three are looked back on, and with the hold some eight are decoded live.
    expect([shed, framesShed(), decoded / packets < 0.55]).toEqual([0, 0, true]);
    const times = put.map(({ capturedAtMs }) => capturedAtMs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(put.map(({ seq }) => seq)).toEqual(put.map((_, i) => i));
    // 2.3 s at five pictures a second.
    const levels = await Promise.all(put.map(async ({ jpeg }) => (await sharp(jpeg).greyscale().stats()).channels[0]?.max ?? 0));
    const bright = put.filter((_, i) => (levels[i] ?? 0) > 195);
    expect(bright.length).toBeGreaterThanOrEqual(11);
    expect((bright.at(-1)?.capturedAtMs ?? 0) - (bright[0]?.capturedAtMs ?? 0)).toBeGreaterThan(1900);
    expect(bright.filter(({ moving }) => (moving?.length ?? 0) > 0).length).toBeGreaterThanOrEqual(bright.length - 1);
    const states = said.filter(({ state }) => state === 'streaming').map(({ policy }) => policy?.state);
    expect(states.filter((state, i) => state !== states[i - 1])).toEqual(['hold', 'idle', 'active', 'hold', 'idle']);
    expect(said.at(-1)).toMatchObject({ policy: { decodes: 'key-frames', because: 'keys-often-enough', packetTrigger: 'learning' }, clock: expect.stringMatching(/^(rtcp|arrival)$/) });
    expect(Math.abs((said.at(-1)?.policy?.keyEveryMs ?? 0) - 2000)).toBeLessThan(150);
  }, 20_000);

  test('whose key frames are rare is decoded wholly, and says why at once', async () => {
    const { said, counts } = start('rare');
    await expect.poll(() => said.at(-1)?.policy?.because, { timeout: 4000 }).toBe('keys-too-rare');
    const before = counts();
    await expect.poll(() => counts().packets - before.packets, { timeout: 4000 }).toBeGreaterThan(20);
    const after = counts();
    expect(after.decoded - before.decoded).toBeGreaterThanOrEqual(after.packets - before.packets - 4);
  }, 20_000);
});

describe('a main stream of its own', () => {
  test('is kept undecoded beside the one that is watched, and its trouble is shown and nothing else', async () => {
    const { said, host: running, counts } = start('yard', { evidenceUrl: cameras.url('main') });
    await expect.poll(() => said.at(-1)?.evidence?.state, { timeout: 5000 }).toBe('streaming');
    await expect.poll(() => running.historyOf('yard', 'evidence') !== running.historyOf('yard', 'detect'), { timeout: 5000 }).toBe(true);
    expect(running.historyOf('yard', 'evidence')?.shape?.codec).toBe('h264');
    expect(running.historyOf('elsewhere', 'detect')).toBeNull();

    cameras.setFault('main', { kind: 'refuses', status: 404 });
    cameras.drop('main');
    await expect.poll(() => said.at(-1)?.evidence, { timeout: 5000 }).toMatchObject({ state: 'backing-off', reason: 'Camera yard cannot be reached: it has no stream under this path.', trouble: { code: 'CAMERA_UNREACHABLE', cause: 'no-such-stream' } });
    const { packets } = counts();
    await expect.poll(() => counts().packets, { timeout: 5000 }).toBeGreaterThan(packets + 70);
    expect(said.filter(({ state }) => state === 'backing-off')).toEqual([]);
    // What was kept of it is too old by now: evidence is made of the stream that is there.
    expect(running.historyOf('yard', 'evidence')).toBe(running.historyOf('yard', 'detect'));
    cameras.setFault('main', null);
  }, 20_000);

  test('of a camera with one stream is that stream', () => {
    const { host: running } = start('yard');
    expect(running.historyOf('yard', 'evidence')).toBe(running.historyOf('yard', 'detect'));
  });
});
