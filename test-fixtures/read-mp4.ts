/** What an MP4 holds, read by libav: for tests of what we write. */
import { Packet } from 'node-av/lib';
import { openMp4 } from '../devices/camera/memory-input.ts';

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
  const { context, stream, close } = await openMp4(bytes);
  const packet = new Packet();
  packet.alloc();
  try {
    await context.findStreamInfo();
    const ms = (value: bigint): number => (Number(value) * 1000 * stream.timeBase.num) / stream.timeBase.den;
    const pictures: { ptsMs: number; dtsMs: number; key: boolean }[] = [];
    while ((await context.readFrame(packet)) >= 0) {
      pictures.push({ ptsMs: ms(packet.pts), dtsMs: ms(packet.dts), key: packet.isKeyframe });
      packet.unref();
    }
    return { widthPx: stream.codecpar.width, heightPx: stream.codecpar.height, tag: stream.codecpar.codecTagString, durationMs: Number(context.duration) / 1000, pictures };
  } finally {
    packet.free();
    await close();
  }
}
