/** A session refuses a model that is not what its decoder reads, saying what it found, and one that runs but gives nonsense. */
import { describe, expect, test } from 'vitest';
import { sharedFile } from '../test-fixtures/shared-data.ts';
import { tinyOnnx, type TinyOutput } from '../test-fixtures/tiny-onnx.ts';
import { openFaceDetector, openObjectDetector, type ObjectDetector } from './detector.ts';
import { locateModel, type LocatedModel } from './locate.ts';
import { readManifest, type ObjectModel } from './manifest.ts';
import { faceModelOf, objectModelOf } from '../test-fixtures/shipped-models.ts';
import type { Picture } from './picture.ts';

const manifest = await readManifest();
const SIZE = { widthPx: 64, heightPx: 32 };
const CELLS = 32 + 8 + 2;
const ROW = 8;
const model: ObjectModel = { ...objectModelOf(manifest), name: 'tiny', calibration: undefined, classes: 3, labels: { 0: 'person', 2: 'car' }, input: { ...objectModelOf(manifest).input, size: SIZE } };
const INPUT = { name: 'images', shape: [1, 3, 32, 64] };
const picture: Picture = { widthPx: 128, heightPx: 64, rgb: new Uint8Array(128 * 64 * 3).fill(100) };

const asLocated = (bytes: Uint8Array): LocatedModel => ({ path: '/weights/tiny.onnx', file: model.files[0]!, bytes });
const output = (values: TinyOutput['values'] = new Float32Array(CELLS * ROW), shape = [1, CELLS, ROW], name = 'output'): TinyOutput => ({ name, shape, values });
const open = (outputs: TinyOutput[], input: Parameters<typeof tinyOnnx>[0] = INPUT): Promise<ObjectDetector> => openObjectDetector(model, asLocated(tinyOnnx(input, outputs)));

/** One sure person in cell (5, 2) of stride 8, and the same once more in the next cell, to be suppressed. */
function onePerson(): Float32Array {
  const values = new Float32Array(CELLS * ROW);
  values.set([0.5, 0.25, Math.log(2), 0, 0.8, 0.9, 0, 0], (2 * 8 + 5) * ROW);
  values.set([-0.5, 0.25, Math.log(2), 0, 0.7, 0.9, 0, 0], (2 * 8 + 6) * ROW);
  return values;
}

describe('a fitting model', () => {
  test('opens, detects in pixels of the picture, and closes, twice if asked', async () => {
    const detector = await open([output(onePerson())]);
    const found = await detector.detect(picture);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ label: 'person' });
    expect(found[0]!.score).toBeCloseTo(0.72, 5);
    expect(found[0]!.box.x).toBeCloseTo(72, 3);
    expect(found[0]!.box.w).toBeCloseTo(32, 3);
    expect(detector.model).toBe('tiny 0.1.1rc0');
    const running = detector.detect(picture);
    await Promise.all([detector.close(), detector.close()]);
    expect(await running).toEqual(found);
    await expect(detector.detect(picture)).rejects.toThrow(/closed/);
  });

  test('may name its dimensions instead of numbering them', async () => {
    const named = { name: 'images', shape: ['batch', 3, 'height', 'width'] };
    const detector = await open([output()], named);
    expect(await detector.detect(picture)).toEqual([]);
    await detector.close();
  });
});

describe('a model that does not fit its decoder is refused, saying what was expected and found', () => {
  const misfits: [what: string, opening: () => Promise<ObjectDetector>, told: string][] = [
    ['another input size', () => open([output()], { name: 'images', shape: [1, 3, 64, 64] }), 'expected input float32 "images" [1, 3, 32, 64], found input "images" [1, 3, 64, 64]'],
    ['another input name', () => open([output()], { ...INPUT, name: 'data' }), 'found input "data" [1, 3, 32, 64]'],
    ['another number of classes', () => open([output(new Float32Array(CELLS * 9), [1, CELLS, 9])]), `expected output float32 "output" [1, ${CELLS}, 8], found output "output" [1, ${CELLS}, 9]`],
    ['another output name', () => open([output(undefined, undefined, 'boxes')]), 'found output "boxes"'],
    ['no ONNX at all', () => openObjectDetector(model, asLocated(Buffer.from('no model'))), 'expected an ONNX model, found /weights/tiny.onnx'],
    ['a file cut short', () => openObjectDetector(model, asLocated(tinyOnnx(INPUT, [output()]).subarray(0, 300))), 'expected an ONNX model'],
  ];
  test.each(misfits)('%s', async (_what, opening, told) => {
    await expect(opening()).rejects.toMatchObject({ code: 'MODEL_MISFIT', message: expect.stringContaining(told) as string });
  });

  const facesFile = sharedFile('models/faces/yunet_n_320_320.onnx');
  test.skipIf(facesFile === null)('a face model declared as YOLOX', async () => {
    const { readFile } = await import('node:fs/promises');
    const faces = { ...objectModelOf(manifest), input: { ...objectModelOf(manifest).input, tensor: 'input', size: { widthPx: 320, heightPx: 320 } } };
    const opening = openObjectDetector(faces, { ...asLocated(await readFile(facesFile!)) });
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_MISFIT', message: expect.stringMatching(/does not fit its decoder yolox: expected output float32 "output" \[1, 2100, 85\], found output "cls_8" \[1, 1600, 1\]/) as string });
  });

  const objectsDir = sharedFile('models/objects');
  test.skipIf(objectsDir === null)('an object model declared as YuNet', async () => {
    const located = await locateModel(objectModelOf(manifest), [objectsDir!]);
    await expect(openFaceDetector(faceModelOf(manifest), located)).rejects.toMatchObject({ code: 'MODEL_MISFIT', message: expect.stringContaining('decoder yunet') as string });
  });
});

describe('the self-test refuses', () => {
  test.each([
    ['numbers that are none', Number.NaN, /its output "output" holds NaN/],
    ['infinite numbers', Infinity, /holds Infinity/],
    ['probabilities above 1 (an export without its sigmoid)', 3.5, /holds 3\.5 where a probability is expected/],
    ['probabilities below 0', -0.25, /holds -0\.25 where a probability is expected/],
  ])('%s', async (_what, value, told) => {
    const values = new Float32Array(CELLS * ROW);
    values[ROW * 7 + 4] = value;
    await expect(open([output(values)])).rejects.toMatchObject({ code: 'MODEL_SELF_TEST', message: expect.stringMatching(told) as string });
  });

  test('a model that answers the same picture differently', async () => {
    await expect(open([output('random')])).rejects.toMatchObject({ code: 'MODEL_SELF_TEST', message: expect.stringContaining('differs between two runs') as string });
  });
});
