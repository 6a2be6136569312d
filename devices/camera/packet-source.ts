/** The packets of a camera's video as it sends them, each with its times: what every session, clip and live view begins with. */
import { Packet } from 'node-av/lib';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { type RtspOptions, type RtspPicture, RtspVideo, type VideoTaker } from '../rtsp/rtsp-video.ts';
import { CaptureTime } from './capture-time.ts';
import type { CodedPacket, StreamCodec, StreamShape } from './coded-stream.ts';
import { PACKET_TIME_BASE } from './decoders.ts';
import { ShapeWatch } from './shape-watch.ts';
import { StreamTime } from './stream-time.ts';

export interface PacketSourceOptions extends RtspOptions {
  /** Longest time without one packet of the video before the session is given up. */
  readonly noPacketMs: number;
}

export interface PacketSource {
  /** As it is now; it changes when next() gives out another. */
  readonly shape: StreamShape;
  /** How far the camera's clock is ahead of ours, its delay counted as lag; null where it never told its time (RTCP). */
  readonly cameraAheadMs: number | null;
  /**
   * The next packet, in decoding order; or the new shape, before the first packet that has it. A packet lives until the next call.
   * Its libav packet bears ptsMs and dtsMs in PACKET_TIME_BASE. Errors: CAMERA_STREAM_ENDED. One call at a time.
   */
  next(): Promise<CodedPacket | StreamShape>;
  /** Makes a next() in progress fail, and all after it; what was opened stays open until stop(). */
  interrupt(): void;
  /** Ends a next() in progress and tells the camera: at most about 0.3 s. The last packet lives on until close(). */
  stop(): Promise<void>;
  /** stop(), and frees the packet given out last: when nothing uses it any more. May be called twice. */
  close(): Promise<void>;
}

/** So much may wait to be taken: then a connection is not read, and of datagrams everything is left out up to the next key frame. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

export function isShape(given: CodedPacket | StreamShape): given is StreamShape {
  return 'codec' in given;
}

/** Opens a camera. Errors: CAMERA_UNREACHABLE, CAMERA_NO_VIDEO, CAMERA_CODEC; none of them holds the URL. */
export async function openPackets(url: string, options: PacketSourceOptions): Promise<PacketSource> {
  const intake = new Intake(options.clock);
  const video = await RtspVideo.open(url, options, intake);
  intake.begin(video.codec, video.parameterSets, video);
  return new RtspPackets(video, intake, options);
}

