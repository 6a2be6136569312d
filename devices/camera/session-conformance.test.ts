/** What every camera session must do, whichever decodes: libav here, or an ffmpeg program (Debian's, in place of a vendor's). */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { makeCrossingClip, numberIn } from '../../test-fixtures/crossing-clip.ts';
import type { CameraLogin } from '../../test-fixtures/fake-camera/authentication.ts';
import type { Fault } from '../../test-fixtures/fake-camera/fault.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import type { CameraPicture, CameraSession, CameraSessionOptions } from './camera-session.ts';
import { openFfmpeg } from './ffmpeg-session.ts';
import { openRtsp } from './libav-session.ts';
import { PacketRing } from './packet-ring.ts';

interface Way {
  readonly name: string;
  readonly missing: boolean;
  open(url: string, options: CameraSessionOptions): Promise<CameraSession>;
}

const noFfmpeg = spawnSync('ffmpeg', ['-version']).status !== 0;
if (noFfmpeg) process.stderr.write('SKIPPED: there is no ffmpeg program here, sessions with one are not tested; apt-get install ffmpeg\n');

/**
 * Where the way by a program differs, beyond the tests: it may be some pictures behind the packets; `counts.undecodable` stays 0, as a
 * program does not tell which packet it refused; and pictures that the pace leaves out are not in `counts.decoded`.
 */
const WAYS: readonly Way[] = [
  { name: 'libav', missing: false, open: openRtsp },
  { name: 'ffmpeg', missing: noFfmpeg, open: (url, options) => openFfmpeg(url, options, { program: 'ffmpeg', inputOptions: [] }) },
];

const FPS = 10;
/** Less than from one key frame of the numbered clip to the next: no picture may wait for that. */
const LATE_MS = 1500;
const login: CameraLogin = { scheme: 'digest', user: 'admin', password: 'p:w/d@ 秘密' };
const clips: Record<'h264' | 'h265' | 'mjpeg' | 'large' | 'numbered', MadeClip> = {} as never;
let cameras: FakeCameras;
beforeAll(async () => {
  const small = { widthPx: 320, heightPx: 192, fps: FPS, seconds: 4 };
  for (const codec of ['h264', 'h265', 'mjpeg'] as const) clips[codec] = await makeMovingBoxClip({ ...small, codec });
  clips.large = await makeMovingBoxClip({ ...small, widthPx: 640, heightPx: 360 });
  clips.numbered = await makeCrossingClip({ ...small, seconds: 20, keyEveryS: 2, numbered: true, crossings: [] });
  cameras = await startFakeCameras({
    cameras: [
      ...(['h264', 'h265', 'mjpeg', 'numbered'] as const).map((path) => ({ path, play: { clip: clips[path].file }, auth: login })),
      { path: 'changes', play: { clip: clips.h264.file } },
    ],
  });
});
afterAll(async () => {
  await cameras.close();
  await Promise.all(Object.values(clips).map((clip) => clip.remove()));
});

