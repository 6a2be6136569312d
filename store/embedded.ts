/** The embedded database: PostgreSQL's own engine in this process (PGlite), its files in one folder that one process may open. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, type Results } from '@electric-sql/pglite';
import { type Database, type Queries, storeError } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { KEPT_FREE_BYTES, needRoom, NEW_DATABASE_BYTES } from './free-space.ts';

/** Opens the database in `dir`, making it there the first time (about 5 s). Throws STORE_IN_USE, DISK_FULL, STORE_UNAVAILABLE. */
export async function openEmbedded(dir: string): Promise<Database> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const dataDir = path.join(dir, 'pgdata');
  await needRoom(dir, 'the embedded database', existsSync(dataDir) ? KEPT_FREE_BYTES : KEPT_FREE_BYTES + NEW_DATABASE_BYTES);
  const lock = await lockFolder(dir);
  try {
    return overEngine(await PGlite.create({ dataDir }), dir, lock.release);
  } catch (error) {
    await lock.release();
    throw storeError(error, dir);
  }
}

function overEngine(engine: PGlite, where: string, unlock: () => Promise<void>): Database {
  let closed: Promise<void> | null = null;
  const roomForAChange = (): Promise<void> => needRoom(where, 'a change of the database', KEPT_FREE_BYTES);
  const close = async (): Promise<void> => {
    try {
      await engine.close();
    } finally {
      await unlock();
    }
  };
  return {
    where,
    async query(sql, params) {
      if (!/^\s*SELECT\b/i.test(sql)) await roomForAChange();
      return run(engine, where, sql, params);
    },
    async transaction(work) {
      await roomForAChange();
      const queriesOf = (tx: Engine): Queries => ({ query: (sql, params) => run(tx, where, sql, params) });
      try {
        return await engine.transaction((tx) => work(queriesOf(tx)));
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

async function run<R>(on: Engine, where: string, sql: string, params?: readonly unknown[]): Promise<readonly R[]> {
  try {
    if (params) return (await on.query<R>(sql, [...params])).rows;
    return ((await on.exec(sql)).at(-1)?.rows ?? []) as R[];
  } catch (error) {
    throw storeError(error, where);
  }
}
