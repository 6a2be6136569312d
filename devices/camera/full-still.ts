/** One picture of a coded stream in its full resolution, as a JPEG fit for evidence: decoded from the key frame before it, and everything freed again. */
import { AV_CODEC_FLAG_QSCALE, AV_CODEC_ID_MJPEG, AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_JPEG, AVCOL_SPC_BT470BG, AVCOL_SPC_BT709, AVCOL_SPC_UNSPECIFIED, FF_QP2LAMBDA } from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { StreamDecoder } from './libav-decoder.ts';

/** libav's MJPEG scale (2 best … 31). It is encoded once more when faces were made unreadable, so as little as possible is to be lost here. */
const JPEG_SCALE = 2;
const HD_FROM_PX = 720;

export interface FullStill {
  readonly jpeg: Uint8Array;
  readonly takenAtMs: number;
}

/**
 * The picture taken nearest to `atMs`; of two as near, the earlier. `packets` begin with a key frame and are in decoding order; their times are changed,
 * they stay the caller's. Null where no picture comes out. At most two decoded pictures are held. A camera that sends JPEGs has made it already: then
 * nothing is decoded.
 */
export async function stillOf(shape: StreamShape, packets: readonly CodedPacket[], atMs: number): Promise<FullStill | null> {
  return shape.codec === 'mjpeg' ? nearestJpeg(packets, atMs) : decodedStill(shape, packets, atMs);
}

function nearestJpeg(packets: readonly CodedPacket[], atMs: number): FullStill | null {
  const [first, ...others] = packets;
  if (!first) return null;
  const nearest = others.reduce((best, one) => (isNearer(one.capturedAtMs, best.capturedAtMs, atMs) ? one : best), first);
  return nearest.packet.data && { jpeg: Uint8Array.from(nearest.packet.data), takenAtMs: nearest.capturedAtMs };
}

const isNearer = (aMs: number, bMs: number, atMs: number): boolean => Math.abs(aMs - atMs) < Math.abs(bMs - atMs);

async function decodedStill(shape: StreamShape, packets: readonly CodedPacket[], atMs: number): Promise<FullStill | null> {
  const decoder = await StreamDecoder.open<number>(shape);
  const pair = [new Frame(), new Frame()] as const;
  for (const frame of pair) frame.alloc();
  const search = new Search(decoder, pair, atMs);
  try {
    for (const packet of packets) {
      // What cannot be decoded costs its own picture; the next may be sound.
      await decoder.send(packet, packet.capturedAtMs);
      if (search.drained()) break;
    }
    if (!search.over) {
      decoder.drain();
      search.drained();
    }
    return search.takenAtMs === null ? null : { jpeg: await jpegOf(search.best), takenAtMs: search.takenAtMs };
  } finally {
    decoder.free();
    for (const frame of pair) frame.free();
  }
}

/** Keeps the nearest picture so far in one frame and decodes the next into the other. */
class Search {
  readonly #decoder: StreamDecoder<number>;
  readonly #atMs: number;
  #other: Frame;
  best: Frame;
  takenAtMs: number | null = null;
  over = false;

  constructor(decoder: StreamDecoder<number>, [best, other]: readonly [Frame, Frame], atMs: number) {
    this.#decoder = decoder;
    this.#atMs = atMs;
    this.best = best;
    this.#other = other;
  }

  /** Takes what the decoder has ready; true when no later picture can be nearer. */
  drained(): boolean {
    while (!this.over) {
      const picture = this.#decoder.receive(this.#other);
      if (picture === null) break;
      const takenAtMs = picture.about ?? this.#atMs;
      if (this.takenAtMs === null || isNearer(takenAtMs, this.takenAtMs, this.#atMs)) this.#keep(takenAtMs);
      // Pictures come out in the order in which they are shown.
      this.over = takenAtMs >= this.#atMs;
    }
    return this.over;
  }

  #keep(takenAtMs: number): void {
    [this.best, this.#other] = [this.#other, this.best];
    this.takenAtMs = takenAtMs;
  }
}

/** The picture as a full-range 4:2:0 JPEG of its own size. */
async function jpegOf(source: Frame): Promise<Uint8Array> {
  // An encoder of 4:2:0 wants even sides; a camera's are.
  const [widthPx, heightPx] = [source.width & ~1, source.height & ~1];
  const [scaler, target, packet] = [new SoftwareScaleContext(), new Frame(), new Packet()];
  const encoder = await openEncoder(widthPx, heightPx);
  target.alloc();
  packet.alloc();
  try {
    scaler.allocContext();
    // A JPEG's colours are those of BT.601 (JFIF 1.02); a camera of high resolution that does not say uses BT.709, as every player takes it.
    if (source.colorSpace === AVCOL_SPC_UNSPECIFIED && source.height >= HD_FROM_PX) source.colorSpace = AVCOL_SPC_BT709;
    target.colorSpace = AVCOL_SPC_BT470BG;
    target.colorRange = AVCOL_RANGE_JPEG;
    target.format = AV_PIX_FMT_YUVJ420P;
    target.width = widthPx;
    target.height = heightPx;
    FFmpegError.throwIfError(target.getBuffer(0), 'taking memory for a picture');
    FFmpegError.throwIfError(await scaler.scaleFrame(target, source), 'converting');
    target.pts = 0n;
    target.quality = JPEG_SCALE * FF_QP2LAMBDA;
    FFmpegError.throwIfError(await encoder.sendFrame(target), 'encoding');
    FFmpegError.throwIfError(encoder.receivePacketSync(packet), 'encoding');
    return Uint8Array.from(packet.data ?? []);
  } finally {
    scaler.freeContext();
    encoder.freeContext();
    target.free();
    packet.free();
  }
}

async function openEncoder(widthPx: number, heightPx: number): Promise<CodecContext> {
  const codec = Codec.findEncoder(AV_CODEC_ID_MJPEG);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = widthPx;
  encoder.height = heightPx;
  encoder.pixelFormat = AV_PIX_FMT_YUVJ420P;
  encoder.colorRange = AVCOL_RANGE_JPEG;
  encoder.timeBase = new Rational(1, 1000);
  encoder.threadCount = 1;
  encoder.setFlags(AV_CODEC_FLAG_QSCALE);
  encoder.globalQuality = JPEG_SCALE * FF_QP2LAMBDA;
  const code = await encoder.open2(codec);
  if (code < 0) encoder.freeContext();
  FFmpegError.throwIfError(code, 'opening the JPEG encoder');
  return encoder;
}
