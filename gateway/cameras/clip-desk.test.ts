/** Clips and stills out of a camera's ring: of the right moment, ended early where the stream or the room ends, and refused in a sentence. */
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CodedPacket, StreamShape } from '../../devices/camera/coded-stream.ts';
import { PacketRing } from '../../devices/camera/packet-ring.ts';
import { ManualClock } from '../../platform/clock.ts';
import { codedPackets } from '../../test-fixtures/coded-clip.ts';
import { readMp4 } from '../../test-fixtures/read-mp4.ts';
import { ClipDesk } from './clip-desk.ts';
import { StillDesk } from './still-desk.ts';

const T0 = 1_700_000_000_000;
const MB = 1024 * 1024;
const never = new AbortController().signal;
/** 8 s of 25 pictures a second, a key frame each second, the first at T0. */
let coded: { shape: StreamShape; packets: CodedPacket[] };
let ring: PacketRing;
let clock: ManualClock;
let laid: Map<string, Buffer>;

beforeAll(async () => {
  coded = await codedPackets({ codec: 'h264', widthPx: 160, heightPx: 96, fps: 25, pictures: 200, gop: 25, fromMs: T0 });
  return () => coded.packets.forEach(({ packet }) => packet.free());
});
beforeEach(() => {
  ring = new PacketRing({ seconds: 15, bytes: 10 * MB });
  ring.begin(coded.shape);
  clock = new ManualClock(T0);
  laid = new Map();
  return () => ring.close();
});

const tray = { put: async (key: string, bytes: Uint8Array) => void laid.set(key, Buffer.from(bytes)) };
const clips = (limits: { mostBytes?: number; mostHeldBytes?: number } = {}) => new ClipDesk({ historyOf: (id) => (id === 'cam' ? ring : null), tray, clock, mostBytes: 10 * MB, mostHeldBytes: 50 * MB, ...limits, signal: never });
const stills = () => new StillDesk({ historyOf: (id) => (id === 'cam' ? ring : null), tray, clock, signal: never });
/** Pictures number `from` to `to` arrive; the clock goes with them. */
async function arrive(from: number, to: number): Promise<void> {
  for (const packet of coded.packets.slice(from, to)) {
    ring.keep(packet);
    await clock.advance(T0 + packet.ptsMs - clock.nowMs());
  }
}
const readClip = (alertId: string) => readMp4(laid.get(`${alertId}-clip`) ?? Buffer.alloc(0));

describe('a clip', () => {
  test('has what was before the asking and what came after, from the key frame before to the last picture in time', async () => {
    await arrive(0, 100);
    const made = clips().cut('cam', { kind: 'clip', alertId: 'a', fromMs: T0 + 1500, toMs: T0 + 6000 });
    await arrive(100, 200);
    expect(await made).toEqual({ key: 'a-clip', takenAtMs: T0 + 1000 });
    const clip = await readClip('a');
    expect(clip.pictures).toHaveLength(126);
    expect(clip.durationMs).toBeCloseTo(126 * 40, 0);
    expect(clip.pictures[0]).toMatchObject({ key: true, ptsMs: 0 });
  });

  test('of which all has been is cut without waiting', async () => {
    await arrive(0, 200);
    await clips().cut('cam', { kind: 'clip', alertId: 'a', fromMs: T0 + 2000, toMs: T0 + 4000 });
    expect((await readClip('a')).pictures).toHaveLength(51);
  });

  test('ends where the stream ends, changes its shape, or falls silent', async () => {
    const until = async (alertId: string, over: () => unknown): Promise<number> => {
      ring.begin(coded.shape);
      await arrive(0, 50);
      const made = clips().cut('cam', { kind: 'clip', alertId, fromMs: T0 + 1000, toMs: T0 + 60_000 });
      await arrive(50, 75);
      await over();
      await made;
      clock = new ManualClock(T0);
      return (await readClip(alertId)).pictures.length;
    };
    expect(await until('ended', () => ring.ended())).toBe(50);
    expect(await until('shape', () => ring.begin({ ...coded.shape, widthPx: 320 }))).toBe(50);
    expect(await until('silent', () => clock.advance(64_000))).toBe(50);
  });

  test('that would be too large ends there, and so do clips that together hold too much', async () => {
    await arrive(0, 200);
    const bytes = coded.packets.slice(0, 60).reduce((sum, packet) => sum + packet.bytes, 0);
    for (const limits of [{ mostBytes: bytes }, { mostHeldBytes: bytes }]) {
      await clips(limits).cut('cam', { kind: 'clip', alertId: 'a', fromMs: T0, toMs: T0 + 8000 });
      const { pictures } = await readClip('a');
      expect(pictures.length).toBeGreaterThanOrEqual(59);
      expect(pictures.length).toBeLessThanOrEqual(62);
    }
    // What was held is given back: on the same desk the next has as much room.
    const desk = clips({ mostHeldBytes: bytes });
    for (const alertId of ['b', 'c']) {
      await desk.cut('cam', { kind: 'clip', alertId, fromMs: T0, toMs: T0 + 8000 });
      expect((await readClip(alertId)).pictures.length).toBeGreaterThan(50);
    }
  });

  test('of a time that is not remembered, or of no camera of this host, is refused', async () => {
    const asked = { kind: 'clip', alertId: 'a', fromMs: T0 + 20_000, toMs: T0 + 21_000 } as const;
    await expect(clips().cut('another', asked)).rejects.toThrow('nothing of its stream is remembered');
    await arrive(0, 50);
    const made = clips().cut('cam', asked);
    const refused = expect(made).rejects.toThrow('nothing of that time is remembered');
    await clock.advance(30_000);
    await refused;
    expect(laid.size).toBe(0);
  });

  test('a tray that is full refuses it, and the next is cut all the same', async () => {
    await arrive(0, 100);
    const full = new ClipDesk({ historyOf: () => ring, tray: { put: (key, bytes) => (key === 'a-clip' ? Promise.reject(new Error('the tray is full')) : tray.put(key, bytes)) }, clock, mostBytes: MB, mostHeldBytes: MB, signal: never });
    const both = ['a', 'b'].map((alertId) => full.cut('cam', { kind: 'clip', alertId, fromMs: T0, toMs: T0 + 3000 }));
    await expect(both[0]).rejects.toThrow('the tray is full');
    expect(await both[1]).toMatchObject({ key: 'b-clip' });
  });
});

describe('a still', () => {
  test('is the picture of that moment, also when it comes only later', async () => {
    await arrive(0, 100);
    expect(await stills().make('cam', { kind: 'still', alertId: 'a', atMs: T0 + 2210 })).toEqual({ key: 'a-still-plain', takenAtMs: T0 + 2200 });
    expect(await sharp(laid.get('a-still-plain')).metadata()).toMatchObject({ width: 160, height: 96, format: 'jpeg' });
    const made = stills().make('cam', { kind: 'still', alertId: 'b', atMs: T0 + 4400 });
    await arrive(100, 125);
    expect(await made).toMatchObject({ takenAtMs: T0 + 4400 });
  });

  test('of another moment is none', async () => {
    const of = (atMs: number) => stills().make('cam', { kind: 'still', alertId: 'a', atMs });
    const waited = of(T0);
    const refused = expect(waited).rejects.toThrow('no picture of that time');
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(2000);
    await refused;
    await arrive(0, 100);
    await expect(of(T0 - 60_000)).rejects.toThrow('no picture of that time');
    expect(laid.size).toBe(0);
  });
});
