/** Makes of a decoded picture what the program needs: small luma for the motion gate, and a JPEG. */
import {
  AV_CODEC_FLAG_QSCALE,
  AV_CODEC_ID_MJPEG,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  FF_QP2LAMBDA,
  SWS_AREA,
  SWS_BILINEAR,
  type AVPixelFormat,
  type SwsFlags,
} from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, Frame, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import type { SmallPicture } from '../../domain/frame.ts';

/** libav's MJPEG scale (2 best … 31): 3 gives about what other encoders call quality 85, 25–60 KB at 768–854 px. */
const JPEG_SCALE = 3;

export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a small picture has to fit into: keeping its shape, or stretched to exactly this. */
export interface SmallSize extends PictureSize {
  readonly stretch: boolean;
}

/** Scales down to `maxWidthPx` keeping the shape, both sides even (4:2:0 needs it); never up. */
export function fitWithin(source: PictureSize, maxWidthPx: number): PictureSize {
  const scale = Math.min(1, maxWidthPx / source.widthPx);
  const even = (px: number): number => Math.max(2, Math.round(px / 2) * 2);
  const widthPx = Math.min(even(source.widthPx * scale), Math.max(2, Math.floor(maxWidthPx / 2) * 2));
  return { widthPx, heightPx: even(source.heightPx * scale) };
}

/** Never larger than the source in either direction; both sides even. */
function fitInto(source: PictureSize, into: SmallSize): PictureSize {
  const [acrossX, acrossY] = [Math.min(1, into.widthPx / source.widthPx), Math.min(1, into.heightPx / source.heightPx)];
  const even = (px: number, most: number): number => Math.max(2, Math.min(Math.round(px / 2), Math.floor(most / 2)) * 2);
  const [x, y] = into.stretch ? [acrossX, acrossY] : [Math.min(acrossX, acrossY), Math.min(acrossX, acrossY)];
  return { widthPx: even(source.widthPx * x, into.widthPx), heightPx: even(source.heightPx * y, into.heightPx) };
}

/** Scaler, target frame and (for the JPEG) encoder for one kind of source picture; freed together. */
interface Road {
  readonly scaler: SoftwareScaleContext;
  readonly target: Frame;
}

/**
 * Measured on 768×432, one core: MJPEG encoder 0.9–1.1 ms + conversion to full range 0.3 ms, 28 KB; sharp from raw RGB 3.4 ms
 * and the conversion to RGB before it. So libav's own encoder it is. Colours are taken for those of BT.601, as a JPEG's are: the way from BT.709
 * goes over RGB inside libav, 1.8 instead of 0.6 ms for a look at 1080p.
 */
export class PictureMaker {
  readonly #maxWidthPx: number;
  readonly #lumaWidthPx: number;
  #madeFor = '';
  #luma: Road | null = null;
  #full: Road | null = null;
  #small: Road | null = null;
  #encoder: CodecContext | null = null;
  #jpeg: Packet | null = null;
  #encoded = 0n;

  constructor(maxWidthPx: number, lumaWidthPx: number) {
    this.#maxWidthPx = maxWidthPx;
    this.#lumaWidthPx = lumaWidthPx;
  }

