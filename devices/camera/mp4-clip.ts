/** Coded packets as a whole MP4, nothing decoded or encoded again: index before the pictures, beginning at a key frame, times from zero. */
import { AVFMT_FLAG_CUSTOM_IO, AVSEEK_CUR, AVSEEK_END, AVSEEK_SET, AVSEEK_SIZE } from 'node-av/constants';
import { Dictionary, FFmpegError, FormatContext, IOContext, Rational, type Stream } from 'node-av/lib';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { PACKET_TIME_BASE, parametersOf } from './decoders.ts';
import { annexB, pictureFacts, setsIn } from './parameter-sets.ts';

const TICKS_PER_MS = PACKET_TIME_BASE.den / 1000;
const IO_BYTES = 256 * 1024;
/**
 * What the index takes at most: entries in stts, ctts (8 bytes), stss, stsz, stsc and stco (4 to 12) for each picture (ISO/IEC 14496-12, 8.6, 8.7),
 * and the boxes around them with the parameter sets.
 */
const INDEX_BYTES = { perPicture: 44, fixed: 8192 };
const USUAL_PICTURE_MS = 40;
/** hev1, libav's choice, is refused by Safari. */
const HVC1 = Buffer.from('hvc1').readUInt32LE();

/** Where a clip of these packets begins and ends: from the first key frame on, without pictures of before it that a few encoders send after it. */
export function playable(packets: readonly CodedPacket[]): CodedPacket[] {
  const from = packets.findIndex(({ key }) => key);
  const first = packets[from];
  return first ? packets.slice(from).filter(({ ptsMs }) => ptsMs >= first.ptsMs) : [];
}

/**
 * The packets, all of one shape and in decoding order, as an MP4. Their bytes are held twice while it is made. The packets' times are changed; they
 * stay the caller's. Throws an Error where there is no key frame or nothing says how large the picture is, FFmpegError where libav refuses.
 */
export async function mp4Of(shape: StreamShape, packets: readonly CodedPacket[]): Promise<Uint8Array> {
  const pictures = playable(packets);
  const first = pictures[0];
  if (!first) throw new Error('there is no key frame to begin with');
  const file = new MemoryFile(INDEX_BYTES.fixed + pictures.reduce((sum, { bytes }) => sum + bytes + INDEX_BYTES.perPicture, IO_BYTES));
  const output = new FormatContext();
  try {
    FFmpegError.throwIfError(output.allocOutputContext2(null, 'mp4', null), 'making an MP4');
    output.pb = file.io;
    output.setFlags(AVFMT_FLAG_CUSTOM_IO);
    const stream = describe(output, wholeShape(shape, first));
    await begin(output, INDEX_BYTES.fixed + INDEX_BYTES.perPicture * pictures.length);
    for (const [i, picture] of pictures.entries()) await write(output, stream, picture, first, durationMs(pictures, i));
    FFmpegError.throwIfError(await output.writeTrailer(), 'writing the index');
    return file.bytes;
  } finally {
    // Otherwise the context frees it, too.
    output.pb = null;
    output.freeContext();
    file.io.freeContext();
  }
}

/** Some cameras say nothing in their description: then the first key frame tells. */
function wholeShape(shape: StreamShape, { packet }: CodedPacket): StreamShape {
  const bytes = packet.data ?? Buffer.alloc(0);
  const extradata = shape.codec === 'mjpeg' || shape.extradata.length > 0 ? shape.extradata : annexB(setsIn(shape.codec, bytes));
  const { widthPx, heightPx } = shape;
  const size = widthPx !== null && heightPx !== null ? { widthPx, heightPx } : pictureFacts(shape.codec, shape.codec === 'mjpeg' ? bytes : Buffer.from(extradata));
  if (!size) throw new Error('the stream does not say how large its picture is');
  return { codec: shape.codec, widthPx: size.widthPx, heightPx: size.heightPx, extradata };
}

function describe(output: FormatContext, shape: StreamShape): Stream {
  const stream = output.newStream(null);
  const parameters = parametersOf(shape);
  try {
    FFmpegError.throwIfError(parameters.copy(stream.codecpar), 'describing the stream');
  } finally {
    parameters.free();
  }
  stream.codecpar.codecTag = shape.codec === 'hevc' ? HVC1 : 0;
  stream.timeBase = new Rational(PACKET_TIME_BASE.num, PACKET_TIME_BASE.den);
  return stream;
}

async function begin(output: FormatContext, indexBytes: number): Promise<void> {
  // Offsets that may be negative make an edit list needless, which players heed or not as they please: the first picture is at zero for all.
  const options = Dictionary.fromObject({ movflags: 'negative_cts_offsets', use_editlist: 0, moov_size: indexBytes });
  try {
    FFmpegError.throwIfError(await output.writeHeader(options), 'beginning an MP4');
  } finally {
    options.free();
  }
}

async function write(output: FormatContext, stream: Stream, { packet, ptsMs, dtsMs, key }: CodedPacket, first: CodedPacket, lastsMs: number): Promise<void> {
  packet.streamIndex = stream.index;
  packet.dts = ticks(dtsMs - first.dtsMs);
  // A source whose reordering was not known has given a time of decoding that is too late: libav refuses that.
  packet.pts = ticks(Math.max(dtsMs, ptsMs) - first.dtsMs);
  packet.duration = ticks(lastsMs);
  packet.isKeyframe = key;
  FFmpegError.throwIfError(await output.writeFrame(packet), 'writing a picture');
}

/** How long the picture at `i` lasts, in decoding order; of the last one, as long as the one before. */
function durationMs(pictures: readonly CodedPacket[], i: number): number {
  const at = Math.min(i, pictures.length - 2);
  const [one, next] = [pictures[at], pictures[at + 1]];
  return one && next ? next.dtsMs - one.dtsMs : USUAL_PICTURE_MS;
}

const ticks = (ms: number): bigint => BigInt(Math.round(ms * TICKS_PER_MS));

/** A file in memory, as libav writes one: it comes back to the beginning to fill the index in. */
class MemoryFile {
  readonly io = new IOContext();
  readonly #memory: Buffer;
  #at = 0;
  #end = 0;

  /** Room for `mostBytes`; writing more fails. */
  constructor(mostBytes: number) {
    this.#memory = Buffer.alloc(mostBytes);
    this.io.allocContextWithCallbacks(IO_BYTES, 1, null, (bytes) => this.#write(bytes), (offset, whence) => this.#seek(Number(offset), whence));
  }

  /** What was written, its memory shared. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#end);
  }

  #write(bytes: Buffer): number {
    if (this.#at + bytes.length > this.#memory.length) return ENOSPC;
    bytes.copy(this.#memory, this.#at);
    this.#at += bytes.length;
    this.#end = Math.max(this.#end, this.#at);
    return bytes.length;
  }

  /** Also past the end: that is how libav leaves room for the index. */
  #seek(offset: number, whence: number): number {
    if (whence === AVSEEK_SIZE) return this.#end;
    const from = { [AVSEEK_SET]: 0, [AVSEEK_CUR]: this.#at, [AVSEEK_END]: this.#end }[whence];
    if (from === undefined || from + offset < 0 || from + offset > this.#memory.length) return EINVAL;
    return (this.#at = from + offset);
  }
}

const ENOSPC = -28;
const EINVAL = -22;
