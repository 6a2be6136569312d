/** Sessions with real RTSP cameras: what a good one gives, what each bad one says, and that all of it can be ended and leaves nothing. */
import net from 'node:net';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { CameraLogin } from '../../test-fixtures/fake-camera/authentication.ts';
import type { Fault } from '../../test-fixtures/fake-camera/fault.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import type { CameraSession, CameraSessionOptions } from './camera-session.ts';
import { openRtsp } from './libav-session.ts';
import { PacketRing } from './packet-ring.ts';

let room: MadeClip;
let street: MadeClip;
beforeAll(async () => {
  room = await makeMovingBoxClip({ widthPx: 768, heightPx: 432, fps: 10, seconds: 6 });
  street = await makeMovingBoxClip({ widthPx: 854, heightPx: 480, fps: 25, seconds: 4 });
});
afterAll(() => Promise.all([room.remove(), street.remove()]));
const login: CameraLogin = { scheme: 'digest', user: 'admin', password: 'p:w/d@ 秘密' };

const options = (over: Partial<CameraSessionOptions> = {}): CameraSessionOptions => ({
  cameraId: 'cam-1',
  timeoutMs: 1000,
  noPictureMs: 1000,
  detectFps: 10,
  maxWidthPx: 640,
  lumaWidthPx: 160,
  signal: new AbortController().signal,
  clock: systemClock,
  ...over,
});

