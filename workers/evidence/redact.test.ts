/** Real faces, found by the detector we ship and by another that redaction never saw: afterwards neither may find any. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Box, FaceBox } from '../../domain/detection.ts';
import { openFaceDetector, type FaceDetector } from '../../models/detector.ts';
import { locateModel, modelPlaces } from '../../models/locate.ts';
import { readManifest } from '../../models/manifest.ts';
import { faceModelOf } from '../../test-fixtures/shipped-models.ts';
import { decodeJpeg, type Picture } from '../../models/picture.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { coveredArea } from './cover.ts';
import { evidenceJpeg, redact } from './redact.ts';

const folder = sharedFile('images/faces/images');
const otherModel = sharedFile('models/faces/ultraface_rfb_320.onnx');
/** A finding below this is noise in a picture with as many details as these. */
const SURE = 0.5;

const NOBODY = { persons: [], seen: [] };

const sure = (faces: readonly FaceBox[]): number => faces.filter((f) => f.score >= SURE).length;

/** UltraFace (Linzaer, MIT): another network, other training, other anchors. Counts its sure boxes before suppression. */
async function otherCount(session: InferenceSession, { rgb, widthPx, heightPx }: Picture): Promise<number> {
  const small = await sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } }).resize(320, 240, { fit: 'fill' }).raw().toBuffer();
  const input = new Float32Array(3 * 320 * 240);
  for (let i = 0; i < 320 * 240; i++) for (let c = 0; c < 3; c++) input[c * 320 * 240 + i] = (small[i * 3 + c]! - 127) / 128;
  const results = await session.run({ [session.inputNames[0]!]: new Tensor('float32', input, [1, 3, 240, 320]) });
  const scores = Object.values(results).find((t) => t.dims.at(-1) === 2)!.data as Float32Array;
  return scores.filter((score, i) => i % 2 === 1 && score >= 0.7).length;
}

