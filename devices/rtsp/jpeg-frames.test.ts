/** Pictures of other people's encoders, sent as RTP/JPEG, come out with the very pixels that went in, or not at all. */
import fc from 'fast-check';
import { AV_CODEC_ID_MJPEG, AV_LOG_QUIET, AV_PIX_FMT_YUVJ420P, AVFMT_FLAG_CUSTOM_IO, AVMEDIA_TYPE_VIDEO, FF_ENCODER_MJPEG } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, IOContext, Log, Packet, Rational } from 'node-av/lib';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { jpegPackets, partsOf } from '../../test-fixtures/fake-camera/jpeg-packets.ts';
import { JpegFrames } from './jpeg-frames.ts';

const [WIDTH_PX, HEIGHT_PX] = [328, 184];
const MIB = 1024 * 1024;

/** Gradients and seeded grain: something in every coefficient. */
function pixels(channels: number, seed: number): Buffer {
  let noise = seed;
  return Buffer.from(
    Array.from({ length: WIDTH_PX * HEIGHT_PX * channels }, (_, i) => {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
      return (Math.floor(i / channels / WIDTH_PX) + (i % (WIDTH_PX * channels)) / 3 + (noise >>> 26) + 60 * (i % channels)) & 0xff;
    }),
  );
}

/** Of libjpeg, with the Huffman tables of the standard, 4:2:0. */
const libjpeg = (quality: number, seed = 1): Promise<Buffer> =>
  sharp(pixels(3, seed), { raw: { width: WIDTH_PX, height: HEIGHT_PX, channels: 3 } }).jpeg({ quality, optimiseCoding: false, chromaSubsampling: '4:2:0' }).toBuffer();

const decoded = async (jpeg: Buffer): Promise<{ data: Buffer; width: number; height: number }> => {
  const { data, info } = await sharp(jpeg, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

async function expectSamePixels(jpeg: Buffer | undefined, source: Buffer): Promise<void> {
  if (!jpeg) throw new Error('no picture');
  const [is, should] = await Promise.all([decoded(jpeg), decoded(source)]);
  expect({ ...is, data: 0 }).toEqual({ ...should, data: 0 });
  expect(is.data.equals(should.data)).toBe(true);
}

interface Sending {
  readonly type?: number;
  readonly q?: number;
  /** Behind the main header and the restart header of the first packet; left out: precision 0 and the picture's own tables where Q is in band. */
  readonly tableHeader?: Buffer;
  readonly interval?: number;
  readonly scan?: Buffer;
  readonly size8?: readonly [number, number];
  readonly chunkBytes?: number;
}

const tableHeader = (tables: Buffer, precision = 0): Buffer => Buffer.concat([Buffer.from([0, precision, tables.length >> 8, tables.length & 0xff]), tables]);

/** The payloads of one picture (RFC 2435, 3.1), with whatever a camera may choose. */
function payloadsOf(jpeg: Buffer, sending: Sending = {}): Buffer[] {
  const parts = partsOf(jpeg);
  const { type = parts.type, q = 255, scan = parts.scan, interval, size8: [width8, height8] = [parts.width8, parts.height8], chunkBytes = 1_000 } = sending;
  const tables = sending.tableHeader ?? (q < 128 ? Buffer.alloc(0) : tableHeader(parts.tables));
  const restart = Buffer.from(interval === undefined ? [] : [interval >> 8, interval & 0xff, 0xff, 0xff]);
  return Array.from({ length: Math.max(1, Math.ceil(scan.length / chunkBytes)) }, (_, i) => {
    const at = i * chunkBytes;
    const main = Buffer.from([0, at >> 16, (at >> 8) & 0xff, at & 0xff, type, q, width8, height8]);
    return Buffer.concat([main, restart, i === 0 ? tables : Buffer.alloc(0), scan.subarray(at, at + chunkBytes)]);
  });
}

interface Sent {
  readonly payload: Buffer;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly lost: boolean;
}

const sent = (payloads: readonly Buffer[], timestamp: number): Sent[] => payloads.map((payload, i) => ({ payload, timestamp, marker: i === payloads.length - 1, lost: false }));

/** A receiver whose network buffer is used again for each packet. */
class Receiver {
  readonly pictures: { bytes: Buffer; timestamp: number }[] = [];
  readonly #buffer = Buffer.alloc(65_536);
  readonly #frames = new JpegFrames(({ bytes, key, timestamp }) => {
    expect(key).toBe(true);
    this.pictures.push({ bytes: Buffer.from(bytes), timestamp });
  });

  take(packets: readonly Sent[]): this {
    for (const { payload, ...about } of packets) {
      payload.copy(this.#buffer);
      this.#frames.push(this.#buffer.subarray(0, payload.length), about);
      this.#buffer.fill(0xaa, 0, payload.length);
    }
    return this;
  }

  send(payloads: readonly Buffer[], timestamp = 0): Buffer | undefined {
    const before = this.pictures.length;
    this.take(sent(payloads, timestamp));
    return this.pictures.slice(before).at(-1)?.bytes;
  }
}

let source: Buffer;
let other: Buffer;
beforeAll(async () => {
  Log.setLevel(AV_LOG_QUIET);
  [source, other] = await Promise.all([libjpeg(80), libjpeg(35, 2)]);
});

test('pictures of the simulated camera have the pixels that it sent, and its times', async () => {
  const stream = { ssrc: 1, payloadType: 26, channel: 0, rtcpChannel: 1, sequence: 0, packets: 0, octets: 0 };
  const receiver = new Receiver();
  for (const [i, jpeg] of [source, other].entries()) {
    const bytes = jpegPackets(stream, jpeg, 0xffff_fff0 + i * 9_000);
    for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
      const packet = bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2));
      receiver.take([{ payload: packet.subarray(12), timestamp: packet.readUInt32BE(4), marker: packet.readUInt8(1) >= 0x80, lost: false }]);
    }
  }
  expect(receiver.pictures.map(({ timestamp }) => timestamp)).toEqual([0xffff_fff0, 8_984]);
  await expectSamePixels(receiver.pictures[0]?.bytes, source);
  await expectSamePixels(receiver.pictures[1]?.bytes, other);
});

