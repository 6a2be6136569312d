/** The watch over packet lengths sees the same packets however the bytes are cut into chunks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PacketWatch } from './packet-limit.ts';

const LIMITS = { firstPacketBytes: 100, packetBytes: 1000 };
/** Fixed header, "Remaining Length", body [MQTT-2.2]. */
function packet(firstByte: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([firstByte, ...length]), body]);
}
const text = (value: string): Buffer => Buffer.concat([Buffer.from([Buffer.byteLength(value) >> 8, Buffer.byteLength(value) & 255]), Buffer.from(value)]);
const connect = (extra = 0): Buffer => packet(0x10, text('MQTT'), Buffer.from([4, 2, 0, 0]), text('c'.repeat(10 + extra)));
const publish = (payload: number | Buffer, topic = 'a/b', qos: 0 | 1 = 1): Buffer =>
  packet(0x30 | (qos << 1), text(topic), Buffer.alloc(qos === 0 ? 0 : 2, 7), typeof payload === 'number' ? Buffer.alloc(payload, 'x') : payload);
const ping = packet(0xc0);

/** Where in the whole stream the first packet that is too large was found to begin, or null. */
function firstTooLarge(stream: Buffer, cuts: readonly number[]): number | null {
  const watch = new PacketWatch(LIMITS);
  const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  for (let i = 1; i < edges.length; i++) {
    const from = edges[i - 1] as number;
    const found = watch.look(stream.subarray(from, edges[i]));
    if (found) return from + found.at;
  }
  return null;
}

test('packets within their limits pass, cut anywhere', () => {
  const stream = Buffer.concat([connect(), publish(900), ping, publish(0), publish(990, 'a/b', 0)]);
  fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => void expect(firstTooLarge(stream, cuts)).toBeNull()));
});

test('one beyond its limit is found, cut anywhere, at its begin or at the chunk its length ends in', () => {
  const good = Buffer.concat([connect(), publish(900), ping]);
  const stream = Buffer.concat([good, publish(5000), publish(1)]);
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
      const at = firstTooLarge(stream, cuts);
      expect(at).toBeGreaterThanOrEqual(good.length);
      expect(at).toBeLessThanOrEqual(good.length + 3);
    }),
  );
});

describe('what is told of it', () => {
  test.each([[0 as const], [1 as const]])('topic and head of a PUBLISH at QoS %i', (qos) => {
    const watch = new PacketWatch(LIMITS);
    watch.look(connect());
    const payload = Buffer.alloc(20_000, 'abc');
    const bytes = publish(payload, '区/1', qos);
    const found = watch.look(bytes);
    expect(found).toMatchObject({ at: 0, packet: { bytes: bytes.length - 4, topic: '区/1' } });
    expect(found?.packet.head.equals(payload.subarray(0, 8192))).toBe(true);
  });
  test('without its topic at hand it is refused all the same', () => {
    const watch = new PacketWatch(LIMITS);
    watch.look(connect());
    expect(watch.look(publish(5000).subarray(0, 5))?.packet).toMatchObject({ topic: null });
  });
});

test('the first packet has the smaller limit, whatever it says it is, and so has every CONNECT', () => {
  expect(new PacketWatch(LIMITS).look(connect(80))?.at).toBe(0);
  expect(new PacketWatch(LIMITS).look(publish(200))?.at).toBe(0);
  const watch = new PacketWatch(LIMITS);
  expect(watch.look(connect())).toBeNull();
  expect(watch.look(connect(80))?.at).toBe(0);
});

test('bytes that are no MQTT are left to the parser', () => {
  expect(new PacketWatch(LIMITS).look(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]))).toBeNull();
  fc.assert(fc.property(fc.array(fc.uint8Array()), (chunks) => {
    const watch = new PacketWatch(LIMITS);
    for (const chunk of chunks) if (watch.look(Buffer.from(chunk))) return;
  }));
});
