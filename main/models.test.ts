/** The command line that brings models into a site, run as a person runs it: two sites, one file carried between them. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readManifest } from '../models/manifest.ts';
import { objectModelOf } from '../test-fixtures/shipped-models.ts';
import { tinyOnnx } from '../test-fixtures/tiny-onnx.ts';

const CELLS = 32 + 8 + 2;
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gw-models-'));
  const { files: _, ...entry } = objectModelOf(await readManifest());
  const own = { ...entry, name: 'own-model', classes: 3, labels: { 0: 'person' }, input: { ...entry.input, size: { widthPx: 64, heightPx: 32 } } };
  await writeFile(path.join(dir, 'entry.yaml'), stringify(own));
  await writeFile(path.join(dir, 'own.onnx'), tinyOnnx({ name: 'images', shape: [1, 3, 32, 64] }, [{ name: 'output', shape: [1, CELLS, 8], values: new Float32Array(CELLS * 8) }]));
});
afterAll(() => rm(dir, { recursive: true }));

interface Answer {
  readonly code: number;
  readonly lines: Record<string, unknown>[];
  readonly told: string;
}

function models(site: string, ...args: string[]): Promise<Answer> {
  const env = { ...process.env, GRIDWARDEN_MODELS: path.join(dir, site) };
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(import.meta.dirname, 'models.ts'), ...args], { cwd: dir, env }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({ code: error ? Number(error.code) : 0, lines, told: stderr });
    });
  });
}

test('a model of the site\'s own is registered, listed, packed, and added on another site', async () => {
  expect((await models('first', 'add', 'own.onnx', '--entry', 'entry.yaml')).lines).toEqual([{ model: 'own-model', path: path.join(dir, 'first/own.onnx'), outcome: 'registered' }]);

  const { lines: listed } = await models('first', 'list');
  const shipped = (await readManifest()).models;
  expect(listed.map(({ model }) => model)).toEqual([...shipped.map(({ name }) => name), 'own-model']);
  expect(listed.at(-1)).toMatchObject({ task: 'objects', weights: 'found', path: path.join(dir, 'first/own.onnx'), inUse: false });
  for (const line of listed) expect(line).toMatchObject({ licence: expect.any(String) as string, bytes: expect.any(Number) as number, weights: expect.stringMatching(/^(found|missing)$/) as string });

  await writeFile(path.join(dir, 'site.yaml'), stringify({ grid: { file: 'grid.geojson' }, models: { objects: 'own-model' } }));
  const { lines: configured } = await models('first', 'list', '--config', 'site.yaml');
  expect(configured.filter(({ inUse, task }) => inUse && task === 'objects').map(({ model }) => model)).toEqual(['own-model']);

  const { lines: packed } = await models('first', 'bundle', '--into', 'carried.tar');
  expect(packed).toContainEqual(expect.objectContaining({ model: 'own-model', outcome: 'packed', source: shipped[0]!.source }));
  expect(packed.at(-1)).toMatchObject({ bundle: 'carried.tar' });

  const added = await models('second', 'add', 'carried.tar');
  expect(added.lines).toContainEqual({ model: 'own-model', path: path.join(dir, 'second/own.onnx'), outcome: 'registered' });
  const again = await models('second', 'add', 'carried.tar');
  expect(new Set(again.lines.map(({ outcome }) => outcome))).toEqual(new Set(['already-there']));
}, 60_000);

test('anything else is refused with the commands there are, and a bad file with one sentence', async () => {
  for (const args of [[], ['fetch'], ['add'], ['list', 'all'], ['pull', '--fast']]) {
    const { code, told } = await models('third', ...args);
    expect([code, told], args.join(' ')).toEqual([2, expect.stringMatching(/list.*pull.*bundle.*add FILE\.onnx --entry/s) as string]);
  }
  const { code, told } = await models('third', 'add', 'entry.yaml');
  expect([code, told.trim()]).toEqual([2, expect.stringMatching(/^The bundle entry\.yaml was refused, nothing of it was added: it is (cut short|no tar archive.*)\.$/) as string]);
}, 60_000);
