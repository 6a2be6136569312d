/** One camera's loop by a clock that the test moves: what is shed and counted, how it waits, what it says, what it leaves. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CameraPicture, CameraSession } from '../../devices/camera/camera-session.ts';
import { openRtsp } from '../../devices/camera/libav-session.ts';
import type { CameraStatus } from '../../domain/camera.ts';
import type { FrameInfo, SmallPicture } from '../../domain/frame.ts';
import { ManualClock, systemClock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { countedIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { type CameraLoopParts, type OpenCamera, runCamera } from './camera-loop.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from './camera-source.ts';

const source = (over: Partial<CameraSource> = {}): CameraSource => ({
  cameraId: 'cam-1',
  url: 'rtsp://admin:s3cret@127.0.0.1:1/x',
  ...CAMERA_SOURCE_DEFAULTS,
  motionGate: false,
  ...over,
});

/** Lets everything that waits for nothing but promises run. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** A camera whose pictures the test pushes one by one. */
class HandCamera {
  opened = 0;
  closed = 0;
  encoded = 0;
  /** Of the newest session. */
  counts = { packets: 0, undecodable: 0, decoded: 0, given: 0, shed: 0 };
  #give: ((picture: CameraPicture) => void) | null = null;
  #fail: ((error: Error) => void) | null = null;

  readonly open: OpenCamera = () => {
    this.opened++;
    const session: CameraSession = {
      codec: 'h264',
      counts: (this.counts = { packets: 0, undecodable: 0, decoded: 0, given: 0, shed: 0 }),
      clock: null,
      watch: () => undefined,
      wake: () => false,
      next: () =>
        new Promise((resolve, reject) => {
          this.#give = resolve;
          this.#fail = reject;
        }),
      close: () => {
        this.closed++;
        this.#fail?.(new Error('closed'));
        return Promise.resolve();
      },
    };
    return Promise.resolve(session);
  };

  async picture(capturedAtMs: number, level = 100): Promise<void> {
    const jpeg = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array([++this.encoded]));
    this.#give?.({ capturedAtMs, widthPx: 640, heightPx: 360, luma: new Uint8Array(32 * 16).fill(level), lumaWidthPx: 32, lumaHeightPx: 16, jpeg, small: ({ widthPx, heightPx }) => Promise.resolve({ widthPx, heightPx, i420: new Uint8Array(1) }) });
    await settle();
  }

  async end(error: Error): Promise<void> {
    this.#fail?.(error);
    await settle();
  }
}

/** Keeps all it is told; puts end when the test says so. */
class HandSink {
  readonly put: FrameInfo[] = [];
  readonly smalls: (SmallPicture | null)[] = [];
  shed = 0;
  #pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  slow = false;

  readonly sink = {
    put: (info: FrameInfo, _jpeg: Uint8Array, small: SmallPicture | null): Promise<void> => {
      this.put.push(info);
      this.smalls.push(small);
      if (!this.slow) return Promise.resolve();
      return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
    },
    shed: (_cameraId: string, frames: number): void => void (this.shed += frames),
  };

  get pending(): number {
    return this.#pending.length;
  }

  async finish(error?: Error): Promise<void> {
    const first = this.#pending.shift();
    if (error) first?.reject(error);
    else first?.resolve();
    await settle();
  }
}

function build(open: OpenCamera) {
  const clock = new ManualClock();
  const log = keptLog();
  const sink = new HandSink();
  const said: CameraStatus[] = [];
  const parts: CameraLoopParts = { open, frames: sink.sink, status: { cameraStatus: (s) => void said.push(s) }, env: { clock, ids: countedIds(), log } };
  return { clock, log, sink, said, parts, stop: new AbortController() };
}

