/** Encodes pictures into an MP4 as cameras encode theirs: H.264, H.265 or MJPEG, with the key frames and the bit rate that a test asks for. */
import { AV_CODEC_FLAG_GLOBAL_HEADER, AV_LOG_ERROR, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AVERROR_EAGAIN, AVERROR_EOF, FF_ENCODER_LIBX264, FF_ENCODER_LIBX265, FF_ENCODER_MJPEG } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, Log, Packet, Rational, type Stream } from 'node-av/lib';
import type { ClipCodec } from './fake-camera/clip.ts';

export interface Encoding {
  readonly codec: ClipCodec;
  /** Even numbers; of MJPEG multiples of 8, or a player shows some rows of padding (RFC 2435, 3.1.5). */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  /** Pictures from one key frame to the next. MJPEG has key frames only. */
  readonly gopPictures: number;
  /** Pictures that are sent after a later one (default 0, as most cameras are set). */
  readonly reordered?: number;
  /** The same quality always (default), or about this number of bits each second, however still the scene is; MJPEG knows only quality. */
  readonly bitsPerS?: number | null;
  /** x264's and x265's word for how much thought an encoder takes (default `veryfast`). */
  readonly preset?: 'ultrafast' | 'superfast' | 'veryfast';
}

const ENCODERS = { h264: FF_ENCODER_LIBX264, h265: FF_ENCODER_LIBX265, mjpeg: FF_ENCODER_MJPEG } as const;

export class ClipWriter {
  readonly #encoding: Encoding;
  readonly #encoder: CodecContext;
  readonly #output: FormatContext;
  readonly #stream: Stream;
  readonly #packet = new Packet();
  #count = 0;

  private constructor(encoding: Encoding, encoder: CodecContext, output: FormatContext, stream: Stream) {
    this.#encoding = encoding;
    this.#encoder = encoder;
    this.#output = output;
    this.#stream = stream;
    this.#packet.alloc();
  }

  /** Throws an Error with libav's words where the encoder or the file cannot be opened. */
  static async open(file: string, encoding: Encoding): Promise<ClipWriter> {
    if (Log.getLevel() > AV_LOG_ERROR) Log.setLevel(AV_LOG_ERROR);
    const codec = Codec.findEncoderByName(ENCODERS[encoding.codec]);
    if (!codec) throw new Error(`this libav has no ${ENCODERS[encoding.codec]}: no test clip can be made`);
    const encoder = new CodecContext();
    encoder.allocContext3(codec);
    encoder.width = encoding.widthPx;
    encoder.height = encoding.heightPx;
    encoder.pixelFormat = encoding.codec === 'mjpeg' ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    encoder.timeBase = new Rational(1, encoding.fps);
    encoder.framerate = new Rational(encoding.fps, 1);
    encoder.gopSize = encoding.gopPictures;
    encoder.threadCount = 1;
    encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    FFmpegError.throwIfError(await encoder.open2(codec, Dictionary.fromObject(optionsOf(encoding))), `opening the encoder of ${encoding.codec}`);
    const output = new FormatContext();
    FFmpegError.throwIfError(output.allocOutputContext2(null, 'mp4', file), 'making an MP4');
    const stream = output.newStream(codec);
    FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'describing the stream');
    stream.timeBase = encoder.timeBase;
    FFmpegError.throwIfError(await output.openOutput(), 'opening the file');
    FFmpegError.throwIfError(await output.writeHeader(), 'writing the header');
    return new ClipWriter(encoding, encoder, output, stream);
  }

  /** The next picture: planar YUV 4:2:0, width × height × 3/2 bytes. */
  async add(yuv: Buffer): Promise<void> {
    const { widthPx, heightPx, fps } = this.#encoding;
    const frame = Frame.fromVideoBuffer(yuv, { width: widthPx, height: heightPx, format: this.#encoder.pixelFormat, pts: BigInt(this.#count), timeBase: { num: 1, den: fps } });
    await this.addFrame(frame);
    frame.free();
  }

  /** The next picture as libav's frame of the right size and format; it stays the caller's, its time is set here. */
  async addFrame(frame: Frame): Promise<void> {
    frame.pts = BigInt(this.#count++);
    FFmpegError.throwIfError(await this.#encoder.sendFrame(frame), 'encoding');
    await this.#drain();
  }

  async end(): Promise<void> {
    FFmpegError.throwIfError(await this.#encoder.sendFrame(null), 'encoding');
    await this.#drain();
    FFmpegError.throwIfError(await this.#output.writeTrailer(), 'writing the end');
    await this.#output.closeOutput();
    this.#output.freeContext();
    this.#encoder.freeContext();
    this.#packet.free();
  }

  async #drain(): Promise<void> {
    for (;;) {
      const code = await this.#encoder.receivePacket(this.#packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      FFmpegError.throwIfError(code, 'encoding');
      this.#packet.streamIndex = this.#stream.index;
      // The MJPEG encoder gives none, and a last picture without a duration is left out by players.
      if (this.#packet.duration === 0n) this.#packet.duration = 1n;
      this.#packet.rescaleTs(this.#encoder.timeBase, this.#stream.timeBase);
      FFmpegError.throwIfError(await this.#output.interleavedWriteFrame(this.#packet), 'writing');
    }
  }
}

function optionsOf({ codec, gopPictures, reordered = 0, bitsPerS = null, preset = 'veryfast' }: Encoding): Record<string, string | number> {
  // RFC 2435 carries no Huffman tables: they must be those of the standard (ITU-T T.81, K.3).
  if (codec === 'mjpeg') return { huffman: 'default', qmin: 4, qmax: 4 };
  const rate: Record<string, number> = bitsPerS === null ? { crf: codec === 'h264' ? 23 : 27 } : { b: bitsPerS, maxrate: bitsPerS, bufsize: bitsPerS };
  // No key frames of the encoder's own choice, and none that lean on the picture before them: the loop must decode over its seam.
  // Nothing fills up a constant rate but finer detail, as in cameras: no filler data.
  const tune: Record<string, string> = reordered === 0 ? { tune: 'zerolatency' } : {};
  if (codec === 'h264') return { ...rate, ...tune, preset, bf: reordered, 'x264-params': `log=-1:keyint=${gopPictures}:min-keyint=${gopPictures}:scenecut=0` };
  return { ...rate, ...tune, preset, 'x265-params': `log-level=none:pools=1:frame-threads=1:bframes=${reordered}:open-gop=0:keyint=${gopPictures}:min-keyint=${gopPictures}:scenecut=0` };
}
