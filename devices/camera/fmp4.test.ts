/** What the muxer writes, opened again by libav: every picture, at its time, whatever the codec and wherever the parameter sets were. */
import { AVERROR_EOF, AVFMT_FLAG_CUSTOM_IO } from 'node-av/constants';
import { FFmpegError, FormatContext, InputFormat, IOContext, Packet } from 'node-av/lib';
import { describe, expect, test } from 'vitest';
import { codedPackets, type WantedCoding } from '../../test-fixtures/coded-clip.ts';
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

async function readAgain(bytes: Buffer) {
  let at = 0;
  const io = new IOContext();
  io.allocContextWithCallbacks(65_536, 0, (size) => {
    if (at >= bytes.length) return AVERROR_EOF;
    const part = bytes.subarray(at, at + size);
    at += part.length;
    return part;
  });
  const input = new FormatContext();
  input.allocContext();
  input.pb = io;
  input.setFlags(AVFMT_FLAG_CUSTOM_IO);
  FFmpegError.throwIfError(await input.openInput('', InputFormat.findInputFormat('mp4')), 'opening');
  await input.findStreamInfo();
  const stream = input.streams[0];
  if (!stream) throw new Error('no stream');
  const ms = (value: bigint): number => (Number(value) * 1000 * stream.timeBase.num) / stream.timeBase.den;
  const pictures: { ptsMs: number; dtsMs: number; key: boolean }[] = [];
  const packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    pictures.push({ ptsMs: ms(packet.pts), dtsMs: ms(packet.dts), key: packet.isKeyframe });
    packet.unref();
  }
  const { width, height } = stream.codecpar;
  packet.free();
  await input.closeInput();
  return { width, height, pictures };
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
    const again = await readAgain(Buffer.concat([made.init, ...made.fragments]));
    expect([again.width, again.height]).toEqual([SMALL.widthPx, SMALL.heightPx]);
    const zeroMs = made.coded[0]?.dtsMs ?? 0;
    expect(again.pictures).toEqual(made.coded.map(({ ptsMs, dtsMs, key }) => ({ ptsMs: expect.closeTo(ptsMs - zeroMs, 1), dtsMs: expect.closeTo(dtsMs - zeroMs, 1), key })));
  });
});

test('who joins at a later key frame plays from there with the same beginning', async () => {
  const made = await muxed({ ...SMALL, codec: 'h264' });
  const again = await readAgain(Buffer.concat([made.init, ...made.fragments.slice(10)]));
  expect(again.pictures).toHaveLength(20);
  expect(again.pictures[0]).toMatchObject({ key: true, ptsMs: expect.closeTo(400, 1) });
});

test('a stream whose parameter sets never came is refused, not written', async () => {
  await expect(muxed({ ...SMALL, codec: 'h264' }, 3)).rejects.toThrow();
});
