/** Reports between camera and viewer, held against the fields of RFC 3550, 6. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRtcp, receiverReport, type ReceiverState } from './rtcp.ts';
import type { Reception } from './rtp.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** Of SSRC 0x11223344: at 2026-01-02 03:04:05.250 UTC its stream's time was 0x00016120; 10 packets, 4660 octets. */
const SENDER_REPORT = hex('80c80006 11223344 ed01b425 40000000 00016120 0000000a 00001234');
const NAME = hex('81ca0003 11223344 01 04 63616d31 0000');
const BYE = hex('82cb0003 11223344 55667788 03 627965');
/** With one block about another stream. */
const RECEIVER_REPORT = hex('81c90007 55667788 11223344 00000000 00000001 00000000 00000000 00000000');

describe('of a camera', () => {
  test('the sender report tells which time of day a time of the stream is', () => {
    const { report, goodbye } = readRtcp(Buffer.concat([SENDER_REPORT, NAME]));
    expect(report).toEqual({ ssrc: 0x11223344, cameraMs: Date.UTC(2026, 0, 2, 3, 4, 5, 250), timestamp: 0x16120, ntpMiddle: 0xb4254000 });
    expect(goodbye).toEqual([]);
  });

  test('a sender report that bears blocks about others, and comes behind another packet, is read as well', () => {
    const withBlock = Buffer.concat([hex('81c8000c'), SENDER_REPORT.subarray(4), Buffer.alloc(24, 0xff)]);
    expect(readRtcp(Buffer.concat([RECEIVER_REPORT, withBlock, NAME])).report?.timestamp).toBe(0x16120);
  });

  test('zeros are no clock', () => {
    const without = Buffer.from(SENDER_REPORT).fill(0, 8, 16);
    expect(readRtcp(without).report).toBeNull();
    expect(readRtcp(Buffer.concat([SENDER_REPORT, without])).report?.cameraMs).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 250));
    expect(readRtcp(Buffer.from(SENDER_REPORT).fill(0, 12, 16)).report?.cameraMs).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  test('a sender report too short for its times says nothing, whatever lies behind it', () => {
    for (let words = 1; words < 5; words++) {
      const short = Buffer.concat([Buffer.of(0x80, 200, 0, words - 1), Buffer.alloc(4 * (words - 1), 0x77)]);
      expect(readRtcp(short)).toEqual({ report: null, goodbye: [] });
      expect(readRtcp(Buffer.concat([short, BYE]))).toEqual({ report: null, goodbye: [0x11223344, 0x55667788] });
    }
  });

  test('goodbye names the streams that end, its reason left out', () => {
    expect(readRtcp(Buffer.concat([SENDER_REPORT, NAME, BYE]))).toMatchObject({ report: { ssrc: 0x11223344 }, goodbye: [0x11223344, 0x55667788] });
    // More than it holds.
    expect(readRtcp(hex('9fcb0001 11223344')).goodbye).toEqual([0x11223344]);
    expect(readRtcp(hex('80cb0000')).goodbye).toEqual([]);
  });

  test('cut anywhere, the packets before the cut are read', () => {
    const whole = Buffer.concat([SENDER_REPORT, NAME, BYE]);
    for (let length = 0; length <= whole.length; length++) {
      const { report, goodbye } = readRtcp(whole.subarray(0, length));
      expect(report !== null).toBe(length >= SENDER_REPORT.length);
      expect(goodbye.length).toBe(length === whole.length ? 2 : 0);
    }
  });

  test('of anything at all something or nothing is read', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x80, 0x81, 0x9f, 200, 203, 0));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 120 }), fc.boolean(), (bytes, behind) => {
        const { report } = readRtcp(Buffer.concat([behind ? SENDER_REPORT : Buffer.alloc(0), Buffer.from(bytes)]));
        if (behind) expect(report).not.toBeNull();
      }),
      { numRuns: 1000 },
    );
  });
});

/** Packets of a compound one by their type, their lengths held to be right. */
function packetsIn(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    const end = at + 4 * (bytes.readUInt16BE(at + 2) + 1);
    expect(bytes.readUInt8(at)).toBe(0x81);
    found.set(bytes.readUInt8(at + 1), bytes.subarray(at, end));
    at = end;
  }
  expect(at).toBe(bytes.length);
  return found;
}

