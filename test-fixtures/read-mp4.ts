/** What an MP4 holds, read by libav: for tests of what we write. */
import { AVERROR_EOF, AVFMT_FLAG_CUSTOM_IO, AVSEEK_SIZE } from 'node-av/constants';
import { FFmpegError, FormatContext, InputFormat, IOContext, Packet } from 'node-av/lib';

export interface ReadMp4 {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Four letters of the sample entry. */
  readonly tag: string | null;
  readonly durationMs: number;
  /** In decoding order. */
  readonly pictures: readonly { readonly ptsMs: number; readonly dtsMs: number; readonly key: boolean }[];
}

/** Throws FFmpegError where it cannot be opened. */
export async function readMp4(bytes: Buffer): Promise<ReadMp4> {
  let at = 0;
  const io = new IOContext();
  io.allocContextWithCallbacks(65_536, 0, (size) => {
    if (at >= bytes.length) return AVERROR_EOF;
    const part = bytes.subarray(at, at + size);
    at += part.length;
    return part;
  }, null, (offset, whence) => (whence === AVSEEK_SIZE ? bytes.length : (at = Number(offset))));
  await using input = new FormatContext();
  input.allocContext();
  input.pb = io;
  input.setFlags(AVFMT_FLAG_CUSTOM_IO);
  FFmpegError.throwIfError(await input.openInput('', InputFormat.findInputFormat('mp4')), 'opening');
  await input.findStreamInfo();
  const stream = input.streams[0];
  if (!stream) throw new Error('the MP4 holds no stream');
  const ms = (value: bigint): number => (Number(value) * 1000 * stream.timeBase.num) / stream.timeBase.den;
  const pictures: { ptsMs: number; dtsMs: number; key: boolean }[] = [];
  const packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    pictures.push({ ptsMs: ms(packet.pts), dtsMs: ms(packet.dts), key: packet.isKeyframe });
    packet.unref();
  }
  packet.free();
  return { widthPx: stream.codecpar.width, heightPx: stream.codecpar.height, tag: stream.codecpar.codecTagString, durationMs: Number(input.duration) / 1000, pictures };
}
