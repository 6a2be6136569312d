/** What goes into RTP packets comes out again, whatever its size. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitNals } from './nal-units.ts';
import { packetise } from './packetise.ts';
import { MAX_PAYLOAD, type RtpStream, senderReport } from './rtp.ts';

const stream = (sequence = 0): RtpStream => ({ ssrc: 0xabcdef01, payloadType: 96, channel: 4, rtcpChannel: 5, sequence, packets: 0, octets: 0 });

interface Parsed {
  readonly sequence: number;
  readonly marker: boolean;
  readonly timestamp: number;
  readonly payload: Buffer;
}

function parse(bytes: Buffer): Parsed[] {
  const packets: Parsed[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
    expect([bytes[at], bytes[at + 1], bytes[at + 4]]).toEqual([0x24, 4, 0x80]);
    expect(bytes.readUInt32BE(at + 12)).toBe(0xabcdef01);
    packets.push({ sequence: bytes.readUInt16BE(at + 6), marker: (bytes[at + 5] ?? 0) >= 0x80, timestamp: bytes.readUInt32BE(at + 8), payload: bytes.subarray(at + 16, at + 4 + bytes.readUInt16BE(at + 2)) });
  }
  return packets;
}

/** Puts NAL units together again (RFC 6184, 5.6 and 5.8). */
function reassemble(packets: readonly Parsed[]): Buffer[] {
  const nals: Buffer[] = [];
  for (const { payload } of packets) {
    const [indicator = 0, fu = 0] = payload;
    if ((indicator & 0x1f) !== 28) nals.push(payload);
    else if (fu & 0x80) nals.push(Buffer.concat([Buffer.from([(indicator & 0xe0) | (fu & 0x1f)]), payload.subarray(2)]));
    else nals.push(Buffer.concat([nals.pop() ?? Buffer.alloc(0), payload.subarray(2)]));
  }
  return nals;
}

const nalUnits = fc.array(fc.tuple(fc.integer({ min: 1, max: 23 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9_000 })), { minLength: 1, maxLength: 5 }).map((list) =>
  list.map(([type, importance, size]) => Buffer.from([(importance << 5) | type, ...Array.from({ length: size }, (_, i) => (i * 31 + type) & 0xff)])),
);

test('any NAL units survive the way through packets of bounded size, in sequence, the marker on the last', () => {
  fc.assert(
    fc.property(nalUnits, fc.integer({ min: 0, max: 0xffff }), (nals, sequence) => {
      const packets = parse(packetise('h264', stream(sequence), nals, 2 ** 32 + 5));
      expect(Buffer.concat(reassemble(packets))).toEqual(Buffer.concat(nals));
      packets.forEach((packet, i) => {
        expect(packet.sequence).toBe((sequence + i) % 0x10000);
        expect(packet.timestamp).toBe(5);
        expect(packet.marker).toBe(i === packets.length - 1);
        expect(packet.payload.length).toBeLessThanOrEqual(MAX_PAYLOAD);
      });
    }),
    { numRuns: 60 },
  );
});

/** The same of H.265 (RFC 7798, 4.4.1 and 4.4.3). */
function reassembleH265(packets: readonly Parsed[]): Buffer[] {
  const nals: Buffer[] = [];
  for (const { payload } of packets) {
    const [first = 0, second = 0, fu = 0] = payload;
    if (((first >> 1) & 0x3f) !== 49) nals.push(payload);
    else if (fu & 0x80) nals.push(Buffer.concat([Buffer.from([(first & 0x81) | ((fu & 0x3f) << 1), second]), payload.subarray(3)]));
    else nals.push(Buffer.concat([nals.pop() ?? Buffer.alloc(0), payload.subarray(3)]));
  }
  return nals;
}

test.each([2, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2 * (MAX_PAYLOAD - 3) + 2, 2 * (MAX_PAYLOAD - 3) + 3, 50_000])('an H.265 NAL unit of %d bytes', (size) => {
  const nal = Buffer.alloc(size, 7);
  nal.set([(19 << 1) | 1, 0x29]);
  const packets = parse(packetise('h265', stream(), [nal], 0));
  expect(reassembleH265(packets)).toEqual([nal]);
  expect(packets.map((packet) => packet.marker)).toEqual(packets.map((_, i) => i === packets.length - 1));
  expect(Math.max(...packets.map((packet) => packet.payload.length))).toBeLessThanOrEqual(MAX_PAYLOAD);
});

