/** Brings a database to the newest schema: numbered .sql files, each applied once, in order, all or none. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GridwardenError } from '../platform/errors.ts';
import type { Database, Queries } from './database.ts';

const MIGRATIONS_DIR = path.join(import.meta.dirname, 'migrations');
/** Any number that nobody else locks: two desks that start together migrate one after the other. */
const ADVISORY_LOCK = 4_720_031;

interface Migration {
  readonly number: number;
  readonly file: string;
}

/** Applies what is missing. Throws STORE_NEWER when the database knows migrations that this program does not. */
export async function migrate(database: Database, atMs: number, dir = MIGRATIONS_DIR): Promise<void> {
  const known = await migrationsIn(dir);
  await database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    await tx.query('CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, file text NOT NULL, applied_at_ms bigint NOT NULL)');
    const applied = await tx.query<{ newest: number }>('SELECT coalesce(max(number), 0) AS newest FROM schema_migrations', []);
    const newest = applied[0]?.newest ?? 0;
    const newestKnown = known.at(-1)?.number ?? 0;
    if (newest > newestKnown) throw new GridwardenError('STORE_NEWER', { where: database.where, found: newest, known: newestKnown });
    for (const migration of known.filter((m) => m.number > newest)) await apply(tx, dir, migration, atMs);
  });
}

async function apply(tx: Queries, dir: string, migration: Migration, atMs: number): Promise<void> {
  await tx.query(await readFile(path.join(dir, migration.file), 'utf8'));
  await tx.query('INSERT INTO schema_migrations (number, file, applied_at_ms) VALUES ($1, $2, $3)', [migration.number, migration.file, atMs]);
}

async function migrationsIn(dir: string): Promise<readonly Migration[]> {
  const files = (await readdir(dir)).filter((file) => /^\d{4}_[a-z0-9_]+\.sql$/.test(file)).sort();
  return files.map((file) => ({ number: Number(file.slice(0, 4)), file }));
}
