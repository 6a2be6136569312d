/** Coded video as fragmented MP4 for Media Source Extensions: an init segment, then one fragment (moof and mdat) per picture; nothing is decoded. */
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG, AVFMT_FLAG_CUSTOM_IO, AVMEDIA_TYPE_VIDEO, type AVCodecID } from 'node-av/constants';
import { Dictionary, FFmpegError, FormatContext, IOContext, Rational, type Stream } from 'node-av/lib';
import type { CodedPacket, StreamCodec, StreamShape } from './coded-stream.ts';
import { setDecodeTime } from './fmp4-samples.ts';

const CODECS: Readonly<Record<StreamCodec, AVCodecID>> = { h264: AV_CODEC_ID_H264, hevc: AV_CODEC_ID_HEVC, mjpeg: AV_CODEC_ID_MJPEG };
const TICKS_PER_MS = 90;
/** Holds most key frames, so that a fragment comes back in one call. */
const IO_BYTES = 512 * 1024;
/** An MP4 must name a size. A player takes the true one from the parameter sets, so where it is not known this does. */
const ANY_SIZE = { widthPx: 1280, heightPx: 720 };
const FIRST_DURATION_MS = 40;
const MOST_DURATION_MS = 1000;

/** 'hvc1' as libav writes tags: the first letter lowest. hev1, its choice, is refused by Safari. */
const HVC1 = Buffer.from('hvc1').readUInt32LE();

export class Fmp4Muxer {
  /** RFC 6381 type of what comes out; null where no browser plays it (Motion JPEG). */
  readonly mime: string | null;
  /** ftyp and moov. */
  readonly init: Buffer;
  readonly #output: Output;
  readonly #zeroMs: number;
  #lastDtsMs: number;
  #durationMs = FIRST_DURATION_MS;

  private constructor(output: Output, init: Buffer, shape: StreamShape, zeroMs: number) {
    this.#output = output;
    this.init = init;
    this.mime = mimeOf(shape.codec, init);
    this.#zeroMs = zeroMs;
    this.#lastDtsMs = zeroMs;
  }

  /**
   * `first` is the packet that will be written first, a key frame: where the description held no parameter sets, they are taken from it. The
   * video's time begins with its dts. Throws where there are none at all, and FFmpegError where libav will not put such a stream into an MP4.
   */
  static async open(shape: StreamShape, first: Pick<CodedPacket, 'packet' | 'dtsMs'>): Promise<Fmp4Muxer> {
    const sets = shape.extradata.length > 0 ? shape.extradata : parameterSets(shape.codec, first.packet.data ?? Buffer.alloc(0));
    if (sets.length === 0 && shape.codec !== 'mjpeg') throw new Error('the stream brought no parameter sets');
    const output = new Output(shape, sets);
    try {
      return new Fmp4Muxer(output, await output.begin(), shape, first.dtsMs);
    } catch (error) {
      output.free();
      throw error;
    }
  }

