/** The weights that ship: there, small enough, described by a card, and able to see a generated street on a machine that has nothing else. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { iou } from '../domain/detection.ts';
import { sceneImages } from '../test-fixtures/scene-images.ts';
import { openFaceDetector, openObjectDetector } from './detector.ts';
import { locateModel, WEIGHTS_DIR } from './locate.ts';
import { readManifest, type FaceModel, type ObjectModel } from './manifest.ts';
import { decodeJpeg } from './picture.ts';

const MOST_BYTES = { objects: 4_000_000, faces: 1_000_000 };
const { models } = await readManifest();
const embedded = models.filter((model) => model.embedded);
const objectEntry = embedded.find((model): model is ObjectModel => model.task === 'objects')!;
const faceEntry = embedded.find((model): model is FaceModel => model.task === 'faces')!;

test('one for objects and one for faces, after the models for duty', () => {
  expect(embedded.map(({ task }) => task).sort()).toEqual(['faces', 'objects']);
  for (const { name, task } of embedded) expect(models.filter((model) => model.task === task)[0]!.name).not.toBe(name);
});

describe.each(embedded.map((entry) => ({ name: entry.name, entry })))('$name', ({ entry }) => {
  test('lies in the repository, whole and small', async () => {
    const { file, path: where } = await locateModel(entry, [WEIGHTS_DIR]);
    expect(path.dirname(where)).toBe(WEIGHTS_DIR);
    expect((await stat(where)).size).toBe(file.bytes);
    expect(file.bytes).toBeLessThanOrEqual(MOST_BYTES[entry.task]);
  });

  test('has a card that names its data with licences, what was measured, and what it is not good for', async () => {
    const card = await readFile(path.join(WEIGHTS_DIR, entry.card!), 'utf8');
    for (const part of ['## Data', 'licence', '## Measured', 'Reliability', '## Not good for', 'npm run train']) expect(card).toContain(part);
  });

  test('says at start how it compares', () => expect(entry.comparedWith).toMatch(/YOLOX-nano|YuNet/));
});

test('the objects of streets it never saw are found, and nothing is where nothing is', async () => {
  const detector = await openObjectDetector(objectEntry, await locateModel(objectEntry, [WEIGHTS_DIR]));
  let [wanted, found, wrong] = [0, 0, 0];
  const images = await sceneImages(8, 0);
  for (const { truth, jpeg } of images) {
    const sure = (await detector.detect(await decodeJpeg(await jpeg()))).filter(({ label, score }) => score >= (detector.alertFrom[label] ?? 1));
    const clear = truth.filter(({ crowd, box }) => !crowd && Math.min(box.w, box.h) > 16);
    wanted += clear.length;
    found += clear.filter((t) => sure.some((d) => d.label === t.label && iou(d.box, t.box) >= 0.5)).length;
    wrong += sure.filter((d) => truth.every((t) => iou(d.box, t.box) < 0.1)).length;
  }
  await detector.close();
  expect(wanted).toBeGreaterThan(40);
  expect(found / wanted).toBeGreaterThan(0.85);
  expect(wrong).toBeLessThanOrEqual(images.length);
}, 60_000);

test('the face detector opens, and sees no face in an empty picture', async () => {
  const detector = await openFaceDetector(faceEntry, await locateModel(faceEntry, [WEIGHTS_DIR]));
  expect(await detector.findFaces({ widthPx: 320, heightPx: 240, rgb: new Uint8Array(320 * 240 * 3).fill(120) })).toEqual([]);
  await detector.close();
});
