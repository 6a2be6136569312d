/** What only a database server can do to us: be away, refuse, restart, know more than we do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';
import { systemIds } from '../platform/ids.ts';
import { candidate } from '../test-fixtures/alert-candidates.ts';
import { postgresBinaries, startTestPostgres, type TestPostgres } from '../test-fixtures/postgres.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import { openStore } from './store.ts';

const binaries = postgresBinaries();

const refusalOf = async (url: string): Promise<GridwardenError> => {
  const error: unknown = await openPostgres(url).then(() => null, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GridwardenError);
  return error as GridwardenError;
};

describe('a server that is not there', () => {
  test.each([
    ['postgresql://gw:geheim@127.0.0.1:9/gridwarden', '127.0.0.1:9/gridwarden', 'nothing listens there'],
    ['postgresql://gw:geheim@localhost/gridwarden?host=/no/such/folder', 'localhost/gridwarden', 'there is no such socket'],
    ['gw:geheim at the usual place', 'the configured URL', 'not a URL'],
  ])('is named without its password: %s', async (url, where, why) => {
    const error = await refusalOf(url);
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(error.message).toContain(where);
    expect(error.message).toContain(why);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('geheim');
  });
});

describe.skipIf(!binaries)('a server', () => {
  let server: TestPostgres;
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'gw-pgtest-'));
    if (binaries) server = await startTestPostgres(binaries);
  });
  afterAll(async () => {
    await server?.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('lets in by password, and a wrong one is not repeated', async () => {
    await (await openPostgres(server.urlWithPassword(server.password))).close();
    const error = await refusalOf(server.urlWithPassword('a-wrong-geheim'));
    expect(error.message).toMatch(/refused the user name or password/);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('geheim');
  });

  test('without the database that was named', async () => {
    expect((await refusalOf(server.url.replace('/postgres?', '/nowhere?'))).message).toMatch(/it has no database of that name/);
  });

  test('that restarts breaks what is under way and nothing after', async () => {
    const store = await openStore({ kind: 'postgres', url: server.url }, { filesDir: dir, clock: systemClock, ids: systemIds });
    const filed = await store.filing.fileAlert(candidate({ name: 'before' }));
    const during = server.restart();
    const errors: unknown[] = [];
    for (let i = 0; i < 200 && errors.length === 0; i++) {
      await store.filing.fileAlert(candidate({ name: `during-${i}` })).catch((error: unknown) => errors.push(error));
    }
    expect(errors).toMatchObject([{ code: 'STORE_UNAVAILABLE', retry: true }]);
    await during;
    expect(await store.filing.fileAlert(candidate({ name: 'before' }))).toEqual({ alert: filed.alert, fresh: false });
    expect((await store.filing.fileAlert(candidate({ name: 'after' }))).fresh).toBe(true);
    await store.close();
    await store.close();
  });

  test('whose schema is newer than ours is left alone', async () => {
    const database = await openPostgres(server.url);
    await database.query('INSERT INTO schema_migrations (number, file, applied_at_ms) VALUES ($1, $2, 0)', [9000, '9000_later.sql']);
    await expect(migrate(database, 0)).rejects.toMatchObject({ code: 'STORE_NEWER', message: expect.stringContaining('schema 9000') });
    await database.query('DELETE FROM schema_migrations WHERE number = 9000', []);
    await database.close();
  });

  test('is migrated in order, once, and not at all when one step fails', async () => {
    const database = await openPostgres(server.url);
    const steps = await mkdtemp(path.join(dir, 'steps-'));
    await database.query('CREATE SCHEMA steps; CREATE ROLE stepper SUPERUSER LOGIN; ALTER ROLE stepper SET search_path = steps');
    const stepping = await openPostgres(server.url.replace('postgres@', 'stepper@'));
    await writeFile(path.join(steps, '0001_one.sql'), 'CREATE TABLE a (x int); INSERT INTO a VALUES (1);');
    await writeFile(path.join(steps, 'README.md'), 'not a migration');
    await migrate(stepping, 5, steps);
    await writeFile(path.join(steps, '0002_two.sql'), 'INSERT INTO a VALUES (2);');
    await writeFile(path.join(steps, '0003_three.sql'), 'INSERT INTO nowhere VALUES (3);');
    await expect(migrate(stepping, 6, steps)).rejects.toThrow(/nowhere/);
    expect(await stepping.query('SELECT x FROM a', [])).toEqual([{ x: 1 }]);
    await writeFile(path.join(steps, '0003_three.sql'), 'INSERT INTO a VALUES (3);');
    await Promise.all([migrate(stepping, 7, steps), migrate(stepping, 7, steps)]);
    expect(await stepping.query('SELECT x FROM a ORDER BY x', [])).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
    expect(await stepping.query('SELECT number, applied_at_ms AS "atMs" FROM schema_migrations ORDER BY number', [])).toEqual([{ number: 1, atMs: 5 }, { number: 2, atMs: 7 }, { number: 3, atMs: 7 }]);
    await stepping.close();
    await database.close();
  });
});
