/** Watches an RTSP address with libav itself and says what came: how tests judge a camera by somebody else's eyes. */
import { AVERROR_EAGAIN, AVERROR_EOF, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, Packet, type Stream } from 'node-av/lib';

export interface Watched {
  readonly codec: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** In the order of arrival; times in ticks of 1/90000 s from the stream's beginning, null where libav gives none. */
  readonly packets: readonly { readonly present90k: number | null; readonly key: boolean }[];
  readonly framesDecoded: number;
  /** Frames and packets that libav called broken. */
  readonly framesBroken: number;
  /** A decoded picture's luma plane, row by row, of the last frame; null where none was decoded. */
  readonly lastLuma: Buffer | null;
}

/**
 * Reads `packetCount` packets and decodes them. Throws an Error with libav's own words where the address does not open
 * or the stream ends or stalls (no byte for `timeoutMs`) before. With 0 packets it only says what the camera announces.
 */
export async function watch(url: string, packetCount: number, timeoutMs = 5_000, transport: 'tcp' | 'udp' = 'tcp'): Promise<Watched> {
  await using input = new FormatContext();
  const options = Dictionary.fromObject({ rtsp_transport: transport, timeout: String(timeoutMs * 1000), analyzeduration: '1000000' });
  FFmpegError.throwIfError(await input.openInput(url, null, options), 'opening the stream');
  if (packetCount > 0) FFmpegError.throwIfError(await input.findStreamInfo(), 'probing the stream');
  const stream = input.streams.find((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  if (!stream) throw new Error('the stream has no video');
  const packets: { present90k: number | null; key: boolean }[] = [];
  using decoder = openDecoder(stream);
  const seen = { framesDecoded: 0, framesBroken: 0, lastLuma: null as Buffer | null };
  using packet = new Packet();
  packet.alloc();
  while (packets.length < packetCount) {
    FFmpegError.throwIfError(await input.readFrame(packet), 'reading the stream');
    if (packet.streamIndex === stream.index) {
      // AV_NOPTS_VALUE is -2^63.
      packets.push({ present90k: packet.pts < -(2n ** 62n) ? null : Number(packet.pts), key: packet.isKeyframe });
      await decode(decoder, packet, seen);
    }
    packet.unref();
  }
  await decode(decoder, null, seen);
  return { codec: decoder.codec, widthPx: stream.codecpar.width, heightPx: stream.codecpar.height, packets, ...seen };
}

interface Decoder extends Disposable {
  readonly codec: string;
  readonly context: CodecContext;
}

function openDecoder(stream: Stream): Decoder {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new Error(`libav has no decoder for codec ${stream.codecpar.codecId}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.parametersToContext(stream.codecpar);
  context.threadCount = 1;
  FFmpegError.throwIfError(context.open2Sync(codec), 'opening the decoder');
  return { codec: codec.name ?? '', context, [Symbol.dispose]: () => context.freeContext() };
}

async function decode(decoder: Decoder, packet: Packet | null, seen: { framesDecoded: number; framesBroken: number; lastLuma: Buffer | null }): Promise<void> {
  const sent = await decoder.context.sendPacket(packet);
  if (sent < 0 && packet) seen.framesBroken++;
  using frame = new Frame();
  frame.alloc();
  for (;;) {
    const status = await decoder.context.receiveFrame(frame);
    if (status === AVERROR_EAGAIN || status === AVERROR_EOF) return;
    if (status < 0) {
      seen.framesBroken++;
      return;
    }
    seen.framesDecoded++;
    if (frame.decodeErrorFlags !== 0) seen.framesBroken++;
    seen.lastLuma = frame.toBuffer().subarray(0, frame.width * frame.height);
    frame.unref();
  }
}