describe('frames', () => {
  test('go on with their number, time, size and trace; each counted once', async () => {
    const camera = new HandCamera();
    const { clock, sink, parts, stop } = build(camera.open);
    const running = runCamera(source(), parts, stop.signal);
    await settle();
    await camera.picture(clock.nowMs() - 40);
    await camera.picture(clock.nowMs() - 30);
    expect(sink.put).toMatchObject([
      { cameraId: 'cam-1', seq: 0, capturedAtMs: clock.nowMs() - 40, receivedAtMs: clock.nowMs(), widthPx: 640, heightPx: 360 },
      { cameraId: 'cam-1', seq: 1, capturedAtMs: clock.nowMs() - 30 },
    ]);
    expect(new Set(sink.put.map((info) => info.traceparent)).size).toBe(2);
    stop.abort();
    await running;
    expect(camera.closed).toBeGreaterThan(0);
  });

  test('are shed, not queued, while the sink is busy: one put at a time, none encoded in vain, in = put + shed', async () => {
    const camera = new HandCamera();
    const { clock, sink, parts, stop } = build(camera.open);
    sink.slow = true;
    const running = runCamera(source(), parts, stop.signal);
    await settle();
    await camera.picture(clock.nowMs());
    // The second waits for the first for half a second; those after it do not wait for a sink that hangs.
    await camera.picture(clock.nowMs());
    expect([sink.pending, sink.shed]).toEqual([1, 0]);
    await clock.advance(500);
    await settle();
    for (let i = 0; i < 8; i++) {
      await camera.picture(clock.nowMs());
      expect(sink.pending).toBe(1);
    }
    expect([sink.put.length, sink.shed, camera.encoded]).toEqual([1, 9, 1]);
    await sink.finish();
    await camera.picture(clock.nowMs());
    expect([sink.put.length, sink.shed]).toEqual([2, 9]);
    expect(sink.put.at(-1)?.seq).toBe(10);
    // A sink that is merely slow gets the next as soon as it has taken this one.
    await camera.picture(clock.nowMs());
    await sink.finish();
    expect([sink.put.length, sink.shed, sink.put.at(-1)?.seq]).toEqual([3, 9, 11]);
    stop.abort();
    // The one that is on its way is waited for, so that the sink can be closed after the camera.
    expect(await Promise.race([running.then(() => 'ended'), settle().then(() => 'waiting')])).toBe('waiting');
    await sink.finish();
    await running;
  });

  test('that the sink refuses are shed; the camera goes on, and the log says it once each way', async () => {
    const camera = new HandCamera();
    const { clock, sink, log, parts, stop } = build(camera.open);
    sink.slow = true;
    const running = runCamera(source(), parts, stop.signal);
    await settle();
    for (let i = 0; i < 3; i++) {
      await camera.picture(clock.nowMs());
      await sink.finish(new Error('Redis is gone'));
    }
    expect([sink.put.length, sink.shed, camera.opened]).toEqual([3, 3, 1]);
    expect(log.lines.map((line) => line.level)).toEqual(['error']);
    await camera.picture(clock.nowMs());
    await sink.finish();
    expect(log.lines.map((line) => line.message)).toEqual([expect.stringContaining('frames cannot be handed on'), 'frames are taken again']);
    stop.abort();
    await running;
  });

  test('that a machine too slow never decoded are counted over sessions, shown, and logged once in a while', async () => {
    const camera = new HandCamera();
    const { clock, log, said, parts, stop } = build(camera.open);
    const running = runCamera(source(), parts, stop.signal);
    await settle();
    const picture = async (counts: { packets: number; decoded: number; shed: number }): Promise<void> => {
      Object.assign(camera.counts, counts);
      await clock.advance(6000);
      await camera.picture(clock.nowMs());
    };
    await picture({ packets: 100, decoded: 100, shed: 0 });
    await picture({ packets: 200, decoded: 140, shed: 50 });
    await picture({ packets: 300, decoded: 180, shed: 100 });
    expect(log.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('decodes more slowly') as string }]);
    await camera.end(new Error('gone'));
    await clock.advance(clock.nextWakeInMs ?? 0);
    await settle();
    await picture({ packets: 10, decoded: 10, shed: 0 });
    expect(said.at(-1)).toMatchObject({ state: 'streaming', decoding: { packets: 310, decoded: 190, shed: 100 } });
    stop.abort();
    await running;
  });

  test('carry a small picture where its size was asked for, and where something moves where a gate looked', async () => {
    const camera = new HandCamera();
    const { clock, sink, parts, stop } = build(camera.open);
    const running = runCamera(source({ small: { widthPx: 416, heightPx: 416, stretch: false }, motionGate: true }), parts, stop.signal);
    await settle();
    await camera.picture(clock.nowMs());
    stop.abort();
    await running;
    expect(sink.smalls).toMatchObject([{ widthPx: 416, heightPx: 416 }]);
    expect(sink.put).toMatchObject([{ moving: [] }]);
  });

  test('that the motion gate closes out are neither encoded nor in', async () => {
    const camera = new HandCamera();
    const { clock, sink, parts, stop } = build(camera.open);
    const running = runCamera(source({ motionGate: true }), parts, stop.signal);
    await settle();
    for (let i = 0; i <= 25; i++) await camera.picture(clock.nowMs() + i * 200);
    // The first three seconds of a session, and at 5 s a look at what stands still.
    expect([sink.put.length, sink.shed, camera.encoded]).toEqual([17, 0, 17]);
    stop.abort();
    await running;
  });
});

