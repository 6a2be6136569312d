/** Clips as MP4, opened again by libav: nothing lost or shifted, whatever the codec, and what no camera should send but some do. */
import { describe, expect, test } from 'vitest';
import { codedPackets, type WantedCoding } from '../../test-fixtures/coded-clip.ts';
import { readMp4 } from '../../test-fixtures/read-mp4.ts';
import type { CodedPacket } from './coded-stream.ts';
import { mp4Of } from './mp4-clip.ts';

const SMALL = { widthPx: 320, heightPx: 192, fps: 25, pictures: 50, gop: 20 } as const;

async function made(wanted: WantedCoding, choose = (packets: CodedPacket[]): CodedPacket[] => packets): Promise<{ mp4: Buffer; packets: CodedPacket[] }> {
  const { shape, packets } = await codedPackets(wanted);
  try {
    return { mp4: Buffer.from(await mp4Of({ ...shape, widthPx: null, heightPx: null }, choose(packets))), packets };
  } finally {
    for (const { packet } of packets) packet.free();
  }
}

/** Names of the boxes of the file, in order. */
function boxes(mp4: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at + 8 <= mp4.length; at += mp4.readUInt32BE(at)) names.push(mp4.toString('latin1', at + 4, at + 8));
  return names;
}

describe.each([
  ['H.264', 'h264', false, 'avc1'],
  ['H.264 with reordered pictures', 'h264', true, 'avc1'],
  ['H.265', 'hevc', false, 'hvc1'],
  ['H.265 with reordered pictures', 'hevc', true, 'hvc1'],
  ['Motion JPEG', 'mjpeg', false, 'mp4v'],
] as const)('%s', (_, codec, reordered, tag) => {
  test('every picture is there at its time, from zero on, the index first', async () => {
    const { mp4, packets } = await made({ ...SMALL, codec, reordered });
    const again = await readMp4(mp4);
    expect(again).toMatchObject({ widthPx: 320, heightPx: 192, tag, durationMs: expect.closeTo(2000, 0) });
    const zeroMs = packets[0]!.ptsMs;
    expect(again.pictures).toEqual(packets.map(({ ptsMs, key }) => ({ ptsMs: expect.closeTo(ptsMs - zeroMs, 1), dtsMs: expect.anything(), key })));
    expect(boxes(mp4).filter((name) => name !== 'free')).toEqual(['ftyp', 'moov', 'mdat']);
    expect(mp4.includes('elst')).toBe(false);
  });
});

test('it begins with the first key frame, and without pictures of before it', async () => {
  const { mp4 } = await made({ ...SMALL, codec: 'h264' }, (packets) => {
    const [late] = packets.slice(7, 8);
    // As an open group of pictures: sent after the key frame, shown before it, and not to be decoded without the group before.
    return [...packets.slice(8, 21), { ...late!, ptsMs: packets[20]!.ptsMs - 20, dtsMs: packets[20]!.dtsMs + 1 }, ...packets.slice(21)];
  });
  const again = await readMp4(mp4);
  expect(again.pictures).toHaveLength(30);
  expect(again.pictures[0]).toMatchObject({ ptsMs: 0, key: true });
});

test('a camera that leaves pictures out and one that sends a single one make clips of their true length', async () => {
  const gaps = await made({ ...SMALL, codec: 'h264' }, (packets) => packets.filter((_, i) => i < 5 || i > 14));
  expect((await readMp4(gaps.mp4)).durationMs).toBeCloseTo(2000, 0);
  const one = await made({ ...SMALL, codec: 'h264' }, (packets) => packets.slice(0, 1));
  expect(await readMp4(one.mp4)).toMatchObject({ durationMs: expect.closeTo(40, 0), pictures: [{ key: true }] });
});

test('without a key frame there is no clip', async () => {
  await expect(made({ ...SMALL, codec: 'h264' }, (packets) => packets.slice(1, 20))).rejects.toThrow('no key frame');
});
