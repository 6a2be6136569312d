/** What the ring holds at most, what it gives back, and that every reference it ever took is freed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lentPacket, PacketMemory } from '../../test-fixtures/packet-memory.ts';
import type { PacketTap, StreamShape } from './coded-stream.ts';
import { PacketRing } from './packet-ring.ts';

const SHAPE: StreamShape = { codec: 'h264', widthPx: 640, heightPx: 360, extradata: new Uint8Array() };

/** Gives the ring a packet as a session does. */
const lend = (ring: PacketRing, memory: PacketMemory, key: boolean, atMs: number, bytes = 1): void => lentPacket(memory, { key, atMs, bytes }, (packet) => ring.keep(packet));

function times(ring: PacketRing, atMs: number): number[] {
  const packets = ring.from(atMs);
  for (const { packet } of packets) packet.free();
  return packets.map(({ capturedAtMs }) => capturedAtMs);
}

describe('for any stream at all', () => {
  const stream = fc.array(fc.record({ key: fc.boolean(), gapMs: fc.integer({ min: -3000, max: 4000 }), bytes: fc.integer({ min: 0, max: 600 }), shape: fc.integer({ min: 0, max: 30 }) }), { maxLength: 200 });

  test('neither seconds nor bytes are exceeded, what it gives begins with a key frame and is the newest of the stream, and all is freed', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 }), (packets, seconds, bytes) => {
        const memory = new PacketMemory();
        const ring = new PacketRing({ seconds, bytes });
        ring.begin(SHAPE);
        let atMs = 100_000;
        const sent: { key: boolean; atMs: number }[] = [];
        for (const { key, gapMs, bytes: size, shape } of packets) {
          if (shape === 0) ring.begin({ ...SHAPE });
          atMs += gapMs;
          sent.push({ key, atMs });
          lend(ring, memory, key, atMs, size);
          const { held } = ring;
          expect(held.bytes).toBeLessThanOrEqual(bytes);
          expect(memory.alive).toBe(held.packets);
          if (held.sinceMs !== null) expect(Math.abs((ring.newestAtMs ?? 0) - held.sinceMs)).toBeLessThanOrEqual(seconds * 1000);
          const all = ring.from(-Infinity);
          expect(all.map((p) => p.capturedAtMs)).toEqual(sent.slice(sent.length - all.length).map((p) => p.atMs));
          if (all.length > 0) expect(all[0]?.key).toBe(true);
          for (const { packet } of all) packet.free();
        }
        ring.close();
        ring.close();
        lend(ring, memory, true, atMs);
        expect([memory.alive, ring.held.packets, ring.held.bytes]).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a ring', () => {
  const filled = (): { ring: PacketRing; memory: PacketMemory } => {
    const memory = new PacketMemory();
    const ring = new PacketRing({ seconds: 5, bytes: 1000 });
    ring.begin(SHAPE);
    for (let i = 0; i < 40; i++) lend(ring, memory, i % 10 === 0, i * 200);
    return { ring, memory };
  };

  test('gives what was sent from the key frame before a moment on, or from the oldest it remembers', () => {
    const { ring } = filled();
    // Groups begin at 0, 2000, 4000 and 6000; the newest packet is of 7800, so those of before 2800 are gone.
    expect(ring.held).toEqual({ packets: 20, bytes: 20, sinceMs: 4000 });
    expect(times(ring, 6500)[0]).toBe(6000);
    expect(times(ring, 6000)).toEqual([6000, 6200, 6400, 6600, 6800, 7000, 7200, 7400, 7600, 7800]);
    expect(times(ring, 5999)[0]).toBe(4000);
    expect(times(ring, 0)[0]).toBe(4000);
  });

  test('forgets a group that is too large by itself, and begins with the next key frame', () => {
    const { ring, memory } = filled();
    lend(ring, memory, true, 8000, 900);
    lend(ring, memory, false, 8200, 200);
    lend(ring, memory, false, 8400, 1);
    expect(ring.held).toEqual({ packets: 0, bytes: 0, sinceMs: null });
    expect([ring.newestAtMs, times(ring, 8000)]).toEqual([null, []]);
    lend(ring, memory, true, 10_000);
    expect(times(ring, 0)).toEqual([10_000]);
  });

  test('tells who listens of shape, packets and end, and stops when told; one that comes late is told the shape', () => {
    const { ring, memory } = filled();
    const told: string[] = [];
    const listener: PacketTap = { shape: ({ codec }) => void told.push(codec), packet: ({ capturedAtMs }) => void told.push(String(capturedAtMs)), ended: () => void told.push('ended') };
    const stop = ring.tap(listener);
    lend(ring, memory, false, 8000);
    ring.ended();
    expect(times(ring, 8000).length).toBeGreaterThan(0);
    ring.begin({ ...SHAPE, codec: 'hevc' });
    expect(times(ring, 8000)).toEqual([]);
    stop();
    lend(ring, memory, true, 9000);
    expect(told).toEqual(['h264', '8000', 'ended', 'hevc']);
  });
});
