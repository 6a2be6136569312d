/** One camera for ever: a session, the gate that says what of it is decoded, frames out; and when the session ends, another one after a wait. */
import type { CameraPicture, CameraSession, CameraSessionOptions } from '../../devices/camera/camera-session.ts';
import type { CodedPacket } from '../../devices/camera/coded-stream.ts';
import { PacketRing } from '../../devices/camera/packet-ring.ts';
import type { CameraStatus, CameraTrouble, HealthSign } from '../../domain/camera.ts';
import type { Box } from '../../domain/detection.ts';
import type { FrameInfo, SmallPicture } from '../../domain/frame.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { type Backoff, supervise } from '../../platform/supervise.ts';
import { CameraGate, type GateOrder } from './camera-gate.ts';
import type { CameraSource } from './camera-source.ts';
import { STOPPED, troubleOf } from './camera-trouble.ts';

/** Where frames go. A frame is "in" once it is handed to put() or named to shed(); what the gate closes out never was. */
export interface FrameSink {
  /** Takes one frame; at most one call per camera is in progress, and they come in the order of capture. A rejection loses this frame only: the loop names it to shed(). */
  put(info: FrameInfo, jpeg: Uint8Array, small: SmallPicture | null): Promise<unknown>;
  /** Frames that could not be handed over because the sink was still busy with the one before. */
  shed(cameraId: string, frames: number): void;
}

export interface StatusSink {
  cameraStatus(status: CameraStatus): void;
}

/** How a session is opened: `openRtsp` of devices/camera in the program. */
export type OpenCamera = (url: string, options: CameraSessionOptions) => Promise<CameraSession>;

/** Looks at every picture, and at the camera's clock, for what is wrong with the camera itself. */
export interface PictureEyes {
  look(luma: Uint8Array, widthPx: number, heightPx: number, atMs: number): void;
  /** How far the camera's clock is ahead of ours, by the newest packet; null where it does not tell. */
  heard(cameraAheadMs: number | null, atMs: number): void;
  readonly signs: readonly HealthSign[];
}

export interface CameraLoopParts {
  readonly open: OpenCamera;
  /** Where its packets are kept; one of its own unless given. */
  readonly ring?: PacketRing;
  readonly eyes?: PictureEyes;
  /** How its main stream is, where it has one of its own. */
  readonly evidence?: () => CameraStatus['evidence'];
  readonly frames: FrameSink;
  readonly status: StatusSink;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
}

export const CAMERA_BACKOFF: Backoff = { firstMs: 1000, maxMs: 60_000 };
/** A session that lasted this long was a good one: the next failure waits 1 s again. A camera that dies sooner, every time, waits ever longer. */
const HEALTHY_AFTER_MS = 5000;
/** How often a streaming camera repeats its status, for the time of its last frame; and how often at most it tells of a change. */
const STATUS_EVERY_MS = 5000;
const STATUS_CHANGE_MS = 1000;
/** A frame waits for the one before it to be taken, as those of a look back come in a burst; a sink that does not take it in this time hangs. */
const PUT_PATIENCE_MS = 500;
const SHED_EVERY_MS = 60_000;
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
  loop.close();
  loop.say('stopped', 'The camera host was stopped.', STOPPED);
}

class CameraLoop {
  readonly #source: CameraSource;
  readonly #parts: CameraLoopParts;
  readonly #ring: PacketRing;
  readonly #gate: CameraGate;
  #session: CameraSession | null = null;
  /** Of the sessions before this one. */
  #decodedBefore = { packets: 0, decoded: 0, shed: 0 };
  #shedSaid = { packets: 0, atMs: -Infinity };
  #saidAtMs = -Infinity;
  #saidPolicy = '';
  #seq = 0;
  #shedSoFar = 0;
  #putting: Promise<void> | null = null;
  #sinkHangs = false;
  #putFails = false;
  #lastFrameAtMs: number | null = null;
  #seen: { codec: string; widthPx: number; heightPx: number } | null = null;

  constructor(source: CameraSource, parts: CameraLoopParts) {
    const { motionGate, stillEveryMs, maxBlindMs, masks, ring } = source;
    this.#source = source;
    this.#parts = parts;
    this.#ring = parts.ring ?? new PacketRing(ring);
    this.#gate = new CameraGate({ motionGate, stillEveryMs, maxBlindMs, masks, rememberedMs: ring.seconds * 1000 });
  }

