/** Which models are chosen, and what is said when they are the small ones that come with the program. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../models/locate.ts';
import { readManifest, type ModelEntry } from '../models/manifest.ts';
import { objectModelOf } from '../test-fixtures/shipped-models.ts';
import { builtInSentence, chooseModel } from './eyes.ts';

const shipped = await readManifest();
const entry = (name: string, more: object = {}): ModelEntry => ({ ...objectModelOf(shipped), name, files: [{ file: `${name}.onnx`, bytes: name.length, sha256: sha256(Buffer.from(name)), url: null }], ...more });
const models = [entry('best'), entry('good'), entry('small', { embedded: true, comparedWith: 'It finds half of what good finds.' })];

describe('chooseModel', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'gw-eyes-'));
    await writeFile(path.join(dir, 'small.onnx'), 'small');
  });
  afterEach(() => rm(dir, { recursive: true }));
  const chosen = async (name: string | null): Promise<string> => (await chooseModel(models, 'objects', name, [dir])).entry.name;

  test('takes the first whose weights are here, and the one named', async () => {
    expect(await chosen(null)).toBe('small');
    await writeFile(path.join(dir, 'good.onnx'), 'good');
    expect(await chosen(null)).toBe('good');
    expect(await chosen('small')).toBe('small');
  });

  test('never takes another in place of the one named, or of one that is spoilt', async () => {
    await expect(chosen('best')).rejects.toMatchObject({ code: 'MODELS_MISSING', fields: { model: 'best' } });
    await writeFile(path.join(dir, 'best.onnx'), 'changed');
    await expect(chosen(null)).rejects.toMatchObject({ code: 'MODEL_HASH' });
  });

  test('says which there are where the name is none, and what to do where there are no weights', async () => {
    await expect(chosen('other')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('(there is best, good, small)') as string });
    await expect(chooseModel(models, 'faces', null, [dir])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(chooseModel(models.slice(0, 2), 'objects', null, [dir])).rejects.toMatchObject({ code: 'MODELS_MISSING', fields: { model: 'best' } });
  });
});

test('the built-in weights are named in one sentence with how they compare and what to do; others in none', () => {
  expect(builtInSentence(models.slice(0, 2))).toBeNull();
  const said = builtInSentence(models)!;
  expect(said).toBe(
    'Seeing with the small built-in weights (small; It finds half of what good finds): "npm run models -- pull", or "npm run models -- add FILE" where there is no internet, installs the models for duty.',
  );
  expect(builtInSentence([entry('plain', { embedded: true })])).toContain('(plain)');
});
