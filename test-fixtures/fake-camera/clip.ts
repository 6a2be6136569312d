/** Reads the H.264 access units of a video file, so that a fake camera can send them again and again. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { AVERROR_EOF, AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264 } from 'node-av/constants';
import { FFmpegError, FormatContext, Packet, type Stream } from 'node-av/lib';

/** One coded picture in decode order. Times are in ticks of 1/90000 s from the clip's first decode time. */
export interface AccessUnit {
  readonly decode90k: number;
  readonly present90k: number;
  readonly key: boolean;
  /** The NAL units, without start codes or lengths. */
  nals(): readonly Buffer[];
}

export interface Clip {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Sequence and picture parameter sets (ITU-T H.264, 7.3.2.1 and 7.3.2.2), at least one each. */
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
  /** Never empty; the first is a key frame. */
  readonly units: readonly AccessUnit[];
  /** How long one round lasts: the first unit of the next round is due exactly this much after the first of this one. */
  readonly loop90k: number;
  close(): void;
}

export const TICKS_PER_S = 90_000;
export const NAL_SPS = 7;
export const NAL_PPS = 8;
export const nalType = (nal: Buffer): number => (nal[0] ?? 0) & 0x1f;

interface Layout {
  /** Bytes of the length before each NAL unit (ISO/IEC 14496-15, avcC), or null where start codes part them (Annex B). */
  readonly lengthBytes: number | null;
  readonly sps: Buffer[];
  readonly pps: Buffer[];
}

/**
 * Opens `file` (anything libav demuxes that holds H.264) and reads its first video stream.
 * Files below `inMemoryBytes` are kept in memory; of larger MP4 files only the places of the units are, and each is read when it is sent.
 * Throws an Error that names the file where it cannot be opened, holds no H.264, or has no key frame.
 */
export async function readClip(file: string, inMemoryBytes = 64 * 1024 * 1024): Promise<Clip> {
  await using input = new FormatContext();
  const opened = await input.openInput(file);
  if (opened < 0) throw new Error(`The clip ${file} cannot be opened: ${new FFmpegError(opened).message}`);
  await input.findStreamInfo();
  const stream = input.streams.find((s) => s.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  if (stream?.codecpar.codecId !== AV_CODEC_ID_H264) throw new Error(`The clip ${file} holds no H.264 video.`);
  const layout = layoutOf(stream.codecpar.extradata ?? Buffer.alloc(0));
  const onDisk = layout.lengthBytes !== null && statSync(file).size >= inMemoryBytes ? openSync(file, 'r') : null;
  const read = await readUnits(input, stream, layout, onDisk);
  if (read.units.length === 0 || layout.sps.length === 0 || layout.pps.length === 0) {
    if (onDisk !== null) closeSync(onDisk);
    throw new Error(`The clip ${file} has no key frame, or no parameter sets: nothing can be played.`);
  }
  let open = onDisk !== null;
  return {
    widthPx: stream.codecpar.width,
    heightPx: stream.codecpar.height,
    sps: layout.sps,
    pps: layout.pps,
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
  if (onDisk !== null && position >= 0) {
    return () => {
      const bytes = Buffer.allocUnsafe(size);
      readSync(onDisk, bytes, 0, size, position);
      return splitNals(bytes, layout.lengthBytes);
    };
  }
  // The packet's memory is libav's and goes away with it.
  const nals = splitNals(Buffer.from(packet.data ?? []), layout.lengthBytes);
  return () => nals;
}

/** Splits an access unit: by lengths (ISO/IEC 14496-15, 5.3.3) or, where `lengthBytes` is null, by start codes (H.264 Annex B). */
export function splitNals(bytes: Buffer, lengthBytes: number | null): Buffer[] {
  if (lengthBytes === null) return splitAtStartCodes(bytes);
  const nals: Buffer[] = [];
  for (let at = 0; at + lengthBytes < bytes.length; ) {
    const length = bytes.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    if (length > 0) nals.push(bytes.subarray(at, at + length));
    at += length;
  }
  return nals;
}

function splitAtStartCodes(bytes: Buffer): Buffer[] {
  const START = Buffer.from([0, 0, 1]);
  const nals: Buffer[] = [];
  for (let at = bytes.indexOf(START); at >= 0; ) {
    const next = bytes.indexOf(START, at + 3);
    let end = next < 0 ? bytes.length : next;
    // A NAL unit never ends in a zero byte (7.4.1): what follows belongs to the next, longer start code.
    while (end > at + 3 && bytes[end - 1] === 0) end--;
    if (end > at + 3) nals.push(bytes.subarray(at + 3, end));
    at = next;
  }
  return nals;
}

/** Reads avcC (ISO/IEC 14496-15, 5.3.3.1) or, where it does not begin with version 1, Annex B parameter sets. */
function layoutOf(extradata: Buffer): Layout {
  if (extradata[0] !== 1) {
    const nals = splitAtStartCodes(extradata);
    return { lengthBytes: null, sps: nals.filter((n) => nalType(n) === NAL_SPS), pps: nals.filter((n) => nalType(n) === NAL_PPS) };
  }
  let at = 5;
  const sets = (count: number): Buffer[] =>
    Array.from({ length: count }, () => {
      const length = extradata.readUInt16BE(at);
      const set = Buffer.from(extradata.subarray(at + 2, at + 2 + length));
      at += 2 + length;
      return set;
    });
  const sps = sets((extradata[at++] ?? 0) & 0x1f);
  const pps = sets(extradata[at++] ?? 0);
  return { lengthBytes: ((extradata[4] ?? 3) & 3) + 1, sps, pps };
}