test.each([
  ['libjpeg', (): Promise<Buffer> => libjpeg(60)],
  ['libav', (): Promise<Buffer> => encodedByLibav(1)],
])('packets that libav makes of a picture of %s', async (_, picture) => {
  const jpeg = await picture();
  const packets = await packetsOfLibav(jpeg);
  expect(packets.length).toBeGreaterThan(5);
  const receiver = new Receiver().take(packets);
  expect(receiver.pictures).toHaveLength(1);
  await expectSamePixels(receiver.pictures[0]?.bytes, jpeg);
});

async function packetsOfLibav(jpeg: Buffer): Promise<Sent[]> {
  const packets: Buffer[] = [];
  const output = new FormatContext();
  const io = new IOContext();
  FFmpegError.throwIfError(output.allocOutputContext2(null, 'rtp', null), 'making RTP');
  io.allocContextWithCallbacks(4_096, 1, null, (bytes) => (packets.push(Buffer.from(bytes)), bytes.length));
  output.pb = io;
  output.setFlags(AVFMT_FLAG_CUSTOM_IO);
  const stream = output.newStream(null);
  Object.assign(stream.codecpar, { codecType: AVMEDIA_TYPE_VIDEO, codecId: AV_CODEC_ID_MJPEG, width: WIDTH_PX, height: HEIGHT_PX, format: AV_PIX_FMT_YUVJ420P });
  const options = Dictionary.fromObject({ packetsize: '1400' });
  const packet = new Packet();
  packet.alloc();
  stream.timeBase = new Rational(1, 25);
  Object.assign(packet, { data: jpeg, pts: 0n, dts: 0n, streamIndex: 0 });
  try {
    FFmpegError.throwIfError(await output.writeHeader(options), 'beginning RTP');
    FFmpegError.throwIfError(await output.writeFrame(packet), 'sending a picture');
    FFmpegError.throwIfError(await output.writeTrailer(), 'ending RTP');
  } finally {
    packet.free();
    options.free();
    // Otherwise the context frees it, too.
    output.pb = null;
    output.freeContext();
    io.freeContext();
  }
  // Sender reports go the same way, with another type (RFC 5761, 4).
  return packets.filter((bytes) => (bytes.readUInt8(1) & 0x7f) === 26).map((bytes) => ({ payload: bytes.subarray(12), timestamp: bytes.readUInt32BE(4), marker: bytes.readUInt8(1) >= 0x80, lost: false }));
}