function readBack(state: ReceiverState): Record<string, number | string> {
  const packets = packetsIn(receiverReport(state));
  expect([...packets.keys()]).toEqual([201, 202]);
  const [report = Buffer.alloc(0), name = Buffer.alloc(0)] = packets.values();
  const chunk = name.subarray(4);
  const nameEnds = 6 + chunk.readUInt8(5);
  expect(report.length).toBe(32);
  expect(chunk.readUInt8(4)).toBe(1);
  // At least one zero ends the list of items.
  expect(chunk.length).toBeGreaterThan(nameEnds);
  expect(chunk.subarray(nameEnds).every((byte) => byte === 0)).toBe(true);
  return {
    from: report.readUInt32BE(4),
    nameOf: chunk.readUInt32BE(0),
    cname: chunk.toString('utf8', 6, nameEnds),
    about: report.readUInt32BE(8),
    fraction: report.readUInt8(12),
    lost: report.readUIntBE(13, 3),
    highest: report.readUInt32BE(16),
    jitter: report.readUInt32BE(20),
    lastReport: report.readUInt32BE(24),
    delay: report.readUInt32BE(28),
  };
}

const received = (more: Partial<Reception> = {}): Reception => ({ ssrc: 0x11223344, highestSequence: 65_536 * 2 + 99, lostPackets: 0, receivedPackets: 100, jitter: 45, ...more });
const state = (more: Partial<ReceiverState> = {}): ReceiverState => ({ ownSsrc: 0xfedcba98, cname: 'abc', now: received(), before: null, heard: null, ...more });

describe('of a viewer', () => {
  test('the report says what it is about, and the last sender report was when', () => {
    expect(readBack(state({ heard: { ntpMiddle: 0xb4254000, agoMs: 1500 } }))).toEqual({ from: 0xfedcba98, nameOf: 0xfedcba98, cname: 'abc', about: 0x11223344, fraction: 0, lost: 0, highest: 0x20063, jitter: 45, lastReport: 0xb4254000, delay: 98_304 });
    expect(readBack(state())).toMatchObject({ lastReport: 0, delay: 0 });
  });

  test('names of every length are ended and filled up', () => {
    for (let length = 0; length < 9; length++) expect(readBack(state({ cname: 'x'.repeat(length) })).cname).toBe('x'.repeat(length));
  });

  test('the part lost is of what was due since the report before', () => {
    const before = received({ highestSequence: 999, receivedPackets: 900, lostPackets: 100 });
    const fraction = (now: Partial<Reception>, since: Reception | null = before): unknown => readBack(state({ now: received(now), before: since })).fraction;
    expect(fraction({ highestSequence: 1099, receivedPackets: 975, lostPackets: 125 })).toBe(64);
    expect(fraction({ highestSequence: 1099, receivedPackets: 1000, lostPackets: 100 })).toBe(0);
    expect(fraction({ highestSequence: 1099, receivedPackets: 900, lostPackets: 200 })).toBe(255);
    expect(fraction({ highestSequence: 999, receivedPackets: 900, lostPackets: 100 })).toBe(0);
    // The first, and the first of another stream, count from its beginning.
    expect(fraction({ highestSequence: 999, receivedPackets: 900, lostPackets: 100 }, null)).toBe(25);
    expect(fraction({ ssrc: 7, highestSequence: 199, receivedPackets: 50, lostPackets: 50 })).toBe(128);
    // Late ones made good what was lost.
    expect(fraction({ highestSequence: 1099, receivedPackets: 1090, lostPackets: 10 })).toBe(0);
  });

  test('nothing that is counted, and no clock set back, breaks it', () => {
    const count = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 40 }));
    const reception = fc.record({ ssrc: fc.integer({ min: 0, max: 2 ** 32 - 1 }), highestSequence: count, lostPackets: count, receivedPackets: count, jitter: count });
    fc.assert(
      fc.property(reception, fc.option(reception), fc.option(fc.record({ ntpMiddle: fc.integer({ min: 0, max: 2 ** 32 - 1 }), agoMs: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }) })), (now, before, heard) => {
        const read = readBack(state({ now, before, heard }));
        expect(read).toMatchObject({ about: now.ssrc, lost: Math.min(now.lostPackets, 0x7f_ffff), highest: now.highestSequence % 2 ** 32 });
        if (heard && heard.agoMs < 0) expect(read.delay).toBe(0);
      }),
    );
  });
});
