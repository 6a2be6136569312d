/** Looking back: what was sent while only key frames were decoded, decoded after all, in order, whole, and with its own times. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { makeCrossingClip, numberIn } from '../../test-fixtures/crossing-clip.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import type { MadeClip } from '../../test-fixtures/moving-box-clip.ts';
import type { CameraPicture, CameraSession, CameraSessionOptions } from './camera-session.ts';
import { openRtsp } from './libav-session.ts';
import { PacketRing } from './packet-ring.ts';

const FPS = 10;
const INTERVAL_MS = 1000 / FPS;
/** Four times as fast as the real one: for cameras, sessions and this test alike. */
const clock: Clock = { nowMs: () => systemClock.nowMs() * 4, sleep: (ms, signal) => systemClock.sleep(ms / 4, signal) };

interface Seen {
  readonly atMs: number;
  /** The picture's number in the clip, and all that is in it. */
  readonly number: number;
  readonly look: string;
  /** Whether the bright box is in the picture. */
  readonly box: boolean;
}

const seen = ({ capturedAtMs, luma, lumaWidthPx }: CameraPicture): Seen => ({ atMs: capturedAtMs, number: numberIn(luma, lumaWidthPx), look: createHash('sha1').update(luma).digest('hex'), box: luma.some((level) => level > 180) });

describe.each(['h264', 'h265', 'mjpeg'] as const)('%s', (codec) => {
  let clip: MadeClip;
  let cameras: FakeCameras;
  let open: CameraSession[] = [];
  beforeAll(async () => {
    // Key frames at 0, 2, 4 …: the box comes and goes between two of them.
    clip = await makeCrossingClip({ codec, widthPx: 320, heightPx: 192, fps: FPS, seconds: 20, keyEveryS: 2, numbered: true, crossings: [{ fromS: 4.6, toS: 5.1 }, { fromS: 12.6, toS: 13.1 }] });
    cameras = await startFakeCameras({ clock, cameras: [{ path: 'yard', play: { clip: clip.file } }] });
  });
  afterAll(async () => {
    await cameras.close();
    await clip.remove();
  });
  afterEach(async () => {
    await Promise.all(open.map((session) => session.close()));
    open = [];
  });

  async function opened(over: Partial<CameraSessionOptions> = {}): Promise<{ session: CameraSession; ring: PacketRing }> {
    const ring = new PacketRing({ seconds: 10, bytes: 2 ** 24 });
    const session = await openRtsp(cameras.url('yard'), { cameraId: 'yard', timeoutMs: 8000, noPictureMs: 20_000, detectFps: 100, maxWidthPx: 320, lumaWidthPx: 160, signal: new AbortController().signal, clock, ring, ...over });
    open.push(session);
    return { session, ring };
  }

  test('what moved between two key frames is found, with its own times, without gap or repetition, and as full decoding shows it', async () => {
    const [{ session: reference }, { session, ring }] = await Promise.all([opened(), opened()]);
    session.watch('key-frames');
    const truth = (async () => {
      const all: Seen[] = [];
      while (all.length < 110) all.push(seen(await reference.next()));
      return all;
    })();
    // Nine seconds of the clip hold the box, wherever they begin but for its last three.
    let newestAtMs = 0;
    ring.tap({ shape: () => undefined, packet: ({ capturedAtMs }) => void (newestAtMs = capturedAtMs), ended: () => undefined });
    const keys: Seen[] = [seen(await session.next())];
    while (newestAtMs - (keys[0]?.atMs ?? 0) < 9000) keys.push(seen(await session.next()));
    const before = session.counts;
    expect(before.decoded).toBe(keys.length);
    if (codec !== 'mjpeg') {
      expect(keys.length).toBeLessThanOrEqual(6);
      expect(keys.some(({ box }) => box)).toBe(false);
    }
    const fromMs = (keys.at(-1)?.atMs ?? 0) - 8000;
    expect(session.wake(fromMs)).toBe(true);
    const found: Seen[] = [];
    while (found.length < 90) found.push(seen(await session.next()));

    expect(found[0]?.atMs).toBeGreaterThan(fromMs);
    expect((found[0]?.atMs ?? 0) - fromMs).toBeLessThanOrEqual(1.5 * INTERVAL_MS);
    for (const [i, { atMs }] of found.slice(1).entries()) expect(Math.abs(atMs - (found[i]?.atMs ?? 0) - INTERVAL_MS)).toBeLessThan(0.5 * INTERVAL_MS);
    expect(found.map(({ number }) => number)).toEqual(found.map((_, i) => ((found[0]?.number ?? 0) + i) % (20 * FPS)));
    // The half second: five pictures, all before the newest key frame.
    const box = found.filter(({ box: has }) => has);
    expect(box.length).toBeGreaterThanOrEqual(5);
    expect((box[4]?.atMs ?? 0) - (box[0]?.atMs ?? 0)).toBeCloseTo(4 * INTERVAL_MS, -2);

    const looks = (await truth).map(({ look }) => look);
    const begin = looks.indexOf(found[0]?.look ?? '');
    expect(begin).toBeGreaterThanOrEqual(0);
    const shared = looks.slice(begin, begin + found.length);
    expect(shared.length).toBeGreaterThan(60);
    expect(found.slice(0, shared.length).map(({ look }) => look)).toEqual(shared);
    expect(session.counts.shed).toBe(0);
  }, 20_000);

  test('a wake in the middle of anything gives pictures in order behind the moment asked for, and key frames again when told so', async () => {
    const { session, ring } = await opened();
    for (let i = 0; i < 12; i++) {
      session.watch('key-frames');
      await session.next();
      const pending = session.next();
      const fromMs = (ring.newestAtMs ?? 0) - 100 * i;
      session.wake(fromMs);
      let lastMs = fromMs;
      for (const picture of [await pending, await session.next(), await session.next()]) {
        expect(picture.capturedAtMs).toBeGreaterThan(lastMs);
        lastMs = picture.capturedAtMs;
      }
    }
    for (let i = 0; i < 5; i++) await session.next();
    const { decoded } = session.counts;
    session.watch('key-frames');
    const atMs = clock.nowMs();
    while (clock.nowMs() - atMs < 4500) await session.next();
    // Two or three key frames (MJPEG: two a second), what the decoder still held, and on a busy machine what waited in line; of 45 sent.
    expect(session.counts.decoded - decoded).toBeLessThanOrEqual(20);
  }, 20_000);
});

