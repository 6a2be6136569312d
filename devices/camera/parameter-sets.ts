/** What a coded stream says of its pictures before any is decoded: size and reordering, from parameter sets (H.264, H.265) or a JPEG's frame header. */
import type { StreamCodec } from './coded-stream.ts';

export interface PictureFacts {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Most pictures that are decoded before one that is shown before them; null where the stream does not say and B-frames may be. */
  readonly reorderDepth: number | null;
}

/** NAL units without start codes, in the stream's order: video (H.265 only), sequence and picture parameter sets. */
export interface ParameterSets {
  readonly vps: readonly Uint8Array[];
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

/** The parameter sets that stand before the first slice of `bytes` (H.264 or H.265, Annex B). Copies: the packet's memory is libav's. */
export function setsIn(codec: 'h264' | 'hevc', bytes: Buffer): ParameterSets {
  const found: Record<keyof ParameterSets, Uint8Array[]> = { vps: [], sps: [], pps: [] };
  for (let at = bytes.indexOf(START_CODE); at >= 0; ) {
    const kind = kindOf(codec, bytes[at + 3] ?? 0);
    if (kind === 'slice') break;
    const next = bytes.indexOf(START_CODE, at + 3);
    if (kind !== 'other') found[kind].push(withoutTrailingZeros(bytes.subarray(at + 3, next < 0 ? bytes.length : next)));
    at = next;
  }
  return found;
}

/** Parameter sets as the extradata of a decoder or muxer (Annex B). */
export function annexB({ vps, sps, pps }: ParameterSets): Uint8Array {
  return Uint8Array.from(Buffer.concat([...vps, ...sps, ...pps].flatMap((nal) => [Buffer.of(0, 0, 0, 1), nal])));
}

/** What the first sequence parameter set or JPEG header in `bytes` tells; null where there is none that can be read. */
export function pictureFacts(codec: StreamCodec, bytes: Buffer): PictureFacts | null {
  if (codec === 'mjpeg') return jpegFacts(bytes);
  const sps = setsIn(codec, bytes).sps[0];
  if (!sps) return null;
  try {
    const facts = codec === 'h264' ? h264Facts(new BitReader(sps, 1)) : hevcFacts(new BitReader(sps, 2));
    return facts.widthPx > 0 && facts.heightPx > 0 && facts.widthPx <= MAX_SIDE_PX && facts.heightPx <= MAX_SIDE_PX ? facts : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const START_CODE = Buffer.of(0, 0, 1);
/** The largest side either standard knows (H.265 level 6.2: 16888), rounded up. */
const MAX_SIDE_PX = 16_896;

function kindOf(codec: 'h264' | 'hevc', header: number): keyof ParameterSets | 'slice' | 'other' {
  // H.264, table 7-1; H.265, table 7-1.
  if (codec === 'h264') {
    const type = header & 0x1f;
    return type === 7 ? 'sps' : type === 8 ? 'pps' : type >= 1 && type <= 5 ? 'slice' : 'other';
  }
  const type = (header >> 1) & 0x3f;
  return type === 32 ? 'vps' : type === 33 ? 'sps' : type === 34 ? 'pps' : type < 32 ? 'slice' : 'other';
}

/** A NAL unit never ends in a zero byte (H.264 and H.265, 7.4.1.1): what follows belongs to the next, longer start code. */
function withoutTrailingZeros(nal: Buffer): Uint8Array {
  let end = nal.length;
  while (end > 0 && nal[end - 1] === 0) end--;
  return Uint8Array.from(nal.subarray(0, end));
}

/** Sequence parameter set, H.264, 7.3.2.1.1. */
function h264Facts(bits: BitReader): PictureFacts {
  const profile = bits.u(8);
  bits.u(16);
  bits.ue();
  const chroma = HIGH_PROFILES.has(profile) ? h264ChromaOf(bits) : { format: 1, separate: false };
  bits.ue();
  const orderType = h264OrderType(bits);
  const references = bits.ue();
  bits.u(1);
  const widthMbs = bits.ue() + 1;
  const heightUnits = bits.ue() + 1;
  const framesOnly = bits.u(1);
  if (framesOnly === 0) bits.u(1);
  bits.u(1);
  const [left, right, top, bottom] = bits.u(1) === 1 ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  const { x, y } = cropUnits(chroma.separate ? 0 : chroma.format);
  return {
    widthPx: widthMbs * 16 - (left + right) * x,
    heightPx: (2 - framesOnly) * (heightUnits * 16 - (top + bottom) * y),
    reorderDepth: bits.u(1) === 1 ? (h264Reorder(bits) ?? guess()) : guess(),
  };
  // Without B-frames nothing is reordered: Baseline has none, order type 2 allows none (8.2.1.3), and one needs two references.
  function guess(): number | null {
    return profile === 66 || orderType === 2 || references < 2 ? 0 : null;
  }
}

/** Profiles whose parameter set tells the chroma format (7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function h264ChromaOf(bits: BitReader): { format: number; separate: boolean } {
  const format = bits.ue();
  const separate = format === 3 && bits.u(1) === 1;
  bits.ue();
  bits.ue();
  bits.u(1);
  if (bits.u(1) === 1) {
    for (let i = 0; i < (format === 3 ? 12 : 8); i++) if (bits.u(1) === 1) skipScalingList(bits, i < 6 ? 16 : 64);
  }
  return { format, separate };
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let next = 8, i = 0; i < size && next !== 0; i++) {
    next = (last + bits.se() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function h264OrderType(bits: BitReader): number {
  const type = bits.ue();
  if (type === 0) bits.ue();
  if (type === 1) {
    bits.u(1);
    bits.se();
    bits.se();
    for (let left = bits.ue(); left > 0; left--) bits.se();
  }
  return type;
}

/** Video usability information, H.264, E.1.1, up to max_num_reorder_frames; null where it is not said. */
function h264Reorder(bits: BitReader): number | null {
  if (bits.u(1) === 1 && bits.u(8) === 255) bits.u(32);
  if (bits.u(1) === 1) bits.u(1);
  if (bits.u(1) === 1) {
    bits.u(4);
    if (bits.u(1) === 1) bits.u(24);
  }
  if (bits.u(1) === 1) [bits.ue(), bits.ue()];
  if (bits.u(1) === 1) [bits.u(32), bits.u(32), bits.u(1)];
  const nalHrd = bits.u(1) === 1;
  if (nalHrd) skipHrd(bits);
  const vclHrd = bits.u(1) === 1;
  if (vclHrd) skipHrd(bits);
  if (nalHrd || vclHrd) bits.u(1);
  bits.u(1);
  if (bits.u(1) === 0) return null;
  bits.u(1);
  for (let i = 0; i < 4; i++) bits.ue();
  return Math.min(16, bits.ue());
}

function skipHrd(bits: BitReader): void {
  const count = bits.ue() + 1;
  bits.u(8);
  for (let i = 0; i < count; i++) [bits.ue(), bits.ue(), bits.u(1)];
  bits.u(20);
}

/** Sequence parameter set, H.265, 7.3.2.2.1, up to its ordering information. */
function hevcFacts(bits: BitReader): PictureFacts {
  bits.u(4);
  const subLayers = bits.u(3);
  bits.u(1);
  skipProfileTierLevel(bits, subLayers);
  bits.ue();
  const format = bits.ue();
  const separate = format === 3 && bits.u(1) === 1;
  const width = bits.ue();
  const height = bits.ue();
  const [left, right, top, bottom] = bits.u(1) === 1 ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  for (let i = 0; i < 3; i++) bits.ue();
  let reorderDepth = 0;
  for (let left = bits.u(1) === 1 ? subLayers + 1 : 1; left > 0; left--) {
    bits.ue();
    reorderDepth = Math.min(16, bits.ue());
    bits.ue();
  }
  const { x, y } = cropUnits(separate ? 0 : format);
  return { widthPx: width - (left + right) * x, heightPx: height - (top + bottom) * y, reorderDepth };
}

/** H.265, 7.3.3: 88 bits of profile and 8 of level, for the whole and for each sub-layer that has its own. */
function skipProfileTierLevel(bits: BitReader, subLayers: number): void {
  bits.skip(96);
  const own = Array.from({ length: subLayers }, () => [bits.u(1), bits.u(1)] as const);
  if (subLayers > 0) bits.skip((8 - subLayers) * 2);
  for (const [profile, level] of own) bits.skip(profile * 88 + level * 8);
}

/** Luma samples a unit of cropping stands for (H.264, table 6-1; H.265, table 6-1). */
function cropUnits(chromaFormat: number): { x: number; y: number } {
  return { x: chromaFormat === 1 || chromaFormat === 2 ? 2 : 1, y: chromaFormat === 1 ? 2 : 1 };
}

/** Size in the frame header of a JPEG (ITU-T T.81, B.2.2). */
function jpegFacts(bytes: Buffer): PictureFacts | null {
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const [heightPx, widthPx] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
      return widthPx > 0 && heightPx > 0 ? { widthPx, heightPx, reorderDepth: 0 } : null;
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

/** Reads a NAL unit bit by bit, past its header and without emulation prevention (H.264, 7.4.1; H.265, 7.4.2). RangeError past its end. */
class BitReader {
  readonly #bytes: number[] = [];
  #at = 0;

  constructor(nal: Uint8Array, headerBytes: number) {
    let zeros = 0;
    for (const byte of nal.subarray(headerBytes)) {
      if (zeros >= 2 && byte === 3) {
        zeros = 0;
        continue;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
      this.#bytes.push(byte);
    }
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Unsigned, at most 32 bits. */
  u(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new RangeError('the parameter set ends early');
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at++;
    }
    return value;
  }

  /** Exp-Golomb code (H.264, 9.1). */
  ue(): number {
    let zeros = 0;
    while (this.u(1) === 0) if (++zeros > 32) throw new RangeError('no Exp-Golomb code is that long');
    return 2 ** zeros - 1 + this.u(zeros);
  }

  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
