/** What a camera sends over its connection comes out as the messages and packets that it is made of, however it is cut up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES, RtspRefused, RtspWire, type RtspMessage } from './wire.ts';

type Heard = { readonly channel: number; readonly packet: string } | { readonly status: number | null; readonly firstLine: string; readonly headers: Record<string, readonly string[]>; readonly body: string };

const framed = (packet: Buffer, channel = 0): Buffer => Buffer.concat([Buffer.of(0x24, channel, packet.length >> 8, packet.length & 0xff), packet]);
const answer = (headers: string, body = ''): Buffer => Buffer.from(`RTSP/1.0 200 OK\r\nCSeq: 2\r\n${headers}\r\n${body}`);

/** All that is heard of `bytes` when they come in pieces of these sizes, over and over, each piece in the same memory. */
function heardOf(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Heard[] {
  const heard: Heard[] = [];
  const wire = new RtspWire({
    media: (channel, packet) => void heard.push({ channel, packet: packet.toString('hex') }),
    message: ({ headers, ...rest }: RtspMessage) => void heard.push({ ...rest, headers: Object.fromEntries(headers) }),
  });
  const memory = Buffer.alloc(Math.max(1, ...sizes));
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = bytes.copy(memory, 0, at, at + Math.max(1, sizes[i % sizes.length] ?? 1));
    wire.push(memory.subarray(0, size));
    memory.fill(0x24);
    at += size;
  }
  return heard;
}

interface Unit {
  readonly bytes: Buffer;
  readonly heard: Heard;
}

const packets = fc.tuple(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 0, max: 7 })).map(([bytes, channel]): Unit => {
  const packet = Buffer.from(bytes);
  return { bytes: framed(packet, channel), heard: { channel, packet: packet.toString('hex') } };
});
const answers = fc.string({ maxLength: 300, unit: 'grapheme' }).map((body): Unit => {
  const length = String(Buffer.byteLength(body));
  return { bytes: answer(`Content-Length: ${length}\r\n`, body), heard: { status: 200, firstLine: 'RTSP/1.0 200 OK', headers: { cseq: ['2'], 'content-length': [length] }, body } };
});
const requests = fc.constantFrom('OPTIONS', 'SET_PARAMETER', 'GET_PARAMETER', 'ANNOUNCE', 'REDIRECT', 'TEARDOWN').map((method): Unit => {
  const firstLine = `${method} rtsp://c/x RTSP/1.0`;
  return { bytes: Buffer.from(`${firstLine}\r\nCSeq: 1\r\n\r\n`), heard: { status: null, firstLine, headers: { cseq: ['1'] }, body: '' } };
});
const refusal: Unit = {
  bytes: Buffer.from('RTSP/1.0 401 Unauthorized\nCSeq:3\nWWW-Authenticate:  Digest a="b:c" \nwww-authenticate: Basic\nno header\n\n'),
  heard: { status: 401, firstLine: 'RTSP/1.0 401 Unauthorized', headers: { cseq: ['3'], 'www-authenticate': ['Digest a="b:c"', 'Basic'] }, body: '' },
};
const unit = fc.oneof(packets, answers, requests, fc.constant(refusal));

