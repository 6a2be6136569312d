/** Pictures out of clips and of live fragments, and back through the encoder: all of them, at their times, looking as they did. */
import { AVCOL_RANGE_MPEG, AVCOL_SPC_BT709 } from 'node-av/constants';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codedPackets } from '../../test-fixtures/coded-clip.ts';
import { readMp4 } from '../../test-fixtures/read-mp4.ts';
import { type ClipPicture, clipPictures, FragmentPictures } from './clip-frames.ts';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { samplesOf } from './fmp4-samples.ts';
import { Fmp4Muxer } from './fmp4.ts';
import { LibavEncoder } from './libav-encoder.ts';
import { mp4Of } from './mp4-clip.ts';
import type { RgbPicture } from './rgb-picture.ts';

const FPS = 10;
const PICTURES = 25;

async function all(pictures: AsyncIterable<ClipPicture>): Promise<ClipPicture[]> {
  const found: ClipPicture[] = [];
  for await (const picture of pictures) found.push(picture);
  return found;
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

const free = (packets: readonly CodedPacket[]): void => packets.forEach(({ packet }) => packet.free());

describe.each([{ codec: 'h264' }, { codec: 'hevc' }, { codec: 'mjpeg' }, { codec: 'h264', reordered: true }] as const)('$codec (reordered: $reordered)', (coding) => {
  let coded: { readonly shape: StreamShape; readonly packets: CodedPacket[] };
  beforeAll(async () => void (coded = await codedPackets({ ...coding, widthPx: 320, heightPx: 180, fps: FPS, pictures: PICTURES, gop: 10 })));
  afterAll(() => free(coded.packets));

  test('fragments give every picture at its time, and only those that are wanted', async () => {
    const first = coded.packets[0]!;
    const muxer = await Fmp4Muxer.open(coded.shape, first);
    const pictures = await FragmentPictures.open(muxer.init, 160);
    const found: ClipPicture[] = [];
    const times: number[] = [];
    for (const packet of coded.packets) {
      const clone = packet.packet.clone()!;
      const fragment = await muxer.fragment({ ...packet, packet: clone });
      clone.free();
      found.push(...(await pictures.decode(fragment, (atMs) => (times.push(atMs), times.length % 5 === 1))));
    }
    const wanted = coded.packets.map(({ ptsMs }) => ptsMs - first.dtsMs).sort((a, b) => a - b);
    // What came last may still lie in a decoder that reorders.
    expect(times.length).toBeGreaterThanOrEqual(PICTURES - 2);
    times.forEach((atMs, i) => expect(atMs).toBeCloseTo(wanted[i]!, 1));
    expect(found.map(({ atMs }) => times.indexOf(atMs))).toEqual(times.flatMap((_, i) => (i % 5 === 0 ? [i] : [])));
    for (const { widthPx, heightPx, rgb } of found) expect([widthPx, heightPx, rgb.length]).toEqual([160, 90, 160 * 90 * 3]);
    pictures.free();
    muxer.close();
  });

  test('an MP4 gives every picture at its time, and the encoder makes of them a clip that looks the same', async () => {
    const packets = coded.packets.map((packet) => ({ ...packet, packet: packet.packet.clone()! }));
    const pictures = await all(clipPictures(await mp4Of(coded.shape, packets), 1920));
    free(packets);
    expect(pictures).toHaveLength(PICTURES);
    pictures.forEach(({ atMs }, i) => expect(atMs - pictures[0]!.atMs).toBeCloseTo((i * 1000) / FPS, 0));
    const encoder = await LibavEncoder.open({ widthPx: 320, heightPx: 180, purpose: 'clip', fps: FPS, colours: pictures[0]!.colours });
    const made: CodedPacket[] = [];
    for (const picture of pictures) made.push(...(await encoder.encode(picture, picture.atMs)));
    made.push(...(await encoder.end()));
    const mp4 = Buffer.from(await mp4Of(encoder.shape, made));
    free(made);
    encoder.free();
    expect(await readMp4(mp4)).toMatchObject({ tag: 'avc1', widthPx: 320, heightPx: 180 });
    const again = await all(clipPictures(mp4, 1920));
    expect(again.map(({ atMs }) => Math.round(atMs))).toEqual(pictures.map(({ atMs }) => Math.round(atMs - pictures[0]!.atMs)));
    again.forEach(({ rgb }, i) => expect(meanDifference(rgb, pictures[i]!.rgb)).toBeLessThan(6));
  });
});

describe('the encoder', () => {
  /** A picture that no encoder makes small. */
  const noise = (seed: number): RgbPicture => {
    let state = seed + 1;
    return { widthPx: 320, heightPx: 180, rgb: Uint8Array.from({ length: 320 * 180 * 3 }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24) };
  };

  test('live gives each picture at once, a key frame every two seconds however they come, and no more bits than it may', async () => {
    const encoder = await LibavEncoder.open({ widthPx: 320, heightPx: 180, purpose: 'live', fps: 8, colours: { space: AVCOL_SPC_BT709, range: AVCOL_RANGE_MPEG } });
    const made: CodedPacket[] = [];
    let atMs = 0;
    for (let i = 0; i < 64; i++) {
      const ready = await encoder.encode(noise(i), (atMs += i % 3 === 0 ? 250 : 90));
      expect(ready).toHaveLength(1);
      made.push(...ready);
    }
    const keys = made.filter(({ key }) => key).map(({ ptsMs }) => ptsMs);
    keys.slice(1).forEach((ptsMs, i) => expect(ptsMs - keys[i]!).toBeGreaterThanOrEqual(2000));
    keys.slice(1).forEach((ptsMs, i) => expect(ptsMs - keys[i]!).toBeLessThan(2251));
    const bitsPerS = (made.reduce((sum, { bytes }) => sum + bytes * 8, 0) * 1000) / atMs;
    // A second's worth may lie in the buffer.
    expect(bitsPerS).toBeLessThan(320 * 180 * 2.5 * (1 + 1000 / atMs) * 1.2);
    const muxer = await Fmp4Muxer.open(encoder.shape, made[0]!);
    expect(muxer.mime).toMatch(/^video\/mp4; codecs="avc1\.4d/);
    muxer.close();
    free(made);
    encoder.free();
  });
});

describe('what is no fragment', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a box that says it is larger than all', Buffer.from('7fffffff6d6f6f66', 'hex')],
    ['a box that says it is nothing', Buffer.from('000000006d6f6f66', 'hex')],
    ['a moof without a track', Buffer.from('000000086d6f6f66000000086d646174', 'hex')],
  ])('%s', (_, bytes) => expect(() => samplesOf(bytes)).toThrow());
});