describe.skipIf(!folder || !otherModel)('twelve pictures with faces', () => {
  let finder: FaceDetector;
  let other: InferenceSession;
  const pictures: { before: Picture; faces: FaceBox[]; redacted: Picture; after: Picture }[] = [];

  beforeAll(async () => {
    const model = faceModelOf(await readManifest());
    finder = await openFaceDetector(model, await locateModel(model, modelPlaces()));
    other = await InferenceSession.create(otherModel!, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    for (const name of readdirSync(folder!).filter((_, i) => i % 8 === 0).slice(0, 12)) {
      const before = await decodeJpeg(readFileSync(path.join(folder!, name)));
      const redacted = await redact(before, NOBODY, finder);
      pictures.push({ before, faces: await finder.findAllFaces(before, []), redacted, after: await decodeJpeg(await evidenceJpeg(redacted, null)) });
    }
  });
  afterAll(async () => {
    await finder?.close();
    await other?.release();
  });

  test('had faces, and have none that our detector is sure of', async () => {
    expect(pictures.reduce((sum, p) => sum + sure(p.faces), 0)).toBeGreaterThan(20);
    for (const { after } of pictures) expect(sure(await finder.findAllFaces(after, []))).toBe(0);
  });

  test('had faces, and nearly none that another detector is sure of', async () => {
    let [had, has] = [0, 0];
    for (const { before, after } of pictures) {
      had += await otherCount(other, before);
      has += await otherCount(other, after);
    }
    expect(had).toBeGreaterThan(100);
    expect(has).toBeLessThanOrEqual(had / 50);
  });

  test('keep everything but the faces, to within what JPEG does to any picture', async () => {
    for (const { before, redacted, after } of pictures) {
      const plain = await decodeJpeg(await evidenceJpeg(before, null));
      let [difference, untouched] = [0, 0];
      for (let i = 0; i < before.rgb.length; i++) {
        if (redacted.rgb[i] !== before.rgb[i]) continue;
        untouched++;
        difference += Math.abs(after.rgb[i]! - plain.rgb[i]!);
      }
      expect(untouched).toBeGreaterThan(before.rgb.length / 20);
      expect(difference / untouched).toBeLessThan(2);
    }
  });
});

describe('the file', () => {
  const grey: Picture = { widthPx: 320, heightPx: 200, rgb: new Uint8Array(320 * 200 * 3).fill(128) };

  test('carries no metadata and the size of the frame', async () => {
    const meta = await sharp(await evidenceJpeg(grey, { x: 10, y: 10, w: 50, h: 90 })).metadata();
    expect(meta).toMatchObject({ format: 'jpeg', width: 320, height: 200, space: 'srgb' });
    expect([meta.exif, meta.icc, meta.xmp, meta.iptc, meta.comments]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test('outlines the subject and leaves the rest', async () => {
    const box = { x: 100, y: 50, w: 60, h: 100 };
    const { rgb } = await decodeJpeg(await evidenceJpeg(grey, box));
    const at = (x: number, y: number): number[] => [...rgb.subarray((y * 320 + x) * 3, (y * 320 + x) * 3 + 3)];
    expect(at(100, 100)[0]! - at(100, 100)[2]!).toBeGreaterThan(60);
    expect(at(130, 100).every((v) => Math.abs(v - 128) < 4)).toBe(true);
    expect(at(20, 20).every((v) => Math.abs(v - 128) < 4)).toBe(true);
  });

  test('is made of a box that reaches out of the picture, too', async () => {
    await expect(evidenceJpeg(grey, { x: -30, y: -20, w: 500, h: 400 })).resolves.toBeInstanceOf(Uint8Array);
  });
});

describe('looking again', () => {
  const grey: Picture = { widthPx: 64, heightPx: 64, rgb: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251) };
  const face: FaceBox = { score: 0.9, box: { x: 20, y: 20, w: 20, h: 20 } };
  const finderOf = (...answers: FaceBox[][]) => {
    const asked: { picture: Picture; persons: readonly Box[] }[] = [];
    return { asked, findAllFaces: (picture: Picture, persons: readonly Box[]) => (asked.push({ picture, persons }), Promise.resolve(answers[asked.length - 1] ?? [])) };
  };

  test('is done until nothing is found, where persons are, in the redacted picture', async () => {
    const finder = finderOf([face], []);
    const persons = [{ x: 5, y: 5, w: 40, h: 59 }];
    const redacted = await redact(grey, { persons, seen: [] }, finder);
    expect(finder.asked).toEqual([{ picture: grey, persons }, { picture: redacted, persons }]);
    expect(redacted.rgb).not.toEqual(grey.rgb);
  });

  test('covers what comes out in the second round with one colour', async () => {
    const second: FaceBox = { score: 0.4, box: { x: 45, y: 45, w: 12, h: 12 } };
    const redacted = await redact(grey, NOBODY, finderOf([face], [second], []));
    const area = coveredArea(second.box, grey);
    const colours = new Set<string>();
    for (let y = area.y; y < area.y + area.h; y++) for (let x = area.x; x < area.x + area.w; x++) colours.add(redacted.rgb.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3).join());
    expect(colours.size).toBe(1);
  });

  test('a finder that stays sure of a face costs the picture, not the privacy', async () => {
    const finder = finderOf([face], [face], [face], [face], [face], [face]);
    await expect(redact(grey, NOBODY, finder)).rejects.toThrow('still found after 4 rounds');
    expect(finder.asked).toHaveLength(5);
  });

  test('one that only never tires of noise does not', async () => {
    const noise = { ...face, score: 0.3 };
    expect((await redact(grey, NOBODY, finderOf([face], [noise], [noise], [noise], [noise]))).rgb).not.toEqual(grey.rgb);
  });

  test('what is found by the last look but one is covered', async () => {
    const last: FaceBox = { score: 0.9, box: { x: 45, y: 45, w: 12, h: 12 } };
    const redacted = await redact(grey, NOBODY, finderOf([face], [face], [face], [last], []));
    expect(redacted.rgb.subarray((50 * 64 + 50) * 3, (50 * 64 + 50) * 3 + 3)).not.toEqual(grey.rgb.subarray((50 * 64 + 50) * 3, (50 * 64 + 50) * 3 + 3));
  });

  test('leaves a picture without faces as it is', async () => {
    expect(await redact(grey, NOBODY, finderOf([]))).toBe(grey);
  });
});
