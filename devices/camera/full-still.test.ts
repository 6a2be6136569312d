/** Stills out of coded packets: the right picture, in full size and quality, for every codec, and whatever is missing. */
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { codedPackets, type WantedCoding } from '../../test-fixtures/coded-clip.ts';
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
