/** Bundles and files are carried from one site's folder to another's: everything checked first, whole or not at all, and safe to repeat. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { tinyOnnx, type TinyOutput } from '../test-fixtures/tiny-onnx.ts';
import { addFile, addOwnModel } from './add.ts';
import { openBundle, packBundle } from './bundle.ts';
import { locateModel, sha256 } from './locate.ts';
import { readManifest, type ModelEntry } from './manifest.ts';
import { objectModelOf } from '../test-fixtures/shipped-models.ts';
import { readSiteModels, SITE_MANIFEST, type SiteModels } from './site-models.ts';
import { readTar, type TarMember, writeTar } from './tar.ts';

const CELLS = 32 + 8 + 2;
const weights = (values: TinyOutput['values'] = new Float32Array(CELLS * 8)): Uint8Array => tinyOnnx({ name: 'images', shape: [1, 3, 32, 64] }, [{ name: 'output', shape: [1, CELLS, 8], values }]);
const GOOD = weights();
const OTHER = weights(new Float32Array(CELLS * 8).fill(0.25));

const shipped = (await readManifest()).models;
const yolox = objectModelOf({ models: shipped });
/** What a person writes of a model of the site's own. */
const ENTRY = {
  ...Object.fromEntries(Object.entries(yolox).filter(([field]) => field !== 'files')),
  name: 'own-model',
  version: '7',
  licence: 'MIT',
  classes: 3,
  labels: { 0: 'person' },
  input: { ...yolox.input, size: { widthPx: 64, heightPx: 32 } },
  thresholds: { score: 0.1, nmsIou: 0.45 },
};

let dir = '';
let folder = '';
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gw-add-'));
  folder = path.join(dir, 'models');
});
afterEach(() => rm(dir, { recursive: true }));

const put = async (name: string, content: Uint8Array | string): Promise<string> => {
  await writeFile(path.join(dir, name), content);
  return path.join(dir, name);
};
const site = (at = folder): Promise<SiteModels> => readSiteModels(at);
const held = async (at = folder): Promise<string[]> => (await readdir(at).catch(() => [] as string[])).sort();
/** A site that knows one model more, whose weights are GOOD, as if it shipped. */
const siteKnowing = async (file = 'known.onnx'): Promise<SiteModels> => {
  const known: ModelEntry = { ...yolox, name: 'known', files: [{ file, bytes: GOOD.length, sha256: sha256(GOOD), url: null }] };
  const { models, ...more } = await site();
  return { ...more, models: [known, ...models] };
};
const addOwn = async (entry: object = ENTRY, bytes = GOOD, into = folder): ReturnType<typeof addOwnModel> => addOwnModel(await put('own.onnx', bytes), await put('entry.yaml', stringify(entry)), await site(into));
const refused = (code: string, told: RegExp | string): object => expect.objectContaining({ code, message: expect.stringMatching(told) as string }) as object;

describe('a file of weights that a manifest names', () => {
  test('is placed under its name there, whatever it is called, and again changes nothing', async () => {
    const file = await put('from-the-stick.onnx', GOOD);
    const target = path.join(folder, 'known.onnx');
    expect(await addFile(file, await siteKnowing())).toEqual([{ model: 'known', path: target, outcome: 'added' }]);
    expect((await readFile(target)).equals(GOOD)).toBe(true);
    expect(await addFile(file, await siteKnowing())).toEqual([{ model: 'known', path: target, outcome: 'already-there' }]);
    expect(await held()).toEqual(['known.onnx']);
  });

  test('takes the place of a spoilt one', async () => {
    await mkdir(folder);
    await writeFile(path.join(folder, 'known.onnx'), GOOD.subarray(0, 50));
    expect(await addFile(await put('good.onnx', GOOD), await siteKnowing())).toMatchObject([{ outcome: 'added' }]);
    expect((await readFile(path.join(folder, 'known.onnx'))).equals(GOOD)).toBe(true);
  });

  test('that no manifest names, or that is not there, is refused with what to do', async () => {
    await expect(addFile(await put('other.onnx', OTHER), await siteKnowing())).rejects.toEqual(refused('MODEL_UNKNOWN', new RegExp(`${sha256(OTHER)}.*--entry ENTRY.yaml`)));
    await expect(addFile(path.join(dir, 'none.onnx'), await site())).rejects.toEqual(refused('MODEL_UNREADABLE', 'there is no such file'));
    expect(await held()).toEqual([]);
  });
});

