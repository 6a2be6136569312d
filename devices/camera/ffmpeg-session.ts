/** `ingest: ffmpeg`: the same session with a camera as by libav, but whole stretches of video are decoded by a vendor's ffmpeg. */
import { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG } from 'node-av/constants';
import { FFmpegError, type Frame } from 'node-av/lib';
import { GridwardenError } from '../../platform/errors.ts';
import type { CameraSession, CameraSessionOptions } from './camera-session.ts';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { PACKET_TIME_BASE } from './decoders.ts';
import { checkFfmpeg, type FfmpegChoice, FfmpegFailed, FfmpegProgram } from './ffmpeg-program.ts';
import { type PictureDecoder, StreamDecoder } from './libav-decoder.ts';
import { openRtsp } from './libav-session.ts';
import type { RawPicture } from './nut-pictures.ts';
import { setsIn } from './parameter-sets.ts';

/** Between what was sent before a look back and what is sent after it. */
const GAP_TICKS = PACKET_TIME_BASE.den / 25;
/** More pictures than a decoder may hold back and the pace may leave out: what is older never came out. */
const MOST_INSIDE = 512;

/**
 * Opens a camera. The program never learns of the camera: packets are read here, as for libav, with the same checks of certificates and
 * bounds, and the same ring, clock and watchdogs (docs/decisions/0017). Errors: those of openRtsp, and CAMERA_DECODE where the program cannot be used.
 */
export async function openFfmpeg(url: string, options: CameraSessionOptions, choice: FfmpegChoice): Promise<CameraSession> {
  await checkFfmpeg(choice.program).catch((error: unknown) => {
    throw undecodable(options.cameraId, error);
  });
  return openRtsp(url, options, async <About>(shape: StreamShape, woken: () => void) => {
    const alone = await StreamDecoder.open<About>(shape);
    return new FfmpegDecoder<About>(alone, choice, options, woken);
  });
}

function undecodable(camera: string, error: unknown): unknown {
  if (!(error instanceof FfmpegFailed)) return error;
  return new GridwardenError('CAMERA_DECODE', { camera, why: `the program that video.ffmpeg names is of no use: ${error.message}` });
}

/**
 * A picture by itself (key frames while nothing moves, motion JPEG at the detector's pace) is decoded here: the program could be made to
 * give it at once only by ending it. All that comes one after the other goes to the program, begun with the first such packet.
 */
class FfmpegDecoder<About> implements PictureDecoder<About> {
  readonly #alone: PictureDecoder<About>;
  readonly #choice: FfmpegChoice;
  readonly #options: CameraSessionOptions;
  readonly #woken: () => void;
  #program: FfmpegProgram | null = null;
  /** What was said of the packets whose pictures have not come out, by the time they were sent with. */
  readonly #inside = new Map<number, About>();
  #shift = 0;
  #newest = 0;
  /** After a look back times go on behind those sent before, as the program knows no way back. */
  #begins = false;

  constructor(alone: PictureDecoder<About>, choice: FfmpegChoice, options: CameraSessionOptions, woken: () => void) {
    this.#alone = alone;
    this.#choice = choice;
    this.#options = options;
    this.#woken = woken;
  }

  get shape(): StreamShape {
    return this.#alone.shape;
  }

  get holds(): boolean {
    return this.#alone.holds;
  }

  get full(): boolean {
    return this.#program?.full ?? false;
  }

  async send(coded: CodedPacket, about: About, alone: boolean): Promise<boolean> {
    if (alone) {
      // What the program still holds is older than this.
      this.#inside.clear();
      return this.#alone.send(coded, about, alone);
    }
    const { detectFps: fps, maxWidthPx } = this.#options;
    this.#program ??= new FfmpegProgram(this.#choice, { shape: this.shape, fps, maxWidthPx }, this.#woken);
    const bytes = coded.packet.data;
    if (!bytes) return false;
    const pts = this.#placed(Number(coded.packet.pts));
    this.#inside.set(pts, about);
    if (this.#inside.size > MOST_INSIDE) this.#inside.delete(this.#inside.keys().next().value ?? pts);
    this.#program.write(pts, ...(coded.key && !this.#bringsSets(bytes) ? [this.shape.extradata] : []), bytes);
    return true;
  }

  drain(): void {
    this.#alone.drain();
  }

  receive(frame: Frame): { readonly about: About | null } | null {
    return this.#alone.receive(frame) ?? this.#receiveFromProgram(frame);
  }

  reset(): void {
    this.#alone.reset();
    this.#inside.clear();
    this.#begins = true;
  }

  async free(): Promise<void> {
    await this.#alone.free();
    await this.#program?.stop();
  }

  #receiveFromProgram(frame: Frame): { readonly about: About | null } | null {
    const picture = this.#take();
    if (picture === null) return null;
    const about = this.#inside.get(picture.pts) ?? null;
    // Decoded in order of showing: whatever is older and did not come was left out by the pace, or could not be decoded.
    for (const pts of this.#inside.keys()) if (pts <= picture.pts) this.#inside.delete(pts);
    if (about !== null) intoFrame(frame, picture);
    return { about };
  }

  #take(): RawPicture | null {
    try {
      return this.#program?.take() ?? null;
    } catch (error) {
      throw undecodable(this.#options.cameraId, error);
    }
  }

  #placed(pts: number): number {
    if (this.#begins) this.#shift = this.#newest + GAP_TICKS - pts;
    this.#begins = false;
    const placed = pts + this.#shift;
    this.#newest = Math.max(this.#newest, placed);
    return placed;
  }

  #bringsSets(bytes: Buffer): boolean {
    const { codec } = this.shape;
    return codec === 'mjpeg' || setsIn(codec, bytes).sps.length > 0;
  }
}

function intoFrame(frame: Frame, { widthPx, heightPx, i420 }: RawPicture): void {
  frame.unref();
  frame.format = AV_PIX_FMT_YUV420P;
  frame.width = widthPx;
  frame.height = heightPx;
  frame.colorRange = AVCOL_RANGE_MPEG;
  FFmpegError.throwIfError(frame.getBuffer(0), 'taking memory for a picture');
  FFmpegError.throwIfError(frame.fromBuffer(i420), 'taking in a picture');
}
