/** The shipped manifest is right, and each way of being wrong is named. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { GridwardenError } from '../platform/errors.ts';
import { MANIFEST_FILE, parseManifest, readManifest } from './manifest.ts';
import { faceModelOf, objectModelOf } from '../test-fixtures/shipped-models.ts';

const REFERENCE_MODELS = path.join(import.meta.dirname, '../test-fixtures/reference-models.yaml');

let shipped = '';
beforeAll(async () => {
  shipped = await readFile(MANIFEST_FILE, 'utf8');
});

describe('the shipped manifest', () => {
  test('is valid and names a model for objects and one for faces', async () => {
    const manifest = await readManifest();
    expect(objectModelOf(manifest)).toMatchObject({ name: 'yolox-nano', decoder: 'yolox', labels: { 0: 'person', 7: 'truck' } });
    expect(faceModelOf(manifest)).toMatchObject({ name: 'yunet-n', decoder: 'yunet' });
    for (const model of manifest.models) expect(model.licence, model.name).not.toMatch(/AGPL|non-commercial/i);
  });

  test('fetches only over HTTPS', async () => {
    const urls = (await readManifest()).models.flatMap((m) => m.files.flatMap((f) => f.url ?? []));
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) expect(url).toMatch(/^https:\/\//);
  });
});

describe('the manifest of models that may not ship', () => {
  test('is valid, and shares no name and no file with the shipped one', async () => {
    const [shippedOnes, others] = [(await readManifest()).models, (await readManifest(REFERENCE_MODELS)).models];
    for (const other of others) expect(shippedOnes.some((m) => m.name === other.name || m.files.some((f) => f.sha256 === other.files[0]!.sha256))).toBe(false);
  });
});

describe('calibration', () => {
  const withCalibration = (curve: string, alertFrom = '0.5'): string =>
    shipped.replace(/    calibration:\n(?: {6}.*\n)+/, `    calibration: { measuredOn: val2017, curves: { person: ${curve} }, alertFrom: { person: ${alertFrom} }, falseAlarmsPerPicture: 0.1 }\n`);

  test('is a rising curve for each label', () => {
    expect(parseManifest(withCalibration('[[0, 0], [0.5, 0.5], [1, 0.5]]'), 'm.yaml').models[0]!.calibration).toEqual({
      measuredOn: 'val2017',
      curves: { person: [[0, 0], [0.5, 0.5], [1, 0.5]] },
      alertFrom: { person: 0.5 },
      falseAlarmsPerPicture: 0.1,
    });
    for (const wrong of ['[[0, 0]]', '[[0, 0.5], [1, 0.4]]', '[[0.5, 0], [0.5, 1]]', '[[0, 0], [1.5, 1]]']) expect(() => parseManifest(withCalibration(wrong), 'm.yaml')).toThrow(/calibration\.curves\.person/);
    expect(() => parseManifest(withCalibration('[[0, 0], [1, 1]]', '2'), 'm.yaml')).toThrow(/calibration\.alertFrom\.person/);
  });
});

describe('a wrong manifest', () => {
  const cases: [what: string, from: string | RegExp, to: string, told: RegExp][] = [
    ['unknown key', 'decoder: yolox', 'decoder: yolox\n    colour: red', /models\.0: .*colour/],
    ['unknown decoder', 'decoder: yolox', 'decoder: magic', /models\.0\.decoder: .*yolox/],
    ['decoder of the other task', 'decoder: yunet', 'decoder: yolov8', /models\.1\.decoder: .*yunet/],
    ['unknown label', '0: person', '0: pedestrian', /models\.0\.labels\.0: .*person/],
    ['label beyond the classes', '7: truck', '80: truck', /models\.0\.labels: a class index is not below/],
    ['hash of the wrong length', /sha256: [0-9a-f]{64}/, 'sha256: abc', /models\.0\.files\.0\.sha256: .*64 lower-case/],
    ['file name that leaves its folder', 'file: yolox_nano_416.onnx', 'file: ../../etc/yolox.onnx', /models\.0\.files\.0\.file: .*bare file name/],
    ['source that is no address', /source: https:.*YOLOX.*/, 'source: somewhere', /models\.0\.source/],
    ['size no multiple of 32', 'widthPx: 416', 'widthPx: 400', /models\.0\.input\.size/],
    ['dynamic size of another multiple', '{ widthPx: 416, heightPx: 416 }', '{ multipleOf: 32, longSidePx: 400 }', /models\.0\.input\.size/],
    ['faces of dynamic size without a crop', ', cropSidePx: 128', '', /models\.1\.input\.size: a face model of dynamic size needs cropSidePx/],
    ['bytes with a normalisation', 'layout: NCHW\n      colours: RGB', 'layout: NCHW\n      type: uint8\n      colours: RGB', /input\.type: uint8 takes no normalisation/],
    ['an option of another decoder', 'decoder: yolox', 'decoder: yolox\n    bins: 8', /models\.0: .*bins/],
    ['outputs that are neither one nor two a stride', '      - save_infer_model/scale_7.tmp_1\n', '', /outputs: must be one, or the scores of each stride/],
    ['threshold above 1', 'score: 0.1', 'score: 1.5', /models\.0\.thresholds\.score/],
    ['two of one name', 'name: yunet-n', 'name: yolox-nano', /two models have the same name/],
    ['duplicate key', 'task: faces', 'task: faces\n    task: faces', /Map keys must be unique/],
    ['no YAML', /^models:/m, 'models: [', /line/],
  ];
  test.each(cases)('%s', (_what, from, to, told) => {
    const text = shipped.replace(from, to);
    expect(text).not.toBe(shipped);
    expect(() => parseManifest(text, 'm.yaml')).toThrow(told);
    expect(() => parseManifest(text, 'm.yaml')).toThrow(GridwardenError);
    expect(() => parseManifest(text, 'm.yaml')).toThrow('The model manifest m.yaml is not valid');
  });

  test('that is empty, or not there', async () => {
    expect(() => parseManifest('', 'm.yaml')).toThrow(/not valid/);
    await expect(readManifest('/nowhere/manifest.yaml')).rejects.toMatchObject({ code: 'MANIFEST_INVALID', message: expect.stringContaining('ENOENT') as string });
  });
});
