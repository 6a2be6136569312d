/** The embedded database: PostgreSQL's own engine in this process (PGlite), its files in one folder that one process may open. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, type Results } from '@electric-sql/pglite';
import { type Database, type Queries, storeError } from './database.ts';
import { lockFolder } from './folder-lock.ts';

/** Opens the database in `dir`, making it there the first time (about 5 s). Throws STORE_IN_USE, DISK_FULL, STORE_UNAVAILABLE. */
export async function openEmbedded(dir: string): Promise<Database> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(dir);
  try {
    const engine = await PGlite.create({ dataDir: path.join(dir, 'pgdata') });
    return overEngine(engine, dir, lock.release);
  } catch (error) {
    await lock.release();
    throw storeError(error, dir);
  }
}

function overEngine(engine: PGlite, where: string, unlock: () => Promise<void>): Database {
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    try {
      await engine.close();
    } finally {
      await unlock();
    }
  };
  return {
    where,
    ...queriesOn(engine, where),
    async transaction(work) {
      try {
        return await engine.transaction((tx) => work(queriesOn(tx, where)));
      } catch (error) {
        throw storeError(error, where);
      }
    },
    close: () => (closed ??= close()),
  };
}

interface Engine {
  query<R>(sql: string, params: unknown[]): Promise<Results<R>>;
  exec(sql: string): Promise<Results[]>;
}

function queriesOn(engine: Engine, where: string): Queries {
  return {
    async query<R>(sql: string, params?: readonly unknown[]): Promise<readonly R[]> {
      try {
        if (params) return (await engine.query<R>(sql, [...params])).rows;
        return ((await engine.exec(sql)).at(-1)?.rows ?? []) as R[];
      } catch (error) {
        throw storeError(error, where);
      }
    },
  };
}
