/** Coded packets made in memory by a real encoder, as a camera's session gives them, and a small memory of them for those who listen. */
import { AV_LOG_ERROR, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, Frame, Log, Packet, Rational } from 'node-av/lib';
import type { CodedPacket, PacketHistory, PacketTap, StreamCodec, StreamShape } from '../devices/camera/coded-stream.ts';

export interface WantedCoding {
  readonly codec: StreamCodec;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly pictures: number;
  /** Pictures from one key frame to the next. */
  readonly gop: number;
  readonly reordered?: boolean;
  /** Seeded noise over all of it, so that no picture fits into one packet. */
  readonly grain?: boolean;
  /** More of x264's or x265's own parameters, parted by colons. */
  readonly parameters?: string;
  /** capturedAtMs of the first. */
  readonly fromMs?: number;
}

const ENCODERS: Readonly<Record<StreamCodec, { readonly name: string; readonly options: Readonly<Record<string, string>> }>> = {
  h264: { name: 'libx264', options: { preset: 'ultrafast', tune: 'zerolatency' } },
  hevc: { name: 'libx265', options: { preset: 'ultrafast', 'x265-params': 'log-level=none:repeat-headers=1' } },
  mjpeg: { name: 'mjpeg', options: {} },
};

/** Parameter sets are in the stream only (the shape's extradata is empty), as with cameras whose description says nothing. The caller frees the packets. */
export async function codedPackets(wanted: WantedCoding): Promise<{ readonly shape: StreamShape; readonly packets: CodedPacket[] }> {
  const { codec, widthPx, heightPx, fps, pictures, gop, reordered = false, grain = false, parameters = '', fromMs = 0 } = wanted;
  const { name, options } = ENCODERS[codec];
  Log.setLevel(AV_LOG_ERROR);
  const found = Codec.findEncoderByName(name as Parameters<typeof Codec.findEncoderByName>[0]);
  if (!found) throw new Error(`this libav has no ${name}`);
  const encoder = new CodecContext();
  encoder.allocContext3(found);
  encoder.width = widthPx;
  encoder.height = heightPx;
  const format = codec === 'mjpeg' ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
  encoder.pixelFormat = format;
  encoder.timeBase = new Rational(1, fps);
  encoder.framerate = new Rational(fps, 1);
  encoder.gopSize = gop;
  encoder.threadCount = 1;
  const { tune: _, ...slow } = options;
  const own = codec === 'h264' && parameters !== '' ? { 'x264-params': parameters } : codec === 'hevc' ? { 'x265-params': [options['x265-params'], parameters].filter(Boolean).join(':') } : {};
  FFmpegError.throwIfError(await encoder.open2(found, Dictionary.fromObject({ ...(reordered ? { ...slow, bf: '2' } : { ...options, bf: '0' }), ...own })), `opening ${name}`);
  const packets: CodedPacket[] = [];
  const packet = new Packet();
  packet.alloc();
  const drain = async (): Promise<void> => {
    for (;;) {
      const code = await encoder.receivePacket(packet);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      FFmpegError.throwIfError(code, 'encoding');
      const own = packet.clone();
      if (!own) throw new Error('no memory for a packet');
      const ptsMs = (Number(packet.pts) * 1000) / fps;
      packets.push({ packet: own, key: packet.isKeyframe, ptsMs, dtsMs: (Number(packet.dts) * 1000) / fps, capturedAtMs: fromMs + ptsMs, clock: 'arrival', bytes: packet.size });
    }
  };
  let noise = 0;
  for (let i = 0; i < pictures; i++) {
    const picture = Buffer.alloc((widthPx * heightPx * 3) / 2, 128);
    for (let at = 0; at < widthPx * heightPx; at++) {
      if (grain) noise = (Math.imul(noise, 1_103_515_245) + 12_345) | 0;
      picture[at] = 60 + ((((at % widthPx) >> 3) * 7 + i * 5) % 120) + ((noise >> 16) & 15);
    }
    const frame = Frame.fromVideoBuffer(picture, { width: widthPx, height: heightPx, format, pts: BigInt(i), timeBase: { num: 1, den: fps } });
    FFmpegError.throwIfError(await encoder.sendFrame(frame), 'encoding');
    frame.free();
    await drain();
  }
  FFmpegError.throwIfError(await encoder.sendFrame(null), 'encoding');
  await drain();
  packet.free();
  encoder.freeContext();
  return { shape: { codec, widthPx, heightPx, extradata: new Uint8Array() }, packets };
}

/** Remembers everything since the last key frame, and tells listeners. */
export class LastGop implements PacketHistory {
  readonly #taps = new Set<PacketTap>();
  #packets: CodedPacket[] = [];
  shape: StreamShape | null = null;

  get newestAtMs(): number | null {
    return this.#packets.at(-1)?.capturedAtMs ?? null;
  }

  get listeners(): number {
    return this.#taps.size;
  }

  begin(shape: StreamShape): void {
    this.#forget();
    this.shape = shape;
    for (const tap of this.#taps) tap.shape(shape);
  }

  /** Keeps a clone. */
  add(packet: CodedPacket): void {
    if (packet.key) this.#forget();
    this.#packets.push(cloned(packet));
    for (const tap of this.#taps) tap.packet(packet);
  }

  end(): void {
    for (const tap of this.#taps) tap.ended();
  }

  from(): CodedPacket[] {
    return this.#packets.map(cloned);
  }

  tap(listener: PacketTap): () => void {
    this.#taps.add(listener);
    if (this.shape) listener.shape(this.shape);
    return () => void this.#taps.delete(listener);
  }

  free(): void {
    this.#forget();
  }

  #forget(): void {
    for (const { packet } of this.#packets.splice(0)) packet.free();
  }
}

function cloned(packet: CodedPacket): CodedPacket {
  const own = packet.packet.clone();
  if (!own) throw new Error('no memory for a packet');
  return { ...packet, packet: own };
}
