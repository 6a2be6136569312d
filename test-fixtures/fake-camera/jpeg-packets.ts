/** A baseline JPEG as RTP packets (RFC 2435): the receiver gets size, sampling and quantisation tables, and makes the rest of the header itself. */
import { MAX_PAYLOAD, type RtpStream, rtpHeader } from './rtp.ts';

interface JpegParts {
  /** 0: 4:2:2, 1: 4:2:0 (4.1). */
  readonly type: number;
  /** In units of 8 pixels, rounded up (3.1.5): a height that is no multiple of 8 shows some rows of padding. */
  readonly width8: number;
  readonly height8: number;
  /** Luma's and chroma's quantisation tables, 64 bytes each, in zigzag order. */
  readonly tables: Buffer;
  /** Entropy-coded bytes without any marker around them. */
  readonly scan: Buffer;
}

const MAIN_HEADER = 8;
/** Q of 128 and more: tables are in band (3.1.8); 255: they may change with every picture. */
const Q_IN_BAND = 255;

export function jpegPackets(stream: RtpStream, jpeg: Buffer, timestamp90k: number): Buffer {
  const { type, width8, height8, tables, scan } = partsOf(jpeg);
  const parts: Buffer[] = [];
  for (let at = 0; at < scan.length; ) {
    // The first packet alone bears the quantisation table header (3.1.8): MBZ, precision 0, length.
    const tableHeader = at === 0 ? Buffer.concat([Buffer.from([0, 0, tables.length >> 8, tables.length & 0xff]), tables]) : Buffer.alloc(0);
    const piece = scan.subarray(at, at + MAX_PAYLOAD - MAIN_HEADER - tableHeader.length);
    const main = Buffer.from([0, at >> 16, (at >> 8) & 0xff, at & 0xff, type, Q_IN_BAND, width8, height8]);
    at += piece.length;
    parts.push(rtpHeader(stream, MAIN_HEADER + tableHeader.length + piece.length, at === scan.length, timestamp90k), main, tableHeader, piece);
  }
  return Buffer.concat(parts);
}

/** Throws an Error where RFC 2435 cannot carry the picture: not baseline, another sampling, restart intervals, larger than 2040 pixels, no scan. */
export function partsOf(jpeg: Buffer): JpegParts {
  const tables = new Map<number, Buffer>();
  let frame: Buffer | null = null;
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = jpeg.readUInt16BE(at);
    const segment = jpeg.subarray(at + 4, at + 2 + jpeg.readUInt16BE(at + 2));
    if (marker === 0xffdb) readTables(segment, tables);
    if (marker === 0xffc0) frame = segment;
    if (marker === 0xffdd && segment.readUInt16BE(0) !== 0) throw new Error('A JPEG with restart intervals cannot be sent by this camera.');
    at += 4 + segment.length;
    if (marker === 0xffda) return { ...shapeOf(frame, tables), scan: withoutEnd(jpeg.subarray(at)) };
  }
  throw new Error('A picture of the clip is no JPEG with a scan.');
}

function readTables(segment: Buffer, tables: Map<number, Buffer>): void {
  for (let at = 0; at + 65 <= segment.length; at += 65) tables.set((segment[at] ?? 0) & 0x0f, segment.subarray(at + 1, at + 65));
}

/** SOF0 (ITU-T T.81, B.2.2): precision, height, width, then id, sampling and table of each component. */
function shapeOf(frame: Buffer | null, tables: ReadonlyMap<number, Buffer>): Omit<JpegParts, 'scan'> {
  if (frame?.[5] !== 3) throw new Error('A picture of the clip is no baseline JPEG in colour.');
  const type = [0x21, 0x22].indexOf(frame[7] ?? 0);
  const [luma, chroma] = [tables.get(frame[8] ?? 0), tables.get(frame[11] ?? 0)];
  const [height8, width8] = [Math.ceil(frame.readUInt16BE(1) / 8), Math.ceil(frame.readUInt16BE(3) / 8)];
  if (type < 0 || !luma || !chroma || width8 > 255 || height8 > 255) throw new Error('RFC 2435 cannot carry a picture of this size and sampling.');
  return { type, width8, height8, tables: Buffer.concat([luma, chroma]) };
}

const withoutEnd = (scan: Buffer): Buffer => (scan.length >= 2 && scan.readUInt16BE(scan.length - 2) === 0xffd9 ? scan.subarray(0, -2) : scan);
