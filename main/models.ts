/** `npm run models -- list | pull | bundle | add`: which models are here, and how others come here, with internet or without. */
import { access } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { configSchema } from '../config/schema.ts';
import { addFile, addOwnModel } from '../models/add.ts';
import { packBundle } from '../models/bundle.ts';
import { locateModel, modelPlaces, siteFolder } from '../models/locate.ts';
import type { ModelEntry } from '../models/manifest.ts';
import { pull } from '../models/pull.ts';
import { readSiteModels, type SiteModels } from '../models/site-models.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { writeWhole } from '../platform/write-whole.ts';
import { chooseModel, type WantedModels } from './eyes.ts';
import { exitWith } from './process.ts';
import { systemEnvironment } from './site.ts';

const USAGE = `"npm run models -- COMMAND":
  list [--config FILE]                   every model: where its weights lie, and which are in use
  pull [--into FOLDER]                   fetches upstream's weights
  bundle [--into FILE.tar]               packs the models that are here into one file, to be carried into a site without internet
  add FILE.tar | FILE.onnx               adds the models of a bundle, or the weights of a model that the manifest names
  add FILE.onnx --entry ENTRY.yaml       adds a model of the site's own`;

/** `list` needs no configuration; where there is none, the defaults choose. */
async function wantedModels(file: string | undefined): Promise<WantedModels> {
  const there = file !== undefined || (await access('gridwarden.yaml').then(() => true, () => false));
  return there ? (await loadConfig(file ?? 'gridwarden.yaml', process.env)).config.models : configSchema.shape.models.parse(undefined);
}

async function list(site: SiteModels, places: readonly string[], config: string | undefined): Promise<readonly object[]> {
  const wanted = await wantedModels(config);
  const chosen = async (task: ModelEntry['task']): Promise<string | null> => chooseModel(site.models, task, wanted[task], places).then(({ entry }) => entry.name, () => null);
  const inUse = [await chosen('objects'), await chosen('faces')];
  return Promise.all(
    site.models.map(async (entry) => ({
      model: entry.name,
      task: entry.task,
      version: entry.version,
      licence: entry.licence,
      ...(await whereIs(entry, places)),
      inUse: inUse.includes(entry.name),
    })),
  );
}

async function whereIs(entry: ModelEntry, places: readonly string[]): Promise<object> {
  try {
    const { path, bytes } = await locateModel(entry, places);
    return { weights: 'found', path, bytes: bytes.length };
  } catch (error) {
    if (!(error instanceof GridwardenError)) throw error;
    if (error.code === 'MODELS_MISSING') return { weights: 'missing', file: entry.files[0]!.file, bytes: entry.files[0]!.bytes };
    return { weights: 'spoilt', why: sentenceOf(error) };
  }
}

async function bundle(site: SiteModels, places: readonly string[], into: string): Promise<readonly object[]> {
  const { tar, packed, leftOut } = await packBundle(site.models, places);
  await writeWhole(into, tar, 0o644);
  return [
    ...packed.map(({ entry, file }) => ({ model: entry.name, file: file.file, bytes: file.bytes, licence: entry.licence, source: entry.source, outcome: 'packed' })),
    ...leftOut.map((model) => ({ model, outcome: 'left-out', why: 'its weights are not here' })),
    { bundle: into, bytes: tar.length },
  ];
}

async function answer(): Promise<readonly object[]> {
  const { positionals, values } = argumentsGiven();
  const [command, file, ...more] = positionals;
  const environment = process.env['GRIDWARDEN_MODELS'];
  const site = await readSiteModels(siteFolder(environment));
  const places = modelPlaces(environment);
  if (command === 'add' && file !== undefined && more.length === 0) return values.entry === undefined ? addFile(file, site) : addOwnModel(file, values.entry, site);
  if (file === undefined && command === 'list') return list(site, places, values.config);
  if (file === undefined && command === 'pull') return pull(site, { into: values.into ?? site.folder, fetch, log: systemEnvironment('models').log });
  if (file === undefined && command === 'bundle') return bundle(site, places, values.into ?? 'gridwarden-models.tar');
  throw usage();
}

const usage = (cause?: unknown): GridwardenError => new GridwardenError('BAD_REQUEST', { why: `the command is ${USAGE}` }, cause);

function argumentsGiven(): { readonly positionals: string[]; readonly values: { readonly into?: string; readonly entry?: string; readonly config?: string } } {
  try {
    return parseArgs({ allowPositionals: true, options: { into: { type: 'string' }, entry: { type: 'string' }, config: { type: 'string' } } });
  } catch (error) {
    throw usage(error);
  }
}

try {
  for (const line of await answer()) process.stdout.write(`${JSON.stringify(line)}\n`);
} catch (error) {
  exitWith(error);
}
