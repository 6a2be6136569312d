/** Detectors on real pictures: as accurate as the yardsticks in ../shared/DATA.md say, so the decoders are right. Skips where no data is. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { OBJECT_CLASSES, type Box, type Detection } from '../domain/detection.ts';
import { sharedFile } from '../test-fixtures/shared-data.ts';
import { averagePrecision, type LabelledPicture } from './average-precision.ts';
import { openFaceDetector, openObjectDetector, type FaceDetector } from './detector.ts';
import { headRegion } from './head-region.ts';
import { locateModel } from './locate.ts';
import { readManifest, type FaceModel } from './manifest.ts';
import { faceModelOf, objectModelOf } from '../test-fixtures/shipped-models.ts';
import { decodeJpeg, type Picture } from './picture.ts';

const manifest = await readManifest();
const models = sharedFile('models');
const objectImages = sharedFile('images/objects');
const faceImages = sharedFile('images/faces');
const noData = models === null || objectImages === null || faceImages === null;

interface Coco {
  readonly images: { readonly id: number; readonly file_name: string }[];
  readonly annotations: { readonly image_id: number; readonly category_id: number; readonly bbox: [number, number, number, number]; readonly iscrowd: number }[];
  readonly categories: { readonly id: number; readonly name: string }[];
}

/** The pictures of a COCO folder whose name begins with `prefix`, one after the other, with their true boxes. */
async function* labelled(dir: string, prefix: string): AsyncGenerator<{ picture: Picture; truth: LabelledPicture['truth'] }> {
  const coco = JSON.parse(await readFile(path.join(dir, 'annotations.json'), 'utf8')) as Coco;
  const names = new Map(coco.categories.map((c) => [c.id, c.name]));
  for (const image of coco.images.filter((i) => i.file_name.startsWith(prefix))) {
    const truth = coco.annotations
      .filter((a) => a.image_id === image.id)
      .map(({ category_id, bbox: [x, y, w, h], iscrowd }) => ({ label: names.get(category_id) ?? '', box: { x, y, w, h }, crowd: iscrowd === 1 }));
    yield { picture: await decodeJpeg(await readFile(path.join(dir, 'images', image.file_name))), truth };
  }
}

describe.skipIf(noData)('object detector', () => {
  const model = objectModelOf(manifest);

  test('YOLOX-nano reaches the AP50 that an independent evaluator measured (.552 over 6 classes, .63 for persons)', async () => {
    const detector = await openObjectDetector({ ...model, thresholds: { ...model.thresholds, score: 0.005 } }, await locateModel(model, [models!]));
    const pictures: LabelledPicture[] = [];
    for await (const { picture, truth } of labelled(objectImages!, 'val2017_')) pictures.push({ truth, found: await detector.detect(picture) });
    await detector.close();
    expect(pictures).toHaveLength(128);
    const perClass = OBJECT_CLASSES.map((label) => averagePrecision(pictures, label));
    expect(Math.abs(perClass.reduce((a, b) => a + b) / perClass.length - 0.552)).toBeLessThan(0.02);
    expect(Math.abs(perClass[0]! - 0.63)).toBeLessThan(0.03);
  });

  test('calls at the same time do not disturb one another, and every box lies in its picture', async () => {
    const detector = await openObjectDetector(model, await locateModel(model, [models!]));
    const pictures: Picture[] = [];
    for await (const { picture } of labelled(objectImages!, 'val2017_')) if (pictures.push(picture) === 12) break;
    const oneByOne: Detection[][] = [];
    for (const picture of pictures) oneByOne.push(await detector.detect(picture));
    expect(await Promise.all(pictures.map((p) => detector.detect(p)))).toEqual(oneByOne);
    await detector.close();
    expect(oneByOne.flat().length).toBeGreaterThan(20);
    pictures.forEach((picture, i) => oneByOne[i]!.forEach(({ box, score }) => {
      expect(score).toBeGreaterThanOrEqual(model.thresholds.score);
      expectInside(box, picture);
    }));
  });

  test('a picture of one pixel and one of 8000 × 20 are looked at like any other', async () => {
    const detector = await openObjectDetector(model, await locateModel(model, [models!]));
    for (const [widthPx, heightPx] of [[1, 1], [8000, 20]] as const) {
      for (const { box } of await detector.detect({ widthPx, heightPx, rgb: new Uint8Array(widthPx * heightPx * 3) })) expectInside(box, { widthPx, heightPx });
    }
    await detector.close();
  });
});

