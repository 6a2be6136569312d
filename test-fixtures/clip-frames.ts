/** The frames of a clip file as cameras' frames come: JPEGs at a chosen rate, made by the program's own encoder. */
import { AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, FormatContext, Frame, Packet } from 'node-av/lib';
import { PictureMaker } from '../devices/camera/libav-picture.ts';

export interface ClipFrame {
  /** Since the clip's first frame, whatever time the file gives that one. */
  readonly atMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Uint8Array;
}

const MAX_WIDTH_PX = 960;

/** Plays a file as fast as it is asked for, giving the first frame of every `1000 / fps` milliseconds. */
export async function* clipFrames(file: string, fps: number): AsyncGenerator<ClipFrame> {
  const maker = new PictureMaker(MAX_WIDTH_PX, 160);
  try {
    for await (const { atMs, frame } of decodedFrames(file, fps)) yield { atMs, ...maker.sizeOf(frame), jpeg: await maker.jpeg(frame) };
  } finally {
    maker.free();
  }
}

/** The same frames before they become JPEGs; each is used again for the next. */
export async function* decodedFrames(file: string, fps: number): AsyncGenerator<{ readonly atMs: number; readonly frame: Frame }> {
  const input = new FormatContext();
  const decoder = new CodecContext();
  const packet = new Packet();
  const frame = new Frame();
  packet.alloc();
  frame.alloc();
  try {
    FFmpegError.throwIfError(await input.openInput(file), `opening ${file}`);
    const stream = input.streams.find((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO)!;
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    decoder.allocContext3(codec);
    FFmpegError.throwIfError(decoder.parametersToContext(stream.codecpar), 'reading the codec parameters');
    FFmpegError.throwIfError(await decoder.open2(codec), 'opening the decoder');
    const msPerTick = (1000 * stream.timeBase.num) / stream.timeBase.den;
    let startMs: number | null = null;
    let dueMs = 0;
    for (let more = true; more; ) {
      more = (await input.readFrame(packet)) >= 0;
      if (more && packet.streamIndex !== stream.index) continue;
      await decoder.sendPacket(more ? packet : null);
      packet.unref();
      while (decoder.receiveFrameSync(frame) >= 0) {
        const fileMs = Math.round(Number(frame.bestEffortTimestamp) * msPerTick);
        startMs ??= fileMs;
        const atMs = fileMs - startMs;
        if (atMs >= dueMs) {
          dueMs += 1000 / fps;
          yield { atMs, frame };
        }
        frame.unref();
      }
    }
  } finally {
    decoder.freeContext();
    packet.free();
    frame.free();
    await input.closeInput();
  }
}