/** With one quantisation table for all components. On two threads each row of blocks is a slice, begun by a restart marker. */
async function encodedByLibav(threadCount: number): Promise<Buffer> {
  const codec = Codec.findEncoderByName(FF_ENCODER_MJPEG);
  if (!codec) throw new Error('This build of libav has no MJPEG encoder.');
  using context = new CodecContext();
  context.allocContext3(codec);
  Object.assign(context, { width: WIDTH_PX, height: HEIGHT_PX, pixelFormat: AV_PIX_FMT_YUVJ420P, timeBase: new Rational(1, 25), threadCount });
  for (const [name, value] of [['huffman', 'default'], ['thread_type', 'slice']] as const) FFmpegError.throwIfError(context.setOption(name, value) ?? 0, `setting ${name}`);
  FFmpegError.throwIfError(context.open2Sync(codec), 'opening the encoder');
  const frame = Frame.fromVideoBuffer(pixels(1.5, 3), { width: WIDTH_PX, height: HEIGHT_PX, format: AV_PIX_FMT_YUVJ420P, pts: 0n, timeBase: { num: 1, den: 25 } });
  const packet = new Packet();
  packet.alloc();
  try {
    FFmpegError.throwIfError(await context.sendFrame(frame), 'encoding');
    FFmpegError.throwIfError(await context.receivePacket(packet), 'encoding');
    return Buffer.from(packet.data ?? []);
  } finally {
    frame.free();
    packet.free();
  }
}

describe('quantisation tables', () => {
  test('of every Q from 1 to 99 are those that libjpeg makes of that quality', async () => {
    const receiver = new Receiver();
    for (let q = 1; q <= 99; q++) {
      const jpeg = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#8a5' } }).jpeg({ quality: q, optimiseCoding: false }).toBuffer();
      const picture = receiver.send(payloadsOf(jpeg, { q }));
      expect(picture && partsOf(picture)).toEqual(partsOf(jpeg));
    }
    expect(receiver.pictures).toHaveLength(99);
    await expectSamePixels(receiver.send(payloadsOf(source, { q: 80 })), source);
    await expectSamePixels(receiver.send(payloadsOf(other, { q: 35 })), other);
  });

  test.each([0, 100, 127])('of Q %d, which is reserved, are unknown', (q) => {
    expect(new Receiver().send(payloadsOf(source, { q }))).toBeUndefined();
  });

  test('of a Q from 128 to 254 are kept until others come, each for its own Q', async () => {
    const none = tableHeader(Buffer.alloc(0));
    const receiver = new Receiver();
    expect(receiver.send(payloadsOf(source, { q: 128, tableHeader: none }))).toBeUndefined();
    await expectSamePixels(receiver.send(payloadsOf(source, { q: 128 })), source);
    await expectSamePixels(receiver.send(payloadsOf(other, { q: 254 })), other);
    await expectSamePixels(receiver.send(payloadsOf(source, { q: 128, tableHeader: none })), source);
    await expectSamePixels(receiver.send(payloadsOf(other, { q: 254, tableHeader: none })), other);
    await expectSamePixels(receiver.send(payloadsOf(other, { q: 128 })), other);
    await expectSamePixels(receiver.send(payloadsOf(other, { q: 128, tableHeader: none })), other);
    expect(receiver.send(payloadsOf(source, { q: 200, tableHeader: none }))).toBeUndefined();
  });

  test('of Q 255 are of one picture only', () => {
    const receiver = new Receiver();
    expect(receiver.send(payloadsOf(source))).toBeDefined();
    expect(receiver.send(payloadsOf(source, { tableHeader: tableHeader(Buffer.alloc(0)) }))).toBeUndefined();
  });

  test.each([0b01, 0b10, 0b11])('may be of 16 bits (precision %d)', async (precision) => {
    const { tables } = partsOf(source);
    // Large steps where the picture has little: beyond 8 bits, and visible.
    const wide = [0, 1].map((i) => ((precision >> i) & 1 ? Buffer.from([...tables.subarray(64 * i, 64 * i + 64)].flatMap((step, k) => (k > 40 ? [1, step] : [0, step]))) : tables.subarray(64 * i, 64 * i + 64)));
    const segments = wide.map((table, i) => Buffer.concat([Buffer.from([0xff, 0xdb, 0, 3 + table.length, (table.length === 128 ? 0x10 : 0) | i]), table]));
    // The source with these tables before all else: later ones of the same number count, so its own go.
    const withWideTables = Buffer.concat([source.subarray(0, 2), ...segments, withoutSegments(source.subarray(2), 0xffdb)]);
    const picture = new Receiver().send(payloadsOf(source, { tableHeader: tableHeader(Buffer.concat(wide), precision) }));
    await expectSamePixels(picture, withWideTables);
    expect((await decoded(withWideTables)).data.equals((await decoded(source)).data)).toBe(false);
  });

  test('may be one for all components', async () => {
    const { tables } = partsOf(source);
    const luma = tables.subarray(0, 64);
    const alike = new Receiver().send(payloadsOf(source, { tableHeader: tableHeader(Buffer.concat([luma, luma])) }));
    await expectSamePixels(new Receiver().send(payloadsOf(source, { tableHeader: tableHeader(luma) })), alike ?? source);
  });

  test.each([
    ['that end within a table', (): Buffer => tableHeader(Buffer.alloc(100, 8))],
    ['that say 16 bits and have 8 in the second', (): Buffer => tableHeader(Buffer.alloc(192, 8), 0b11)],
    ['that are longer than the packet', (): Buffer => Buffer.from([0, 0, 0xff, 0xff])],
  ])('%s are refused', (_, header) => {
    expect(new Receiver().send(payloadsOf(source, { tableHeader: header() }))).toBeUndefined();
  });
});

