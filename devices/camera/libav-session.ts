/** One session with an RTSP camera: opened over TCP, decoded on one thread, given out as pictures at a configured rate. */
import { AV_CODEC_ID_H264, AV_NOPTS_VALUE, AVMEDIA_TYPE_VIDEO, type AVCodecID } from 'node-av/constants';
import { avGetCodecName, Codec, CodecContext, Dictionary, FFmpegError, Frame, Packet, type Stream } from 'node-av/lib';
import type { SmallPicture } from '../../domain/frame.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { CaptureTime } from './capture-time.ts';
import { FramePace } from './frame-pace.ts';
import { LibavInput, libavWords } from './libav-input.ts';
import { PictureMaker, type SmallSize } from './libav-picture.ts';

/** 8K: a larger picture in a parameter set is an attack on memory or a mistake, no camera. */
const MAX_PIXELS = 7680 * 4320;
/** So many packets may lie in parser and decoder, pictures to be, when a camera falls silent. */
const MAX_HELD_BACK = 17;

export interface CameraSessionOptions {
  readonly cameraId: string;
  /** Longest wait for the camera's answers. */
  readonly timeoutMs: number;
  /** Longest time without one decoded picture before the session is given up. */
  readonly noPictureMs: number;
  /** Pictures a second to give out; all are decoded, those between are dropped before scaling. */
  readonly detectFps: number;
  /** Width the JPEG is scaled down to. */
  readonly maxWidthPx: number;
  /** Width of the luma for the motion gate. */
  readonly lumaWidthPx: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** One picture. It lives until the next one is asked for. */
export interface CameraPicture {
  /** When it was taken, as far as the stream's time and the arrivals tell. Never goes back within a session. */
  readonly capturedAtMs: number;
  /** Size of the JPEG. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Brightness, one byte a pixel, row by row. */
  readonly luma: Uint8Array;
  readonly lumaWidthPx: number;
  readonly lumaHeightPx: number;
  /** Scales and encodes: about 1.3 ms of a core at 768×432, so only for pictures that go somewhere. */
  jpeg(): Promise<Uint8Array>;
  /** The same at the size a detector takes in, raw. After jpeg() only. */
  small(into: SmallSize): Promise<SmallPicture>;
}

export interface SessionCounts {
  readonly packets: number;
  readonly undecodable: number;
  readonly decoded: number;
  readonly given: number;
}

export interface CameraSession {
  readonly codec: string;
  readonly counts: SessionCounts;
  /** The next picture due. Errors: CAMERA_STREAM_ENDED, CAMERA_DECODE. One call at a time. */
  next(): Promise<CameraPicture>;
  /** Ends a call to next() in progress, tells the camera, frees all memory: at most about 2 s. May be called twice. */
  close(): Promise<void>;
}

/** Opens a camera. Errors: CAMERA_UNREACHABLE, CAMERA_NO_VIDEO, CAMERA_CODEC; none of them holds the URL. */
export async function openRtsp(url: string, options: CameraSessionOptions): Promise<CameraSession> {
  const input = await LibavInput.open(url, options);
  try {
    // The description of the session (SDP) names the codec and usually holds its parameter sets, and the decoder reads the rest
    // from the stream: probing (avformat_find_stream_info) would only wait for packets that are then decoded twice.
    const stream = input.streams.find((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
    if (!stream) throw new GridwardenError('CAMERA_NO_VIDEO', { camera: options.cameraId });
    const codecId = stream.codecpar.codecId;
    if (codecId !== AV_CODEC_ID_H264) throw new GridwardenError('CAMERA_CODEC', { camera: options.cameraId, codec: codecName(codecId) });
    return new LibavSession(input, stream, await openDecoder(stream), options);
  } catch (error) {
    await input.close();
    throw error;
  }
}

function codecName(id: AVCodecID): string {
  const name = avGetCodecName(id);
  return name === null || name === 'none' || name === 'unknown_codec' ? 'a codec that libav does not know' : name.toUpperCase();
}

async function openDecoder(stream: Stream): Promise<CodecContext> {
  const codec = Codec.findDecoder(AV_CODEC_ID_H264);
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  const options = Dictionary.fromObject({ max_pixels: MAX_PIXELS });
  try {
    FFmpegError.throwIfError(decoder.parametersToContext(stream.codecpar), 'reading the codec parameters');
    decoder.pktTimebase = stream.timeBase;
    // One thread: frame threads add a picture of delay each, and the cores are shared by many cameras anyway.
    decoder.threadCount = 1;
    FFmpegError.throwIfError(await decoder.open2(codec, options), 'opening the decoder');
    return decoder;
  } catch (error) {
    decoder.freeContext();
    throw error;
  } finally {
    options.free();
  }
}

class LibavSession implements CameraSession {
  readonly codec = 'h264';
  readonly #input: LibavInput;
  readonly #streamIndex: number;
  readonly #msPerTick: number;
  readonly #decoder: CodecContext;
  readonly #options: CameraSessionOptions;
  readonly #pace: FramePace;
  readonly #maker: PictureMaker;
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  readonly #captured = new CaptureTime();
  readonly #counts = { packets: 0, undecodable: 0, decoded: 0, given: 0 };
  #busy: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;
  #lastPictureAtMs = 0;
  #lastPacketAtMs: number;
  /** Since the last picture. */
  #since = { packets: 0, undecodable: 0 };
  #stalled = false;
  #given = 0;

  constructor(input: LibavInput, stream: Stream, decoder: CodecContext, options: CameraSessionOptions) {
    this.#input = input;
    this.#streamIndex = stream.index;
    this.#msPerTick = (1000 * stream.timeBase.num) / stream.timeBase.den;
    this.#decoder = decoder;
    this.#options = options;
    this.#pace = new FramePace(options.detectFps);
    this.#maker = new PictureMaker(options.maxWidthPx, options.lumaWidthPx);
    this.#lastPacketAtMs = options.clock.nowMs();
    this.#packet.alloc();
    this.#frame.alloc();
  }

  get counts(): SessionCounts {
    return { ...this.#counts };
  }

  next(): Promise<CameraPicture> {
    return this.#exclusively(() => this.#next());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#input.close();
    // Nothing of libav may be freed under a call that still runs in its thread.
    await this.#busy.catch(() => undefined);
    this.#maker.free();
    this.#decoder.freeContext();
    this.#packet.free();
    this.#frame.free();
  }

  /** libav's contexts are not to be entered twice, and not to be freed while entered. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#closed) throw this.#ended('it was closed here');
      return work();
    };
    const result = this.#busy.then(run, run);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  async #next(): Promise<CameraPicture> {
    this.#lastPictureAtMs = Math.max(this.#lastPictureAtMs, this.#options.clock.nowMs());
    const over = new AbortController();
    void this.#watch(over.signal);
    try {
      for (;;) {
        // A packet may hold more than one picture's end: take those first that are already decoded.
        const due = this.#receiveDue();
        if (due !== null) return await this.#picture(due);
        await this.#decodeOnePacket();
      }
    } finally {
      over.abort();
    }
  }

  /** Takes decoded pictures until one is due; its time of capture, or null when the decoder wants more. The picture is then in #frame. */
  #receiveDue(): number | null {
    for (;;) {
      this.#frame.unref();
      if (this.#decoder.receiveFrameSync(this.#frame) < 0) return null;
      this.#counts.decoded++;
      this.#since = { packets: 0, undecodable: 0 };
      const nowMs = this.#options.clock.nowMs();
      this.#lastPictureAtMs = nowMs;
      const ptsMs = this.#ms(this.#frame.bestEffortTimestamp);
      const capturedAtMs = Math.round(this.#captured.of(ptsMs, nowMs));
      if (this.#pace.take(ptsMs, capturedAtMs)) return capturedAtMs;
    }
  }

  async #decodeOnePacket(): Promise<void> {
    const code = await this.#input.read(this.#packet);
    if (code < 0) throw this.#whyEnded(code);
    try {
      if (this.#packet.streamIndex !== this.#streamIndex) return;
      this.#counts.packets++;
      this.#noteArrival(this.#packet.pts);
      this.#since.packets++;
      if ((await this.#decoder.sendPacket(this.#packet)) < 0) {
        this.#counts.undecodable++;
        this.#since.undecodable++;
      }
    } finally {
      this.#packet.unref();
    }
    if (this.#stalled) throw this.#whyEnded(0);
  }

  /**
   * libav's parser gives a picture's packet out when the next picture begins to arrive (measured: one interval behind a camera that
   * sends each at once). So this one began to arrive when the packet before it was given out.
   */
  #noteArrival(pts: bigint): void {
    this.#captured.arrived(this.#ms(pts), this.#lastPacketAtMs);
    this.#lastPacketAtMs = this.#options.clock.nowMs();
  }

  #ms(pts: bigint): number | null {
    return pts === AV_NOPTS_VALUE ? null : Number(pts) * this.#msPerTick;
  }

  async #picture(capturedAtMs: number): Promise<CameraPicture> {
    const number = ++this.#given;
    this.#counts.given++;
    const { bytes, widthPx: lumaWidthPx, heightPx: lumaHeightPx } = await this.#maker.luma(this.#frame);
    const ofThisOne = <T>(make: () => Promise<T>): Promise<T> =>
      this.#exclusively(() => {
        if (number !== this.#given) throw new Error('the picture was asked for after the next one: it is gone');
        return make();
      });
    return {
      capturedAtMs,
      ...this.#maker.sizeOf(this.#frame),
      luma: bytes,
      lumaWidthPx,
      lumaHeightPx,
      jpeg: () => ofThisOne(() => this.#maker.jpeg(this.#frame)),
      small: (into) => ofThisOne(() => this.#maker.small(into)),
    };
  }

  /** libav's own timeout sees a silent socket only: a camera that sends a byte now and then, or only rubbish, is seen here. */
  async #watch(over: AbortSignal): Promise<void> {
    const { clock, noPictureMs } = this.#options;
    while (!over.aborted) {
      const leftMs = this.#lastPictureAtMs + noPictureMs - clock.nowMs();
      if (leftMs <= 0) {
        this.#stalled = true;
        return this.#input.interrupt();
      }
      await clock.sleep(leftMs, over);
    }
  }

  #whyEnded(code: number): GridwardenError {
    const { cameraId: camera, noPictureMs } = this.#options;
    if (this.#closed) return this.#ended('it was closed here');
    if (!this.#stalled) return this.#ended(libavWords(code));
    const forS = `for ${noPictureMs / 1000} s`;
    const { packets, undecodable } = this.#since;
    if (undecodable === 0 && packets <= MAX_HELD_BACK) return this.#ended(`nothing came that makes a picture, ${forS}`);
    return new GridwardenError('CAMERA_DECODE', { camera, why: `no picture could be made of ${packets} packets running, ${forS}` });
  }

  #ended(why: string): GridwardenError {
    return new GridwardenError('CAMERA_STREAM_ENDED', { camera: this.#options.cameraId, why });
  }
}
