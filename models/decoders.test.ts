/** Every decoder through the whole way: a model that is not its own is refused with both shapes, and the kinds of input a manifest can name work. */
import { describe, expect, test } from 'vitest';
import { referenceModels } from '../test-fixtures/raw-outputs.ts';
import { tinyOnnx, type TinyInput, type TinyOutput } from '../test-fixtures/tiny-onnx.ts';
import { openFaceDetector, openObjectDetector, type ObjectDetector } from './detector.ts';
import type { LocatedModel } from './locate.ts';
import { parseManifest, readManifest, type ModelEntry, type ObjectModel } from './manifest.ts';
import type { Picture } from './picture.ts';

const [base] = (await readManifest()).models;
const located = (bytes: Uint8Array): LocatedModel => ({ path: '/weights/tiny.onnx', file: base!.files[0]!, bytes });

/** An entry as a site would write it: these heads and inputs, the rest plain. */
function entry<T extends ModelEntry['task']>(task: T, head: object, input: object = {}): Extract<ModelEntry, { task: T }> {
  const plain = { tensor: 'images', layout: 'NCHW', colours: 'RGB', size: { widthPx: 64, heightPx: 32 }, fit: 'stretch', pad: 0, mean: [0, 0, 0], scale: [1, 1, 1], ...input };
  const classes = task === 'objects' ? { classes: 3, labels: { 0: 'person', 2: 'car' } } : {};
  const model = { name: 'tiny', version: '1', task, licence: 'none', source: 'https://example.org', files: base!.files, input: plain, thresholds: { score: 0.3, nmsIou: 0.5 }, ...classes, ...head };
  return parseManifest(JSON.stringify({ models: [model] }), 'tiny').models[0] as Extract<ModelEntry, { task: T }>;
}

const IMAGES: TinyInput = { name: 'images', shape: [1, 3, 32, 64] };
const zeros = (name: string, ...shape: number[]): TinyOutput => ({ name, shape, values: new Float32Array(shape.reduce((a, b) => a * b)) });
const openObjects = (model: ObjectModel, outputs: TinyOutput[], inputs: TinyInput | TinyInput[] = IMAGES): Promise<ObjectDetector> => openObjectDetector(model, located(tinyOnnx(inputs, outputs)));
const grey = (widthPx: number, heightPx: number): Picture => ({ widthPx, heightPx, rgb: new Uint8Array(widthPx * heightPx * 3).fill(100) });

describe('a model that is not what its decoder reads', () => {
  const objects: [head: object, right: TinyOutput[], wrong: TinyOutput[], told: string][] = [
    [{ decoder: 'yolox', objectness: false }, [zeros('output', 1, 42, 7)], [zeros('output', 1, 42, 8)], 'expected output float32 "output" [1, 42, 7], found output "output" [1, 42, 8]'],
    [{ decoder: 'yolov5' }, [zeros('output0', 1, 126, 8)], [zeros('output0', 1, 42, 8)], 'expected output float32 "output0" [1, 126, 8], found output "output0" [1, 42, 8]'],
    [{ decoder: 'yolov8' }, [zeros('output0', 1, 7, 42)], [zeros('output0', 1, 42, 7)], 'expected output float32 "output0" [1, 7, 42], found output "output0" [1, 42, 7]'],
    [{ decoder: 'gfl', outputs: ['s', 'b'], strides: [16], cellCentre: 0.5 }, [zeros('s', 1, 8, 3), zeros('b', 1, 8, 32)], [zeros('s', 1, 8, 3), zeros('b', 1, 8, 64)], 'expected output float32 "b" [1, 8, 32], found output "s" [1, 8, 3], "b" [1, 8, 64]'],
    [{ decoder: 'fastestdet' }, [zeros('output', 1, 8, 2, 4)], [zeros('output', 1, 8, 4, 4)], 'expected output float32 "output" [1, 8, 2, 4], found output "output" [1, 8, 4, 4]'],
    [{ decoder: 'yolo-fastestv2', strides: [16], anchors: [[[9, 9]]] }, [zeros('output', 8, 8)], [zeros('output', 8, 9)], 'expected output float32 "output" [1, 8, 8], found output "output" [8, 9]'],
    [{ decoder: 'ssd', form: 'boxes', outputs: ['b', 's'] }, [zeros('b', 1, 9, 4), zeros('s', 1, 9, 3)], [zeros('b', 1, 9, 4), zeros('s', 1, 9, 4)], 'expected output float32 "s" [1, any, 3], found output "b" [1, 9, 4], "s" [1, 9, 4]'],
    [{ decoder: 'end-to-end', form: 'rows', outputs: ['o'] }, [zeros('o', 1, 300, 6)], [zeros('o', 1, 300, 7)], 'expected output float32 "o" [1, any, 6], found output "o" [1, 300, 7]'],
  ];
  test.each(objects)('%j', async (head, right, wrong, told) => {
    await (await openObjects(entry('objects', head), right)).close();
    await expect(openObjects(entry('objects', head), wrong)).rejects.toMatchObject({ code: 'MODEL_MISFIT', message: expect.stringContaining(told) as string });
  });

  const faces: [head: object, size: object, outputs: TinyOutput[], told: string][] = [
    [{ decoder: 'yolox', objectness: false }, {}, [zeros('output', 1, 42, 6)], 'expected output float32 "output" [1, 42, 5]'],
    [{ decoder: 'scrfd', outputs: ['a', 'b', 'c', 'd', 'e', 'f'] }, {}, [zeros('a', 1, 32, 1)], 'expected output float32 "a" [1, 64, 1], found output "a" [1, 32, 1]'],
    [{ decoder: 'ultraface' }, {}, [zeros('scores', 1, 4420, 2)], 'expected output float32 "scores" [1, 119, 2], found output "scores" [1, 4420, 2]'],
  ];
  test.each(faces)('%j', async (head, input, outputs, told) => {
    const opening = openFaceDetector(entry('faces', head, input), located(tinyOnnx(IMAGES, outputs)));
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_MISFIT', message: expect.stringContaining(told) as string });
  });

  test('wants bytes and gets floats, or has no input for the size', async () => {
    const bytes = entry('objects', { decoder: 'yolov8' }, { type: 'uint8' });
    await expect(openObjects(bytes, [zeros('output0', 1, 7, 42)])).rejects.toMatchObject({ message: expect.stringContaining('expected input uint8 "images" [1, 3, 32, 64], found input float32 "images"') as string });
    const sized = entry('objects', { decoder: 'end-to-end', form: 'rows', outputs: ['o'] }, { sizeTensor: 'orig_target_sizes' });
    await expect(openObjects(sized, [zeros('o', 1, 3, 6)])).rejects.toMatchObject({ message: expect.stringContaining('expected input int64 "orig_target_sizes" [1, 2]') as string });
  });
});

