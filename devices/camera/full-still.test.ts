/** Stills out of coded packets: the right picture, in full size and quality, for every codec, and whatever is missing. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log, Packet } from 'node-av/lib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { codedPackets, type WantedCoding } from '../../test-fixtures/coded-clip.ts';
import { ClipWriter } from '../../test-fixtures/clip-writer.ts';
import { readClip } from '../../test-fixtures/fake-camera/clip.ts';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { stillOf } from './full-still.ts';

const SMALL = { widthPx: 320, heightPx: 192, fps: 25, pictures: 20, gop: 20, fromMs: 1_000_000 } as const;

async function withPackets<T>(wanted: WantedCoding, use: (shape: StreamShape, packets: CodedPacket[]) => Promise<T>): Promise<T> {
  const { shape, packets } = await codedPackets(wanted);
  try {
    return await use(shape, packets);
  } finally {
    for (const { packet } of packets) packet.free();
  }
}

/** The fixture's ground moves by 5 grey values from one picture to the next: the brightness of one column tells which it is. */
async function brightnessOf(jpeg: Uint8Array): Promise<number> {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([SMALL.widthPx, SMALL.heightPx]);
  let sum = 0;
  for (let y = 0; y < info.height; y++) for (let x = 1; x < 7; x++) sum += data[y * info.width + x]!;
  return sum / (info.height * 6);
}

/** As a JPEG shows what was a limited-range luma. */
const fullRange = (luma: number): number => ((luma - 16) * 255) / 219;

describe.each([
  ['H.264', 'h264', false, fullRange],
  ['H.264 with reordered pictures', 'h264', true, fullRange],
  ['H.265 with reordered pictures', 'hevc', true, fullRange],
  ['Motion JPEG', 'mjpeg', false, (luma: number) => luma],
] as const)('%s', (_, codec, reordered, shown) => {
  test.each([0, 7, 11, 19])('the still at picture %i is that one', async (number) => {
    const still = await withPackets({ ...SMALL, codec, reordered }, (shape, packets) => stillOf(shape, packets, SMALL.fromMs + number * 40 + 13));
    expect(still?.takenAtMs).toBe(SMALL.fromMs + number * 40);
    expect(Math.abs((await brightnessOf(still!.jpeg)) - shown(60 + number * 5))).toBeLessThan(5);
  });
});

test('before the first picture it is the first, after the last the last', async () => {
  await withPackets({ ...SMALL, codec: 'h264' }, async (shape, packets) => {
    expect((await stillOf(shape, packets, 0))?.takenAtMs).toBe(SMALL.fromMs);
    expect((await stillOf(shape, packets, SMALL.fromMs + 60_000))?.takenAtMs).toBe(SMALL.fromMs + 19 * 40);
  });
});

test('without packets, and of rubbish, there is none', async () => {
  await withPackets({ ...SMALL, codec: 'h264' }, async (shape, packets) => {
    expect(await stillOf(shape, [], 0)).toBeNull();
    expect(await stillOf({ ...shape, codec: 'mjpeg' }, [], 0)).toBeNull();
    Log.setLevel(AV_LOG_QUIET);
    const rubbish = packets.map((coded) => {
      const packet = coded.packet.clone()!;
      packet.data = Buffer.alloc(coded.bytes, 0x5a);
      return { ...coded, packet };
    });
    expect(await stillOf(shape, rubbish, SMALL.fromMs)).toBeNull();
    for (const { packet } of rubbish) packet.free();
  });
});

test('colours are those that were taken: a camera of high resolution means BT.709, a JPEG BT.601', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-still-'));
  try {
    const [widthPx, heightPx] = [1280, 720];
    // Brick red, sRGB 200, 60, 40, as BT.709 in limited range.
    const yuv = Buffer.concat([Buffer.alloc(widthPx * heightPx, 92), Buffer.alloc((widthPx * heightPx) / 4, 105), Buffer.alloc((widthPx * heightPx) / 4, 190)]);
    const writer = await ClipWriter.open(path.join(dir, 'red.mp4'), { codec: 'h264', widthPx, heightPx, fps: 25, gopPictures: 5 });
    for (let i = 0; i < 2; i++) await writer.add(yuv);
    await writer.end();
    const clip = await readClip(path.join(dir, 'red.mp4'));
    const [unit] = clip.units;
    const packet = new Packet();
    packet.alloc();
    packet.data = Buffer.concat([...clip.sps, ...clip.pps, ...unit!.nals()].flatMap((nal) => [Buffer.of(0, 0, 0, 1), nal]));
    packet.isKeyframe = true;
    clip.close();
    const still = await stillOf({ codec: 'h264', widthPx, heightPx, extradata: new Uint8Array() }, [{ packet, key: true, ptsMs: 0, dtsMs: 0, capturedAtMs: 0, clock: 'arrival', bytes: packet.size }], 0);
    packet.free();
    const { channels } = await sharp(still!.jpeg).stats();
    expect(channels.map(({ mean }) => mean)).toEqual([200, 60, 40].map((value) => expect.toSatisfy((mean: number) => Math.abs(mean - value) < 5) as unknown));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