describe.skipIf(noData)('face detector', () => {
  const model = faceModelOf(manifest);
  const withFile = async (file: string, changes: Partial<Pick<FaceModel, 'input' | 'thresholds'>>): Promise<FaceDetector> =>
    openFaceDetector({ ...model, ...changes }, { path: file, file: model.files[0]!, bytes: await readFile(path.join(models!, 'faces', file)) });

  // The yardstick is .653 and .789. These labels sit low on the masks, so a shift of half a pixel moves AP by .03 (measured): hence .04.
  test.each([
    ['yunet_n_320_320.onnx', { widthPx: 320, heightPx: 320 }, 0.653],
    ['yunet_n_640_640.onnx', { widthPx: 640, heightPx: 640 }, 0.789],
    ['yunet_n_dynamic.onnx', { multipleOf: 32, longSidePx: 640, cropSidePx: 128 }, 0.789],
  ])('%s reaches its AP50', async (file, size, yardstick) => {
    const detector = await withFile(file, { input: { ...model.input, size }, thresholds: { score: 0.02, nmsIou: 0.45 } });
    const pictures: LabelledPicture[] = [];
    for await (const { picture, truth } of labelled(faceImages!, '')) pictures.push({ truth, found: (await detector.findFaces(picture)).map((f) => ({ ...f, label: 'face' })) });
    await detector.close();
    expect(pictures).toHaveLength(100);
    expect(Math.abs(averagePrecision(pictures, 'face') - yardstick)).toBeLessThan(0.04);
  });

  test('for redaction, whole picture and persons together cover 95 of 100 faces of at least 16 px', async () => {
    const objects = await openObjectDetector(objectModelOf(manifest), await locateModel(objectModelOf(manifest), [models!]));
    const faces = await openFaceDetector(model, await locateModel(model, [models!]));
    const covered = { whole: 0, persons: 0, both: 0, of: 0 };
    for await (const { picture, truth } of labelled(faceImages!, '')) {
      const persons = (await objects.detect(picture)).filter((d) => d.label === 'person').map((d) => d.box);
      const [whole, crops, both] = [await faces.findFaces(picture), await faces.findFaces(picture, persons), await faces.findAllFaces(picture, persons)].map((found) => found.map((f) => f.box));
      for (const { box } of truth.filter((t) => t.box.w >= 16)) {
        covered.of++;
        covered.whole += Number(shareCovered(box, whole!) >= 0.5);
        covered.persons += Number(shareCovered(box, crops!) >= 0.5);
        covered.both += Number(shareCovered(box, both!) >= 0.5);
      }
      both!.forEach((box) => expectInside(box, picture));
    }
    await Promise.all([objects.close(), faces.close()]);
    expect(covered.of).toBe(303);
    expect(covered.both / covered.of).toBeGreaterThan(0.95);
    expect(covered.persons / covered.of).toBeGreaterThan(0.93);
    expect(covered.both).toBeGreaterThanOrEqual(Math.max(covered.whole, covered.persons));
  });

  test('no person, no face is looked for; a person outside the picture is passed over', async () => {
    const faces = await openFaceDetector(model, await locateModel(model, [models!]));
    for await (const { picture } of labelled(faceImages!, 'maksssksksss500')) {
      expect(await faces.findFaces(picture, [])).toEqual([]);
      expect(await faces.findFaces(picture, [{ x: 5000, y: 0, w: 50, h: 100 }])).toEqual([]);
      expect(await faces.findAllFaces(picture, [])).toEqual(await faces.findFaces(picture));
      expect((await faces.findFaces(picture)).length).toBeGreaterThan(0);
    }
    await faces.close();
  });
});

describe('head region', () => {
  test('is a square over the top of the box, wide enough for people of whom only the bust is seen', () => {
    expect(headRegion({ x: 100, y: 100, w: 60, h: 180 })).toEqual({ x: 91, y: 84.4, w: 78, h: 78 });
    expect(headRegion({ x: 100, y: 100, w: 100, h: 100 })).toEqual({ x: 85, y: 74, w: 130, h: 130 });
    expect(headRegion({ x: 100, y: 100, w: 20, h: 180 })).toEqual({ x: 71, y: 84.4, w: 78, h: 78 });
  });
});

function expectInside(box: Box, picture: { widthPx: number; heightPx: number }): void {
  expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
  expect(Math.min(box.w, box.h)).toBeGreaterThan(0);
  expect(box.x + box.w).toBeLessThanOrEqual(picture.widthPx + 1e-6);
  expect(box.y + box.h).toBeLessThanOrEqual(picture.heightPx + 1e-6);
}

/** Which part of a box is under the others together, counted on 8 × 8 points. */
function shareCovered(box: Box, others: readonly Box[]): number {
  let hit = 0;
  for (let i = 0; i < 64; i++) {
    const x = box.x + (((i % 8) + 0.5) / 8) * box.w;
    const y = box.y + ((Math.floor(i / 8) + 0.5) / 8) * box.h;
    if (others.some((o) => x >= o.x && x <= o.x + o.w && y >= o.y && y <= o.y + o.h)) hit++;
  }
  return hit / 64;
}