test('whoever takes pictures too slowly loses packets that are counted, never order, and sees what is now', async () => {
  const clip = await makeCrossingClip({ widthPx: 320, heightPx: 192, fps: FPS, seconds: 10, keyEveryS: 1, numbered: true, crossings: [] });
  const cameras = await startFakeCameras({ clock, cameras: [{ path: 'yard', play: { clip: clip.file } }] });
  const session = await openRtsp(cameras.url('yard'), { cameraId: 'yard', timeoutMs: 8000, noPictureMs: 20_000, detectFps: 100, maxWidthPx: 320, lumaWidthPx: 160, signal: new AbortController().signal, clock });
  try {
    const before = await session.next();
    const atMs = before.capturedAtMs;
    await clock.sleep(5000);
    const after: number[] = [];
    while (after.length < 20) after.push((await session.next()).capturedAtMs);
    expect(after.every((ms, i) => ms > (after[i - 1] ?? atMs))).toBe(true);
    // First what the decoder held already, then the newest key frame of the time in which nobody looked.
    expect((after[4] ?? 0) - atMs).toBeGreaterThan(2500);
    const { packets, decoded, shed } = session.counts;
    expect(shed).toBeGreaterThan(15);
    expect(decoded + shed).toBeLessThanOrEqual(packets);
    expect(packets - decoded - shed).toBeLessThan(25);
  } finally {
    await session.close();
    await cameras.close();
    await clip.remove();
  }
}, 20_000);

test('where nothing is remembered a wake says so and everything comes from the next key frame on', async () => {
  const clip = await makeCrossingClip({ widthPx: 320, heightPx: 192, fps: FPS, seconds: 4, keyEveryS: 2, crossings: [] });
  const cameras = await startFakeCameras({ clock, cameras: [{ path: 'yard', play: { clip: clip.file } }] });
  const session = await openRtsp(cameras.url('yard'), { cameraId: 'yard', timeoutMs: 8000, noPictureMs: 20_000, detectFps: 100, maxWidthPx: 320, lumaWidthPx: 160, signal: new AbortController().signal, clock });
  try {
    session.watch('key-frames');
    const first = seen(await session.next());
    expect(session.wake(first.atMs)).toBe(false);
    const next = seen(await session.next());
    expect(next.atMs - first.atMs).toBeGreaterThan(1500);
    const after = seen(await session.next());
    expect(after.atMs - next.atMs).toBeLessThan(1.5 * INTERVAL_MS);
  } finally {
    await session.close();
    await cameras.close();
    await clip.remove();
  }
}, 20_000);
