/** Decoded frames as rows of RGB, which models and redaction look at, and such rows as frames for an encoder. */
import { AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M, AVCOL_SPC_UNSPECIFIED, SWS_BILINEAR, type AVColorRange, type AVColorSpace, type AVPixelFormat } from 'node-av/constants';
import { FFmpegError, Frame, SoftwareScaleContext } from 'node-av/lib';
import { fitWithin, type PictureSize } from './libav-picture.ts';

/** 8-bit RGB, row by row from the top-left, no padding. */
export interface RgbPicture extends PictureSize {
  readonly rgb: Uint8Array;
}

/** Which formula stands between a stream's numbers and colours (ITU-T H.273): what a player has to be told. */
export interface Colours {
  readonly space: AVColorSpace;
  readonly range: AVColorRange;
}

/** From here on a player takes an unnamed formula for BT.709, below for BT.601. */
const HD_FROM_PX = 720;

/** As the frame says, or as a player would guess from its size: a smaller copy of it would be guessed differently. */
export function coloursOf(frame: Frame): Colours {
  const guessed = frame.height >= HD_FROM_PX ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  return { space: frame.colorSpace === AVCOL_SPC_UNSPECIFIED ? guessed : frame.colorSpace, range: AVCOL_RANGE_MPEG };
}

/** One way between two kinds of pictures; made anew when the kind of source changes. */
class Road {
  #madeFor = '';
  #scaler: SoftwareScaleContext | null = null;
  #target: Frame | null = null;

  /** The frame is used again for the next. */
  async scaled(source: Frame, size: PictureSize, format: AVPixelFormat): Promise<Frame> {
    const kind = `${source.width}x${source.height}/${source.format} ${size.widthPx}x${size.heightPx}`;
    if (kind !== this.#madeFor) this.free();
    this.#madeFor = kind;
    this.#scaler ??= this.#made(source, size, format);
    this.#target ??= blank(size, format);
    FFmpegError.throwIfError(await this.#scaler.scaleFrame(this.#target, source), 'scaling');
    return this.#target;
  }

  free(): void {
    this.#scaler?.freeContext();
    this.#target?.free();
    this.#scaler = this.#target = null;
  }

  #made(source: Frame, size: PictureSize, format: AVPixelFormat): SoftwareScaleContext {
    const scaler = new SoftwareScaleContext();
    scaler.getContext(source.width, source.height, source.format as AVPixelFormat, size.widthPx, size.heightPx, format, SWS_BILINEAR);
    return scaler;
  }
}

function blank({ widthPx, heightPx }: PictureSize, format: AVPixelFormat): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = format;
  frame.width = widthPx;
  frame.height = heightPx;
  FFmpegError.throwIfError(frame.getBuffer(0), 'taking memory for a picture');
  return frame;
}

/** From decoded frames to RGB no wider than `maxWidthPx`, both sides even. */
export class RgbMaker {
  readonly #maxWidthPx: number;
  readonly #road = new Road();

  constructor(maxWidthPx: number) {
    this.#maxWidthPx = maxWidthPx;
  }

  async rgb(source: Frame): Promise<RgbPicture> {
    const size = fitWithin({ widthPx: source.width, heightPx: source.height }, this.#maxWidthPx);
    return { ...size, rgb: (await this.#road.scaled(source, size, AV_PIX_FMT_RGB24)).toBuffer() };
  }

  /** May be used again after. */
  free(): void {
    this.#road.free();
  }
}

/** From RGB to the frames that encoders take. */
export class YuvMaker {
  readonly #road = new Road();

  /** Both sides even. The frame is used again for the next. */
  async yuv({ widthPx, heightPx, rgb }: RgbPicture): Promise<Frame> {
    const source = Frame.fromVideoBuffer(Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength), { width: widthPx, height: heightPx, format: AV_PIX_FMT_RGB24, pts: 0n, timeBase: { num: 1, den: 1000 } });
    try {
      return await this.#road.scaled(source, { widthPx, heightPx }, AV_PIX_FMT_YUV420P);
    } finally {
      source.free();
    }
  }

  free(): void {
    this.#road.free();
  }
}