/** Segments with this marker taken out of a file without its SOI. */
function withoutSegments(jpeg: Buffer, marker: number): Buffer {
  const kept: Buffer[] = [];
  let at = 0;
  for (; jpeg.readUInt16BE(at) !== 0xffda; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg.readUInt16BE(at) !== marker) kept.push(jpeg.subarray(at, at + 2 + jpeg.readUInt16BE(at + 2)));
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}

describe('restart markers', () => {
  test('of libav, one interval for each row of blocks (type 65)', async () => {
    const jpeg = await encodedByLibav(2);
    const at = jpeg.indexOf(Buffer.from([0xff, 0xdd, 0, 4]));
    const interval = jpeg.readUInt16BE(at + 4);
    expect(interval).toBe(Math.ceil(WIDTH_PX / 16));
    // The test camera's reader refuses intervals: it reads the file as if there were none.
    const toRead = Buffer.concat([jpeg.subarray(0, at), jpeg.subarray(at + 6)]);
    await expectSamePixels(new Receiver().send(payloadsOf(toRead, { type: 65, interval })), jpeg);
  });

  test.each([undefined, 1, 3])('4:2:2 (types 0 and 64), interval %s', async (interval) => {
    const levels = Array.from({ length: 16 }, (_, i) => ((i * 37) % 110) - 50);
    const { scan, expected } = flatBlocks422(levels, 40, -30, interval);
    const picture = new Receiver().send(payloadsOf(source, { type: interval === undefined ? 0 : 64, interval, scan, size8: [8, 2], tableHeader: tableHeader(Buffer.alloc(128, 8)), chunkBytes: 20 }));
    const { data, width, height } = await decoded(picture ?? Buffer.alloc(0));
    expect([width, height]).toEqual([64, 16]);
    levels.forEach((_, block) => {
      const at = 3 * (((block >> 3) * 8 + 4) * 64 + (block & 7) * 8 + 4);
      expected(block).forEach((value, channel) => expect(Math.abs((data[at + channel] ?? 0) - value)).toBeLessThanOrEqual(2));
    });
  });
});

const LUMA_CODES = ['00', '010', '011', '100', '101', '110', '1110', '11110', '111110'];
const CHROMA_CODES = ['00', '01', '10', '110', '1110', '11110', '111110', '1111110', '11111110'];

/** A difference of DC coefficients, and no other coefficient (ITU-T T.81, F.1.2.1; codes of tables K.3 to K.6). */
function dcBits(difference: number, luma: boolean): string {
  const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
  const value = difference > 0 ? difference : difference + 2 ** size - 1;
  return `${(luma ? LUMA_CODES : CHROMA_CODES)[size] ?? ''}${size === 0 ? '' : value.toString(2).padStart(size, '0')}${luma ? '1010' : '00'}`;
}

