/** Finds a model's weights on this machine and reads them, refusing any file that is not the one the manifest names. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GridwardenError } from '../platform/errors.ts';
import type { ModelEntry, ModelFile } from './manifest.ts';

/** Weights that were read and proved to be those of the manifest. */
export interface LocatedModel {
  readonly path: string;
  readonly file: ModelFile;
  readonly bytes: Uint8Array;
}

/** Where weights that belong to the checkout lie. */
export const WEIGHTS_DIR = path.join(import.meta.dirname, 'weights');

/** The site's models folder: where weights that are fetched or added go, and its own manifest. */
export const siteFolder = (fromEnvironment?: string): string => (fromEnvironment ? path.resolve(fromEnvironment) : WEIGHTS_DIR);

/**
 * The folders that are looked into, in this order: the checkout's own weights, the folder of GRIDWARDEN_MODELS, `../shared/models`
 * beside the checkout.
 */
export function modelPlaces(fromEnvironment?: string): string[] {
  const shared = path.resolve(import.meta.dirname, '../../shared/models');
  return [WEIGHTS_DIR, ...(fromEnvironment ? [path.resolve(fromEnvironment)] : []), shared];
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Reads the first file of the model that lies in one of the places or in their `objects/` or `faces/` sub-folder.
 * Throws MODELS_MISSING where there is none, MODEL_HASH where the first one found is cut short or changed: a spoilt file is not
 * passed over in silence.
 */
export async function locateModel(entry: ModelEntry, places: readonly string[]): Promise<LocatedModel> {
  for (const place of places) {
    for (const file of entry.files) {
      for (const candidate of [path.join(place, file.file), path.join(place, entry.task, file.file)]) {
        const bytes = await readIfThere(candidate);
        if (!bytes) continue;
        const found = sha256(bytes);
        if (found !== file.sha256) throw new GridwardenError('MODEL_HASH', { file: candidate, found, expected: file.sha256 });
        return { path: candidate, file, bytes };
      }
    }
  }
  const names = entry.files.map((f) => f.file).join(' or ');
  throw new GridwardenError('MODELS_MISSING', { model: entry.name, places: places.join(', '), file: names });
}

async function readIfThere(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
