/** RTP/JPEG (RFC 2435): a camera sends a picture's scan in pieces and of its headers only what differs; here they become a JPEG file again. */
import type { GivePicture, PayloadFormat, RtpPayload } from './payload.ts';

/** Type-specific, fragment offset (24 bits), type, Q, width and height in units of 8 pixels (3.1). */
const MAIN_HEADER = 8;
/** The interval, and which of them the packet holds (3.1.7): no matter to who takes whole pictures only. */
const RESTART_HEADER = 4;
/** Zero, precision, length (3.1.8). */
const TABLE_HEADER = 4;
/** Type 0 is 4:2:2, type 1 is 4:2:0 (4.1); with this bit the scan has restart markers. */
const WITH_RESTARTS = 0x40;
const LAST_COMPUTED_Q = 99;
const FIRST_Q_IN_BAND = 128;
/** Its tables may change with every picture, and so come with every picture. */
const CHANGING_Q = 255;
const FIRST_BYTES = 64 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;
const EOI = 0xffd9;

/**
 * Gives the whole pictures of one stream. What lacks a piece is left out, and so is what the RFC reserves: types other than 0, 1, 64 and 65,
 * Q 0 and 100–127, Q whose tables never came, sides of 0 (they are above 2040 pixels, and told outside this format if at all).
 * Sides are multiples of 8 pixels: a picture of 270 rows shows two of padding. Fields of interlaced video are pictures of half the height.
 */
export class JpegFrames implements PayloadFormat {
  readonly #give: GivePicture;
  /** DQT segments for each Q that was seen. */
  readonly #tables = new Map<number, Buffer>();
  /** The picture in the making; it grows as one needs it, and is used again for the next. */
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Where the scan begins in it; 0: no picture is in the making. */
  #scanAt = 0;
  #end = 0;
  #timestamp = 0;
  /** Type, Q and sides, which are the same in all packets of a picture (3.1). */
  #shape = 0;

  constructor(give: GivePicture) {
    this.#give = give;
  }

  push(bytes: Buffer, about: RtpPayload): void {
    const from = this.#follow(bytes, about);
    if (from === null || !this.#append(bytes, from)) this.#scanAt = 0;
    else if (about.marker) this.#finish();
  }

  /** Where the scan goes on in a packet that begins a picture or continues the one in the making; null where it does neither. */
  #follow(bytes: Buffer, about: RtpPayload): number | null {
    if (bytes.length < MAIN_HEADER || bytes.length < headersBytes(bytes)) return null;
    const offset = bytes.readUIntBE(1, 3);
    if (offset === 0) return this.#begin(bytes, about.timestamp);
    const continues = this.#scanAt > 0 && offset === this.#end - this.#scanAt && about.timestamp === this.#timestamp && bytes.readUInt32BE(4) === this.#shape;
    return continues && !about.lost ? headersBytes(bytes) : null;
  }

  #begin(bytes: Buffer, timestamp: number): number | null {
    const [type, q] = [bytes.readUInt8(4), bytes.readUInt8(5)];
    if ((type & ~WITH_RESTARTS) > 1 || bytes[6] === 0 || bytes[7] === 0) return null;
    const tableHeaderAt = headersBytes(bytes);
    const from = q < FIRST_Q_IN_BAND ? tableHeaderAt : afterTables(bytes, tableHeaderAt);
    const tables = from === null ? null : this.#tablesOf(q, bytes.subarray(tableHeaderAt, from));
    if (tables === null) return null;
    this.#scanAt = this.#end = writeHeaders(this.#bytes, bytes, tables);
    this.#timestamp = timestamp;
    this.#shape = bytes.readUInt32BE(4);
    return from;
  }

  /** `inBand` is the header and what follows it, empty for a Q that has none; null where the tables are not known. */
  #tablesOf(q: number, inBand: Buffer): Buffer | null {
    const known = this.#tables.get(q);
    if (known && inBand.length <= TABLE_HEADER) return known;
    const tables = q < FIRST_Q_IN_BAND ? computedTables(q) : sentTables(inBand);
    if (tables !== null && q !== CHANGING_Q) this.#tables.set(q, tables);
    return tables;
  }

  /** False where the picture is too large. */
  #append(bytes: Buffer, from: number): boolean {
    const end = this.#end + bytes.length - from;
    const needed = end + 2;
    if (needed > MAX_BYTES) return false;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(MAX_BYTES, Math.max(needed, 2 * this.#bytes.length)));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#end, from);
    this.#end = end;
    return true;
  }

  #finish(): void {
    const scanAt = this.#scanAt;
    this.#scanAt = 0;
    if (this.#end === scanAt) return;
    // A camera may end the scan with the marker or leave it out (3.1.9).
    const hasEnd = this.#end >= scanAt + 2 && this.#bytes.readUInt16BE(this.#end - 2) === EOI;
    if (!hasEnd) this.#end = this.#bytes.writeUInt16BE(EOI, this.#end);
    this.#give({ bytes: this.#bytes.subarray(0, this.#end), key: true, timestamp: this.#timestamp });
  }
}

