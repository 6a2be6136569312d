/** Weights are found in their order of places, and a spoilt file is refused, never passed over. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateModel, modelPlaces, sha256, WEIGHTS_DIR } from './locate.ts';
import { readManifest, type ObjectModel } from './manifest.ts';
import { objectModelOf } from '../test-fixtures/shipped-models.ts';

const WEIGHTS = Buffer.from('these are the weights');
const OTHER = Buffer.from('and these are the weights of another export');

let dir = '';
let entry: ObjectModel;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gw-locate-'));
  const files = [
    { file: 'a.onnx', bytes: WEIGHTS.length, sha256: sha256(WEIGHTS), url: null },
    { file: 'b.onnx', bytes: OTHER.length, sha256: sha256(OTHER), url: null },
  ];
  entry = { ...objectModelOf(await readManifest()), files };
});
afterEach(() => rm(dir, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return file;
}

const places = (...names: string[]): string[] => names.map((n) => path.join(dir, n));

describe('locateModel', () => {
  test('takes the first place that has the file', async () => {
    await put('second/a.onnx', WEIGHTS);
    const first = await put('first/a.onnx', WEIGHTS);
    expect(await locateModel(entry, places('nowhere', 'first', 'second'))).toMatchObject({ path: first, bytes: WEIGHTS, file: { file: 'a.onnx' } });
  });

  test('looks into the sub-folder of the task too, and knows each of the model\'s files', async () => {
    const file = await put('first/objects/b.onnx', OTHER);
    expect(await locateModel(entry, places('first'))).toMatchObject({ path: file, file: { file: 'b.onnx' } });
    await expect(locateModel({ ...entry, files: entry.files.slice(0, 1) }, places('first'))).rejects.toMatchObject({ code: 'MODELS_MISSING' });
  });

  test('refuses a file that was cut short, even where a whole one lies in a later place', async () => {
    const cut = await put('first/a.onnx', WEIGHTS.subarray(0, 10));
    await put('second/a.onnx', WEIGHTS);
    await expect(locateModel(entry, places('first', 'second'))).rejects.toMatchObject({ code: 'MODEL_HASH', message: expect.stringContaining(cut) as string });
  });

  test('refuses one changed byte', async () => {
    const changed = Buffer.from(WEIGHTS);
    changed[5]! ^= 1;
    await put('first/a.onnx', changed);
    await expect(locateModel(entry, places('first'))).rejects.toMatchObject({ code: 'MODEL_HASH', message: expect.stringContaining(sha256(WEIGHTS)) as string });
  });

  test('where nothing is, says in one sentence what to do', async () => {
    await expect(locateModel(entry, places('first', 'second'))).rejects.toMatchObject({
      code: 'MODELS_MISSING',
      message: `No weights were found for model yolox-nano (looked in ${places('first', 'second').join(', ')}): run "npm run models -- pull" where there is internet, "npm run models -- add FILE" where there is not, or set GRIDWARDEN_MODELS to a folder that has a.onnx or b.onnx.`,
    });
  });

  test('looks into the checkout first, then where the environment says, then beside the checkout', () => {
    const shared = path.resolve(import.meta.dirname, '../../shared/models');
    expect(modelPlaces('/srv/models')).toEqual([WEIGHTS_DIR, '/srv/models', shared]);
    expect(modelPlaces()).toEqual([WEIGHTS_DIR, shared]);
    expect(modelPlaces('')).toEqual([WEIGHTS_DIR, shared]);
  });
});
