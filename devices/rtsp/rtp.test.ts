/** Packets of RTP come out once each and in order, and what is missing is told, however a network and a camera treat them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RtpStream } from './rtp.ts';

const TYPE = 96;
const SSRC = 0xdead_beef;

interface Sent {
  readonly sequence: number;
  readonly payload?: Buffer | string;
  readonly timestamp?: number;
  readonly ssrc?: number;
  readonly marker?: boolean;
  readonly type?: number;
  readonly version?: number;
  readonly sources?: number;
  /** Behind its profile and length; a multiple of four bytes. */
  readonly extension?: Buffer;
  /** With its last byte, the count. */
  readonly padding?: Buffer;
}

/** RFC 3550, 5.1. */
function rtp({ sequence, payload = String(sequence & 0xffff), timestamp = 0, ssrc = SSRC, marker = false, type = TYPE, version = 2, sources = 0, extension, padding }: Sent): Buffer {
  const head = Buffer.alloc(12 + 4 * sources, 0xcc);
  head.writeUInt8((version << 6) | (padding ? 0x20 : 0) | (extension ? 0x10 : 0) | sources, 0);
  head.writeUInt8((marker ? 0x80 : 0) | type, 1);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(timestamp, 4);
  head.writeUInt32BE(ssrc, 8);
  const extended = extension ? [Buffer.of(0xbe, 0xde, extension.length >> 10, (extension.length >> 2) & 0xff), extension] : [];
  return Buffer.concat([head, ...extended, Buffer.from(payload), padding ?? Buffer.alloc(0)]);
}

/** What came out, as `payload`, with `!` before it where something is lost there. The packets all lie in the same memory. */
class Receiver {
  readonly out: string[] = [];
  readonly about: { timestamp: number; marker: boolean }[] = [];
  readonly stream: RtpStream;
  readonly #memory = Buffer.alloc(2000);

  constructor(ordered: boolean) {
    this.stream = new RtpStream({ payloadType: TYPE, clockRate: 90_000, ordered }, (bytes, { lost, ...about }) => {
      this.out.push(`${lost ? '!' : ''}${bytes.toString()}`);
      this.about.push(about);
    });
  }

