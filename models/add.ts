/** Adds models to a site by hand: from a bundle, from a file of weights that a manifest names, or a model of the site's own. */
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument, stringify } from 'yaml';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { writeWhole } from '../platform/write-whole.ts';
import { type ModelWeights, openBundle } from './bundle.ts';
import { openFaceDetector, openObjectDetector } from './detector.ts';
import { locateModel, sha256 } from './locate.ts';
import { type ModelEntry, parseManifest } from './manifest.ts';
import { clashOf, SITE_MANIFEST, siteManifestWith, type SiteModels } from './site-models.ts';

export interface Added {
  readonly model: string;
  readonly path: string;
  /** `registered`: it is the site's own and was written into its manifest, too. */
  readonly outcome: 'added' | 'registered' | 'already-there';
}

/**
 * Adds the models of a bundle (.tar) or the weights of a known model (.onnx). Everything is checked before anything is placed, and what
 * is placed is whole; doing it again changes nothing. A model of a bundle that is not known here becomes one of the site's own, if it
 * opens and passes its self-test. Throws MODEL_UNREADABLE, BUNDLE_INVALID, MANIFEST_INVALID, MODEL_UNKNOWN, MODEL_CLASH, MODEL_MISFIT,
 * MODEL_SELF_TEST, MODELS_FOLDER, DISK_FULL.
 */
export async function addFile(file: string, site: SiteModels): Promise<Added[]> {
  const bytes = await read(file);
  if (!file.endsWith('.onnx')) return place(site, openBundle(file, bytes).map((theirs) => asKnownHere(theirs, site)));
  const found = sha256(bytes);
  const weights = site.models.flatMap((entry) => entry.files.filter((f) => f.sha256 === found).map((f) => ({ entry, file: f, bytes })));
  if (weights.length === 0) throw new GridwardenError('MODEL_UNKNOWN', { file, found });
  return place(site, weights);
}

/**
 * Registers a model of the site's own: `entryFile` is one entry as in models/manifest.yaml, in which `files` may be left out (or name
 * `file`, `url`, `sha256`); size and hash are filled in. One of the same name is replaced. Throws what addFile does.
 */
export async function addOwnModel(file: string, entryFile: string, site: SiteModels): Promise<Added[]> {
  const bytes = await read(file);
  const entry = completed((await read(entryFile)).toString('utf8'), entryFile, file, bytes);
  return place(site, [{ entry, file: entry.files[0]!, bytes }]);
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new GridwardenError('MODEL_UNREADABLE', { file, why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : sentenceOf(error) }, error);
  }
}

/** What this site's manifests say of a name holds: a bundle brings weights for it, not other thresholds. */
function asKnownHere(theirs: ModelWeights, site: SiteModels): ModelWeights {
  const entry = site.models.find(({ name }) => name === theirs.entry.name);
  if (!entry) return theirs;
  const file = entry.files.find((f) => f.sha256 === theirs.file.sha256);
  if (!file) throw new GridwardenError('MODEL_CLASH', { model: entry.name, why: `${theirs.file.file} (version ${theirs.entry.version}) is none of the files that this program knows under the name (version ${entry.version})` });
  return { entry, file, bytes: theirs.bytes };
}

function completed(text: string, entryFile: string, file: string, bytes: Uint8Array): ModelEntry {
  const refuse = (problem: string): GridwardenError => new GridwardenError('MANIFEST_INVALID', { file: entryFile, problems: `  ${problem}` });
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) throw refuse(document.errors.map(sentenceOf).join('\n  '));
  const raw = document.toJS() as unknown;
  if (typeof raw !== 'object' || raw === null || 'models' in raw) throw refuse('it must be one entry: name, version, task, decoder … without "models:" above them');
  const { files, ...rest } = raw as { files?: readonly { file?: string; url?: string; sha256?: string }[] };
  if (files !== undefined && (!Array.isArray(files) || files.length !== 1)) throw refuse('files: one file, or leave it out');
  const [named = {}] = (files ?? []) as readonly { file?: string; url?: string; sha256?: string }[];
  const found = sha256(bytes);
  if (named.sha256 !== undefined && named.sha256 !== found) throw new GridwardenError('MODEL_HASH', { file, found, expected: named.sha256 });
  const filled = { file: named.file ?? path.basename(file), bytes: bytes.length, sha256: found, url: named.url ?? null };
  return parseManifest(stringify({ models: [{ ...rest, files: [filled] }] }), entryFile).models[0]!;
}

async function place(site: SiteModels, weights: readonly ModelWeights[]): Promise<Added[]> {
  const fresh = weights.filter(({ entry }) => !site.models.some((known) => isDeepStrictEqual(known, entry)));
  for (const model of fresh) await prove(model, site, weights);
  const plans = await Promise.all(weights.map(async (model) => ({ ...model, there: await pathIfThere(model, site.folder), fresh: fresh.includes(model) })));
  const files = new Map<string, Uint8Array | string>(plans.filter(({ there }) => there === null).map(({ file, bytes }) => [file.file, bytes]));
  // Last, so that it never names weights that are not there.
  if (fresh.length > 0) files.set(SITE_MANIFEST, await siteManifestWith(site.folder, fresh.map(({ entry }) => entry)));
  if (files.size > 0) await writeAll(site.folder, files);
  return plans.map(({ entry, file, there, fresh: isNew }) => ({
    model: entry.name,
    path: there ?? path.join(site.folder, file.file),
    outcome: isNew ? 'registered' : there === null ? 'added' : 'already-there',
  }));
}

/** A model that is not known here must stand beside the others, fit its decoder and pass its self-test before anything is written. */
async function prove({ entry, file, bytes }: ModelWeights, site: SiteModels, all: readonly ModelWeights[]): Promise<void> {
  const others = [...site.models.filter((known) => !site.own.includes(known) || known.name !== entry.name), ...all.map((other) => other.entry).filter((other) => other !== entry)];
  const why = clashOf(entry, others);
  if (why !== null) throw new GridwardenError('MODEL_CLASH', { model: entry.name, why });
  const located = { path: file.file, file, bytes };
  await (await (entry.task === 'objects' ? openObjectDetector(entry, located) : openFaceDetector(entry, located))).close();
}

async function pathIfThere({ entry, file }: ModelWeights, folder: string): Promise<string | null> {
  try {
    return (await locateModel({ ...entry, files: [file] }, [folder])).path;
  } catch (error) {
    // A spoilt file is replaced.
    if (error instanceof GridwardenError && (error.code === 'MODELS_MISSING' || error.code === 'MODEL_HASH')) return null;
    throw error;
  }
}

/** All are written beside the folder's files first, and only then take their names: a full disk leaves everything as it was. */
async function writeAll(folder: string, files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  let stage: string | null = null;
  try {
    await mkdir(folder, { recursive: true });
    stage = await mkdtemp(path.join(folder, '.adding-'));
    for (const [name, bytes] of files) await writeWhole(path.join(stage, name), bytes, 0o644);
    for (const name of files.keys()) await rename(path.join(stage, name), path.join(folder, name));
  } catch (error) {
    throw error instanceof GridwardenError ? error : new GridwardenError('MODELS_FOLDER', { folder, why: sentenceOf(error) }, error);
  } finally {
    if (stage !== null) await rm(stage, { recursive: true, force: true });
  }
}