describe('a model of the site\'s own', () => {
  test('is registered with size and hash filled in, found by the site, and again changes nothing', async () => {
    const target = path.join(folder, 'own.onnx');
    expect(await addOwn()).toEqual([{ model: 'own-model', path: target, outcome: 'registered' }]);
    const { models, own } = await site();
    expect(models.slice(0, -1)).toEqual(shipped);
    expect(own).toEqual([{ ...ENTRY, files: [{ file: 'own.onnx', bytes: GOOD.length, sha256: sha256(GOOD), url: null }] }]);
    expect((await locateModel(own[0]!, [folder])).path).toBe(target);
    const text = await readFile(path.join(folder, SITE_MANIFEST), 'utf8');
    expect(await addOwn()).toEqual([{ model: 'own-model', path: target, outcome: 'already-there' }]);
    expect(await readFile(path.join(folder, SITE_MANIFEST), 'utf8')).toBe(text);
  });

  test('given once more with other thresholds or weights replaces itself; comments and other models stay', async () => {
    await addOwn();
    await addOwn({ ...ENTRY, name: 'second', files: [{ file: 'second.onnx' }] }, OTHER);
    const file = path.join(folder, SITE_MANIFEST);
    await writeFile(file, `# the site's own words\n${await readFile(file, 'utf8')}`);
    await addOwn({ ...ENTRY, thresholds: { score: 0.5, nmsIou: 0.5 } }, OTHER);
    const { own } = await site();
    expect(own.map(({ name, thresholds, files }) => [name, thresholds.score, files[0]!.sha256])).toEqual([
      ['own-model', 0.5, sha256(OTHER)],
      ['second', 0.1, sha256(OTHER)],
    ]);
    expect(await readFile(file, 'utf8')).toMatch(/^# the site's own words\n/);
    expect(await held()).toEqual([SITE_MANIFEST, 'own.onnx', 'second.onnx']);
  });

  test('described as README.md describes one is accepted', async () => {
    const [, example = ''] = /```yaml\n([^`]*name: our-yolox[^`]*)```/.exec(await readFile(path.join(import.meta.dirname, 'README.md'), 'utf8')) ?? [];
    const cells = 52 ** 2 + 26 ** 2 + 13 ** 2;
    const file = await put('ours.onnx', tinyOnnx({ name: 'images', shape: [1, 3, 416, 416] }, [{ name: 'output', shape: [1, cells, 8], values: new Float32Array(cells * 8) }]));
    expect(await addOwnModel(file, await put('entry.yaml', example), await site())).toMatchObject([{ model: 'our-yolox', outcome: 'registered' }]);
  });

  test('is written out in full, though entries share parts in memory', async () => {
    await addOwn();
    await addOwn({ ...ENTRY, name: 'second', files: [{ file: 'second.onnx' }] }, OTHER);
    const { own } = await site();
    const shared = { ...own[1]!, input: own[0]!.input };
    expect(Buffer.from((await packBundle([own[0]!, shared], [folder])).tar).toString('latin1')).not.toMatch(/[&*]a1/);
    expect(await readFile(path.join(folder, SITE_MANIFEST), 'utf8')).not.toMatch(/[&*]a1/);
  });

  const refusals: [what: string, entry: object, bytes: Uint8Array, code: string, told: RegExp][] = [
    ['whose entry does not fit', { ...ENTRY, decoder: 'magic' }, GOOD, 'MANIFEST_INVALID', /entry\.yaml is not valid/],
    ['whose entry is a manifest', { models: [ENTRY] }, GOOD, 'MANIFEST_INVALID', /one entry/],
    ['whose file name would leave the folder', { ...ENTRY, files: [{ file: '../../own.onnx' }] }, GOOD, 'MANIFEST_INVALID', /bare file name/],
    ['whose entry names another hash', { ...ENTRY, files: [{ file: 'own.onnx', sha256: sha256(OTHER) }] }, GOOD, 'MODEL_HASH', /own\.onnx is not the one/],
    ['that takes a shipped name', { ...ENTRY, name: yolox.name }, GOOD, 'MODEL_CLASH', /the name yolox-nano is taken/],
    ['that takes a shipped file name', { ...ENTRY, files: [{ file: yolox.files[0]!.file }] }, GOOD, 'MODEL_CLASH', /file name yolox_nano_416\.onnx .* is taken/],
    ['that does not fit its decoder', { ...ENTRY, classes: 4 }, GOOD, 'MODEL_MISFIT', /expected output float32 "output" \[1, 42, 9\]/],
    ['that is no ONNX', ENTRY, Buffer.from('none'), 'MODEL_MISFIT', /cannot load/],
    ['that fails its self-test', ENTRY, weights('random'), 'MODEL_SELF_TEST', /differs between two runs/],
  ];
  test.each(refusals)('%s is refused, and nothing is written', async (_what, entry, bytes, code, told) => {
    await expect(addOwn(entry, bytes)).rejects.toEqual(refused(code, told));
    expect(await held()).toEqual([]);
  });

  test('a manifest of the site that shadows a shipped model stops the start', async () => {
    await addOwn();
    const file = path.join(folder, SITE_MANIFEST);
    await writeFile(file, (await readFile(file, 'utf8')).replace('name: own-model', `name: ${yolox.name}`));
    await expect(site()).rejects.toEqual(refused('MANIFEST_INVALID', /manifest\.local\.yaml is not valid:\n {2}the name yolox-nano is taken/));
  });

  test('where the models folder is none, that is said, and what lies there stays', async () => {
    const known = await siteKnowing();
    await writeFile(folder, 'a file');
    await expect(addFile(await put('good.onnx', GOOD), known)).rejects.toEqual(refused('MODELS_FOLDER', /ENOTDIR|EEXIST/));
    expect(await readFile(folder, 'utf8')).toBe('a file');
  });
});

describe('a bundle', () => {
  const other = (): string => path.join(dir, 'elsewhere');
  /** Two models, packed where they are known. */
  async function bundle(): Promise<Buffer> {
    await addOwn();
    await addOwn({ ...ENTRY, name: 'another', files: [{ file: 'another.onnx' }] }, OTHER);
    const { own } = await site();
    return Buffer.from((await packBundle(own, [folder])).tar);
  }
  const repacked = (tar: Uint8Array, change: (members: TarMember[]) => TarMember[]): Uint8Array => writeTar(change(readTar(tar)));

  test('carries models with licence and source into another site, which then has the same, and the system\'s tar reads it', async () => {
    const file = await put('b.tar', await bundle());
    expect(execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trim().split('\n')).toEqual(['CONTENTS.txt', 'manifest.yaml', 'another.onnx', 'own.onnx'].map((name) => `gridwarden-models/${name}`));
    expect(execFileSync('tar', ['-xOf', file, 'gridwarden-models/CONTENTS.txt'], { encoding: 'utf8' })).toContain(`own-model 7 (objects)\n  file:    own.onnx, ${GOOD.length} bytes\n  sha256:  ${sha256(GOOD)}\n  licence: MIT\n  source:  ${yolox.source}`);
    expect((await addFile(file, await site(other()))).map(({ model, outcome }) => [model, outcome])).toEqual([['another', 'registered'], ['own-model', 'registered']]);
    expect([...(await site(other())).own].reverse()).toEqual((await site()).own);
    for (const entry of (await site(other())).own) await locateModel(entry, [other()]);
    expect((await addFile(file, await site(other()))).map(({ outcome }) => outcome)).toEqual(['already-there', 'already-there']);
  });

  test('is the same bytes every time, names what it left out, and is not made empty', async () => {
    const tar = await bundle();
    const { own } = await site();
    const again = await packBundle([...own].reverse().concat(shipped), [folder]);
    expect(tar.equals(again.tar)).toBe(true);
    expect([...again.leftOut].sort()).toEqual(shipped.filter(({ embedded }) => !embedded).map(({ name }) => name).sort());
    await expect(packBundle(shipped, [dir])).rejects.toEqual(refused('BUNDLE_EMPTY', /nothing to pack/));
    await expect(packBundle(own.map((entry) => ({ ...entry, embedded: true })), [folder])).rejects.toEqual(refused('BUNDLE_EMPTY', /built-in/));
  });

  test('spoilt weights are not packed', async () => {
    await addOwn();
    await writeFile(path.join(folder, 'own.onnx'), GOOD.subarray(0, 100));
    await expect(packBundle((await site()).own, [folder])).rejects.toMatchObject({ code: 'MODEL_HASH' });
  });

  test('unpacked and packed again by the system\'s tar is as good', async () => {
    const file = await put('b.tar', await bundle());
    execFileSync('tar', ['-xf', file], { cwd: dir });
    execFileSync('tar', ['--format=pax', '-cf', 'again.tar', './gridwarden-models'], { cwd: dir });
    expect(await addFile(path.join(dir, 'again.tar'), await site(other()))).toHaveLength(2);
  });

  test('brings weights for a known name, but not another meaning of it', async () => {
    const tar = repacked(await bundle(), (members) => members.map((m) => (m.name.endsWith('manifest.yaml') ? { ...m, bytes: Buffer.from(Buffer.from(m.bytes).toString().replaceAll('score: 0.1', 'score: 0.9')) } : m)));
    const file = await put('b.tar', tar);
    expect((await addFile(file, await site())).map(({ outcome }) => outcome)).toEqual(['already-there', 'already-there']);
    expect((await site()).own.map(({ thresholds }) => thresholds.score)).toEqual([0.1, 0.1]);
    const foreign = { ...(await site()), models: (await site()).models.map((m) => ({ ...m, files: m.files.map((f) => ({ ...f, sha256: 'a'.repeat(64) })) })) };
    await expect(addFile(file, foreign)).rejects.toEqual(refused('MODEL_CLASH', /none of the files that this program knows/));
  });

  const evil: [what: string, change: (members: TarMember[]) => TarMember[], told: RegExp][] = [
    ['a path that climbs', (m) => [...m, { name: '../../evil.onnx', bytes: GOOD }], /"\.\.\/\.\.\/evil\.onnx" does not belong/],
    ['a path that climbs behind the folder', (m) => [...m, { name: 'gridwarden-models/../evil.onnx', bytes: GOOD }], /does not belong/],
    ['an absolute path', (m) => [...m, { name: '/etc/evil.onnx', bytes: GOOD }], /does not belong/],
    ['a hidden file', (m) => [...m, { name: 'gridwarden-models/.bashrc', bytes: GOOD }], /does not belong/],
    ['the site\'s own manifest', (m) => [...m, { name: `gridwarden-models/${SITE_MANIFEST}`, bytes: GOOD }], /does not belong/],
    ['weights that nobody names', (m) => [...m, { name: 'gridwarden-models/more.onnx', bytes: GOOD }], /does not name more\.onnx/],
    ['a file twice', (m) => [...m, m[2]!], /is in it twice/],
    ['no manifest', (m) => m.filter(({ name }) => !name.endsWith('yaml')), /has no gridwarden-models\/manifest\.yaml/],
    ['weights missing', (m) => m.filter(({ name }) => !name.endsWith('own.onnx')), /weights of own-model are not in it/],
    ['weights changed', (m) => m.map((one) => (one.name.endsWith('own.onnx') ? { ...one, bytes: OTHER } : one)), /own\.onnx is not the file that its manifest names/],
  ];
  test.each(evil)('with %s is refused whole', async (_what, change, told) => {
    const file = await put('b.tar', repacked(await bundle(), change));
    await expect(addFile(file, await site(other()))).rejects.toEqual(refused('BUNDLE_INVALID', told));
    expect(await held(other())).toEqual([]);
    expect(await held(dir)).not.toContain('evil.onnx');
  });

  test('whose second model fails its self-test adds the first one neither', async () => {
    const bad = weights('random');
    const tar = repacked(await bundle(), (members) =>
      members.map((m) => (m.name.endsWith('own.onnx') ? { ...m, bytes: bad } : m.name.endsWith('.yaml') ? { ...m, bytes: Buffer.from(stringify(withHash(m.bytes, bad))) } : m)),
    );
    expect(openBundle('b', tar)).toHaveLength(2);
    await expect(addFile(await put('b.tar', tar), await site(other()))).rejects.toMatchObject({ code: 'MODEL_SELF_TEST' });
    expect(await held(other())).toEqual([]);

    function withHash(yaml: Uint8Array, bytes: Uint8Array): unknown {
      const manifest = parse(Buffer.from(yaml).toString()) as { models: { files: { file: string; bytes: number; sha256: string }[] }[] };
      const file = manifest.models.flatMap(({ files }) => files).find((f) => f.file === 'own.onnx')!;
      Object.assign(file, { bytes: bytes.length, sha256: sha256(bytes) });
      return manifest;
    }
  });

  test('cut short, or no tar at all, is refused', async () => {
    const tar = await bundle();
    await expect(addFile(await put('b.tar', tar.subarray(0, 5000)), await site(other()))).rejects.toEqual(refused('BUNDLE_INVALID', /cut short/));
    await expect(addFile(await put('b.tar', Buffer.alloc(2000, 1)), await site(other()))).rejects.toEqual(refused('BUNDLE_INVALID', /no tar archive \(a compressed one/));
  });
});
