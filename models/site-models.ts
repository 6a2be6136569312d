/** The models of this site: those that ship, and its own ones, named in `manifest.local.yaml` in its models folder. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isSeq, parseDocument, stringify } from 'yaml';
import { GridwardenError } from '../platform/errors.ts';
import { type Manifest, type ModelEntry, parseManifest, readManifest } from './manifest.ts';

export const SITE_MANIFEST = 'manifest.local.yaml';

/** Written out, whatever the entries share in memory: no aliases, no folded lines. */
export const AS_TEXT = { lineWidth: 0, aliasDuplicateObjects: false } as const;

export interface SiteModels extends Manifest {
  /** Where the site's own manifest and the weights that are added lie. */
  readonly folder: string;
  /** Those of `models` that are the site's own; they come last. */
  readonly own: readonly ModelEntry[];
}

/** Throws MANIFEST_INVALID for either manifest, and where one of the site's own models takes a name or file of another. */
export async function readSiteModels(folder: string): Promise<SiteModels> {
  const { models: shipped } = await readManifest();
  const file = path.join(folder, SITE_MANIFEST);
  const text = await readIfThere(file);
  const own = text === null ? [] : parseManifest(text, file).models;
  const problems = own.flatMap((entry, i) => clashOf(entry, [...shipped, ...own.slice(0, i)]) ?? []);
  if (problems.length > 0) throw new GridwardenError('MANIFEST_INVALID', { file, problems: problems.map((p) => `  ${p}`).join('\n') });
  return { models: [...shipped, ...own], folder, own };
}

/** Why this model cannot stand beside the others, or null. One that took a shipped name would change, unseen, what that name means. */
export function clashOf(entry: ModelEntry, others: readonly ModelEntry[]): string | null {
  if (others.some(({ name }) => name === entry.name)) return `the name ${entry.name} is taken by another model: choose another name`;
  for (const { file, sha256 } of entry.files) {
    const other = others.find(({ files }) => files.some((theirs) => theirs.file === file && theirs.sha256 !== sha256));
    if (other) return `the file name ${file} of ${entry.name} is taken by other weights, of ${other.name}: choose another file name`;
  }
  return null;
}

/** The text of the site's manifest with these entries in place of those of their names, or behind the others; comments stay. */
export async function siteManifestWith(folder: string, entries: readonly ModelEntry[]): Promise<string> {
  const text = await readIfThere(path.join(folder, SITE_MANIFEST));
  if (text === null) return `# This site's own models, in the format of models/manifest.yaml. Written by "npm run models -- add"; may be edited.\n${stringify({ models: entries }, AS_TEXT)}`;
  const document = parseDocument(text);
  const list = document.get('models');
  if (!isSeq(list)) throw new TypeError('readSiteModels must have checked it');
  for (const entry of entries) {
    const at = (document.toJS() as Manifest).models.findIndex(({ name }) => name === entry.name);
    document.setIn(['models', at === -1 ? list.items.length : at], document.createNode(entry, AS_TEXT));
  }
  return document.toString(AS_TEXT);
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new GridwardenError('MANIFEST_INVALID', { file, problems: `  it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})` }, error);
  }
}
