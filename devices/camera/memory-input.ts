/** An MP4 that lies in memory, opened for reading: nothing of it touches the disk. */
import { AVERROR_EOF, AVFMT_FLAG_CUSTOM_IO, AVMEDIA_TYPE_VIDEO, AVSEEK_CUR, AVSEEK_END, AVSEEK_SET, AVSEEK_SIZE } from 'node-av/constants';
import { FFmpegError, FormatContext, InputFormat, IOContext, type Stream } from 'node-av/lib';

const IO_BYTES = 256 * 1024;
const EINVAL = -22;

export interface MemoryInput {
  readonly context: FormatContext;
  /** Its first stream of video. */
  readonly stream: Stream;
  close(): Promise<void>;
}

/** Throws FFmpegError where it is no MP4, and an Error where it holds no video. */
export async function openMp4(mp4: Uint8Array): Promise<MemoryInput> {
  const bytes = Buffer.from(mp4.buffer, mp4.byteOffset, mp4.byteLength);
  let at = 0;
  const read = (size: number): Buffer | number => {
    if (at >= bytes.length) return AVERROR_EOF;
    const part = bytes.subarray(at, at + size);
    at += part.length;
    return part;
  };
  const seek = (offset: bigint, whence: number): number => {
    if (whence === AVSEEK_SIZE) return bytes.length;
    const from = { [AVSEEK_SET]: 0, [AVSEEK_CUR]: at, [AVSEEK_END]: bytes.length }[whence];
    return from === undefined || from + Number(offset) < 0 ? EINVAL : (at = from + Number(offset));
  };
  const io = new IOContext();
  io.allocContextWithCallbacks(IO_BYTES, 0, read, null, seek);
  const context = new FormatContext();
  context.allocContext();
  context.pb = io;
  context.setFlags(AVFMT_FLAG_CUSTOM_IO);
  const close = async (): Promise<void> => {
    await context.closeInput();
    io.freeContext();
  };
  try {
    FFmpegError.throwIfError(await context.openInput('', InputFormat.findInputFormat('mp4')), 'opening the clip');
    const stream = context.streams.find(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_VIDEO);
    if (!stream) throw new Error('the clip holds no video');
    return { context, stream, close };
  } catch (error) {
    await close();
    throw error;
  }
}
