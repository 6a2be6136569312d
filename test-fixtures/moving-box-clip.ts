/** A small H.264 clip of a textured ground with a bright box that crosses it: what camera tests play where real clips are not needed. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AV_CODEC_FLAG_GLOBAL_HEADER, AV_LOG_ERROR, AV_PIX_FMT_YUV420P, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, Log, Packet, Rational } from 'node-av/lib';

export interface BoxClip {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly seconds: number;
}

export interface MadeClip {
  readonly file: string;
  remove(): Promise<void>;
}

/** Encodes the clip (a key frame each second, reordered pictures as most encoders send them) into a temporary MP4. About 1 s of a core for 10 s of 640×360. */
export async function makeMovingBoxClip({ widthPx, heightPx, fps, seconds }: BoxClip): Promise<MadeClip> {
  Log.setLevel(AV_LOG_ERROR);
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-clip-'));
  const file = path.join(dir, 'box.mp4');
  const codec = Codec.findEncoderByName('libx264' as Parameters<typeof Codec.findEncoderByName>[0]);
  if (!codec) throw new Error('this libav has no libx264: no test clip can be made');
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = widthPx;
  encoder.height = heightPx;
  encoder.pixelFormat = AV_PIX_FMT_YUV420P;
  encoder.timeBase = new Rational(1, fps);
  encoder.framerate = new Rational(fps, 1);
  encoder.gopSize = fps;
  encoder.threadCount = 1;
  encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  FFmpegError.throwIfError(await encoder.open2(codec, Dictionary.fromObject({ preset: 'veryfast', crf: 23, bf: 2 })), 'opening libx264');

  const output = new FormatContext();
  FFmpegError.throwIfError(output.allocOutputContext2(null, 'mp4', file), 'making an MP4');
  const stream = output.newStream(codec);
  FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'describing the stream');
  stream.timeBase = encoder.timeBase;
  FFmpegError.throwIfError(await output.openOutput(), 'opening the file');
  FFmpegError.throwIfError(await output.writeHeader(), 'writing the header');
  const packet = new Packet();
  packet.alloc();
  const drain = async (): Promise<void> => {
    for (;;) {
      const code = await encoder.receivePacket(packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      FFmpegError.throwIfError(code, 'encoding');
      packet.streamIndex = stream.index;
      packet.rescaleTs(encoder.timeBase, stream.timeBase);
      FFmpegError.throwIfError(await output.interleavedWriteFrame(packet), 'writing');
    }
  };
  for (let i = 0; i < fps * seconds; i++) {
    const picture = Buffer.alloc((widthPx * heightPx * 3) / 2, 128);
    paint(picture, widthPx, heightPx, i, fps * seconds);
    const frame = Frame.fromVideoBuffer(picture, { width: widthPx, height: heightPx, format: AV_PIX_FMT_YUV420P, pts: BigInt(i), timeBase: { num: 1, den: fps } });
    FFmpegError.throwIfError(await encoder.sendFrame(frame), 'encoding');
    frame.free();
    await drain();
  }
  FFmpegError.throwIfError(await encoder.sendFrame(null), 'encoding');
  await drain();
  FFmpegError.throwIfError(await output.writeTrailer(), 'writing the end');
  await output.closeOutput();
  output.freeContext();
  encoder.freeContext();
  packet.free();
  return { file, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Ground with edges and grain, so that packets have a camera's size and a cut stream shows; the box goes from left to right once. */
function paint(picture: Buffer, widthPx: number, heightPx: number, number: number, count: number): void {
  const boxW = widthPx >> 3;
  const boxX = Math.floor((number / count) * (widthPx - boxW));
  let grain = number + 1;
  for (let y = 0; y < heightPx; y++) {
    const inBoxRows = y > heightPx / 3 && y < (2 * heightPx) / 3;
    for (let x = 0; x < widthPx; x++) {
      grain = (Math.imul(grain, 1_103_515_245) + 12_345) | 0;
      const ground = 60 + (((x >> 3) * 7 + (y >> 3) * 13) % 50);
      picture[y * widthPx + x] = (inBoxRows && x >= boxX && x < boxX + boxW ? 210 : ground) + ((grain >> 16) & 7);
    }
  }
}
