/** A bundle: models with their weights, licences and sources in one tar file, to be carried into a site without internet. */
import path from 'node:path';
import { stringify } from 'yaml';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { locateModel, sha256 } from './locate.ts';
import { type Manifest, type ModelEntry, type ModelFile, parseManifest } from './manifest.ts';
import { AS_TEXT } from './site-models.ts';
import { readTar, writeTar } from './tar.ts';

const FOLDER = 'gridwarden-models';
const MANIFEST = 'manifest.yaml';
/** For people; the program does not read it. */
const CONTENTS = 'CONTENTS.txt';

/** One model with the bytes of one of its files, which have the size and hash that the entry names. */
export interface ModelWeights {
  readonly entry: ModelEntry;
  readonly file: ModelFile;
  readonly bytes: Uint8Array;
}

export interface Bundle {
  readonly tar: Uint8Array;
  readonly packed: readonly ModelWeights[];
  /** Names of models without weights here. */
  readonly leftOut: readonly string[];
}

/**
 * Packs every model whose weights are found, but for those that come with every copy of the program. The same weights give the same
 * bytes. Throws BUNDLE_EMPTY where there is nothing to pack, MODEL_HASH where weights are cut short or changed.
 */
export async function packBundle(models: readonly ModelEntry[], places: readonly string[]): Promise<Bundle> {
  const packed: ModelWeights[] = [];
  const leftOut: string[] = [];
  for (const entry of models.filter((model) => model.embedded !== true).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    try {
      const { file, bytes } = await locateModel(entry, places);
      packed.push({ entry: { ...entry, files: [file] }, file, bytes });
    } catch (error) {
      if (!(error instanceof GridwardenError) || error.code !== 'MODELS_MISSING') throw error;
      leftOut.push(entry.name);
    }
  }
  if (packed.length === 0) throw new GridwardenError('BUNDLE_EMPTY', { places: places.join(', ') });
  const members = [
    { name: CONTENTS, bytes: Buffer.from(contentsOf(packed)) },
    { name: MANIFEST, bytes: Buffer.from(stringify({ models: packed.map(({ entry }) => entry) } satisfies Manifest, AS_TEXT)) },
    // Two entries may read the same weights.
    ...new Map(packed.map(({ file, bytes }) => [file.file, { name: file.file, bytes }])).values(),
  ];
  return { tar: writeTar(members.map((member) => ({ ...member, name: `${FOLDER}/${member.name}` }))), packed, leftOut };
}

function contentsOf(packed: readonly ModelWeights[]): string {
  const blocks = packed.map(({ entry, file }) =>
    [`${entry.name} ${entry.version} (${entry.task})`, `  file:    ${file.file}, ${file.bytes} bytes`, `  sha256:  ${file.sha256}`, `  licence: ${entry.licence}`, `  source:  ${entry.source}`].join('\n'),
  );
  return `Models for Gridwarden. Install them on a machine of the site with: npm run models -- add THIS-FILE.tar\n\n${blocks.join('\n\n')}\n`;
}

/**
 * The models of a bundle, each hash checked. Throws BUNDLE_INVALID for anything that is not exactly a bundle: cut short, changed, a
 * member too many or too few, a name that leads elsewhere. Nothing is written here.
 */
export function openBundle(file: string, tar: Uint8Array): ModelWeights[] {
  const refuse = (why: string, cause?: unknown): GridwardenError => new GridwardenError('BUNDLE_INVALID', { file, why }, cause);
  const members = new Map<string, Uint8Array>();
  try {
    for (const { name, bytes } of readTar(tar)) {
      const bare = bareName(name);
      if (members.has(bare)) throw new Error(`${name} is in it twice`);
      members.set(bare, bytes);
    }
  } catch (error) {
    throw refuse(sentenceOf(error), error);
  }
  const text = members.get(MANIFEST);
  if (!text) throw refuse(`it has no ${FOLDER}/${MANIFEST}`);
  const { models } = parseManifest(Buffer.from(text).toString('utf8'), path.join(file, FOLDER, MANIFEST));
  const unnamed = [...members.keys()].filter((name) => name.endsWith('.onnx') && !models.some(({ files }) => files.some((f) => f.file === name)));
  if (unnamed.length > 0) throw refuse(`its manifest does not name ${unnamed.join(', ')}`);
  return models.map((entry) => {
    const weights = entry.files.find((f) => members.has(f.file));
    if (!weights) throw refuse(`the weights of ${entry.name} are not in it`);
    const bytes = members.get(weights.file)!;
    const found = sha256(bytes);
    if (found !== weights.sha256) throw refuse(`${weights.file} is not the file that its manifest names (SHA-256 ${found}, expected ${weights.sha256}): it was cut short or changed on the way`);
    return { entry, file: weights, bytes };
  });
}

/** The member's name without our folder. Every other folder, and so every way out of the site's folder, is refused. */
function bareName(name: string): string {
  const [, bare] = /^(?:\.\/)?gridwarden-models\/([A-Za-z0-9][A-Za-z0-9._-]*)$/.exec(name) ?? [];
  if (bare === undefined || !(bare === MANIFEST || bare === CONTENTS || bare.endsWith('.onnx'))) throw new Error(`${JSON.stringify(name)} does not belong into a bundle`);
  return bare;
}
