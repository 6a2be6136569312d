/** PostgreSQL by URL: a pool of connections behind the `Database` interface. */
import pg from 'pg';
import { GridwardenError } from '../platform/errors.ts';
import { type Database, isRetryable, type Queries, storeError } from './database.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 10;
const MAX_TRIES = 4;
const OID_BIGINT = 20;

/** Only bigint differs from pg's own parsing: our bigints are epoch milliseconds and counts, all below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === OID_BIGINT ? Number : pg.types.getTypeParser(oid, format)),
};

/** Opens a pool and makes one connection to see that it works. Throws STORE_UNAVAILABLE; the password is in no sentence. */
export async function openPostgres(url: string): Promise<Database> {
  const where = placeOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'gridwarden',
  });
  // An idle connection that the server ends would otherwise be an uncaught error; the next query makes a new one.
  pool.on('error', () => undefined);
  // And so would be one that it ends in the middle of a transaction: the pool listens only to idle ones.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  const database = overPool(pool, where);
  try {
    await database.query('SELECT 1', []);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return database;
}

function overPool(pool: pg.Pool, where: string): Database {
  let closed: Promise<void> | null = null;
  return {
    where,
    query: <R>(sql: string, params?: readonly unknown[]) => run<R>(pool, where, sql, params),
    async transaction(work) {
      for (let tried = 1; ; tried++) {
        try {
          return await once(pool, where, work);
        } catch (error) {
          if (!isRetryable(error) || tried === MAX_TRIES) throw error;
        }
      }
    },
    close: () => (closed ??= pool.end()),
  };
}

async function run<R>(on: pg.Pool | pg.PoolClient, where: string, sql: string, params?: readonly unknown[]): Promise<readonly R[]> {
  try {
    const answer = await (params ? on.query(sql, [...params]) : on.query(sql));
    const last = Array.isArray(answer) ? (answer as pg.QueryResult[]).at(-1) : answer;
    return (last?.rows ?? []) as R[];
  } catch (error) {
    throw storeError(error, where);
  }
}

async function once<T>(pool: pg.Pool, where: string, work: (tx: Queries) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw storeError(error, where);
  });
  let broken = false;
  try {
    await run(client, where, 'BEGIN');
    const result = await work({ query: (sql, params) => run(client, where, sql, params) });
    await run(client, where, 'COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** host:port/database of a URL, never its user, password or parameters. */
function placeOf(url: string): string {
  try {
    const { protocol, host, pathname, searchParams } = new URL(url);
    if (!/^postgres(ql)?:$/.test(protocol)) throw new Error('another scheme');
    return `${host || searchParams.get('host') || 'localhost'}${pathname}`;
  } catch {
    // Without the cause: Node keeps the whole input, password and all, in the error.
    throw new GridwardenError('STORE_UNAVAILABLE', { where: 'the configured URL', why: 'it is not a URL like postgresql://user:password@host:5432/name' });
  }
}
