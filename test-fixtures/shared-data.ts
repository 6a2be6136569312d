/** Finds the clips, images and models that lie beside the checkout on developers' machines (`../shared`), or says loudly that they do not. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const SHARED = process.env['GRIDWARDEN_SHARED'] ?? path.resolve(import.meta.dirname, '../../shared');
const told = new Set<string>();

/** Absolute path of a file under `../shared`, or null, without a word: for what does well without it. */
export function findShared(name: string): string | null {
  const file = path.join(SHARED, name);
  return existsSync(file) ? file : null;
}

/** Absolute path of a file under `../shared`, or null after one warning on standard error. */
export function sharedFile(name: string): string | null {
  const file = findShared(name);
  if (file !== null) return file;
  if (!told.has(name)) process.stderr.write(`SKIPPED for want of data: ${path.join(SHARED, name)} is not there; tests that need it do not run.\n`);
  told.add(name);
  return null;
}