/**
 * 64 × 16 pixels as 4:2:2, whose blocks are flat: no encoder at hand makes that with restart markers. With steps of 8, a DC coefficient is
 * the level itself, around 128. `levels` by blocks, eight in a row; `expected` gives a block's RGB (JFIF 1.02).
 */
function flatBlocks422(levels: readonly number[], blue: number, red: number, interval?: number): { scan: Buffer; expected: (block: number) => number[] } {
  const pieces: Buffer[] = [];
  let bits = '';
  let before = [0, 0, 0];
  const flush = (): void => {
    const bytes = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
    pieces.push(Buffer.from(bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte]))));
    bits = '';
  };
  for (let unit = 0; unit < 8; unit++) {
    if (interval !== undefined && unit > 0 && unit % interval === 0) {
      flush();
      pieces.push(Buffer.from([0xff, 0xd0 + ((unit / interval - 1) & 7)]));
      before = [0, 0, 0];
    }
    const [y = 0, b = 0, r = 0] = before;
    const [left = 0, right = 0] = levels.slice(2 * unit, 2 * unit + 2);
    bits += dcBits(left - y, true) + dcBits(right - left, true) + dcBits(blue - b, false) + dcBits(red - r, false);
    before = [right, blue, red];
  }
  flush();
  return {
    scan: Buffer.concat(pieces),
    expected: (block) => {
      const y = 128 + (levels[block] ?? 0);
      return [y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue];
    },
  };
}

test('an end-of-image marker that the camera sends is not sent twice, and one that it leaves out is set', async () => {
  const { scan } = partsOf(source);
  const without = new Receiver().send(payloadsOf(source));
  const withMarker = new Receiver().send(payloadsOf(source, { scan: Buffer.concat([scan, Buffer.from([0xff, 0xd9])]) }));
  expect(withMarker).toEqual(without);
  // The rest of a row of hardware blocks, which the RFC allows behind it (3.1.9).
  await expectSamePixels(new Receiver().send(payloadsOf(source, { scan: Buffer.concat([scan, Buffer.from([0xff, 0xd9, 0, 0, 0])]) })), source);
});

type Harm = (packets: Sent[]) => Sent[];
const changed = (i: number, change: Partial<Sent>): Harm => (packets) => packets.map((packet, k) => (k === i ? { ...packet, ...change } : packet));
const withByte = (at: number, value: number, which: (i: number) => boolean = () => true): Harm => (packets) =>
  packets.map((packet, i) => {
    const payload = Buffer.from(packet.payload);
    if (which(i)) payload[at] = value;
    return { ...packet, payload };
  });
const without = (gone: number): Harm => (packets) => packets.filter((_, i) => i !== gone);

const HARMS: readonly (readonly [string, Harm])[] = [
  ['lacks its first packet', without(0)],
  ['lacks a packet, as its offsets tell', without(3)],
  ['lacks its last packet', (packets) => packets.slice(0, -1)],
  ['is told to lack a packet', changed(4, { lost: true })],
  ['has a packet twice', (packets) => packets.flatMap((packet, i) => (i === 2 ? [packet, packet] : [packet]))],
  ['has two packets in each other’s place', (packets) => packets.with(2, packets[3]!).with(3, packets[2]!)],
  ['changes its time', changed(5, { timestamp: 77 })],
  ['has a cut packet', (packets) => changed(2, { payload: packets[2]!.payload.subarray(0, -1) })(packets)],
  ['has a packet shorter than its headers', (packets) => changed(2, { payload: packets[2]!.payload.subarray(0, 7) })(packets)],
  ['has an empty packet', changed(1, { payload: Buffer.alloc(0) })],
  ['changes its type', withByte(4, 0, (i) => i === 2)],
  ['changes its Q', withByte(5, 50, (i) => i > 0)],
  ['changes its width', withByte(6, 12, (i) => i === 4)],
  ['changes its height', withByte(7, 12, (i) => i === 4)],
  ['is of a reserved type', withByte(4, 2)],
  ['is of a dynamic type', withByte(4, 129)],
  ['has no width', withByte(6, 0)],
  ['has no height', withByte(7, 0)],
  ['has no scan', ([first]) => [{ ...first!, payload: first!.payload.subarray(0, 8 + 4 + 128), marker: true }]],
  ['has no whole restart header', ([first]) => [{ ...first!, payload: Buffer.concat([first!.payload.subarray(0, 4), Buffer.from([65, 50, 4, 4, 0, 9])]), marker: true }]],
  ['has no whole table header', ([first]) => [{ ...first!, payload: first!.payload.subarray(0, 11), marker: true }]],
];

