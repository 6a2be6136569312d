/** Lone pictures are decoded without the loop filter, which nobody sees who looks at them small; those that others lean on are decoded as the standard says. */
import { Frame, Packet } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCrossingClip } from '../../test-fixtures/crossing-clip.ts';
import { readClip } from '../../test-fixtures/fake-camera/clip.ts';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { StreamDecoder } from './libav-decoder.ts';
import { PictureMaker } from './libav-picture.ts';

const SIZE = { widthPx: 640, heightPx: 384 } as const;
const FPS = 10;
/** As many across as the motion gate tells apart. */
const GATE_CELLS = 40;
const START_CODE = Buffer.of(0, 0, 0, 1);

interface Picture {
  /** Of the whole picture, and as the gate tells it apart: there 6 levels are motion. */
  readonly luma: Uint8Array;
  readonly small: Uint8Array;
}

describe.each([['H.264', 'h264', 'h264'], ['H.265', 'h265', 'hevc']] as const)('%s', (_, clipCodec, codec) => {
  const shape: StreamShape = { codec, ...SIZE, extradata: new Uint8Array() };
  let packets: CodedPacket[] = [];
  beforeAll(async () => {
    // So few bits that there are edges to smooth.
    const made = await makeCrossingClip({ ...SIZE, codec: clipCodec, fps: FPS, seconds: 1, keyEveryS: 1, crossings: [{ fromS: 0, toS: 1 }], grain: 4, bitsPerS: 200_000 });
    const clip = await readClip(made.file);
    packets = clip.units.map(({ key, present90k, nals }) => {
      const packet = new Packet();
      packet.alloc();
      packet.data = Buffer.concat([...(key ? [...clip.vps, ...clip.sps, ...clip.pps] : []), ...nals()].flatMap((nal) => [START_CODE, nal]));
      packet.pts = packet.dts = BigInt(present90k);
      packet.isKeyframe = key;
      return { packet, key, ptsMs: present90k / 90, dtsMs: present90k / 90, capturedAtMs: present90k / 90, clock: 'arrival', bytes: packet.size };
    });
    clip.close();
    await made.remove();
  });
  afterAll(() => packets.forEach(({ packet }) => packet.free()));

  /** Decodes what is sent by itself, and in between what is sent one after the other. */
  async function decoded(sent: readonly { readonly packets: readonly CodedPacket[]; readonly alone: boolean }[]): Promise<Picture[]> {
    const decoder = await StreamDecoder.open<number>(shape);
    const maker = new PictureMaker(SIZE.widthPx, GATE_CELLS);
    const frame = new Frame();
    frame.alloc();
    const pictures: Picture[] = [];
    const take = async (): Promise<void> => {
      while (decoder.receive(frame)) pictures.push({ luma: Uint8Array.from(frame.toBuffer().subarray(0, SIZE.widthPx * SIZE.heightPx)), small: (await maker.luma(frame)).bytes });
    };
    for (const { packets: some, alone } of sent) {
      for (const coded of some) {
        expect(await decoder.send(coded, coded.capturedAtMs, alone)).toBe(true);
        if (alone) decoder.drain();
        await take();
      }
      if (alone) continue;
      decoder.drain();
      await take();
    }
    maker.free();
    decoder.free();
    frame.free();
    return pictures;
  }

  test('a picture by itself is not smoothed, and the same to within little for whoever looks at it small', async () => {
    const key = packets.slice(0, 1);
    const [[whole], [alone]] = await Promise.all([decoded([{ packets: key, alone: false }]), decoded([{ packets: key, alone: true }])]);
    expect(mostApart(whole!.luma, alone!.luma)).toBeGreaterThan(4);
    expect(mostApart(whole!.small, alone!.small)).toBeLessThanOrEqual(2);
  });

  test('pictures that lean on each other are as they are without any that was sent by itself before, between or after', async () => {
    const [key] = packets;
    const alone = { packets: [key!], alone: true };
    const run = { packets, alone: false };
    const reference = await decoded([run]);
    expect(reference).toHaveLength(packets.length);
    const mixed = await decoded([alone, alone, run, alone, run]);
    const runs = [mixed.slice(2, 2 + packets.length), mixed.slice(3 + packets.length)];
    for (const pictures of runs) expect(pictures.map(({ luma }, i) => mostApart(luma, reference[i]!.luma))).toEqual(packets.map(() => 0));
    expect(mostApart(mixed[0]!.luma, mixed[2 + packets.length]!.luma)).toBe(0);
  });
});

function mostApart(a: Uint8Array, b: Uint8Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, level, i) => Math.max(most, Math.abs(level - b[i]!)), 0);
}
