/** What the muxer writes, opened again by libav: every picture, at its time, whatever the codec and wherever the parameter sets were. */
import { describe, expect, test } from 'vitest';
import { codedPackets, type WantedCoding } from '../../test-fixtures/coded-clip.ts';
import { readMp4 } from '../../test-fixtures/read-mp4.ts';
import { Fmp4Muxer } from './fmp4.ts';

const SMALL = { widthPx: 320, heightPx: 192, fps: 25, pictures: 30, gop: 10 } as const;

async function muxed(wanted: WantedCoding, skip = 0) {
  const { shape, packets } = await codedPackets(wanted);
  const [first] = packets.slice(skip);
  if (!first) throw new Error('no packets');
  const muxer = await Fmp4Muxer.open(shape, first);
  const fragments: Buffer[] = [];
  for (const packet of packets.slice(skip)) fragments.push(await muxer.fragment(packet));
  muxer.close();
  muxer.close();
  const coded = packets.map(({ ptsMs, dtsMs, key }) => ({ ptsMs, dtsMs, key })).slice(skip);
  for (const { packet } of packets) packet.free();
  return { mime: muxer.mime, init: muxer.init, fragments, coded };
}

describe.each([
  ['H.264', 'h264', false, /^video\/mp4; codecs="avc1\.42c0[0-9a-f]{2}"$/],
  ['H.264 with reordered pictures', 'h264', true, /^video\/mp4; codecs="avc1\.(4d|64)[0-9a-f]{4}"$/],
  ['H.265', 'hevc', false, /^video\/mp4; codecs="hvc1\.1\.6\.L\d+\.90"$/],
  ['Motion JPEG, which no browser plays', 'mjpeg', false, null],
] as const)('%s', (_, codec, reordered, mime) => {
  test('every picture is a fragment of its own, at its time', async () => {
    const made = await muxed({ ...SMALL, codec, reordered });
    if (mime === null) expect(made.mime).toBeNull();
    else expect(made.mime).toMatch(mime);
    expect(made.init.toString('latin1', 4, 8)).toBe('ftyp');
    expect(made.fragments).toHaveLength(SMALL.pictures);
    for (const fragment of made.fragments) expect(fragment.toString('latin1', 4, 8)).toBe('moof');
    const again = await readMp4(Buffer.concat([made.init, ...made.fragments]));
    expect([again.widthPx, again.heightPx]).toEqual([SMALL.widthPx, SMALL.heightPx]);
    const zeroMs = made.coded[0]?.dtsMs ?? 0;
    expect(again.pictures).toEqual(made.coded.map(({ ptsMs, dtsMs, key }) => ({ ptsMs: expect.closeTo(ptsMs - zeroMs, 1), dtsMs: expect.closeTo(dtsMs - zeroMs, 1), key })));
  });
});

test('who joins at a later key frame plays from there with the same beginning', async () => {
  const made = await muxed({ ...SMALL, codec: 'h264' });
  const again = await readMp4(Buffer.concat([made.init, ...made.fragments.slice(10)]));
  expect(again.pictures).toHaveLength(20);
  expect(again.pictures[0]).toMatchObject({ key: true, ptsMs: expect.closeTo(400, 1) });
});

test('a stream whose parameter sets never came is refused, not written', async () => {
  await expect(muxed({ ...SMALL, codec: 'h264' }, 3)).rejects.toThrow();
});