  /** One life of the camera: open, read to the end, close. Rejects with why it ended. */
  async session(signal: AbortSignal, healthy: () => void): Promise<void> {
    const { cameraId, url, timeoutMs, noPictureMs, detectFps, maxWidthPx, transport, caFile } = this.#source;
    const { clock } = this.#parts.env;
    this.say('connecting', null, null);
    const session = await this.#parts.open(url, { cameraId, timeoutMs, noPictureMs, detectFps, maxWidthPx, lumaWidthPx: LUMA_WIDTH_PX, transport, caFile, ring: this.#ring, signal, clock });
    const onAbort = (): void => void session.close();
    signal.addEventListener('abort', onAbort, { once: true });
    session.watch(this.#gate.begin(session.codec));
    const untap = this.#ring.tap({ shape: () => undefined, packet: (packet) => this.#sent(session, packet), ended: () => undefined });
    this.#session = session;
    try {
      if (!signal.aborted) await this.#read(session, signal, healthy);
    } finally {
      this.#decodedBefore = this.#decoding;
      this.#session = null;
      untap();
      signal.removeEventListener('abort', onAbort);
      await session.close();
    }
  }

  close(): void {
    if (!this.#parts.ring) this.#ring.close();
  }

  /** Resolves when the last frame is handed over, so that the sink may be closed; a sink that hangs is not waited for long. */
  async drained(): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#putting, this.#parts.env.clock.sleep(DRAIN_MS, done.signal)]);
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
      policy: this.#session && this.#gate.policy,
      clock: this.#session?.clock ?? null,
      decoding: this.#decoding,
      signs: this.#parts.eyes?.signs,
      evidence: this.#parts.evidence?.(),
    });
  }

  async #read(session: CameraSession, signal: AbortSignal, healthy: () => void): Promise<void> {
    const { clock } = this.#parts.env;
    const openedAtMs = clock.nowMs();
    this.#saidAtMs = -Infinity;
    this.#seq = 0;
    while (!signal.aborted) {
      const picture = await session.next();
      const nowMs = clock.nowMs();
      this.#lastFrameAtMs = nowMs;
      this.#seen = { codec: session.codec, widthPx: picture.widthPx, heightPx: picture.heightPx };
      if (nowMs - openedAtMs >= HEALTHY_AFTER_MS) healthy();
      const { luma, lumaWidthPx, lumaHeightPx, capturedAtMs } = picture;
      const verdict = this.#gate.picture(luma, lumaWidthPx, lumaHeightPx, capturedAtMs);
      const comesAgain = this.#obey(session, verdict.order);
      this.#sayStreaming(nowMs);
      if (comesAgain) continue;
      this.#parts.eyes?.look(luma, lumaWidthPx, lumaHeightPx, capturedAtMs);
      if (verdict.pass) await this.#handOn(picture, nowMs, verdict.moving);
    }
  }

  /** Every packet, as it comes: also one that nobody decodes is a frame that the camera sent. */
  #sent(session: CameraSession, packet: CodedPacket): void {
    this.#obey(session, this.#gate.packet(packet));
    const { shed } = session.counts;
    if (shed > this.#shedSoFar) this.#obey(session, this.#gate.overloaded());
    this.#shedSoFar = shed;
    if (session !== this.#session || session.counts.given === 0) return;
    this.#lastFrameAtMs = this.#parts.env.clock.nowMs();
    this.#parts.eyes?.heard(session.cameraAheadMs ?? null, this.#lastFrameAtMs);
    this.#sayStreaming(this.#lastFrameAtMs);
  }

  /** Whether pictures that were given already, the newest among them, come again. */
  #obey(session: CameraSession, order: GateOrder | null): boolean {
    if (order === null) return false;
    if (order.againFromMs !== null) return session.wake(order.againFromMs);
    session.watch(order.decode);
    return false;
  }

  get #decoding(): NonNullable<CameraStatus['decoding']> {
    const [before, now] = [this.#decodedBefore, this.#session?.counts ?? { packets: 0, decoded: 0, shed: 0 }];
    return { packets: before.packets + now.packets, decoded: before.decoded + now.decoded, shed: before.shed + now.shed };
  }

  /** Now and then, and at once when the gate decides otherwise; not at every step of a scene that comes and goes. */
  #sayStreaming(nowMs: number): void {
    const { state, decodes, because, packetTrigger } = this.#gate.policy;
    const policy = [state, decodes, because, packetTrigger].join();
    if (nowMs - this.#saidAtMs < (policy === this.#saidPolicy ? STATUS_EVERY_MS : STATUS_CHANGE_MS)) return;
    this.#saidAtMs = nowMs;
    this.#saidPolicy = policy;
    this.#logShed(nowMs);
    this.say('streaming', null, null);
  }

  /** Said at once, and then once in a while: a machine that is too slow is so for all of its cameras, and for long. */
  #logShed(nowMs: number): void {
    const { shed } = this.#decoding;
    if (shed === this.#shedSaid.packets || nowMs - this.#shedSaid.atMs < SHED_EVERY_MS) return;
    this.#parts.env.log.warn({ camera: this.#source.cameraId, packets: shed - this.#shedSaid.packets }, 'this machine decodes more slowly than the camera sends: packets were shed');
    this.#shedSaid = { packets: shed, atMs: nowMs };
  }

  /** Encodes and hands on, or sheds. Meanwhile packets are read all the same: a slow sink slows down decoding, never the reading of the camera. */
  async #handOn(picture: CameraPicture, receivedAtMs: number, moving: readonly Box[] | undefined): Promise<void> {
    const { cameraId, small: smallSize } = this.#source;
    const seq = this.#seq++;
    if (!(await this.#sinkIsFree())) return this.#parts.frames.shed(cameraId, 1);
    const jpeg = await picture.jpeg();
    const small = smallSize && (await picture.small(smallSize));
    const { capturedAtMs, widthPx, heightPx } = picture;
    const info: FrameInfo = { cameraId, seq, capturedAtMs, receivedAtMs, widthPx, heightPx, traceparent: this.#parts.env.ids.traceparent() };
    this.#putting = this.#put(moving ? { ...info, moving } : info, jpeg, small);
  }

  /** Waits for the put before; one that hung once is not waited for again until it ends. */
  async #sinkIsFree(): Promise<boolean> {
    if (this.#putting === null) return true;
    if (this.#sinkHangs) return false;
    const done = new AbortController();
    await Promise.race([this.#putting, this.#parts.env.clock.sleep(PUT_PATIENCE_MS, done.signal)]);
    done.abort();
    this.#sinkHangs = this.#putting !== null;
    return !this.#sinkHangs;
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
      this.#putting = null;
      this.#sinkHangs = false;
    }
  }
}