describe('what a manifest entry can name', () => {
  test('NHWC, bytes, a second input with the size, labels as int64: D-FINE\'s triple', async () => {
    const model = entry('objects', { decoder: 'end-to-end', form: 'triple', outputs: ['labels', 'boxes', 'scores'] }, { layout: 'NHWC', type: 'uint8', sizeTensor: 'orig_target_sizes' });
    const inputs: TinyInput[] = [{ name: 'images', shape: [1, 32, 64, 3], type: 'uint8' }, { name: 'orig_target_sizes', shape: [1, 2], type: 'int64' }];
    const outputs: TinyOutput[] = [
      { name: 'labels', shape: [1, 2], values: BigInt64Array.of(2n, 1n) },
      { name: 'boxes', shape: [1, 2, 4], values: Float32Array.of(16, 8, 32, 16, 0, 0, 64, 32) },
      { name: 'scores', shape: [1, 2], values: Float32Array.of(0.75, 0.9) },
    ];
    const detector = await openObjects(model, outputs, inputs);
    expect(await detector.detect(grey(640, 320))).toEqual([{ label: 'car', score: 0.75, box: { x: 160, y: 80, w: 160, h: 80 } }]);
    await detector.close();
  });

  test('a dynamic size: a region goes in pixel for pixel, grown to whole multiples inside the picture', async () => {
    const size = { multipleOf: 32, longSidePx: 320 };
    const model = entry('objects', { decoder: 'end-to-end', form: 'rows', outputs: ['o'] }, { size, fit: 'letterbox-top-left' });
    const output: TinyOutput = { name: 'o', shape: [1, 1, 6], values: Float32Array.of(10, 20, 30, 40, 0.5, 0) };
    const detector = await openObjects(model, [output], { name: 'images', shape: [1, 3, 'height', 'width'] });
    const at = async (region?: { x: number; y: number; w: number; h: number }): Promise<unknown> => (await detector.detect(grey(640, 480), region)).map((d) => d.box);
    expect(await at()).toEqual([{ x: 20, y: 40, w: 40, h: 40 }]);
    // 100 × 50 grows to 128 × 64 about its middle, and stays inside the picture.
    expect(await at({ x: 300, y: 200, w: 100, h: 50 })).toEqual([{ x: 286 + 10, y: 193 + 20, w: 20, h: 20 }]);
    expect(await at({ x: 560, y: 400, w: 100, h: 50 })).toEqual([{ x: 544 + 10, y: 393 + 20, w: 20, h: 20 }]);
    // One larger than a whole picture ever is to the model is reduced: 640 × 64 at half size.
    expect(await at({ x: 0, y: 64, w: 640, h: 64 })).toEqual([{ x: 20, y: 64 + 40, w: 40, h: 40 }]);
    expect(await at({ x: 700, y: 0, w: 50, h: 50 })).toEqual([]);
    await detector.close();
  });

  test('a fixed size: a region is fitted into it', async () => {
    const model = entry('objects', { decoder: 'end-to-end', form: 'rows', outputs: ['o'] }, { fit: 'letterbox-top-left' });
    const detector = await openObjects(model, [{ name: 'o', shape: [1, 1, 6], values: Float32Array.of(16, 8, 32, 16, 0.5, 0) }]);
    expect(await detector.detect(grey(640, 480), { x: 100, y: 100, w: 32, h: 16 })).toEqual([{ label: 'person', score: 0.5, box: { x: 108, y: 104, w: 8, h: 4 } }]);
    await detector.close();
  });

  test('every reference model names a decoder that is written here', async () => {
    const decoders = new Set((await referenceModels()).map((m) => m.decoder));
    expect([...decoders].sort()).toEqual(['fastestdet', 'gfl', 'scrfd', 'ultraface', 'yolo-fastestv2', 'yolov8', 'yolox', 'yunet']);
  });
});