  take(packets: readonly (Sent | Buffer)[], nowMs = 0): this {
    for (const each of packets) {
      const size = (Buffer.isBuffer(each) ? each : rtp(each)).copy(this.#memory);
      this.stream.push(this.#memory.subarray(0, size), nowMs);
      this.#memory.fill(0x5a);
    }
    return this;
  }

  numbers(...sequences: readonly number[]): this {
    return this.take(sequences.map((sequence) => ({ sequence })));
  }
}

const names = (...sequences: readonly number[]): string[] => sequences.map((sequence) => String(sequence & 0xffff));
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe.each([true, false])('over a connection: %s', (ordered) => {
  test('in order, with time and mark, over the end of 16 bits and many times round', () => {
    const receiver = new Receiver(ordered);
    receiver.take([{ sequence: 65_534, timestamp: 0xffff_ffff }, { sequence: 65_535, timestamp: 5, marker: true }, { sequence: 0 }, { sequence: 1 }]);
    expect(receiver.out).toEqual(['65534', '65535', '0', '1']);
    expect(receiver.about.slice(0, 2)).toEqual([{ timestamp: 0xffff_ffff, marker: false }, { timestamp: 5, marker: true }]);
    receiver.take(range(2, 2 * 65_536).map((sequence) => ({ sequence })));
    expect(receiver.stream.reception).toMatchObject({ ssrc: SSRC, highestSequence: 3 * 65_536 + 1, lostPackets: 0, receivedPackets: 2 * 65_536 + 4 });
  });

  test('duplicates and what is late are left out', () => {
    expect(new Receiver(ordered).numbers(10, 10, 11, 9, 10, 12, 11).out).toEqual(names(10, 11, 12));
  });

  test('before the first of all nothing is lost, and there is nothing to report', () => {
    const receiver = new Receiver(ordered);
    expect(receiver.stream.reception).toBeNull();
    expect(receiver.numbers(4711).out).toEqual(['4711']);
    expect(receiver.stream.reception).toEqual({ ssrc: SSRC, highestSequence: 4711, lostPackets: 0, receivedPackets: 1, jitter: 0 });
  });

  test('another source, or another numbering, begins anew with something lost', () => {
    const receiver = new Receiver(ordered).numbers(100, 101);
    receiver.take([{ sequence: 102, ssrc: 1 }, { sequence: 103, ssrc: 1 }]);
    expect(receiver.out).toEqual(['100', '101', '!102', '103']);
    expect(receiver.stream.reception).toMatchObject({ ssrc: 1, highestSequence: 103, lostPackets: 0, receivedPackets: 2 });
    receiver.take([{ sequence: 40_000, ssrc: 1 }, { sequence: 40_001, ssrc: 1 }, { sequence: 500, ssrc: 1 }]);
    expect(receiver.out.slice(4)).toEqual(['!40000', '40001', '!500']);
    expect(receiver.stream.reception).toMatchObject({ highestSequence: 500, lostPackets: 0, receivedPackets: 1 });
  });

  test('a numbering that begins anew a little below is not taken for lateness', () => {
    // A camera that starts again after two thousand packets: as many would be passed over (RFC 3550, A.1: MAX_MISORDER).
    expect(new Receiver(ordered).numbers(...range(0, 2000), 0, 1, 2).out.slice(2000)).toEqual(['!0', '1', '2']);
  });

  test('of other types, of other versions, and cut in the header: passed over, and counted nowhere', () => {
    const receiver = new Receiver(ordered).take([{ sequence: 1 }, { sequence: 9, type: 97 }, { sequence: 9, type: 0, ssrc: 5 }, { sequence: 9, version: 1 }, rtp({ sequence: 9 }).subarray(0, 11), Buffer.alloc(0), { sequence: 2 }]);
    expect(receiver.out).toEqual(['1', '2']);
    expect(receiver.stream.reception).toMatchObject({ receivedPackets: 2, lostPackets: 0, highestSequence: 2 });
  });

  test('payloads lie behind sources and extensions, before padding', () => {
    const receiver = new Receiver(ordered).take([
      { sequence: 1, payload: 'a', sources: 15 },
      { sequence: 2, payload: 'b', extension: Buffer.alloc(0) },
      { sequence: 3, payload: 'c', extension: Buffer.alloc(1024, 1) },
      { sequence: 4, payload: 'd', padding: Buffer.of(0, 0, 0, 4) },
      { sequence: 5, payload: 'e', sources: 2, extension: Buffer.alloc(8), padding: Buffer.of(1), marker: true },
      { sequence: 6, payload: '' },
      { sequence: 7, payload: '', padding: Buffer.of(9, 2) },
    ]);
    expect(receiver.out).toEqual(['a', 'b', 'c', 'd', 'e', '', '']);
    expect(receiver.about[4]?.marker).toBe(true);
  });

  test('one whose header says more than there is counts as lost', () => {
    const broken = [
      rtp({ sequence: 2, payload: 'x', padding: Buffer.of(3) }),
      rtp({ sequence: 2, payload: '', sources: 1 }).subarray(0, 14),
      rtp({ sequence: 2, payload: '', extension: Buffer.alloc(4) }).subarray(0, 14),
      rtp({ sequence: 2, payload: '', extension: Buffer.alloc(4) }).subarray(0, 18),
    ];
    for (const packet of broken) expect(new Receiver(ordered).take([{ sequence: 1 }, packet, { sequence: 3 }, { sequence: 4 }]).out).toEqual(['1', '!3', '4']);
  });

  test('jitter is measured as the RFC does', () => {
    const receiver = new Receiver(ordered);
    const at = (sequence: number, nowMs: number): void => void receiver.take([{ sequence, timestamp: (0xffff_f000 + sequence * 3600) >>> 0 }], nowMs);
    for (const sequence of range(0, 50)) at(sequence, 1_700_000_000_000 + sequence * 40);
    expect(receiver.stream.reception?.jitter).toBe(0);
    at(50, 1_700_000_000_000 + 50 * 40 + 16);
    expect(receiver.stream.reception?.jitter).toBe((16 * 90) / 16);
  });

  test('anything at all harms nobody', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((each) => Buffer.from(each));
    const almost = fc.tuple(fc.integer({ min: 0x80, max: 0xbf }), bytes).map(([first, rest]) => Buffer.concat([Buffer.of(first, TYPE, 0, rest.length, 0, 0, 0, 0, 0, 0, 0, 0), rest]));
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes, almost), { maxLength: 20 }), (packets) => {
        const receiver = new Receiver(ordered).take(packets);
        expect(receiver.out.length).toBeLessThanOrEqual(packets.length);
      }),
    );
  });
});

