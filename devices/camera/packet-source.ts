/** The packets of a camera's video as it sends them, each with its times: what every session, clip and live view begins with. */
import { AV_NOPTS_VALUE, AV_PKT_DATA_PRFT, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { Packet, type Stream } from 'node-av/lib';
import type { Transport } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { CaptureTime } from './capture-time.ts';
import type { CodedPacket, StreamCodec, StreamShape } from './coded-stream.ts';
import { codecName, PACKET_TIME_BASE, streamCodecOf } from './decoders.ts';
import { LibavInput, libavWords } from './libav-input.ts';
import { ShapeWatch } from './shape-watch.ts';
import { StreamTime } from './stream-time.ts';

const ETIMEDOUT = -110;

export interface PacketSourceOptions {
  readonly cameraId: string;
  readonly transport: Transport;
  /** Certificates (PEM) that an rtsps:// camera may be vouched for by, beside the system's; null for those alone. */
  readonly caFile: string | null;
  /** Longest wait for the camera's answers. */
  readonly timeoutMs: number;
  /** Longest time without one packet of the video before the session is given up. */
  readonly noPacketMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
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
  /** Ends a next() in progress and tells the camera: at most about 2 s. The last packet lives on until close(). */
  stop(): Promise<void>;
  /** stop(), and frees the packet given out last: when nothing uses it any more. May be called twice. */
  close(): Promise<void>;
}

export function isShape(given: CodedPacket | StreamShape): given is StreamShape {
  return 'codec' in given;
}

/** Opens a camera. Errors: CAMERA_UNREACHABLE, CAMERA_NO_VIDEO, CAMERA_CODEC; none of them holds the URL. */
export async function openPackets(url: string, options: PacketSourceOptions): Promise<PacketSource> {
  const input = await LibavInput.open(url, options);
  try {
    // The description of the session (SDP) names the codec and usually holds its parameter sets, and the stream brings the rest:
    // probing (avformat_find_stream_info) would only wait for packets, and decode them.
    const stream = input.streams.find((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
    if (!stream) throw new GridwardenError('CAMERA_NO_VIDEO', { camera: options.cameraId });
    const { codecId } = stream.codecpar;
    const codec = streamCodecOf(codecId);
    if (codec === null) throw new GridwardenError('CAMERA_CODEC', { camera: options.cameraId, codec: codecName(codecId) });
    return new LibavPackets(input, stream, codec, options);
  } catch (error) {
    await input.close();
    throw error;
  }
}

class LibavPackets implements PacketSource {
  readonly #input: LibavInput;
  readonly #options: PacketSourceOptions;
  readonly #streamIndex: number;
  readonly #msPerTick: number;
  readonly #parsed: boolean;
  readonly #watch: ShapeWatch;
  readonly #time = new StreamTime();
  readonly #stamp = new CaptureTime();
  readonly #packet = new Packet();
  readonly #over = new AbortController();
  #packets = 0;
  /** Read, and waiting for its shape to be taken first. */
  #held: CodedPacket | null = null;
  #lastPacketAtMs: number;
  #waitingSinceMs: number | null = null;
  #silent = false;
  #interrupted = false;
  #reading: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | null = null;
  #freed = false;

  constructor(input: LibavInput, stream: Stream, codec: StreamCodec, options: PacketSourceOptions) {
    this.#input = input;
    this.#options = options;
    this.#streamIndex = stream.index;
    this.#msPerTick = (1000 * stream.timeBase.num) / stream.timeBase.den;
    this.#parsed = codec !== 'mjpeg';
    this.#watch = new ShapeWatch(codec, stream.codecpar.extradata);
    this.#time.reorderDepth = this.#watch.reorderDepth;
    this.#lastPacketAtMs = options.clock.nowMs();
    this.#packet.alloc();
    void this.#watchSilence();
  }

  get shape(): StreamShape {
    return this.#watch.shape;
  }

  get cameraAheadMs(): number | null {
    return this.#stamp.cameraAheadMs;
  }

  next(): Promise<CodedPacket | StreamShape> {
    const reading = this.#next();
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#input.interrupt();
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#over.abort();
      await this.#input.close();
      await this.#reading;
    })();
    return this.#stopped;
  }

  async close(): Promise<void> {
    await this.stop();
    if (!this.#freed) this.#packet.free();
    this.#freed = true;
  }

  async #next(): Promise<CodedPacket | StreamShape> {
    if (this.#stopped || this.#interrupted) throw this.#whyEnded(0);
    const held = this.#held;
    this.#held = null;
    if (held) return held;
    await this.#readVideo();
    const bytes = this.#packet.isKeyframe ? this.#packet.data : null;
    const shape = bytes && this.#watch.changed(bytes);
    if (shape) this.#time.reorderDepth = this.#watch.reorderDepth;
    const packet = this.#coded();
    if (!shape) return packet;
    this.#held = packet;
    return shape;
  }

  async #readVideo(): Promise<void> {
    this.#waitingSinceMs = this.#options.clock.nowMs();
    try {
      do {
        this.#packet.unref();
        const code = await this.#input.read(this.#packet);
        // What an interrupted read still gives out is a picture that waited for its end since before the silence.
        if (code < 0 || this.#interrupted) throw this.#whyEnded(code);
      } while (this.#packet.streamIndex !== this.#streamIndex || this.#packet.size === 0);
    } finally {
      this.#waitingSinceMs = null;
    }
    this.#packets++;
  }

  #coded(): CodedPacket {
    const packet = this.#packet;
    const nowMs = this.#options.clock.nowMs();
    // libav's parser gives a picture's packet out when the next picture begins to arrive (measured: one interval behind a camera that
    // sends each at once). So this one began to arrive when the packet before it was given out.
    const arrivedAtMs = this.#parsed ? this.#lastPacketAtMs : nowMs;
    this.#lastPacketAtMs = nowMs;
    const { ptsMs, dtsMs } = this.#time.place(packet.pts === AV_NOPTS_VALUE ? null : Number(packet.pts) * this.#msPerTick, arrivedAtMs);
    const { atMs, clock } = this.#stamp.taken(ptsMs, cameraTimeOf(packet), arrivedAtMs, nowMs);
    packet.pts = ticks(ptsMs);
    packet.dts = ticks(dtsMs);
    packet.timeBase = PACKET_TIME_BASE;
    return { packet, key: packet.isKeyframe, ptsMs, dtsMs, capturedAtMs: Math.round(atMs), clock, bytes: packet.size };
  }

  /** libav's own timeout sees a silent socket only: a camera that sends a byte now and then, or only rubbish, is seen here. */
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

  #whyEnded(code: number): GridwardenError {
    const { noPacketMs } = this.#options;
    if (this.#stopped) return this.#ended('it was closed here');
    const forS = `for ${noPacketMs / 1000} s`;
    if (this.#packets === 0 && this.#input.transport === 'udp' && (this.#silent || code === ETIMEDOUT)) {
      return this.#ended(`none of its datagrams came, ${this.#silent ? forS : 'in time'}; let UDP from it through the firewall, or write transport: tcp`);
    }
    if (this.#silent) return this.#ended(`nothing came that makes a picture, ${forS}`);
    if (this.#interrupted) return this.#ended('it was stopped');
    return this.#ended(this.#input.trouble ?? libavWords(code));
  }

  #ended(why: string): GridwardenError {
    return new GridwardenError('CAMERA_STREAM_ENDED', { camera: this.#options.cameraId, why });
  }
}

const ticks = (ms: number): bigint => BigInt(Math.round((ms * PACKET_TIME_BASE.den) / 1000));

/** When the camera says it took the picture, from its last RTCP sender report: libav's AVProducerReferenceTime, microseconds since 1970 first. */
function cameraTimeOf(packet: Packet): number | null {
  const side = packet.getSideData(AV_PKT_DATA_PRFT);
  return side === null || side.length < 8 ? null : Number(side.readBigInt64LE(0)) / 1000;
}
