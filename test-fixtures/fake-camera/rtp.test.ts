/** What goes into RTP packets comes out again, whatever its size. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitNals } from './clip.ts';
import { MAX_PAYLOAD, type RtpStream, packetise, senderReport } from './rtp.ts';

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
      const packets = parse(packetise(stream(sequence), nals, 2 ** 32 + 5));
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

test.each([MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2 * (MAX_PAYLOAD - 2) + 1, 2 * (MAX_PAYLOAD - 2) + 2])('a NAL unit of %d bytes', (size) => {
  const nal = Buffer.alloc(size, 0x65);
  expect(reassemble(parse(packetise(stream(), [nal], 0)))).toEqual([nal]);
});

test('a sender report says wall time, RTP time and counts where RFC 3550 puts them', () => {
  const sent = stream();
  packetise(sent, [Buffer.alloc(3000, 0x41)], 0);
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