test.each(HARMS)('a picture that %s is left out, and no other', async (_, harm) => {
  const receiver = new Receiver();
  receiver.take([...sent(payloadsOf(source), 1), ...harm(sent(payloadsOf(other), 2)), ...sent(payloadsOf(source), 3)]);
  expect(receiver.pictures.map(({ timestamp }) => timestamp)).toEqual([1, 3]);
  expect(receiver.pictures[1]?.bytes).toEqual(receiver.pictures[0]?.bytes);
  await expectSamePixels(receiver.pictures[0]?.bytes, source);
});

test('what follows a picture under its own time belongs to none', () => {
  const receiver = new Receiver();
  const packets = sent(payloadsOf(source), 1);
  const bytes = receiver.take(packets).pictures[0]?.bytes.length ?? 0;
  for (let at = partsOf(source).scan.length - 10; at < bytes + 10; at++) {
    const main = Buffer.from([0, at >> 16, (at >> 8) & 0xff, at & 0xff]);
    receiver.take([{ payload: Buffer.concat([main, packets[0]!.payload.subarray(4, 8), Buffer.alloc(5)]), timestamp: 1, marker: true, lost: false }]);
  }
  expect(receiver.pictures).toHaveLength(1);
});

test('a picture that begins behind a gap is whole', () => {
  const receiver = new Receiver();
  receiver.take(sent(payloadsOf(source), 1).slice(0, -2)).take(changed(0, { lost: true })(sent(payloadsOf(other), 2)));
  expect(receiver.pictures.map(({ timestamp }) => timestamp)).toEqual([2]);
});

test('a picture may be of 16 MiB and no larger; the buffer of one serves the next', () => {
  const scanOf = (bytes: number): { payloads: Iterable<Sent> } => ({
    payloads: (function* () {
      const piece = Buffer.alloc(60_000);
      for (let at = 0; at < bytes; at += 50_000) {
        const data = Math.min(50_000, bytes - at);
        piece.set([0, (at >> 16) & 0xff, (at >> 8) & 0xff, at & 0xff, 1, 50, 100, 100]);
        yield { payload: piece.subarray(0, 8 + data), timestamp: bytes, marker: at + data === bytes, lost: false };
      }
    })(),
  });
  const sizes: number[] = [];
  const buffers = new Set<ArrayBufferLike>();
  const frames = new JpegFrames(({ bytes }) => (sizes.push(bytes.length), buffers.add(bytes.buffer)));
  const send = (bytes: number): void => {
    for (const { payload, ...about } of scanOf(bytes).payloads) frames.push(payload, about);
  };
  send(1_000);
  const around = (sizes.pop() ?? 0) - 1_000;
  buffers.clear();
  const beforeBytes = process.memoryUsage().arrayBuffers;
  send(16 * MIB - around);
  for (let i = 0; i < 5; i++) send(16 * MIB - around + 1);
  for (let i = 0; i < 3; i++) send(17 * MIB);
  send(1_000);
  expect(sizes).toEqual([16 * MIB, around + 1_000]);
  expect(buffers.size).toBe(1);
  // The buffer, the smaller ones that it grew from, and what the test itself sends.
  expect(process.memoryUsage().arrayBuffers - beforeBytes).toBeLessThan(34 * MIB);
});

/** Bytes that a header could be, and pieces that fit behind each other, more often than chance would have it. */
const shape = fc.oneof({ weight: 12, arbitrary: fc.constant([1, 50, 4, 4]) }, fc.tuple(fc.constantFrom(0, 65, 129), fc.constantFrom(50, 255, 128, 0, 110), fc.constantFrom(0, 4), fc.constant(4)));
const nearlyRight = fc.tuple(fc.constantFrom(0, 0, 2, 2, 4, 300), shape, fc.oneof({ weight: 4, arbitrary: fc.uint8Array({ minLength: 2, maxLength: 2 }) }, fc.uint8Array({ maxLength: 300 })));
const payload = nearlyRight.map(([offset, main, rest]) => Buffer.concat([Buffer.from([0, 0, offset >> 8, offset & 0xff, ...main]), rest]));
const garbage = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const anyPacket = fc.record({
  payload: fc.oneof({ weight: 12, arbitrary: payload }, garbage),
  timestamp: fc.constantFrom(1, 1, 1, 1, 2),
  marker: fc.constantFrom(false, false, true),
  lost: fc.constantFrom(false, false, false, false, true),
});