describe('over a connection', () => {
  test('what is missing is told at once, and once', () => {
    const receiver = new Receiver(true).numbers(1, 2, 5, 6, 8);
    expect(receiver.out).toEqual(['1', '2', '!5', '6', '!8']);
    expect(receiver.stream.reception).toMatchObject({ highestSequence: 8, lostPackets: 3, receivedPackets: 5 });
  });
});

describe('as datagrams', () => {
  test('those that overtook wait for the others', () => {
    const receiver = new Receiver(false).numbers(1, 3, 4, 3, 2, 5);
    expect(receiver.out).toEqual(names(1, 2, 3, 4, 5));
    expect(receiver.stream.reception).toMatchObject({ highestSequence: 5, lostPackets: 0, receivedPackets: 5 });
  });

  test('in any order within their reach they come out in order, once each', () => {
    const count = 200;
    const shuffled = fc.array(fc.nat({ max: 63 }), { minLength: count, maxLength: count });
    fc.assert(
      fc.property(fc.nat({ max: 65_535 }), shuffled, fc.array(fc.nat({ max: count - 1 })), (from, delays, again) => {
        const order = range(0, count).sort((a, b) => a + (a === 0 ? 0 : (delays[a] ?? 0)) - (b + (b === 0 ? 0 : (delays[b] ?? 0))) || a - b);
        for (const twice of again) order.splice(order.indexOf(twice) + 1, 0, twice);
        const receiver = new Receiver(false).numbers(...order.map((each) => from + each));
        expect(receiver.out).toEqual(names(...range(from, count)));
        expect(receiver.stream.reception).toMatchObject({ highestSequence: from + count - 1, lostPackets: 0, receivedPackets: count });
      }),
    );
  });

  test('a missing one is waited for: 64 others, or 100 ms', () => {
    const receiver = new Receiver(false).numbers(1, ...range(3, 64));
    expect(receiver.out).toEqual(['1']);
    receiver.numbers(67);
    expect(receiver.out).toEqual(['1', '!3', ...names(...range(4, 64))]);
    expect(receiver.stream.reception).toMatchObject({ highestSequence: 67, lostPackets: 1, receivedPackets: 66 });

    const slow = new Receiver(false).numbers(1, 3);
    slow.take([{ sequence: 4 }], 100);
    expect(slow.out).toEqual(['1']);
    slow.take([{ sequence: 6 }], 101);
    expect(slow.out).toEqual(['1', '!3', '4']);
    // The one behind the second gap waits for its own time.
    slow.take([{ sequence: 2 }, { sequence: 7 }], 201);
    expect(slow.out).toEqual(['1', '!3', '4']);
    slow.take([{ sequence: 8 }], 202);
    expect(slow.out).toEqual(['1', '!3', '4', '!6', '7', '8']);
  });

  test('with some lost, the others come out in order, and each gap is told once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 298 })), (lost) => {
        const gone = new Set(lost);
        const sent = range(0, 300).filter((each) => !gone.has(each));
        const receiver = new Receiver(false);
        sent.forEach((sequence, i) => receiver.take([{ sequence }], i * 30));
        receiver.take([{ sequence: 300 }], 60_000);
        expect(receiver.out).toEqual([...sent, 300].map((each) => `${gone.has(each - 1) ? '!' : ''}${each}`));
        expect(receiver.stream.reception).toMatchObject({ highestSequence: 300, lostPackets: gone.size, receivedPackets: sent.length + 1 });
      }),
    );
  });

  test('those of another source before are forgotten with it', () => {
    expect(new Receiver(false).numbers(1, 3).take([{ sequence: 7, ssrc: 2 }, { sequence: 2 }]).out).toEqual(['1', '!7', '!2']);
  });
});