/** Makes packets of pictures as they come, and keeps them until they are taken. */
class Intake implements VideoTaker {
  readonly #clock: Clock;
  readonly #time = new StreamTime();
  readonly #stamp = new CaptureTime();
  #watch: ShapeWatch | null = null;
  #video: Pick<RtspVideo, 'pause' | 'resume' | 'transport'> | null = null;
  /** Pictures that came before it was known what they are. */
  readonly #early: RtspPicture[] = [];
  readonly #waiting: (CodedPacket | StreamShape)[] = [];
  #waitingBytes = 0;
  #paused = false;
  #leavingOut = false;
  #something = Promise.withResolvers<void>();
  /** Why nothing more comes; null while it does. */
  whyEnded: string | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(codec: StreamCodec, parameterSets: Buffer, video: Pick<RtspVideo, 'pause' | 'resume' | 'transport'>): void {
    this.#watch = new ShapeWatch(codec, parameterSets);
    this.#time.reorderDepth = this.#watch.reorderDepth;
    this.#video = video;
    for (const picture of this.#early.splice(0)) this.picture(picture);
  }

  get shape(): StreamShape {
    if (!this.#watch) throw new Error('what the camera sends is not known yet');
    return this.#watch.shape;
  }

  get cameraAheadMs(): number | null {
    return this.#stamp.cameraAheadMs;
  }

  /** Settles at the next change. */
  get something(): Promise<void> {
    return this.#something.promise;
  }

  picture(picture: RtspPicture): void {
    if (!this.#watch) return void this.#early.push({ ...picture, bytes: Buffer.from(picture.bytes) });
    const shape = picture.key ? this.#watch.changed(picture.bytes) : null;
    if (shape) {
      this.#time.reorderDepth = this.#watch.reorderDepth;
      this.#waiting.push(shape);
    }
    const { ptsMs, dtsMs } = this.#time.place(picture.streamMs, picture.arrivedAtMs);
    const { atMs, clock } = this.#stamp.taken(ptsMs, picture.cameraMs, picture.arrivedAtMs, this.#clock.nowMs());
    if (this.#isLeftOut(picture)) return;
    const packet = packetOf(picture, ptsMs, dtsMs);
    this.#waiting.push({ packet, key: picture.key, ptsMs, dtsMs, capturedAtMs: Math.round(atMs), clock, bytes: picture.bytes.length });
    this.#waitingBytes += picture.bytes.length;
    this.notify();
  }

  ended(why: string): void {
    this.whyEnded ??= why;
    this.notify();
  }

  take(): CodedPacket | StreamShape | null {
    const first = this.#waiting.shift() ?? null;
    if (first && !isShape(first)) this.#waitingBytes -= first.bytes;
    if (this.#paused && this.#waitingBytes < MOST_WAITING_BYTES / 2) {
      this.#paused = false;
      this.#video?.resume();
    }
    return first;
  }

  notify(): void {
    this.#something.resolve();
    this.#something = Promise.withResolvers<void>();
  }

  free(): void {
    for (const each of this.#waiting.splice(0)) if (!isShape(each)) each.packet.free();
    this.#waitingBytes = 0;
  }

  #isLeftOut({ key, bytes }: RtspPicture): boolean {
    const full = this.#waitingBytes + bytes.length > MOST_WAITING_BYTES;
    if (full && this.#video?.transport === 'tcp' && !this.#paused) {
      this.#paused = true;
      this.#video.pause();
    }
    if (full && this.#video?.transport === 'udp') this.#leavingOut = true;
    else if (key) this.#leavingOut = false;
    return this.#leavingOut || this.whyEnded !== null;
  }
}

function packetOf({ bytes, key }: RtspPicture, ptsMs: number, dtsMs: number): Packet {
  const packet = new Packet();
  packet.alloc();
  packet.data = bytes;
  packet.isKeyframe = key;
  packet.pts = ticks(ptsMs);
  packet.dts = ticks(dtsMs);
  packet.timeBase = PACKET_TIME_BASE;
  return packet;
}

class RtspPackets implements PacketSource {
  readonly #video: RtspVideo;
  readonly #intake: Intake;
  readonly #options: PacketSourceOptions;
  readonly #over = new AbortController();
  /** What `next()` gave out last. */
  #shape: StreamShape;
  #lent: Packet | null = null;
  #packets = 0;
  #waitingSinceMs: number | null = null;
  #silent = false;
  #interrupted = false;
  #reading: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(video: RtspVideo, intake: Intake, options: PacketSourceOptions) {
    this.#video = video;
    this.#intake = intake;
    this.#options = options;
    this.#shape = intake.shape;
    void this.#watchSilence();
  }

  get shape(): StreamShape {
    return this.#shape;
  }

  get cameraAheadMs(): number | null {
    return this.#intake.cameraAheadMs;
  }

  next(): Promise<CodedPacket | StreamShape> {
    const reading = this.#next();
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#intake.notify();
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#over.abort();
      this.#intake.notify();
      await this.#video.close();
      await this.#reading;
      this.#intake.free();
    })();
    return this.#stopped;
  }

  async close(): Promise<void> {
    await this.stop();
    this.#return();
  }

  #return(): void {
    this.#lent?.free();
    this.#lent = null;
  }

  async #next(): Promise<CodedPacket | StreamShape> {
    this.#return();
    this.#waitingSinceMs = this.#options.clock.nowMs();
    try {
      for (;;) {
        if (this.#stopped || this.#interrupted) throw this.#whyEnded();
        const first = this.#intake.take();
        if (first) return this.#lend(first);
        if (this.#intake.whyEnded !== null) throw this.#whyEnded();
        await this.#intake.something;
      }
    } finally {
      this.#waitingSinceMs = null;
    }
  }

  #lend(given: CodedPacket | StreamShape): CodedPacket | StreamShape {
    if (isShape(given)) return (this.#shape = given);
    this.#packets++;
    this.#lent = given.packet;
    return given;
  }

  /** A camera that sends a byte now and then, or only rubbish, is as silent as one that sends nothing. */
  async #watchSilence(): Promise<void> {
    const { clock, noPacketMs } = this.#options;
    while (!this.#over.signal.aborted) {
      // Time in which nobody asked for a packet is not the camera's silence.
      const sinceMs = this.#waitingSinceMs ?? clock.nowMs();
      const leftMs = sinceMs + noPacketMs - clock.nowMs();
      if (leftMs <= 0) {
        this.#silent = true;
        return this.interrupt();
      }
      await clock.sleep(leftMs, this.#over.signal);
    }
  }

  #whyEnded(): GridwardenError {
    const { noPacketMs } = this.#options;
    if (this.#stopped) return this.#ended('it was closed here');
    const forS = `for ${noPacketMs / 1000} s`;
    if (this.#silent && this.#packets === 0 && this.#video.transport === 'udp') {
      return this.#ended(`none of its datagrams came, ${forS}; let UDP from it through the firewall, or write transport: tcp`);
    }
    if (this.#silent) return this.#ended(`nothing came that makes a picture, ${forS}`);
    return this.#ended(this.#intake.whyEnded ?? 'it was stopped');
  }

  #ended(why: string): GridwardenError {
    return new GridwardenError('CAMERA_STREAM_ENDED', { camera: this.#options.cameraId, why });
  }
}

const ticks = (ms: number): bigint => BigInt(Math.round((ms * PACKET_TIME_BASE.den) / 1000));
