/** Parameter sets of real encoders, and of nobody: sizes as libav reads them, reordering as it was asked for, and no crash. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipWriter, type Encoding } from '../../test-fixtures/clip-writer.ts';
import { type Clip, readClip } from '../../test-fixtures/fake-camera/clip.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { STREAM_CODECS } from './coded-stream.ts';
import { annexB, pictureFacts, setsIn } from './parameter-sets.ts';
import { ShapeWatch } from './shape-watch.ts';

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(path.join(os.tmpdir(), 'gw-sets-'))));
afterAll(() => rm(dir, { recursive: true }));

async function encoded(encoding: Pick<Encoding, 'codec' | 'widthPx' | 'heightPx' | 'reordered'>): Promise<Clip> {
  const file = path.join(dir, `${encoding.codec}-${encoding.widthPx}-${encoding.heightPx}-${encoding.reordered ?? 0}.mp4`);
  const writer = await ClipWriter.open(file, { fps: 25, gopPictures: 25, preset: 'ultrafast', ...encoding });
  for (let i = 0; i < 6; i++) await writer.add(Buffer.alloc((encoding.widthPx * encoding.heightPx * 3) / 2, 100 + i));
  await writer.end();
  return readClip(file);
}

const bytesOf = (clip: Clip): Buffer => (clip.codec === 'mjpeg' ? (clip.units[0]?.nals()[0] ?? Buffer.alloc(0)) : Buffer.from(annexB(clip)));
const codecOf = ({ codec }: Clip): 'h264' | 'hevc' | 'mjpeg' => (codec === 'h265' ? 'hevc' : codec);

describe('sizes and reordering', () => {
  test.each([
    { codec: 'h264', widthPx: 322, heightPx: 182, reordered: 2 },
    { codec: 'h264', widthPx: 1920, heightPx: 1080, reordered: 0 },
    { codec: 'h265', widthPx: 322, heightPx: 182, reordered: 2 },
    { codec: 'h265', widthPx: 1920, heightPx: 1080, reordered: 0 },
    { codec: 'mjpeg', widthPx: 320, heightPx: 184, reordered: 0 },
  ] as const)('$codec $widthPx×$heightPx with $reordered B-frames', async (encoding) => {
    const clip = await encoded(encoding);
    const facts = pictureFacts(codecOf(clip), bytesOf(clip));
    expect(facts).toMatchObject({ widthPx: encoding.widthPx, heightPx: encoding.heightPx });
    // A pyramid of two B-frames reorders by one or two.
    if (encoding.reordered === 0) expect(facts?.reorderDepth).toBe(0);
    else expect(facts?.reorderDepth).toBeGreaterThan(0);
    expect(facts?.reorderDepth).toBeLessThanOrEqual(2);
    clip.close();
  });

  const shared = sharedFile('clips/cutl.mp4');
  test.skipIf(shared === null)('every real clip, of whatever encoder', async () => {
    const folder = path.dirname(shared ?? '');
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.mp4'))) {
      const clip = await readClip(path.join(folder, name));
      expect(pictureFacts(codecOf(clip), bytesOf(clip)), name).toMatchObject({ widthPx: clip.widthPx, heightPx: clip.heightPx });
      clip.close();
    }
  });

  /** Made with ffmpeg: libx264 -x264-params interlaced=1 at 720×572 (cropped by fields), and -profile:v high444 -pix_fmt yuv444p at 190×110. */
  test.each([
    ['interlaced', 'Z2QAHqzkAtCT9f+AR4BDiAAAAwAIAAADAZD4oVJA', { widthPx: 720, heightPx: 572 }],
    ['4:4:4', 'Z/QAC5GbKGH93/4AWAByIAAAAwAgAAAGQeKFMsA=', { widthPx: 190, heightPx: 110 }],
  ])('%s', (_, base64, size) => {
    expect(pictureFacts('h264', Buffer.concat([Buffer.of(0, 0, 0, 1), Buffer.from(base64, 'base64')]))).toMatchObject(size);
  });

  test('nothing that is sent makes it throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STREAM_CODECS), fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0x67, 0x42, 0xff), (codec, bytes, header) => {
        const start = codec === 'mjpeg' ? [0xff, 0xd8] : [0, 0, 1, header, 1];
        const facts = pictureFacts(codec, Buffer.concat([Buffer.from(start), bytes]));
        if (facts) expect(Math.min(facts.widthPx, facts.heightPx)).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a change of shape', () => {
  let small: Clip;
  let large: Clip;
  beforeAll(async () => {
    small = await encoded({ codec: 'h264', widthPx: 320, heightPx: 176 });
    large = await encoded({ codec: 'h264', widthPx: 640, heightPx: 352 });
  });
  const slice = Buffer.of(0, 0, 1, 0x65, 0x88, 0x84);
  const key = (clip: Pick<Clip, 'vps' | 'sps' | 'pps'>): Buffer => Buffer.concat([annexB(clip), slice]);
  const otherPps = (clip: Clip): Buffer[] => [...clip.pps, Buffer.of(0x68, 0x5e, 0x99)];

  test('is other sequence parameter sets, not the same again, and not other picture parameter sets alone', () => {
    const watch = new ShapeWatch('h264', Buffer.from(annexB(small)));
    expect(watch.changed(key(small))).toBeNull();
    expect(watch.changed(slice)).toBeNull();
    expect(watch.changed(key({ ...small, pps: otherPps(small) }))).toBeNull();
    const shape = watch.changed(key(large));
    expect(shape).toMatchObject({ codec: 'h264', widthPx: 640, heightPx: 352 });
    expect(watch.shape).toBe(shape);
    expect(setsIn('h264', Buffer.from(shape?.extradata ?? [])).sps.map((sps) => Buffer.from(sps))).toEqual(large.sps);
    expect(watch.changed(key(large))).toBeNull();
  });

  test('what the stream brings first corrects what the description told, or told nothing of', () => {
    expect(new ShapeWatch('h264', Buffer.from(annexB(small))).changed(key({ ...small, pps: otherPps(small) }))?.extradata).toEqual(annexB({ ...small, pps: otherPps(small) }));
    const untold = new ShapeWatch('h264', null);
    expect(untold.shape).toEqual({ codec: 'h264', widthPx: null, heightPx: null, extradata: new Uint8Array() });
    expect(untold.changed(key(small))).toMatchObject({ widthPx: 320, heightPx: 176 });
  });

  test('sets that were damaged on their way change nothing', () => {
    const watch = new ShapeWatch('h264', Buffer.from(annexB(small)));
    expect(watch.changed(key({ ...large, sps: large.sps.map((sps) => sps.subarray(0, 6)) }))).toBeNull();
    expect(watch.shape.widthPx).toBe(320);
  });
});
