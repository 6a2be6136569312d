/** Secrets that this installation generated for itself, kept in the data folder for this user only. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Ids } from '../platform/ids.ts';
import { writeWhole } from '../platform/write-whole.ts';

export interface Secrets {
  /** What a Prometheus scraper sends as bearer token. */
  readonly metricsToken: string;
}

export async function ownSecrets(dataDir: string, ids: Ids): Promise<Secrets> {
  const file = path.join(dataDir, 'secrets.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Secrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made: Secrets = { metricsToken: ids.secret() };
  await writeWhole(file, `${JSON.stringify(made)}\n`);
  return made;
}