/** Bytes before the scan in a packet that is not a picture's first. */
const headersBytes = (bytes: Buffer): number => ((bytes[4] ?? 0) & WITH_RESTARTS ? MAIN_HEADER + RESTART_HEADER : MAIN_HEADER);

/** Where the quantisation tables end; null where the packet ends before. */
function afterTables(bytes: Buffer, headerAt: number): number | null {
  if (headerAt + TABLE_HEADER > bytes.length) return null;
  const end = headerAt + TABLE_HEADER + bytes.readUInt16BE(headerAt + 2);
  return end <= bytes.length ? end : null;
}

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** ITU-T T.81, tables K.1 and K.2 in zigzag order: luma's and chroma's quantisation at Q 50. */
const LUMA = hex('100b0c0e0c0a100e 0d0e121110131828 1a18161618312325 1d283a333d3c3933 383740485c4e4044 5745373850 6d51575f626768673e4d71797064785c656763');
const CHROMA = hex(`111212181518 2f1a1a2f 6342384263 ${'63'.repeat(49)}`);

/** Section 4.2: what the Independent JPEG Group's library makes of a quality; null for a Q that is reserved. */
function computedTables(q: number): Buffer | null {
  if (q < 1 || q > LAST_COMPUTED_Q) return null;
  const percent = q < 50 ? Math.floor(5000 / q) : 200 - 2 * q;
  const scaled = (table: Buffer): Buffer => Buffer.from(table.map((step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100)))));
  return Buffer.concat([tableSegment(0, scaled(LUMA)), tableSegment(1, scaled(CHROMA))]);
}

/** The tables of a packet, each of 8 or 16 bits (3.1.8); null where there is none or a part of one. Chroma shares luma's where it has none of its own. */
function sentTables(inBand: Buffer): Buffer | null {
  const tables: Buffer[] = [];
  for (let at = TABLE_HEADER; at < inBand.length && tables.length < 2; ) {
    const end = at + (((inBand[1] ?? 0) >> tables.length) & 1 ? 128 : 64);
    if (end > inBand.length) return null;
    tables.push(inBand.subarray(at, end));
    at = end;
  }
  const [luma, chroma = luma] = tables;
  return luma && chroma ? Buffer.concat([tableSegment(0, luma), tableSegment(1, chroma)]) : null;
}

/** DQT (ITU-T T.81, B.2.4.1). */
const tableSegment = (id: number, table: Buffer): Buffer => Buffer.concat([Buffer.from([0xff, 0xdb, 0, 3 + table.length, (table.length === 128 ? 0x10 : 0) | id]), table]);

const SOI = hex('ffd8');
const DRI = hex('ffdd 0004 0000');
/** Of baseline coding, with 8 bits a sample and the three components as JFIF counts them: Y's sampling is set, chroma's is 1 × 1. */
const SOF0 = hex('ffc0 0011 08 0000 0000 03 010000 021101 031101');
/** ITU-T T.81, tables K.3, K.5, K.4, K.6: codes of each length from 1 to 16 bits, then their values. DC and AC of luma, DC and AC of chroma. */
const DHT = hex(
  'ffc4 01a2' +
    '00 00010501010101010100000000000000 000102030405060708090a0b' +
    '10 0002010303020403050504040000017d 01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a' +
    '535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa' +
    '01 00030101010101010101010000000000 000102030405060708090a0b' +
    '11 00020102040403040705040400010277 000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a' +
    '535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
);
const SOS = hex('ffda 000c 03 0100 0211 0311 003f00');

/** What stands before the scan, as appendix B of the RFC makes it. `packet` is the picture's first; gives the bytes written. */
function writeHeaders(target: Buffer, packet: Buffer, tables: Buffer): number {
  const [type, width8, height8] = [packet.readUInt8(4), packet.readUInt8(6), packet.readUInt8(7)];
  let end = SOI.copy(target);
  end += tables.copy(target, end);
  if (type & WITH_RESTARTS) {
    end += DRI.copy(target, end);
    target.writeUInt16BE(packet.readUInt16BE(MAIN_HEADER), end - 2);
  }
  SOF0.copy(target, end);
  target.writeUInt16BE(8 * height8, end + 5);
  target.writeUInt16BE(8 * width8, end + 7);
  target.writeUInt8(type & 1 ? 0x22 : 0x21, end + 11);
  end += SOF0.length;
  end += DHT.copy(target, end);
  return end + SOS.copy(target, end);
}
