/** What passes from a camera to libav: all of RTSP however it is cut up, and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES, RtspGuard, RtspRefused } from './rtsp-guard.ts';

const frame = (payload: Buffer, channel = 0): Buffer => Buffer.concat([Buffer.of(0x24, channel, payload.length >> 8, payload.length & 0xff), payload]);
const answer = (headers: string, body = ''): Buffer => Buffer.from(`RTSP/1.0 200 OK\r\nCSeq: 2\r\n${headers}\r\n${body}`);
/** All that comes out when `bytes` arrive in pieces of these sizes, over and over. */
function through(bytes: Buffer, sizes: readonly number[] = [bytes.length], guard = new RtspGuard(null)): Buffer {
  const out: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    out.push(Buffer.from(guard.push(bytes.subarray(at, at + size))));
    at += size;
  }
  return Buffer.concat(out);
}

const payload = fc.uint8Array({ minLength: 8, maxLength: 2000 }).map((bytes) => frame(Buffer.from(bytes), bytes.length % 4));
const body = fc.string({ maxLength: 300, unit: 'grapheme-ascii' });
const unit = fc.oneof(
  payload,
  body.map((text) => answer(`Content-Type: application/sdp\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`, text)),
  fc.constant(answer('Public: OPTIONS, PLAY\r\n')),
  fc.constant(Buffer.from('SET_PARAMETER rtsp://c/x RTSP/1.0\r\nCSeq: 1\r\n\r\n')),
);

describe('passes', () => {
  test('every conversation as it is, however it is cut up', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }), (units, sizes) => {
        const bytes = Buffer.concat(units);
        expect(through(bytes, sizes).equals(bytes)).toBe(true);
      }),
    );
  });

  test('the same units with rubbish between them, the rubbish left out', () => {
    const rubbish = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x24 || (byte >= 0x41 && byte <= 0x5f) ? 0 : byte))));
    fc.assert(
      fc.property(fc.array(fc.tuple(rubbish, unit), { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (pairs, size) => {
        expect(through(Buffer.concat(pairs.flat()), [size]).equals(Buffer.concat(pairs.map(([, each]) => each)))).toBe(true);
      }),
    );
  });
});

test('of anything at all, only whole units come out, and what waits is bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), unit), { maxLength: 10 }), fc.integer({ min: 1, max: 100 }), (parts, size) => {
      try {
        const out = through(Buffer.concat(parts), [size]);
        if (out.length > 0) expect(out[0] === 0x24 || /^[A-Z]/.test(out.toString('latin1', 0, 1))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RtspRefused);
      }
    }),
  );
});

describe('refuses', () => {
  test.each([
    ['a body beyond all descriptions', answer(`Content-Length: ${MAX_BODY_BYTES + 1}\r\n`), 'far larger'],
    ['the same, written as libav reads it and few others', Buffer.from('RTSP/1.0 200 OK\nContent-\rLength:  +100000000\n\n'), 'far larger'],
    ['two lengths', answer('Content-Length: 1\r\nContent-Length: 2\r\n'), 'far larger'],
    ['a header without end', Buffer.from(`RTSP/1.0 200 OK\r\nX: ${'x'.repeat(20_000)}`), 'never ends'],
    ['a redirection', Buffer.from('RTSP/1.0 301 Moved Permanently\r\nLocation: rtsp://10.0.0.1/\r\n\r\n'), 'another address'],
    ['a frame in the middle of a header', Buffer.from('RTSP/1.0 200 OK\r\n$\0\0\u0010: x\r\n\r\n'), 'not a usable RTSP description'],
    ['a login that libav does not know', Buffer.from('RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256\r\n\r\n'), 'Digest with SHA-256'],
  ])('%s', (_, bytes, words) => {
    expect(() => through(bytes)).toThrow(words);
    expect(() => through(bytes, [7])).toThrow(RtspRefused);
  });

  test('a frame that libav would read on behind, leaving it out', () => {
    expect(through(Buffer.concat([frame(Buffer.from('RTSP/1.')), answer('')]), [3]).toString()).toBe(answer('').toString());
  });
});

test('of several logins, the ones libav knows are left', () => {
  const asked = 'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm="MD5"\r\nWWW-Authenticate: Basic realm="r"\r\n\r\n';
  expect(through(Buffer.from(asked)).toString()).toBe(asked.replace('WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256\r\n', ''));
});

test('datagrams come from the camera, whatever it says', () => {
  const out = (transport: string): string => through(answer(`Transport: ${transport}\r\n`), [9], new RtspGuard('192.0.2.7')).toString();
  expect(out('RTP/AVP;unicast;client_port=1-2;server_port=3-4')).toContain('server_port=3-4;source=192.0.2.7\r\n');
  expect(out('RTP/AVP;unicast;source=10.0.0.1;server_port=3-4')).toContain('RTP/AVP;unicast;server_port=3-4;source=192.0.2.7\r\n');
});
