/** Which codecs are read, and how a decoder for one is opened. */
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG, AV_LOG_QUIET, AVMEDIA_TYPE_VIDEO, type AVCodecID } from 'node-av/constants';
import { Codec, CodecContext, CodecParameters, Dictionary, FFmpegError, Log as LibavLog, Rational } from 'node-av/lib';
import { STREAM_CODECS, type StreamCodec, type StreamShape } from './coded-stream.ts';

// It writes to standard error, past our log: what it has to say is in its return codes.
LibavLog.setLevel(AV_LOG_QUIET);

/** 8K: a larger picture in a parameter set is an attack on memory or a mistake, no camera. */
const MAX_PIXELS = 7680 * 4320;
const IDS: Readonly<Record<StreamCodec, AVCodecID>> = { h264: AV_CODEC_ID_H264, hevc: AV_CODEC_ID_HEVC, mjpeg: AV_CODEC_ID_MJPEG };
/** Every packet says its times in this unit of seconds: the clock of video over RTP (RFC 3551, 5). */
export const PACKET_TIME_BASE = { num: 1, den: 90_000 } as const;

/** Null where the codec is none that is read. */
export function streamCodecOf(id: AVCodecID): StreamCodec | null {
  return STREAM_CODECS.find((codec) => IDS[codec] === id) ?? null;
}

/** The shape as libav's codec parameters, for a decoder or a muxer; free them. */
export function parametersOf(shape: StreamShape): CodecParameters {
  const parameters = new CodecParameters();
  parameters.alloc();
  parameters.codecType = AVMEDIA_TYPE_VIDEO;
  parameters.codecId = IDS[shape.codec];
  parameters.width = shape.widthPx ?? 0;
  parameters.height = shape.heightPx ?? 0;
  if (shape.extradata.length > 0) parameters.extradata = Buffer.from(shape.extradata);
  return parameters;
}

/** Opens a decoder on one thread; the caller frees it with freeContext(). Its packets are in PACKET_TIME_BASE. */
export async function openDecoder(shape: StreamShape): Promise<CodecContext> {
  const codec = Codec.findDecoder(IDS[shape.codec]);
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  const parameters = parametersOf(shape);
  const options = Dictionary.fromObject({ max_pixels: MAX_PIXELS });
  try {
    FFmpegError.throwIfError(decoder.parametersToContext(parameters), 'reading the codec parameters');
    decoder.pktTimebase = new Rational(PACKET_TIME_BASE.num, PACKET_TIME_BASE.den);
    // One thread: frame threads add a picture of delay each, and the cores are shared by many cameras anyway.
    decoder.threadCount = 1;
    FFmpegError.throwIfError(await decoder.open2(codec, options), 'opening the decoder');
    return decoder;
  } catch (error) {
    decoder.freeContext();
    throw error;
  } finally {
    options.free();
    parameters.free();
  }
}
