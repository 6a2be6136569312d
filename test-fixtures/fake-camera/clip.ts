/** Reads the coded pictures of a video file (H.264, H.265 or MJPEG), so that a fake camera can send them again and again. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { AVERROR_EOF, AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MJPEG } from 'node-av/constants';
import { FFmpegError, FormatContext, Packet, type Stream } from 'node-av/lib';
import { type ParameterSets, parameterSetsOf, splitNals } from './nal-units.ts';

export type ClipCodec = 'h264' | 'h265' | 'mjpeg';

/** One coded picture in decode order. Times are in ticks of 1/90000 s from the clip's first decode time. */
export interface AccessUnit {
  readonly decode90k: number;
  readonly present90k: number;
  readonly key: boolean;
  /** The NAL units, without start codes or lengths; of MJPEG the one whole JPEG. */
  nals(): readonly Buffer[];
}

export interface Clip {
  readonly codec: ClipCodec;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Video (H.265 alone), sequence and picture parameter sets, at least one each (ITU-T H.264 and H.265, 7.3.2); MJPEG has none. */
  readonly vps: readonly Buffer[];
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
  /** Never empty; the first is a key frame. */
  readonly units: readonly AccessUnit[];
  /** How long one round lasts: the first unit of the next round is due exactly this much after the first of this one. */
  readonly loop90k: number;
  close(): void;
}

export const TICKS_PER_S = 90_000;
const CODECS: ReadonlyMap<number, ClipCodec> = new Map<number, ClipCodec>([[AV_CODEC_ID_H264, 'h264'], [AV_CODEC_ID_HEVC, 'h265'], [AV_CODEC_ID_MJPEG, 'mjpeg']]);

/** How to find the NAL units in a packet; null for MJPEG, whose packets are pictures. */
type Layout = Pick<ParameterSets, 'lengthBytes'> | null;

/**
 * Opens `file` (anything libav demuxes that holds one of the three codecs) and reads its first video stream.
 * Files below `inMemoryBytes` are kept in memory; of larger MP4 files only the places of the units are, and each is read when it is sent.
 * Throws an Error that names the file where it cannot be opened, holds another codec, or has no key frame.
 */
export async function readClip(file: string, inMemoryBytes = 64 * 1024 * 1024): Promise<Clip> {
  await using input = new FormatContext();
  const opened = await input.openInput(file);
  if (opened < 0) throw new Error(`The clip ${file} cannot be opened: ${new FFmpegError(opened).message}`);
  await input.findStreamInfo();
  const stream = input.streams.find((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  const codec = stream && CODECS.get(stream.codecpar.codecId);
  if (!stream || !codec) throw new Error(`The clip ${file} holds no video in H.264, H.265 or MJPEG.`);
  const sets = codec === 'mjpeg' ? null : parameterSetsOf(codec, stream.codecpar.extradata ?? Buffer.alloc(0));
  const onDisk = sets?.lengthBytes !== null && statSync(file).size >= inMemoryBytes ? openSync(file, 'r') : null;
  const read = await readUnits(input, stream, sets, onDisk);
  if (read.units.length === 0 || sets?.sps.length === 0 || sets?.pps.length === 0) {
    if (onDisk !== null) closeSync(onDisk);
    throw new Error(`The clip ${file} has no key frame, or no parameter sets: nothing can be played.`);
  }
  let open = onDisk !== null;
  return {
    codec,
    widthPx: stream.codecpar.width,
    heightPx: stream.codecpar.height,
    vps: sets?.vps ?? [],
    sps: sets?.sps ?? [],
    pps: sets?.pps ?? [],
    ...read,
    close: () => {
      if (open && onDisk !== null) closeSync(onDisk);
      open = false;
    },
  };
}

async function readUnits(input: FormatContext, stream: Stream, layout: Layout, onDisk: number | null): Promise<{ units: AccessUnit[]; loop90k: number }> {
  const { num, den } = stream.timeBase;
  const ticks = (value: bigint): number => Math.round((Number(value) * num * TICKS_PER_S) / den);
  const units: AccessUnit[] = [];
  let first: number | null = null;
  let last90k = 0;
  let lastDuration90k = 0;
  const packet = new Packet();
  packet.alloc();
  for (;;) {
    const status = await input.readFrame(packet);
    if (status === AVERROR_EOF) break;
    FFmpegError.throwIfError(status, 'reading the clip');
    if (packet.streamIndex === stream.index && packet.size > 0 && (first !== null || packet.isKeyframe)) {
      const dts = ticks(packet.dts);
      first ??= dts;
      last90k = dts - first;
      lastDuration90k = ticks(packet.duration);
      units.push({ decode90k: last90k, present90k: ticks(packet.pts) - first, key: packet.isKeyframe, nals: nalReader(packet, layout, onDisk) });
    }
    packet.unref();
  }
  packet.free();
  const mean90k = units.length > 1 ? Math.round(last90k / (units.length - 1)) : TICKS_PER_S / 25;
  return { units, loop90k: last90k + (lastDuration90k > 0 ? lastDuration90k : mean90k) };
}

function nalReader(packet: Packet, layout: Layout, onDisk: number | null): () => readonly Buffer[] {
  const position = Number(packet.pos);
  const size = packet.size;
  const split = (bytes: Buffer): Buffer[] => (layout ? splitNals(bytes, layout.lengthBytes) : [bytes]);
  if (onDisk !== null && position >= 0) {
    return () => {
      const bytes = Buffer.allocUnsafe(size);
      readSync(onDisk, bytes, 0, size, position);
      return split(bytes);
    };
  }
  // The packet's memory is libav's and goes away with it.
  const nals = split(Buffer.from(packet.data ?? []));
  return () => nals;
}
