/** Finds the clips, images and models that lie beside the checkout on developers' machines (`../shared`), or says loudly that they do not. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const SHARED = process.env['GRIDWARDEN_SHARED'] ?? path.resolve(import.meta.dirname, '../../shared');
const told = new Set<string>();

/** Absolute path of a file under `../shared`, or null after one warning on standard error. */
export function sharedFile(name: string): string | null {
  const file = path.join(SHARED, name);
  if (existsSync(file)) return file;
  if (!told.has(name)) process.stderr.write(`SKIPPED for want of data: ${file} is not there; tests that need it do not run.\n`);
  told.add(name);
  return null;
}
