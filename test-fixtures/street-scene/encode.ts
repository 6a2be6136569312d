/** A scene as H.264: every frame drawn and encoded with libx264, kept in memory or written as an MP4. */
import { AVERROR_EAGAIN, AVERROR_EOF, AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264, AV_PIX_FMT_YUV420P, FF_ENCODER_LIBX264 } from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, FormatContext, Frame, Packet, Rational } from 'node-av/lib';
import { NAL_PPS, NAL_SPS, nalType, splitNals } from '../fake-camera/nal-units.ts';
import type { Scene } from './scene.ts';

export interface CodedFrame {
  readonly frameIndex: number;
  readonly key: boolean;
  /** One access unit with start codes (H.264, Annex B). */
  readonly bytes: Buffer;
}

export interface CodedScene {
  readonly frames: readonly CodedFrame[];
  /** Parameter sets with start codes; key frames carry them too. */
  readonly parameterSets: Buffer;
}

/** One loop, a key frame each second and no B-frames, as cameras are set. Throws an Error where libav has no H.264 encoder. */
export async function encodeScene(scene: Scene): Promise<CodedScene> {
  using encoder = openEncoder(scene);
  const frames: CodedFrame[] = [];
  for (let i = 0; i < scene.frameCount; i++) {
    const frame = Frame.fromVideoBuffer(scene.render(i), { width: scene.options.widthPx, height: scene.options.heightPx, format: AV_PIX_FMT_YUV420P, pts: BigInt(i), timeBase: { num: 1, den: scene.options.fps } });
    FFmpegError.throwIfError(await encoder.sendFrame(frame), 'encoding a frame');
    frame.free();
    await drain(encoder, frames);
  }
  FFmpegError.throwIfError(await encoder.sendFrame(null), 'ending the encoding');
  await drain(encoder, frames);
  return { frames, parameterSets: parameterSetsOf(frames) };
}

function openEncoder(scene: Scene): CodecContext {
  const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
  if (!codec) throw new Error('This build of libav has no libx264: street scenes cannot be encoded.');
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = scene.options.widthPx;
  context.height = scene.options.heightPx;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1, scene.options.fps);
  context.framerate = new Rational(scene.options.fps, 1);
  context.gopSize = scene.options.fps;
  context.maxBFrames = 0;
  // One thread and no look-ahead, so that the same scene gives the same bytes.
  context.threadCount = 1;
  for (const [name, value] of [['preset', 'superfast'], ['crf', '24'], ['tune', 'zerolatency'], ['x264-params', 'log=-1']] as const) {
    FFmpegError.throwIfError(context.setOption(name, value) ?? 0, `setting ${name}`);
  }
  FFmpegError.throwIfError(context.open2Sync(codec), 'opening libx264');
  return context;
}

/** Taken from the first key frame: with AV_CODEC_FLAG_GLOBAL_HEADER, libav would print x264's settings to standard error at each start. */
function parameterSetsOf(frames: readonly CodedFrame[]): Buffer {
  const startCode = Buffer.from([0, 0, 0, 1]);
  const sets = splitNals(frames[0]?.bytes ?? Buffer.alloc(0), null).filter((nal) => nalType(nal) === NAL_SPS || nalType(nal) === NAL_PPS);
  return Buffer.concat(sets.flatMap((set) => [startCode, set]));
}

async function drain(encoder: CodecContext, frames: CodedFrame[]): Promise<void> {
  using packet = new Packet();
  packet.alloc();
  for (;;) {
    const status = await encoder.receivePacket(packet);
    if (status === AVERROR_EAGAIN || status === AVERROR_EOF) return;
    FFmpegError.throwIfError(status, 'taking a coded frame');
    frames.push({ frameIndex: Number(packet.pts), key: packet.isKeyframe, bytes: Buffer.from(packet.data ?? []) });
    packet.unref();
  }
}

/** Writes the coded scene into `file` as MP4. */
export async function writeMp4(scene: Scene, coded: CodedScene, file: string): Promise<void> {
  await using output = new FormatContext();
  FFmpegError.throwIfError(output.allocOutputContext2(null, 'mp4', file), 'opening the MP4');
  const stream = output.newStream(null);
  stream.codecpar.codecType = AVMEDIA_TYPE_VIDEO;
  stream.codecpar.codecId = AV_CODEC_ID_H264;
  stream.codecpar.width = scene.options.widthPx;
  stream.codecpar.height = scene.options.heightPx;
  stream.codecpar.format = AV_PIX_FMT_YUV420P;
  stream.codecpar.extradata = coded.parameterSets;
  stream.timeBase = new Rational(1, scene.options.fps);
  FFmpegError.throwIfError(await output.openOutput(), 'creating the MP4');
  FFmpegError.throwIfError(await output.writeHeader(), 'writing the MP4');
  using packet = new Packet();
  packet.alloc();
  for (const frame of coded.frames) {
    packet.data = frame.bytes;
    packet.pts = BigInt(frame.frameIndex);
    packet.dts = BigInt(frame.frameIndex);
    packet.duration = 1n;
    packet.isKeyframe = frame.key;
    packet.streamIndex = stream.index;
    packet.rescaleTs(new Rational(1, scene.options.fps), stream.timeBase);
    FFmpegError.throwIfError(await output.interleavedWriteFrame(packet), 'writing the MP4');
  }
  FFmpegError.throwIfError(await output.writeTrailer(), 'ending the MP4');
  await output.closeOutput();
}
