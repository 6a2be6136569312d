/** Reads raw pictures with their times out of the NUT stream that an ffmpeg program writes. */

export interface RawPicture {
  /** In the unit of seconds asked for. */
  readonly pts: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** 4:2:0 planar, rows without padding. */
  readonly i420: Buffer;
}

/** What came is not what was asked of the program. */
export class NotNut extends Error {}

/** Codes that packets begin with, and bits of a frame's flags (NUT specification, "Startcodes" and "frame code"). */
const MAIN = 0x4e4d7a561f5f04adn;
const STREAM = 0x4e5311405bf2f9dbn;
const SYNCPOINT = 0x4e4be4adeeca4569n;
const FILE_ID = Buffer.from('nut/multimedia container\0', 'latin1');
const LETTER_N = 0x4e;
const FLAG = { codedPts: 8, streamId: 16, sizeMsb: 32, checksum: 64, reserved: 128, sideData: 256, headerIndex: 1024, matchTime: 2048, coded: 4096, invalid: 8192 } as const;
/** Larger than any header of a stream of raw pictures, smaller than an attack on memory. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_PICTURE_BYTES = (7680 * 4320 * 3) / 2;

interface FrameCode {
  readonly flags: number;
  readonly ptsDelta: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly reserved: number;
  readonly headerIndex: number;
}

/**
 * NUT, because it is the one container that gives raw pictures with their exact times and as soon as they are there: with raw video
 * alone there are no times, and Matroska and MP4 hold a picture back until the next one. One stream, version 3, pictures in 4:2:0.
 */
export class NutPictures {
  readonly #perSecond: number;
  #rest: Buffer = Buffer.alloc(0);
  #began = false;
  #codes: readonly FrameCode[] = [];
  #headers: readonly Buffer[] = [];
  #timeBases: readonly (readonly [num: number, den: number])[] = [];
  #stream: { readonly timeBase: readonly [number, number]; readonly ptsShift: number; readonly widthPx: number; readonly heightPx: number } | null = null;
  #lastPts = 0;
  #filling: { readonly pts: number; readonly bytes: Buffer; at: number } | null = null;

  /** `perSecond`: the unit of the times given out. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** The pictures that `chunk` completes. Throws NotNut. */
  push(chunk: Buffer): RawPicture[] {
    const out: RawPicture[] = [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#filling) {
        const taken = bytes.copy(this.#filling.bytes, this.#filling.at);
        this.#filling.at += taken;
        bytes = bytes.subarray(taken);
        if (this.#filling.at < this.#filling.bytes.length) break;
        out.push(this.#picture(this.#filling));
        this.#filling = null;
      }
      const used = this.#unit(bytes);
      if (used === 0) break;
      bytes = bytes.subarray(used);
    }
    if (bytes.length > MAX_HEADER_BYTES) throw new NotNut('a header of it never ends');
    this.#rest = Buffer.from(bytes);
    return out;
  }

  #picture({ pts, bytes }: { pts: number; bytes: Buffer }): RawPicture {
    const { widthPx, heightPx, timeBase } = this.#stream ?? fail('pictures come before their stream');
    return { pts: Math.round((pts * timeBase[0] * this.#perSecond) / timeBase[1]), widthPx, heightPx, i420: bytes };
  }

  /** Reads the next header, or the beginning of a frame; how many bytes that were, 0 while more must come. */
  #unit(bytes: Buffer): number {
    if (bytes.length === 0) return 0;
    const from = new Reader(bytes);
    try {
      if (!this.#began) {
        if (!from.take(FILE_ID.length).equals(FILE_ID)) throw new NotNut('it does not begin as NUT does');
        this.#began = true;
      } else if (bytes[0] === LETTER_N) this.#header(from);
      else this.#frame(from);
      return from.at;
    } catch (error) {
      if (error instanceof TooShort) return 0;
      throw error;
    }
  }

  #header(from: Reader): void {
    const code = from.startcode();
    const length = from.v();
    if (length > MAX_HEADER_BYTES || length < 4) throw new NotNut('a header of it is far too long');
    if (length > 4096) from.take(4);
    const body = new Reader(from.take(length).subarray(0, -4));
    try {
      if (code === MAIN) this.#main(body);
      else if (code === STREAM) this.#streamHeader(body);
      else if (code === SYNCPOINT) this.#syncpoint(body);
    } catch (error) {
      throw error instanceof TooShort ? new NotNut('a header of it is cut short') : error;
    }
  }

  #main(from: Reader): void {
    const version = from.v();
    if (version > 3) from.v();
    if (from.v() !== 1) throw new NotNut('it holds more than one stream');
    from.v();
    this.#timeBases = Array.from({ length: atMost(from.v(), 16) }, () => [from.v(), from.v()] as const);
    this.#codes = frameCodes(from);
    this.#headers = [Buffer.alloc(0), ...Array.from({ length: atMost(from.v(), 127) }, () => Buffer.from(from.take(from.v())))];
  }

  #streamHeader(from: Reader): void {
    from.v();
    if (from.v() !== 0) throw new NotNut('its stream is no video');
    from.take(from.v());
    const timeBase = this.#timeBases[from.v()] ?? fail('its stream has no unit of time');
    const ptsShift = atMost(from.v(), 16);
    for (let i = 0; i < 3; i++) from.v();
    from.take(from.v());
    this.#stream = { timeBase, ptsShift, widthPx: from.v(), heightPx: from.v() };
  }