  /** The size that the JPEG of this picture has. */
  sizeOf(source: Frame): PictureSize {
    return fitWithin({ widthPx: source.width, heightPx: source.height }, this.#maxWidthPx);
  }

  /** Brightness of the picture, area-averaged to at most `lumaWidthPx`: one byte per pixel, row by row. */
  async luma(source: Frame): Promise<PictureSize & { bytes: Uint8Array }> {
    this.#fit(source);
    const size = fitWithin({ widthPx: source.width, heightPx: source.height }, this.#lumaWidthPx);
    this.#luma ??= road(source, size, AV_PIX_FMT_GRAY8, SWS_AREA);
    FFmpegError.throwIfError(await this.#luma.scaler.scaleFrame(this.#luma.target, source), 'scaling to luma');
    return { ...size, bytes: this.#luma.target.toBuffer() };
  }

  /** A full-range 4:2:0 JPEG of the picture at `sizeOf`. */
  async jpeg(source: Frame): Promise<Uint8Array> {
    this.#fit(source);
    const size = this.sizeOf(source);
    this.#full ??= road(source, size, AV_PIX_FMT_YUVJ420P, SWS_BILINEAR);
    this.#encoder ??= await openJpegEncoder(size);
    const packet = (this.#jpeg ??= allocatedPacket());
    FFmpegError.throwIfError(await this.#full.scaler.scaleFrame(this.#full.target, source), 'scaling');
    this.#full.target.pts = this.#encoded++;
    this.#full.target.quality = JPEG_SCALE * FF_QP2LAMBDA;
    FFmpegError.throwIfError(await this.#encoder.sendFrame(this.#full.target), 'encoding');
    FFmpegError.throwIfError(this.#encoder.receivePacketSync(packet), 'encoding');
    try {
      return Uint8Array.from(packet.data ?? []);
    } finally {
      packet.unref();
    }
  }

  /**
   * The picture whose JPEG was asked for last, small: scaled from the JPEG's pixels, which are fewer than the source's. Throws
   * where no JPEG was made before.
   */
  async small(into: SmallSize): Promise<SmallPicture> {
    const full = this.#full?.target;
    if (!full) throw new Error('a small picture is made of the pixels of a JPEG: ask for that first');
    const size = fitInto({ widthPx: full.width, heightPx: full.height }, into);
    this.#small ??= road(full, size, AV_PIX_FMT_YUVJ420P, SWS_AREA);
    FFmpegError.throwIfError(await this.#small.scaler.scaleFrame(this.#small.target, full), 'scaling down');
    return { ...size, i420: this.#small.target.toBuffer() };
  }

  /** Frees all; may be used again after. */
  free(): void {
    for (const one of [this.#luma, this.#full, this.#small]) {
      one?.scaler.freeContext();
      one?.target.free();
    }
    this.#encoder?.freeContext();
    this.#jpeg?.free();
    this.#luma = this.#full = this.#small = this.#encoder = this.#jpeg = null;
  }

  /** Cameras change resolution in mid-stream (day and night profiles): then everything is made anew. */
  #fit(source: Frame): void {
    const kind = `${source.width}x${source.height}/${source.format}`;
    if (kind !== this.#madeFor) this.free();
    this.#madeFor = kind;
  }
}

function road(source: Frame, size: PictureSize, format: AVPixelFormat, flags: SwsFlags): Road {
  const scaler = new SoftwareScaleContext();
  scaler.getContext(source.width, source.height, source.format as AVPixelFormat, size.widthPx, size.heightPx, format, flags);
  const target = new Frame();
  target.alloc();
  target.format = format;
  target.width = size.widthPx;
  target.height = size.heightPx;
  FFmpegError.throwIfError(target.getBuffer(0), 'taking memory for a picture');
  return { scaler, target };
}

async function openJpegEncoder(size: PictureSize): Promise<CodecContext> {
  const codec = Codec.findEncoder(AV_CODEC_ID_MJPEG);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = size.widthPx;
  encoder.height = size.heightPx;
  encoder.pixelFormat = AV_PIX_FMT_YUVJ420P;
  encoder.colorRange = AVCOL_RANGE_JPEG;
  encoder.timeBase = new Rational(1, 1000);
  encoder.threadCount = 1;
  encoder.setFlags(AV_CODEC_FLAG_QSCALE);
  encoder.globalQuality = JPEG_SCALE * FF_QP2LAMBDA;
  // Tables made for each picture save 8 % of its bytes and cost a quarter of its encoding.
  const options = Dictionary.fromObject({ huffman: 'default' });
  try {
    FFmpegError.throwIfError(await encoder.open2(codec, options), 'opening the JPEG encoder');
    return encoder;
  } finally {
    options.free();
  }
}

function allocatedPacket(): Packet {
  const packet = new Packet();
  packet.alloc();
  return packet;
}