  /** The picture as a fragment. `packet.packet` is changed (its times): give a clone. One call at a time. Throws FFmpegError. */
  async fragment({ packet, ptsMs, dtsMs, key }: Pick<CodedPacket, 'packet' | 'ptsMs' | 'dtsMs' | 'key'>): Promise<Buffer> {
    // How long a picture lasts is known when the next one is here; the one before is as good a guess, and the next fragment says its own time.
    if (dtsMs > this.#lastDtsMs) this.#durationMs = Math.min(MOST_DURATION_MS, dtsMs - this.#lastDtsMs);
    this.#lastDtsMs = dtsMs;
    packet.pts = ticks(ptsMs - this.#zeroMs);
    packet.dts = ticks(dtsMs - this.#zeroMs);
    packet.duration = ticks(this.#durationMs);
    packet.isKeyframe = key;
    const fragment = await this.#output.write(packet);
    // libav adds up how long the pictures before were said to last: wherever one was longer, all that follow would be too early for ever.
    setDecodeTime(fragment, ticks(dtsMs - this.#zeroMs));
    return fragment;
  }

  /** Frees libav's memory. May be called twice; not while fragment() is at work. */
  close(): void {
    this.#output.free();
  }
}

const ticks = (ms: number): bigint => BigInt(Math.round(ms * TICKS_PER_MS));

/** libav's MP4 muxer, whose bytes are gathered in memory. */
class Output {
  readonly #context = new FormatContext();
  readonly #io = new IOContext();
  readonly #stream: Stream;
  #written: Buffer[] = [];
  #freed = false;

  constructor(shape: StreamShape, sets: Uint8Array) {
    // The callback's buffer is libav's and is used again.
    this.#io.allocContextWithCallbacks(IO_BYTES, 1, null, (bytes) => (this.#written.push(Buffer.from(bytes)), bytes.length));
    FFmpegError.throwIfError(this.#context.allocOutputContext2(null, 'mp4', null), 'making an MP4');
    this.#context.pb = this.#io;
    this.#context.setFlags(AVFMT_FLAG_CUSTOM_IO);
    this.#stream = this.#context.newStream(null);
    const { codecpar } = this.#stream;
    codecpar.codecType = AVMEDIA_TYPE_VIDEO;
    codecpar.codecId = CODECS[shape.codec];
    codecpar.codecTag = shape.codec === 'hevc' ? HVC1 : 0;
    codecpar.width = shape.widthPx ?? ANY_SIZE.widthPx;
    codecpar.height = shape.heightPx ?? ANY_SIZE.heightPx;
    if (sets.length > 0) codecpar.extradata = Buffer.from(sets);
    this.#stream.timeBase = new Rational(1, TICKS_PER_MS * 1000);
  }

  async begin(): Promise<Buffer> {
    // A fragment is cut where it is asked for, by writing nothing: frag_every_frame would come one picture late.
    const options = Dictionary.fromObject({ movflags: 'empty_moov+default_base_moof+frag_custom' });
    try {
      FFmpegError.throwIfError(await this.#context.writeHeader(options), 'beginning an MP4');
    } finally {
      options.free();
    }
    return this.#taken();
  }

  async write(packet: CodedPacket['packet']): Promise<Buffer> {
    packet.streamIndex = this.#stream.index;
    FFmpegError.throwIfError(await this.#context.writeFrame(packet), 'writing a picture');
    FFmpegError.throwIfError(await this.#context.writeFrame(null), 'ending a fragment');
    return this.#taken();
  }

  #taken(): Buffer {
    const parts = this.#written;
    this.#written = [];
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    // Otherwise the context frees it, too.
    this.#context.pb = null;
    this.#context.freeContext();
    this.#io.freeContext();
  }
}

/** What begins a key frame where the camera sends its parameter sets in the stream (H.264 7.4.1.2.3: SPS, PPS; H.265: VPS, SPS, PPS), as Annex B. */
function parameterSets(codec: StreamCodec, annexB: Uint8Array): Uint8Array {
  if (codec === 'mjpeg') return new Uint8Array();
  const bytes = Buffer.from(annexB.buffer, annexB.byteOffset, annexB.byteLength);
  const isSet = (first: number): boolean => (codec === 'h264' ? [7, 8].includes(first & 0x1f) : [32, 33, 34].includes((first >> 1) & 0x3f));
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(START_CODE); at >= 0; ) {
    const next = bytes.indexOf(START_CODE, at + START_CODE.length);
    if (isSet(bytes[at + START_CODE.length] ?? 0)) found.push(bytes.subarray(at, next < 0 ? bytes.length : next));
    at = next;
  }
  return Buffer.concat(found);
}

const START_CODE = Buffer.from([0, 0, 1]);

/** The type as RFC 6381 and ISO/IEC 14496-15 (annex E) write it, read from the decoder configuration that the muxer made of the parameter sets. */
function mimeOf(codec: StreamCodec, init: Buffer): string | null {
  switch (codec) {
    case 'h264': {
      const avcC = boxIn(init, 'avcC');
      return `video/mp4; codecs="avc1.${avcC.toString('hex', 1, 4)}"`;
    }
    case 'hevc':
      return `video/mp4; codecs="${hevcString(boxIn(init, 'hvcC'))}"`;
    case 'mjpeg':
      return null;
  }
}

/** HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1): profile, compatibility (lowest bit first), tier and level, constraints without trailing zeros. */
function hevcString(hvcC: Buffer): string {
  const profile = hvcC.readUInt8(1);
  const space = ['', 'A', 'B', 'C'][profile >> 6];
  let flags = hvcC.readUInt32BE(2);
  let compatibility = 0;
  for (let bit = 0; bit < 32; bit++, flags >>>= 1) compatibility = ((compatibility << 1) | (flags & 1)) >>> 0;
  const constraints = [...hvcC.subarray(6, 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  const tier = profile & 0x20 ? 'H' : 'L';
  return [`hvc1.${space}${profile & 0x1f}`, compatibility.toString(16), `${tier}${hvcC.readUInt8(12)}`, ...constraints.map((byte) => byte.toString(16))].join('.');
}

/** What stands in the first box of this name. The init segment is our own muxer's: the four letters stand nowhere else in it. */
function boxIn(init: Buffer, name: string): Buffer {
  const at = init.indexOf(name);
  if (at < 4) throw new Error(`the MP4 has no ${name}: the parameter sets cannot be read`);
  return init.subarray(at + 4, at - 4 + init.readUInt32BE(at - 4));
}