describe('comes out', () => {
  test('every conversation as it is, however it is cut up', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }), (units, sizes) => {
        expect(heardOf(Buffer.concat(units.map(({ bytes }) => bytes)), sizes)).toEqual(units.map(({ heard }) => heard));
      }),
    );
  });

  test('the same with rubbish between them, the rubbish left out', () => {
    // Of anything but what could begin a unit: capital letters stand in words that do not.
    const rubbish = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x24 || (byte >= 0x41 && byte <= 0x5f) ? 0 : byte)))),
      fc.constantFrom('\r\n', '\0\0', 'HELLO, x', 'RTSP/2.0 200 OK\r\n\r\n', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ ', 'OPTIONS\r', 'HTTP/1.1 200 OK\r\n\r\n', '$\x08\0\x04', '$\xff').map((text) => Buffer.from(text, 'latin1')),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(rubbish, unit), { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (pairs, size) => {
        expect(heardOf(Buffer.concat(pairs.flatMap(([left, { bytes }]) => [left, bytes])), [size])).toEqual(pairs.map(([, { heard }]) => heard));
      }),
    );
  });

  test('a description as large as any may be, and the longest packet', () => {
    const body = 'a=x\r\n'.repeat(MAX_BODY_BYTES / 5).padEnd(MAX_BODY_BYTES, ' ');
    const heard = heardOf(Buffer.concat([answer(`Content-Length: ${MAX_BODY_BYTES}\r\n`, body), framed(Buffer.alloc(65_535, 7), 1)]), [60_000, 1, 4_096]);
    expect(heard).toEqual([expect.objectContaining({ body }), { channel: 1, packet: '07'.repeat(65_535) }]);
  });

  test('an answer that is cut off by its end is not there yet', () => {
    const whole = answer('Content-Length: 4\r\n', 'v=0\n');
    for (let length = 0; length < whole.length; length++) expect(heardOf(whole.subarray(0, length))).toEqual([]);
  });
});

test('nothing that comes is more than refused, and then only in words of ours', () => {
  const some = fc.oneof(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), unit.map(({ bytes }) => bytes), fc.constantFrom('RTSP/1.0 ', 'OPTIONS ', '\r\n\r\n', 'Content-Length: ', '$\0').map((text) => Buffer.from(text)));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 10 }), fc.integer({ min: 1, max: 100 }), (parts, size) => {
      const bytes = Buffer.concat(parts);
      try {
        const heard = heardOf(bytes, [size]);
        // It goes by the bytes alone, not by where they were cut.
        expect(heard).toEqual(heardOf(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RtspRefused);
        expect(() => heardOf(bytes)).toThrow(RtspRefused);
      }
    }),
  );
});

describe('refuses', () => {
  test.each([
    ['a body beyond all descriptions', answer(`Content-Length: ${MAX_BODY_BYTES + 1}\r\n`), 'far larger'],
    ['a body without measure', answer('Content-Length: plenty\r\n'), 'far larger'],
    ['two lengths', answer('Content-Length: 1\r\nContent-Length: 1\r\n'), 'far larger'],
    ['a header without end', Buffer.from(`RTSP/1.0 200 OK\r\nX: ${'x'.repeat(20_000)}`), 'never ends'],
    ['a request without end', Buffer.from(`SET_PARAMETER ${'x'.repeat(20_000)}`), 'never ends'],
    ['a packet in the middle of a header', Buffer.from('RTSP/1.0 200 OK\r\n$\0\0\u0010: x\r\n\r\n'), 'not a usable RTSP description'],
  ])('%s', (_, bytes, words) => {
    expect(() => heardOf(bytes)).toThrow(words);
    expect(() => heardOf(bytes, [7])).toThrow(RtspRefused);
  });
});

test('what waits is bounded, whatever has begun and whatever comes', () => {
  const before = process.memoryUsage().arrayBuffers;
  const rubbish = Buffer.alloc(64 * 1024, 'Rx$\x09');
  const beginnings = ['$\0\xff\xff', `RTSP/1.0 200 OK\r\nContent-Length: ${MAX_BODY_BYTES}\r\n\r\n`, 'RTSP/1.0 200 OK\r\n', ''];
  for (const beginning of beginnings) {
    let units = 0;
    const wire = new RtspWire({ media: () => units++, message: () => units++ });
    wire.push(Buffer.from(beginning, 'latin1'));
    const all = (): void => {
      for (let sent = 0; sent < 4 * 1024 * 1024; sent += rubbish.length) wire.push(rubbish);
    };
    if (beginning === 'RTSP/1.0 200 OK\r\n') expect(all).toThrow('never ends');
    else all();
    expect(units).toBe(beginning === '' || beginning === 'RTSP/1.0 200 OK\r\n' ? 0 : 1);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * 1024 * 1024);
});
