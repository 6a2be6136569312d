/** What waits to be decoded: which packets are taken, what becomes of them when decoding is slow, and that all of it is freed and counted. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../platform/clock.ts';
import { lentPacket, PacketMemory } from '../../test-fixtures/packet-memory.ts';
import type { StreamShape } from './coded-stream.ts';
import { DecodeLine } from './decode-line.ts';

const SHAPE: StreamShape = { codec: 'h264', widthPx: 640, heightPx: 360, extradata: new Uint8Array() };
const MJPEG: StreamShape = { ...SHAPE, codec: 'mjpeg' };

function build(shape = SHAPE) {
  const clock = new ManualClock();
  const memory = new PacketMemory();
  const line = new DecodeLine(clock);
  const add = (key: boolean, bytes = 1000): void => lentPacket(memory, { key, atMs: clock.nowMs(), bytes }, (packet) => line.add(shape, packet));
  /** Takes the first, as somebody who decodes it would. */
  const take = (): { key: boolean; alone: boolean; begins: boolean } | null => {
    const first = line.first;
    if (!first) return null;
    line.takeFirst();
    first.coded.packet.free();
    return { key: first.coded.key, alone: first.alone, begins: first.begins };
  };
  return { clock, memory, line, add, take };
}

describe('what waits', () => {
  test('is everything, from the first packet on whatever it is', () => {
    const { add, take } = build();
    for (const key of [false, true, false]) add(key);
    expect([take(), take(), take(), take()]).toEqual([{ key: false, alone: false, begins: false }, { key: true, alone: false, begins: false }, { key: false, alone: false, begins: false }, null]);
  });

  test('is key frames alone while only they are wanted, and then again everything from the packets given on', () => {
    const { memory, line, add, take } = build();
    line.takeKeyFrames();
    for (const key of [true, false, false, true]) add(key);
    expect([take(), take(), take()]).toEqual([{ key: true, alone: true, begins: true }, { key: true, alone: true, begins: true }, null]);
    const remembered = [true, false].map((key) => memory.coded({ key, atMs: 0, bytes: 1 }));
    line.begin(SHAPE, remembered);
    add(false);
    expect([take(), take(), take(), take()]).toEqual([{ key: true, alone: false, begins: true }, { key: false, alone: false, begins: false }, { key: false, alone: false, begins: false }, null]);
    expect([memory.alive, line.shed]).toEqual([0, 0]);
  });

  test('begins with the next key frame where nothing was given', () => {
    const { line, add, take } = build();
    line.begin(SHAPE, []);
    for (const key of [false, true, false]) add(key);
    expect([take(), take(), take()]).toEqual([{ key: true, alone: false, begins: true }, { key: false, alone: false, begins: false }, null]);
    expect(line.shed).toBe(1);
  });

  test('is always alone where every picture is a key', () => {
    const { add, take } = build(MJPEG);
    add(true);
    expect(take()).toMatchObject({ alone: true });
  });
});

describe('a machine that decodes too slowly', () => {
  test('sheds all but the newest key frame, goes on with key frames until none waits, and then with everything from a key frame on', async () => {
    const { clock, memory, line, add, take } = build();
    for (let i = 0; i < 60; i++) {
      add(i % 25 === 0);
      await clock.advance(40);
    }
    // Packet 51 was too much: of 52 the key frame 50 stays, and the eight after them are not taken.
    expect(line.shed).toBe(51 + 8);
    expect([take(), take(), take()]).toEqual([{ key: true, alone: true, begins: true }, null, null]);
    add(false);
    add(true);
    add(false);
    expect([take(), take(), take()]).toEqual([{ key: true, alone: false, begins: true }, { key: false, alone: false, begins: false }, null]);
    expect(memory.alive).toBe(0);
  });

  test('has as much longer for a look back as that looks back', async () => {
    const { clock, memory, line, add } = build();
    line.begin(SHAPE, Array.from({ length: 51 }, (_, i) => memory.coded({ key: i === 0, atMs: i * 40, bytes: 1 })));
    await clock.advance(3900);
    add(false);
    expect(line.shed).toBe(0);
    await clock.advance(200);
    add(false);
    expect(line.shed).toBe(52);
    line.free();
    expect(memory.alive).toBe(0);
  });

  test('never holds more than the bound, and what came = what was taken + shed + waits, whatever happens', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ add: fc.boolean(), bytes: fc.integer({ min: 1, max: 12_000_000 }) }) },
      { weight: 4, arbitrary: fc.constant('take' as const) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 3000 }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const { clock, memory, line, add, take } = build();
        let [came, taken] = [0, 0];
        for (const one of steps) {
          if (one === 'take') taken += take() === null ? 0 : 1;
          else if (typeof one === 'number') await clock.advance(one);
          else {
            add(one.add, one.bytes);
            came++;
          }
          expect(memory.aliveBytes).toBeLessThanOrEqual(32 * 2 ** 20);
          expect(came).toBe(taken + line.shed + memory.alive);
        }
        line.free();
        expect(memory.alive).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