test('whatever bytes come, nothing is thrown, and what is given is all that came since its first packet', () => {
  let inPieces = 0;
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 60, size: 'max' }), (packets) => {
      let now = 0;
      const frames = new JpegFrames(({ bytes, timestamp }) => {
        expect([bytes.readUInt16BE(0), bytes.readUInt16BE(bytes.length - 2), timestamp]).toEqual([0xffd8, 0xffd9, packets[now]?.timestamp]);
        const first = packets.slice(0, now + 1).findLastIndex((packet) => packet.payload.readUIntBE(1, 3) === 0);
        const own = packets.slice(first, now + 1);
        if (own.length > 1) inPieces++;
        expect(own.map((packet) => [packet.timestamp, packet.marker, packet.payload.readUInt32BE(4)])).toEqual(own.map((_, i) => [timestamp, i === own.length - 1, own[0]?.payload.readUInt32BE(4)]));
        expect(own.slice(1).some((packet) => packet.lost)).toBe(false);
        const scan = Buffer.from(bytes.subarray(bytes.indexOf(Buffer.from('ffda000c03010002110311003f00', 'hex')) + 14, -2));
        // From the last packet backwards: each piece lies where its offset says, and none is missing between.
        let end = scan.length;
        for (const packet of own.slice(1).reverse()) {
          const data = packet.payload.subarray(packet.payload.readUInt8(4) & 0x40 ? 12 : 8);
          expect(scan.subarray(packet.payload.readUIntBE(1, 3), end)).toEqual(data.subarray(0, end - packet.payload.readUIntBE(1, 3)));
          end = packet.payload.readUIntBE(1, 3);
        }
        expect(own[0]?.payload.subarray(own[0].payload.length - end).equals(scan.subarray(0, end))).toBe(true);
      });
      packets.forEach(({ payload: bytes, ...about }, i) => {
        now = i;
        frames.push(bytes, about);
      });
    }),
    { numRuns: 600, seed: 7 },
  );
  expect(inPieces).toBeGreaterThan(50);
});

test('of pictures some of whose packets are lost, doubled or late, those untouched come, and no other', () => {
  const pictures = [source, other, source, other].map((jpeg, i) => sent(payloadsOf(jpeg, { chunkBytes: 4_000 }), i));
  const whole = pictures.map((packets) => new Receiver().take(packets).pictures[0]?.bytes);
  const packets = pictures.flat();
  const fate = fc.constantFrom(...new Array<'kept'>(12).fill('kept'), 'lost', 'told lost', 'doubled', 'late');
  fc.assert(
    fc.property(fc.array(fate, { minLength: packets.length, maxLength: packets.length }), (fates) => {
      const receiver = new Receiver();
      const touched = new Set<number>();
      const arriving: Sent[] = [];
      const late: Sent[] = [];
      let told = false;
      packets.forEach((packet, i) => {
        const is = fates[i] ?? 'kept';
        if (is !== 'kept') touched.add(packet.timestamp);
        if (is === 'kept' || is === 'doubled') arriving.push({ ...packet, lost: told }, ...(is === 'doubled' ? [packet] : []), ...late.splice(0));
        if (is === 'late') late.push(packet);
        // What was told to be missing before a picture's later packet harms that one too.
        told = is === 'told lost' || (told && is !== 'kept' && is !== 'doubled');
      });
      receiver.take(arriving);
      for (const { bytes, timestamp } of receiver.pictures) expect(bytes.equals(whole[timestamp] ?? Buffer.alloc(0))).toBe(true);
      const came = new Set(receiver.pictures.map(({ timestamp }) => timestamp));
      // A late packet falls among the next picture's and spoils that one.
      if (!fates.includes('late')) pictures.forEach((_, i) => touched.has(i) || expect(came.has(i)).toBe(true));
    }),
    { numRuns: 150, seed: 7 },
  );
});
