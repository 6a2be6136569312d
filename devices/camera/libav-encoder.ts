/** Pictures encoded as H.264 that every browser plays: Main profile, no reordering, a key frame every two seconds, a bounded bit rate. */
import { AV_CODEC_FLAG_GLOBAL_HEADER, AV_LOG_ERROR, AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_NONE, AV_PIX_FMT_YUV420P, AVERROR_EAGAIN, AVERROR_EOF, FF_ENCODER_LIBX264 } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, Log, Packet, Rational } from 'node-av/lib';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { PACKET_TIME_BASE } from './decoders.ts';
import type { PictureSize } from './libav-picture.ts';
import { type Colours, type RgbPicture, YuvMaker } from './rgb-picture.ts';

/** Whoever begins to watch waits so long at most, and a clip can be searched in such steps. */
const KEY_EVERY_MS = 2000;
/** Never sooner than by KEY_EVERY_MS, at any rate there is. */
const NO_KEYS_OF_ITS_OWN = 1_000_000;
/**
 * Quality (x264's constant rate factor), and what it may cost at most: bits a second and pixel. A live view at 960×540 is bounded by 1.3 Mbit/s, a
 * clip at 1080p by 8; over any second, so that a line as wide as that is never late.
 */
const RATES = { live: { crf: 26, bitsPerPixelS: 2.5 }, clip: { crf: 23, bitsPerPixelS: 4 } } as const;

export interface Encoding extends PictureSize {
  readonly purpose: keyof typeof RATES;
  /** About; the pictures' own times count. */
  readonly fps: number;
  /** As the source said them: the colours went to RGB and back by one formula, so its name for them holds. */
  readonly colours: Colours;
}

export class LibavEncoder {
  readonly shape: StreamShape;
  readonly #context: CodecContext;
  readonly #yuv = new YuvMaker();
  readonly #packet = new Packet();
  #lastKeyAtMs = Number.NEGATIVE_INFINITY;

  private constructor(context: CodecContext, { widthPx, heightPx }: PictureSize) {
    this.#context = context;
    this.#packet.alloc();
    this.shape = { codec: 'h264', widthPx, heightPx, extradata: Uint8Array.from(context.extraData ?? []) };
  }

  /** Both sides even. Throws FFmpegError. */
  static async open(encoding: Encoding): Promise<LibavEncoder> {
    if (Log.getLevel() > AV_LOG_ERROR) Log.setLevel(AV_LOG_ERROR);
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
    if (!codec) throw new Error('this build of libav has no libx264: redacted video cannot be made');
    const context = new CodecContext();
    context.allocContext3(codec);
    const { crf, bitsPerPixelS } = RATES[encoding.purpose];
    const mostBitsPerS = Math.round(encoding.widthPx * encoding.heightPx * bitsPerPixelS);
    context.width = encoding.widthPx;
    context.height = encoding.heightPx;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.colorSpace = encoding.colours.space;
    context.colorRange = encoding.colours.range;
    context.timeBase = new Rational(PACKET_TIME_BASE.num, PACKET_TIME_BASE.den);
    context.framerate = new Rational(Math.max(1, Math.round(encoding.fps)), 1);
    context.gopSize = NO_KEYS_OF_ITS_OWN;
    context.maxBFrames = 0;
    // It is not hurried: one thread, beside cameras and workers.
    context.threadCount = 1;
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    const options = Dictionary.fromObject({
      preset: 'veryfast', profile: 'main', crf, maxrate: mostBitsPerS, bufsize: mostBitsPerS, 'forced-idr': 1, 'x264-params': 'log=-1:scenecut=0',
      ...(encoding.purpose === 'live' && { tune: 'zerolatency' }),
    });
    try {
      FFmpegError.throwIfError(await context.open2(codec, options), 'opening the encoder');
      return new LibavEncoder(context, encoding);
    } catch (error) {
      context.freeContext();
      throw error;
    } finally {
      options.free();
    }
  }

  /** The next picture, of the size it was opened with and later than the one before; what is ready of those given so far. The caller frees the packets. */
  async encode(picture: RgbPicture, atMs: number): Promise<CodedPacket[]> {
    const frame = await this.#yuv.yuv(picture);
    const key = atMs - this.#lastKeyAtMs >= KEY_EVERY_MS;
    if (key) this.#lastKeyAtMs = atMs;
    frame.pts = BigInt(Math.round((atMs * PACKET_TIME_BASE.den) / 1000));
    frame.pictType = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    FFmpegError.throwIfError(await this.#context.sendFrame(frame), 'encoding');
    return this.#ready();
  }

  /** The rest. Nothing may be encoded after it. */
  async end(): Promise<CodedPacket[]> {
    FFmpegError.throwIfError(await this.#context.sendFrame(null), 'encoding');
    return this.#ready();
  }

  /** Not while a call is at work. */
  free(): void {
    this.#yuv.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  async #ready(): Promise<CodedPacket[]> {
    const packets: CodedPacket[] = [];
    for (;;) {
      const code = await this.#context.receivePacket(this.#packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return packets;
      FFmpegError.throwIfError(code, 'encoding');
      const packet = this.#packet.clone();
      if (!packet) throw new Error('there is no memory for a packet');
      packet.timeBase = new Rational(PACKET_TIME_BASE.num, PACKET_TIME_BASE.den);
      const [ptsMs, dtsMs] = [inMs(packet.pts), inMs(packet.dts)];
      packets.push({ packet, key: packet.isKeyframe, ptsMs, dtsMs, capturedAtMs: ptsMs, clock: 'arrival', bytes: packet.size });
    }
  }
}

const inMs = (ticks: bigint): number => (Number(ticks) * 1000) / PACKET_TIME_BASE.den;
