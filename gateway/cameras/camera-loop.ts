/** One camera for ever: a session, the motion gate, frames out; and when the session ends, another one after a wait. */
import type { CameraPicture, CameraSession, CameraSessionOptions } from '../../devices/camera/camera-session.ts';
import type { CameraStatus, CameraTrouble } from '../../domain/camera.ts';
import type { Box } from '../../domain/detection.ts';
import type { FrameInfo, SmallPicture } from '../../domain/frame.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { type Backoff, supervise } from '../../platform/supervise.ts';
import type { CameraSource } from './camera-source.ts';
import { STOPPED, troubleOf } from './camera-trouble.ts';
import { MotionGate } from './motion-gate.ts';

/** Where frames go. A frame is "in" once it is handed to put() or named to shed(); what the gate closes out never was. */
export interface FrameSink {
  /** Takes one frame; at most one call per camera is in progress. A rejection loses this frame only: the loop names it to shed(). */
  put(info: FrameInfo, jpeg: Uint8Array, small: SmallPicture | null): Promise<unknown>;
  /** Frames that could not be handed over because the sink was still busy with the one before. */
  shed(cameraId: string, frames: number): void;
}

export interface StatusSink {
  cameraStatus(status: CameraStatus): void;
}

/** How a session is opened: `openRtsp` of devices/camera in the program. */
export type OpenCamera = (url: string, options: CameraSessionOptions) => Promise<CameraSession>;

export interface CameraLoopParts {
  readonly open: OpenCamera;
  readonly frames: FrameSink;
  readonly status: StatusSink;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
}

export const CAMERA_BACKOFF: Backoff = { firstMs: 1000, maxMs: 60_000 };
/** A session that lasted this long was a good one: the next failure waits 1 s again. A camera that dies sooner, every time, waits ever longer. */
const HEALTHY_AFTER_MS = 5000;
/** How often a streaming camera repeats its status, for the time of its last frame. */
const STATUS_EVERY_MS = 5000;
const LUMA_WIDTH_PX = 160;
const DRAIN_MS = 1000;

/** Runs one camera until `signal` aborts. Never rejects. */
export async function runCamera(source: CameraSource, parts: CameraLoopParts, signal: AbortSignal, backoff: Backoff = CAMERA_BACKOFF): Promise<void> {
  const loop = new CameraLoop(source, parts);
  let trouble: CameraTrouble | null = null;
  const work = {
    name: `camera ${source.cameraId}`,
    runOnce: (stop: AbortSignal, healthy: () => void) =>
      loop.session(stop, healthy).catch((error: unknown) => {
        trouble = troubleOf(error);
        throw error;
      }),
    onFailure: (sentence: string) => loop.say('backing-off', sentence, trouble),
  };
  await supervise(work, backoff, signal, parts.env);
  await loop.drained();
  loop.say('stopped', 'The camera host was stopped.', STOPPED);
}

class CameraLoop {
  readonly #source: CameraSource;
  readonly #parts: CameraLoopParts;
  #seq = 0;
  #putting = false;
  #putFails = false;
  #lastPut: Promise<void> = Promise.resolve();
  #lastFrameAtMs: number | null = null;
  #seen: { codec: string; widthPx: number; heightPx: number } | null = null;

  constructor(source: CameraSource, parts: CameraLoopParts) {
    this.#source = source;
    this.#parts = parts;
  }

  /** One life of the camera: open, read to the end, close. Rejects with why it ended. */
  async session(signal: AbortSignal, healthy: () => void): Promise<void> {
    const { cameraId, url, timeoutMs, noPictureMs, detectFps, maxWidthPx } = this.#source;
    const { clock } = this.#parts.env;
    this.say('connecting', null, null);
    const session = await this.#parts.open(url, { cameraId, timeoutMs, noPictureMs, detectFps, maxWidthPx, lumaWidthPx: LUMA_WIDTH_PX, signal, clock });
    const onAbort = (): void => void session.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (!signal.aborted) await this.#read(session, signal, healthy);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await session.close();
    }
  }

  /** Resolves when the last frame is handed over, so that the sink may be closed; a sink that hangs is not waited for long. */
  async drained(): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#lastPut, this.#parts.env.clock.sleep(DRAIN_MS, done.signal)]);
    done.abort();
  }

  say(state: CameraStatus['state'], reason: string | null, trouble: CameraTrouble | null): void {
    this.#parts.status.cameraStatus({
      cameraId: this.#source.cameraId,
      state,
      reason,
      trouble,
      atMs: this.#parts.env.clock.nowMs(),
      lastFrameAtMs: this.#lastFrameAtMs,
      codec: this.#seen?.codec ?? null,
      widthPx: this.#seen?.widthPx ?? null,
      heightPx: this.#seen?.heightPx ?? null,
    });
  }

  async #read(session: CameraSession, signal: AbortSignal, healthy: () => void): Promise<void> {
    const { clock } = this.#parts.env;
    const openedAtMs = clock.nowMs();
    const gate = this.#source.motionGate ? new MotionGate({ stillEveryMs: this.#source.stillEveryMs }) : null;
    let saidAtMs = -Infinity;
    this.#seq = 0;
    while (!signal.aborted) {
      const picture = await session.next();
      const nowMs = clock.nowMs();
      this.#lastFrameAtMs = nowMs;
      this.#seen = { codec: session.codec, widthPx: picture.widthPx, heightPx: picture.heightPx };
      if (nowMs - saidAtMs >= STATUS_EVERY_MS) {
        saidAtMs = nowMs;
        this.say('streaming', null, null);
      }
      if (nowMs - openedAtMs >= HEALTHY_AFTER_MS) healthy();
      const decision = gate?.decide(picture.luma, picture.lumaWidthPx, picture.lumaHeightPx, picture.capturedAtMs) ?? null;
      if (decision === null || decision.pass) await this.#handOn(picture, nowMs, decision?.moving);
    }
  }

  /** Encodes and hands on, or sheds. The put itself is not waited for: a slow sink must never slow down the reading of the camera. */
  async #handOn(picture: CameraPicture, receivedAtMs: number, moving: readonly Box[] | undefined): Promise<void> {
    const { cameraId, small: smallSize } = this.#source;
    const seq = this.#seq++;
    if (this.#putting) return this.#parts.frames.shed(cameraId, 1);
    const jpeg = await picture.jpeg();
    const small = smallSize && (await picture.small(smallSize));
    const { capturedAtMs, widthPx, heightPx } = picture;
    const info: FrameInfo = { cameraId, seq, capturedAtMs, receivedAtMs, widthPx, heightPx, traceparent: this.#parts.env.ids.traceparent() };
    this.#putting = true;
    this.#lastPut = this.#put(moving ? { ...info, moving } : info, jpeg, small);
  }

  async #put(info: FrameInfo, jpeg: Uint8Array, small: SmallPicture | null): Promise<void> {
    const { log } = this.#parts.env;
    try {
      await this.#parts.frames.put(info, jpeg, small);
      if (this.#putFails) log.info({ camera: info.cameraId }, 'frames are taken again');
      this.#putFails = false;
    } catch (error) {
      // Said once, not five times a second.
      if (!this.#putFails) log.error({ camera: info.cameraId, reason: sentenceOf(error) }, 'frames cannot be handed on; the camera goes on and its frames are shed');
      this.#putFails = true;
      this.#parts.frames.shed(info.cameraId, 1);
    } finally {
      this.#putting = false;
    }
  }
}