test.each([MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2 * (MAX_PAYLOAD - 2) + 1, 2 * (MAX_PAYLOAD - 2) + 2])('a NAL unit of %d bytes', (size) => {
  const nal = Buffer.alloc(size, 0x65);
  expect(reassemble(parse(packetise('h264', stream(), [nal], 0)))).toEqual([nal]);
});

/** SOI, two quantisation tables, a 4:2:0 frame header of 480 × 270, start of scan, `scanBytes` bytes, EOI (ITU-T T.81, B.1). */
function tinyJpeg(scanBytes: number, more: readonly number[] = []): Buffer {
  const table = (id: number): number[] => [0xff, 0xdb, 0, 67, id, ...new Array<number>(64).fill(id + 1)];
  const frame = [0xff, 0xc0, 0, 17, 8, 1, 14, 1, 224, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
  return Buffer.from([0xff, 0xd8, ...table(0), ...table(1), ...more, ...frame, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...new Array<number>(scanBytes).fill(0x55), 0xff, 0xd9]);
}

test.each([1, 1264, 1265, 4_000])('a JPEG with a scan of %d bytes', (scanBytes) => {
  const packets = parse(packetise('mjpeg', stream(), [tinyJpeg(scanBytes)], 0));
  let offset = 0;
  packets.forEach(({ payload, marker }, i) => {
    expect([...payload.subarray(0, 8)]).toEqual([0, 0, offset >> 8, offset & 0xff, 1, 255, 60, 34]);
    if (i === 0) expect([...payload.subarray(8, 12), payload[12], payload[76]]).toEqual([0, 0, 0, 128, 1, 2]);
    const data = payload.subarray(i === 0 ? 8 + 4 + 128 : 8);
    expect(data.every((byte) => byte === 0x55)).toBe(true);
    offset += data.length;
    expect(marker).toBe(i === packets.length - 1);
    expect(payload.length).toBeLessThanOrEqual(MAX_PAYLOAD);
  });
  expect(offset).toBe(scanBytes);
});

test('a JPEG that RFC 2435 cannot carry is refused by name', () => {
  expect(() => packetise('mjpeg', stream(), [tinyJpeg(9, [0xff, 0xdd, 0, 4, 0, 8])], 0)).toThrow(/restart/);
  expect(() => packetise('mjpeg', stream(), [Buffer.from([0xff, 0xd8, 0xff, 0xd9])], 0)).toThrow(/no JPEG/);
});

test('a sender report says wall time, RTP time and counts where RFC 3550 puts them', () => {
  const sent = stream();
  packetise('h264', sent, [Buffer.alloc(3000, 0x41)], 0);
  const report = senderReport(sent, 1_700_000_000_500, 90_000);
  expect(report.length).toBe(4 + report.readUInt16BE(2));
  expect([...report.subarray(0, 2), ...report.subarray(4, 6)]).toEqual([0x24, 5, 0x80, 200]);
  expect(report.readUInt32BE(12)).toBe(1_700_000_000 + 2_208_988_800 - 2 ** 32 * Math.floor((1_700_000_000 + 2_208_988_800) / 2 ** 32));
  expect(report.readUInt32BE(16)).toBe(2 ** 31);
  expect([report.readUInt32BE(20), report.readUInt32BE(24), report.readUInt32BE(28)]).toEqual([90_000, 3, 3000 - 1 + 6]);
  expect(report.readUInt16BE(34)).toBe((report.length - 32) / 4 - 1);
});

test('NAL units are told apart by lengths and by start codes', () => {
  const [a, b] = [Buffer.from([0x65, 1, 2, 3]), Buffer.from([0x41, 0, 0, 3, 9])];
  expect(splitNals(Buffer.concat([Buffer.from([0, 0, 0, 4]), a, Buffer.from([0, 0, 0, 5]), b]), 4)).toEqual([a, b]);
  expect(splitNals(Buffer.concat([Buffer.from([4]), a, Buffer.from([5]), b]), 1)).toEqual([a, b]);
  expect(splitNals(Buffer.concat([Buffer.from([0, 0, 0, 1]), a, Buffer.from([0, 0, 0, 1]), b, Buffer.from([0])]), null)).toEqual([a, b]);
  expect(splitNals(Buffer.from([1, 2, 3]), null)).toEqual([]);
});