/** Processes that this one started and that are not yet gone. */
function children(): string[] {
  return readdirSync(`/proc/${process.pid}/task`).flatMap((task) => readFileSync(`/proc/${process.pid}/task/${task}/children`, 'utf8').split(' ').filter((pid) => pid !== ''));
}
const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe.each(WAYS)('by $name', ({ missing, open }) => {
  const options = (over: Partial<CameraSessionOptions> = {}): CameraSessionOptions => ({
    cameraId: 'cam-1',
    timeoutMs: 1000,
    noPictureMs: 2000,
    detectFps: FPS,
    maxWidthPx: 240,
    lumaWidthPx: 160,
    signal: new AbortController().signal,
    clock: systemClock,
    ...over,
  });
  let sessions: CameraSession[] = [];
  const opened = async (path: string, over: Partial<CameraSessionOptions> = {}): Promise<CameraSession> => {
    const session = await open(cameras.url(path), options(over));
    sessions.push(session);
    return session;
  };
  afterEach(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    sessions = [];
    for (const path of ['h264', 'h265', 'mjpeg']) cameras.setFault(path, null);
  });
  const it = test.skipIf(missing);

  async function refusal(work: Promise<unknown>): Promise<GridwardenError> {
    const error: unknown = await work.then(() => Promise.reject(new Error('it did not fail')), (e: unknown) => e);
    expect(error).toBeInstanceOf(GridwardenError);
    const whole = [(error as Error).message, (error as Error).stack, String((error as Error).cause), JSON.stringify((error as GridwardenError).fields)].join('\n');
    for (const secret of [login.password, encodeURIComponent(login.password), 'admin', 'rtsp:']) expect(whole).not.toContain(secret);
    return error as GridwardenError;
  }
  const take = async (session: CameraSession, count: number): Promise<CameraPicture[]> => {
    const pictures: CameraPicture[] = [];
    while (pictures.length < count) pictures.push(await session.next());
    return pictures;
  };
  const endOf = async (session: CameraSession): Promise<never> => {
    for (;;) await session.next();
  };

  it.each(['h264', 'h265', 'mjpeg'] as const)('%s comes as pictures, scaled, each with the time of its capture', async (codec) => {
    const session = await opened(codec);
    expect(session.codec).toBe(codec === 'h265' ? 'hevc' : codec);
    let lastMs = -Infinity;
    for (let i = 0; i < 12; i++) {
      const picture = await session.next();
      expect(picture.capturedAtMs).toBeGreaterThan(lastMs);
      lastMs = picture.capturedAtMs;
      expect(systemClock.nowMs() - lastMs).toBeGreaterThanOrEqual(0);
      expect(systemClock.nowMs() - lastMs).toBeLessThan(LATE_MS);
      expect([picture.widthPx, picture.heightPx]).toEqual([240, 144]);
      expect(picture.luma.length).toBe(picture.lumaWidthPx * picture.lumaHeightPx);
      expect([picture.lumaWidthPx, picture.lumaHeightPx]).toEqual([160, 96]);
    }
    const picture = await session.next();
    expect(await sharp(await picture.jpeg()).metadata()).toMatchObject({ format: 'jpeg', width: 240, height: 144 });
    const { i420, widthPx, heightPx } = await picture.small({ widthPx: 96, heightPx: 96, stretch: false });
    expect(i420.length).toBe((widthPx * heightPx * 3) / 2);
    expect(session.counts.given).toBe(13);
    expect(session.counts.packets).toBeGreaterThanOrEqual(13);
  });

  it('the brightness of the pictures is what was filmed', async () => {
    const session = await opened('h264');
    const { luma } = await session.next();
    // Painted in the range of video (16 to 235) the ground is 60 to 117 bright, the box 210 to 217; here 0 to 255 is the range.
    const sorted = [...luma].sort((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThan(40);
    expect(sorted[luma.length >> 1]).toBeLessThan(120);
    expect(Math.abs((sorted.at(-1) ?? 0) - 230)).toBeLessThan(8);
  });

  it('fewer pictures come where fewer are asked for, at their even pace', async () => {
    const session = await opened('h264', { detectFps: 5 });
    // The first packet of a session bears no time of the camera's.
    await take(session, 2);
    const pictures = await take(session, 8);
    const spanMs = (pictures.at(-1)?.capturedAtMs ?? 0) - (pictures[0]?.capturedAtMs ?? 0);
    expect(spanMs).toBeGreaterThan(1250);
    expect(spanMs).toBeLessThan(1550);
    expect(session.counts.packets).toBeGreaterThanOrEqual(14);
  });

  it('the camera tells the time', async () => {
    const session = await opened('h264');
    await take(session, 3);
    expect(session.clock).toBe('rtcp');
  });

  it('while only key frames are wanted, they come at once, and what was sent before is decoded after all', async () => {
    const ring = new PacketRing({ seconds: 10, bytes: 2 ** 24 });
    // Longer than from one key frame to the next, as it must be where only those are looked at.
    const session = await opened('numbered', { ring, noPictureMs: 6000 });
    session.watch('key-frames');
    const keys = await take(session, 2);
    expect(systemClock.nowMs() - (keys[1]?.capturedAtMs ?? 0)).toBeLessThan(LATE_MS);
    const spanMs = (keys[1]?.capturedAtMs ?? 0) - (keys[0]?.capturedAtMs ?? 0);
    expect(Math.abs(spanMs - 2000)).toBeLessThan(300);
    const fromMs = (keys[0]?.capturedAtMs ?? 0) + 450;
    expect(session.wake(fromMs)).toBe(true);
    const looked: { number: number; atMs: number }[] = [];
    for (let i = 0; i < 25; i++) {
      const { luma, lumaWidthPx, capturedAtMs } = await session.next();
      looked.push({ number: numberIn(luma, lumaWidthPx), atMs: capturedAtMs });
    }
    expect(looked[0]?.atMs).toBeGreaterThan(fromMs);
    expect((looked[0]?.atMs ?? 0) - fromMs).toBeLessThan(250);
    expect(looked.map(({ number }) => number)).toEqual(looked.map((_, i) => ((looked[0]?.number ?? 0) + i) % 200));
    // Again, further back: nothing that was under way before may slip in.
    expect(session.wake(fromMs)).toBe(true);
    const { luma, lumaWidthPx, capturedAtMs } = await session.next();
    expect({ number: numberIn(luma, lumaWidthPx), atMs: capturedAtMs }).toEqual(looked[0]);
    ring.close();
  });

  it('the stream changes its size, and the pictures with it', async () => {
    await cameras.switchTo('changes', { clip: clips.h264.file });
    const session = await opened('changes', { maxWidthPx: 640 });
    expect((await session.next()).widthPx).toBe(320);
    await cameras.switchTo('changes', { clip: clips.large.file });
    await expect.poll(async () => (await session.next()).widthPx, { timeout: 5000, interval: 1 }).toBe(640);
    expect((await session.next()).heightPx).toBe(360);
  });

  it.each<[string, Fault, string, string]>([
    ['refuses the login', { kind: 'refuses', status: 401 }, 'CAMERA_UNREACHABLE', 'it refused the user name and password'],
    ['has no such stream', { kind: 'refuses', status: 404 }, 'CAMERA_UNREACHABLE', 'it has no stream under this path'],
    ['sends what is not read', { kind: 'wrong-codec', codec: 'MPV' }, 'CAMERA_CODEC', 'sends MPEG'],
    ['has sound alone', { kind: 'no-video' }, 'CAMERA_NO_VIDEO', 'offers no video'],
    ['never answers', { kind: 'hangs' }, 'CAMERA_UNREACHABLE', 'it did not answer within 1 s'],
    ['answers without end', { kind: 'huge-sdp' }, 'CAMERA_UNREACHABLE', 'far larger than a description'],
  ])('a camera that %s is refused in a sentence', async (_, fault, code, sentence) => {
    cameras.setFault('h264', fault);
    const error = await refusal(open(cameras.url('h264'), options()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(sentence);
  });

  it('a wrong password is refused', async () => {
    const error = await refusal(open(cameras.url('h264').replace(/%E7.*@/, 'wrong@'), options()));
    expect(error.message).toContain('refused the user name and password');
  });

  it.each<[string, Fault, RegExp]>([
    ['is silent', { kind: 'silent' }, /CAMERA_STREAM_ENDED/],
    ['dies', { kind: 'dies', afterFrames: 5 }, /CAMERA_STREAM_ENDED/],
    ['stalls in mid-packet', { kind: 'stalls', afterFrames: 5 }, /CAMERA_STREAM_ENDED/],
    ['sends rubbish for packets', { kind: 'rubbish', where: 'payload' }, /CAMERA_(STREAM_ENDED|DECODE)/],
    ['sends rubbish for frames', { kind: 'rubbish', where: 'framing' }, /CAMERA_STREAM_ENDED/],
    ['cuts its pictures to nothing', { kind: 'truncated', keep: 0.0001 }, /CAMERA_(STREAM_ENDED|DECODE)/],
  ])('a camera that %s ends its session in a sentence', async (_, fault, code) => {
    cameras.setFault('h264', fault);
    const session = await opened('h264', { noPictureMs: 1000 });
    const error = await refusal(endOf(session));
    expect(error.code).toMatch(code);
    expect(error.message).toMatch(/^Camera cam-1.*\.$/);
  });

  it('a reader that stops reading holds nothing up and finds the present again', async () => {
    const session = await opened('h264');
    await session.next();
    const { packets } = session.counts;
    await expect.poll(() => session.counts.packets, { timeout: 5000 }).toBeGreaterThan(packets + 15);
    const pictures = await take(session, 25);
    expect(systemClock.nowMs() - (pictures.at(-1)?.capturedAtMs ?? 0)).toBeLessThan(LATE_MS);
  });

  it('closing frees all: sessions with the camera, processes, open files', async () => {
    await (await opened('h264')).next();
    await Promise.all(sessions.map((session) => session.close()));
    const before = { children: children().length, files: openFiles() };
    for (let i = 0; i < 4; i++) {
      const session = await opened('h264');
      if (i > 0) await take(session, i);
      const startedAtMs = systemClock.nowMs();
      await Promise.all([session.close(), session.close()]);
      expect(systemClock.nowMs() - startedAtMs).toBeLessThan(2000);
      expect((await refusal(session.next())).message).toContain('it was closed here');
    }
    await expect.poll(() => cameras.stats('h264').viewers).toBe(0);
    expect(children().length).toBe(before.children);
    await expect.poll(openFiles).toBeLessThanOrEqual(before.files);
  });

  it('closing in the middle of anything is safe', async () => {
    for (let afterMs = 0; afterMs < 400; afterMs += 50) {
      const session = await opened('h264');
      const work = refusal(endOf(session));
      await systemClock.sleep(afterMs);
      await session.close();
      expect((await work).message).toContain('it was closed here');
    }
  });
});