/** The error a promise ends in, checked to hold nothing of the camera's login. */
async function refusal(work: Promise<unknown>): Promise<GridwardenError> {
  const error: unknown = await work.then(
    () => Promise.reject(new Error('it did not fail')),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(GridwardenError);
  const whole = [(error as Error).message, (error as Error).stack, String((error as Error).cause)].join('\n');
  for (const secret of [login.password, encodeURIComponent(login.password), 'admin']) expect(whole).not.toContain(secret);
  return error as GridwardenError;
}

/** What the session ends in once pictures stop coming. */
async function endOf(session: CameraSession): Promise<never> {
  for (;;) await session.next();
}

/** Twenty times as fast as the real one: a camera played by it sends twenty seconds in one. */
const fastClock: Clock = {
  nowMs: () => systemClock.nowMs() * 20,
  sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
};

let open: CameraSession[] = [];
const opened = async (url: string, over: Partial<CameraSessionOptions> = {}): Promise<CameraSession> => {
  const session = await openRtsp(url, options(over));
  open.push(session);
  return session;
};
afterEach(async () => {
  await Promise.all(open.map((session) => session.close()));
  open = [];
});

describe('a camera', () => {
  let cameras: FakeCameras;
  beforeAll(async () => {
    cameras = await startFakeCameras({ cameras: [{ path: 'room', play: { clip: room.file }, auth: login }] });
  });
  afterAll(() => cameras.close());
  afterEach(() => cameras.setFault('room', null));

  test('gives pictures at the rate asked for, scaled, as JPEG and luma, with the time of their capture', async () => {
    const session = await opened(cameras.url('room'), { detectFps: 5 });
    expect(session.codec).toBe('h264');
    // The first packets of a session bear no time yet.
    for (let i = 0; i < 3; i++) await session.next();
    const captured: number[] = [];
    for (let i = 0; i < 6; i++) {
      const picture = await session.next();
      captured.push(picture.capturedAtMs);
      expect([picture.widthPx, picture.heightPx]).toEqual([640, 360]);
      expect(picture.luma.length).toBe(picture.lumaWidthPx * picture.lumaHeightPx);
      expect(await sharp(await picture.jpeg()).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 360 });
    }
    // The source sends 10 a second: every second one is given.
    expect(session.counts.decoded).toBeGreaterThanOrEqual(15);
    expect(session.counts.decoded).toBeLessThanOrEqual(20);
    const spanMs = (captured.at(-1) ?? 0) - (captured[0] ?? 0);
    expect(spanMs).toBeGreaterThan(800);
    expect(spanMs).toBeLessThan(2000);
    expect(Math.abs(systemClock.nowMs() - (captured.at(-1) ?? 0))).toBeLessThan(800);
  });

  test('is told TEARDOWN when the session is closed between pictures', async () => {
    const session = await opened(cameras.url('room'));
    await session.next();
    expect(cameras.stats('room').viewers).toBe(1);
    await session.close();
    await expect.poll(() => cameras.stats('room').viewers).toBe(0);
  });

  test('whose picture is asked for after the next one says so, and goes on', async () => {
    const session = await opened(cameras.url('room'));
    const first = await session.next();
    await session.next();
    await expect(first.jpeg()).rejects.toThrow('it is gone');
    expect((await session.next()).luma.length).toBeGreaterThan(0);
  });

  test.each<[string, Fault | null, string, string]>([
    ['with a codec that is not read', { kind: 'wrong-codec', codec: 'MPV' }, 'CAMERA_CODEC', 'Camera cam-1 sends MPEG'],
    ['with sound only', { kind: 'no-video' }, 'CAMERA_NO_VIDEO', 'Camera cam-1 offers no video stream.'],
    ['that refuses the login', { kind: 'refuses', status: 401 }, 'CAMERA_UNREACHABLE', 'Camera cam-1 cannot be reached: it refused the user name and password.'],
    ['that forbids', { kind: 'refuses', status: 403 }, 'CAMERA_UNREACHABLE', 'Camera cam-1 cannot be reached: it forbids access to this stream.'],
    ['without this path', { kind: 'refuses', status: 404 }, 'CAMERA_UNREACHABLE', 'Camera cam-1 cannot be reached: it has no stream under this path.'],
    ['with too many viewers', { kind: 'refuses', status: 453 }, 'CAMERA_UNREACHABLE', 'it refused (RTSP 4xx)'],
    ['that is broken', { kind: 'refuses', status: 503 }, 'CAMERA_UNREACHABLE', 'it reports an error of its own (RTSP 5xx)'],
    ['that never answers', { kind: 'hangs' }, 'CAMERA_UNREACHABLE', 'Camera cam-1 cannot be reached: it did not answer within 1 s.'],
  ])('%s is refused in a sentence', async (_, fault, code, sentence) => {
    cameras.setFault('room', fault);
    const startedAtMs = systemClock.nowMs();
    const error = await refusal(openRtsp(cameras.url('room'), options()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(sentence);
    expect(error.retry).toBe(true);
    expect(systemClock.nowMs() - startedAtMs).toBeLessThan(2500);
  });

  test('with the wrong password is refused', async () => {
    const error = await refusal(openRtsp(cameras.url('room').replace(/%E7.*@/, 'wrong@'), options()));
    expect(error.message).toContain('refused the user name and password');
  });

  test.each<[string, Fault, string | RegExp, string]>([
    ['is silent', { kind: 'silent' }, 'CAMERA_STREAM_ENDED', 'Camera cam-1 ended its stream: nothing came that makes a picture, for 1 s.'],
    ['sends rubbish for packets', { kind: 'rubbish', where: 'payload' }, /CAMERA_(STREAM_ENDED|DECODE)/, 'for 1 s'],
    ['sends rubbish for frames', { kind: 'rubbish', where: 'framing' }, 'CAMERA_STREAM_ENDED', 'Camera cam-1 ended its stream'],
    ['dies', { kind: 'dies', afterFrames: 5 }, 'CAMERA_STREAM_ENDED', 'Camera cam-1 ended its stream: the connection was closed.'],
    ['cuts its NAL units to nothing', { kind: 'truncated', keep: 0.0001 }, 'CAMERA_DECODE', 'the stream cannot be decoded'],
  ])('that %s ends its session in a sentence', async (_, fault, code, sentence) => {
    cameras.setFault('room', fault);
    const session = await opened(cameras.url('room'));
    const error = await refusal(endOf(session));
    expect(error.code).toMatch(code);
    expect(error.message).toContain(sentence);
  });

  test('that sends a truncated stream gives what can be decoded, and counts what cannot', async () => {
    cameras.setFault('room', { kind: 'truncated', keep: 0.005 });
    const session = await opened(cameras.url('room'), { noPictureMs: 5000 });
    const ended = refusal(endOf(session));
    await expect.poll(() => session.counts.undecodable > 0 && session.counts.given > 0, { timeout: 5000 }).toBe(true);
    const { packets, undecodable, decoded } = session.counts;
    expect(undecodable + decoded).toBeLessThanOrEqual(packets);
    await session.close();
    expect((await ended).message).toContain('it was closed here');
  });

  test('that is slow is simply slow', async () => {
    cameras.setFault('room', { kind: 'slow', times: 5 });
    const session = await opened(cameras.url('room'), { noPictureMs: 3000 });
    for (let i = 0; i < 3; i++) expect((await session.next()).widthPx).toBe(640);
  });
});

describe('a camera that is not there', () => {
  test('is named with the reason, whatever stands in its address', async () => {
    for (const [url, why] of [
      ['rtsp://admin:p%3Aw%2Fd@127.0.0.1:1/x', 'nothing listens at its address (connection refused)'],
      ['file:///etc/passwd', 'its address is not an RTSP address'],
      ['http://admin:x@127.0.0.1/', 'its address is not an RTSP address'],
      ['concat:/etc/passwd', 'its address is not an RTSP address'],
      ['rtsp://', 'its address is not an RTSP address'],
      ['', 'its address is not an RTSP address'],
    ] as const) {
      const error = await refusal(openRtsp(url, options()));
      expect(error.code).toBe('CAMERA_UNREACHABLE');
      expect(error.message).toContain(why);
    }
  });

  test('is given up at once when the session is no longer wanted', async () => {
    const silent = net.createServer((socket) => void socket.resume().on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    const stop = new AbortController();
    const opening = refusal(openRtsp(`rtsp://127.0.0.1:${port}/x`, options({ timeoutMs: 30_000, signal: stop.signal })));
    await new Promise((resolve) => silent.once('connection', resolve));
    const startedAtMs = systemClock.nowMs();
    stop.abort();
    expect((await opening).message).toContain('it was stopped');
    expect(systemClock.nowMs() - startedAtMs).toBeLessThan(1000);
    await new Promise((resolve) => silent.close(resolve));
  });

  test('is not even tried when the session is no longer wanted before it began', async () => {
    const error = await refusal(openRtsp('rtsp://127.0.0.1:1/x', options({ signal: AbortSignal.abort() })));
    expect(error.message).toContain('it was stopped');
  });
});

describe('closing', () => {
  let cameras: FakeCameras;
  beforeAll(async () => {
    cameras = await startFakeCameras({ cameras: [{ path: 'street', play: { clip: street.file } }, { path: 'still', play: { clip: street.file }, fault: { kind: 'silent' } }] });
  });
  afterAll(() => cameras.close());

  test('ends a read that blocks, well within 2 s, and may be said twice', async () => {
    const session = await opened(cameras.url('still'), { noPictureMs: 60_000, timeoutMs: 60_000 });
    const ended = refusal(session.next());
    await expect.poll(() => cameras.stats('still').viewers).toBe(1);
    const startedAtMs = systemClock.nowMs();
    await Promise.all([session.close(), session.close()]);
    expect(systemClock.nowMs() - startedAtMs).toBeLessThan(1000);
    expect((await ended).message).toContain('it was closed here');
    expect((await refusal(session.next())).message).toContain('it was closed here');
  });

  test('in the middle of anything is safe', async () => {
    for (let afterMs = 0; afterMs < 120; afterMs += 8) {
      const session = await opened(cameras.url('street'), { detectFps: 25 });
      const work = (async () => {
        for (;;) await (await session.next()).jpeg();
      })().catch((error: unknown) => error);
      await systemClock.sleep(afterMs);
      await session.close();
      expect(await work).toBeInstanceOf(GridwardenError);
    }
  });
});

describe('memory', () => {
  const rssMb = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().rss / 2 ** 20;
  };

  test('stays flat over many pictures and over many sessions', async () => {
    const cameras = await startFakeCameras({ clock: fastClock, cameras: [{ path: 'street', play: { clip: street.file } }] });
    const take = async (session: CameraSession, pictures: number): Promise<void> => {
      for (let i = 0; i < pictures; i++) expect((await (await session.next()).jpeg()).length).toBeGreaterThan(1000);
    };
    const ring = new PacketRing({ seconds: 4, bytes: 2 ** 23 });
    const long = await opened(cameras.url('street'), { detectFps: 25, maxWidthPx: 854, ring });
    await take(long, 200);
    const beforeMb = rssMb();
    for (let i = 0; i < 20; i++) {
      await take(long, 30);
      // Looks back on all that is remembered, as often as anything ever moves.
      expect(long.wake(0)).toBe(true);
    }
    const afterPicturesMb = rssMb();
    await long.close();
    ring.close();
    for (let i = 0; i < 60; i++) {
      const session = await openRtsp(cameras.url('street'), options({ detectFps: 25 }));
      await take(session, 2);
      await session.close();
    }
    const afterSessionsMb = rssMb();
    await cameras.close();
    // One decoded picture kept is 0.6 MB, one session some 5 MB: 600 or 60 of them would not fit in here.
    expect(afterPicturesMb - beforeMb).toBeLessThan(60);
    expect(afterSessionsMb - afterPicturesMb).toBeLessThan(60);
  });
});