  #syncpoint(from: Reader): void {
    const coded = from.v();
    const stream = this.#stream ?? fail('times come before their stream');
    const [num, den] = this.#timeBases[coded % this.#timeBases.length] ?? fail('a time of it has no unit');
    const pts = Math.floor(coded / this.#timeBases.length);
    this.#lastPts = Math.floor((pts * num * stream.timeBase[1]) / (den * stream.timeBase[0]));
  }

  #frame(from: Reader): void {
    const stream = this.#stream ?? fail('frames come before their stream');
    const code = this.#codes[from.u8()] ?? fail('a frame of it begins as none does');
    const flags = code.flags & FLAG.coded ? code.flags ^ from.v() : code.flags;
    if (flags & (FLAG.invalid | FLAG.sideData)) throw new NotNut('a frame of it begins as none does');
    if (flags & FLAG.streamId) from.v();
    const pts = flags & FLAG.codedPts ? fullPts(from.v(), stream.ptsShift, this.#lastPts) : this.#lastPts + code.ptsDelta;
    const size = code.sizeLsb + (flags & FLAG.sizeMsb ? code.sizeMul * from.v() : 0);
    if (flags & FLAG.matchTime) from.v();
    const elided = flags & FLAG.headerIndex ? from.v() : code.headerIndex;
    for (let left = flags & FLAG.reserved ? from.v() : code.reserved; left > 0; left--) from.v();
    if (flags & FLAG.checksum) from.take(4);
    if (size !== (stream.widthPx * stream.heightPx * 3) / 2 || size > MAX_PICTURE_BYTES) throw new NotNut('a picture of it has another size than its stream');
    const begin = size > 4096 ? Buffer.alloc(0) : (this.#headers[elided] ?? fail('a frame of it begins as none does'));
    this.#lastPts = pts;
    const bytes = Buffer.allocUnsafe(size);
    this.#filling = { pts, bytes, at: begin.copy(bytes) };
  }
}

const NO_FRAME: FrameCode = { flags: FLAG.invalid, ptsDelta: 0, sizeMul: 0, sizeLsb: 0, reserved: 0, headerIndex: 0 };

/** The table that says what the first byte of a frame stands for (NUT specification, "main_header"). */
function frameCodes(from: Reader): FrameCode[] {
  const codes: FrameCode[] = [];
  let [ptsDelta, sizeMul, headerIndex] = [0, 1, 0];
  while (codes.length < 256) {
    const flags = from.v();
    const fields = from.v();
    if (fields > 0) ptsDelta = from.s();
    if (fields > 1) sizeMul = from.v();
    if (fields > 2) from.v();
    const sizeLsb = fields > 3 ? from.v() : 0;
    const reserved = fields > 4 ? from.v() : 0;
    const count = fields > 5 ? from.v() : sizeMul - sizeLsb;
    if (fields > 6) from.s();
    if (fields > 7) headerIndex = from.v();
    for (let i = 8; i < fields; i++) from.v();
    if (count <= 0) throw new NotNut('its table of frames is broken');
    for (let i = 0; i < count && codes.length < 256; i++) {
      // N begins the headers: no frame does.
      if (codes.length === LETTER_N) codes.push(NO_FRAME);
      codes.push({ flags, ptsDelta, sizeMul, sizeLsb: sizeLsb + i, reserved, headerIndex });
    }
  }
  return codes;
}

/** A time of which only the lower bits may have been written. */
function fullPts(coded: number, shift: number, lastPts: number): number {
  const span = 2 ** shift;
  if (coded >= span) return coded - span;
  const least = lastPts - Math.floor((span - 1) / 2);
  return least + (((coded - least) % span) + span) % span;
}

function atMost(count: number, most: number): number {
  return count <= most ? count : fail('a count in it is far too large');
}

function fail(why: string): never {
  throw new NotNut(why);
}

class TooShort extends Error {}

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new TooShort();
    this.at++;
    return byte;
  }

  startcode(): bigint {
    return this.take(8).readBigUInt64BE();
  }

  take(count: number): Buffer {
    if (count > MAX_HEADER_BYTES) throw new NotNut('a part of it is far too long');
    if (this.at + count > this.#bytes.length) throw new TooShort();
    return this.#bytes.subarray(this.at, (this.at += count));
  }

  /** A number of any length, seven bits a byte. */
  v(): number {
    let value = 0;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw new NotNut('a number in it is far too large');
  }

  /** The same with a sign. */
  s(): number {
    const value = this.v() + 1;
    return value % 2 === 1 ? -Math.floor(value / 2) : value / 2;
  }
}