describe('a camera that fails', () => {
  test('is tried again after waits that double from 1 s to 60 s, for ever, and from 1 s again once it was well', async () => {
    const camera = new HandCamera();
    let refusing = true;
    const open: OpenCamera = (url, options) => (refusing ? Promise.reject(new GridwardenError('CAMERA_UNREACHABLE', { camera: 'cam-1', why: 'it is off' })) : camera.open(url, options));
    const { clock, said, parts, stop } = build(open);
    const running = runCamera(source(), parts, stop.signal);
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      await settle();
      waits.push(clock.nextWakeInMs ?? -1);
      await clock.advance(clock.nextWakeInMs ?? 0);
    }
    // countedIds draws 0.5 each time: three quarters of 1, 2, 4 … 60 s.
    expect(waits).toEqual([750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000, 45_000]);
    expect(said.filter((s) => s.state === 'backing-off').every((s) => s.reason === 'Camera cam-1 cannot be reached: it is off.')).toBe(true);

    refusing = false;
    await settle();
    await clock.advance(clock.nextWakeInMs ?? 0);
    await settle();
    await camera.picture(clock.nowMs());
    await clock.advance(5000);
    await camera.picture(clock.nowMs());
    expect(said.at(-1)).toMatchObject({ state: 'streaming', reason: null, codec: 'h264', widthPx: 640, heightPx: 360, lastFrameAtMs: clock.nowMs() });
    await camera.end(new GridwardenError('CAMERA_STREAM_ENDED', { camera: 'cam-1', why: 'it died' }));
    expect(clock.nextWakeInMs).toBe(750);
    expect(said.at(-1)).toMatchObject({ state: 'backing-off', reason: 'Camera cam-1 ended its stream: it died.' });
    stop.abort();
    await running;
    expect(said.at(-1)?.state).toBe('stopped');
  });

  test('after each first picture waits ever longer too: dying young is not being well', async () => {
    const camera = new HandCamera();
    const { clock, parts, stop } = build(camera.open);
    const running = runCamera(source(), parts, stop.signal);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      await settle();
      await camera.picture(clock.nowMs());
      await camera.end(new Error('died'));
      waits.push(clock.nextWakeInMs ?? -1);
      await clock.advance(clock.nextWakeInMs ?? 0);
    }
    expect(waits).toEqual([750, 1500, 3000, 6000]);
    stop.abort();
    await running;
  });

  test('for two hours leaves no handle, no thread and no memory behind', async () => {
    // The real libav, on the real clock, at a port where nothing listens; only the waits between are the test's.
    const open: OpenCamera = (url, options) => openRtsp(url, { ...options, clock: systemClock });
    const { clock, log, said, parts, stop } = build(open);
    const running = runCamera(source(), parts, stop.signal);
    const tries = (): number => said.filter((s) => s.state === 'backing-off').length;
    const handles = (): number => process.getActiveResourcesInfo().length + readdirSync('/proc/self/fd').length + readdirSync('/proc/self/task').length;
    const startedAtMs = clock.nowMs();
    let atTenTries = 0;
    while (clock.nowMs() - startedAtMs < 2 * 3_600_000) {
      const before = tries();
      while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(tries()).toBeGreaterThanOrEqual(before);
      if (tries() === 10) atTenTries = handles();
      await clock.advance(clock.nextWakeInMs ?? 0);
    }
    expect(tries()).toBeGreaterThan(150);
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(handles()).toBeLessThanOrEqual(atTenTries + 1);
    expect(JSON.stringify([log.lines, said])).not.toContain('s3cret');
    expect(said.findLast((s) => s.state === 'backing-off')?.reason).toBe('Camera cam-1 cannot be reached: nothing listens at its address (connection refused).');
    expect(said.findLast((s) => s.state === 'backing-off')?.trouble).toEqual({ code: 'CAMERA_UNREACHABLE', cause: 'connection-refused', codec: null, afterS: null });
    stop.abort();
    await running;
  });
});
