/** A database filled by an earlier version is brought to this one, and what was kept in it can still be read. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { candidate, NOON_MS } from '../test-fixtures/alert-candidates.ts';
import { alertColumns, alertOf, type StoredAlert } from './alert-rows.ts';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

const MIGRATIONS = path.join(import.meta.dirname, 'migrations');

test('an alert filed before places had errors comes back with its place, its error unknown', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-migrate-'));
  const first = path.join(dir, 'first');
  await mkdir(first);
  await cp(path.join(MIGRATIONS, '0001_first.sql'), path.join(first, '0001_first.sql'));
  const database = await openEmbedded(path.join(dir, 'db'));
  try {
    await migrate(database, NOON_MS, first);
    const { finding, place } = candidate({ name: 'old' });
    await database.query("INSERT INTO cases (id, version, stage, severity, opened_at_ms, stage_since_ms, traceparent) VALUES ('case-old', 1, 'reported', 'Severe', 1, 1, 't')", []);
    await database.query(
      `INSERT INTO alerts (id, case_id, source, rule_id, rule_name, rule_version, subject, severity, urgency, certainty, place_basis, lon, lat, cell_code,
         occurred_at_ms, received_at_ms, filed_at_ms, last_finding_at_ms, findings, finding, traceparent)
       VALUES ('alert-old', 'case-old', 'sensor', 'hot', 'Too hot', 1, 's', 'Severe', 'Expected', 'Observed', $1, 116.46, 39.92, $2, 1, 1, 1, 1, 1, $3, 't')`,
      [place.basis, place.cellCode, JSON.stringify(finding)],
    );
    await migrate(database, NOON_MS + 1);
    const rows = await database.query<StoredAlert>(`SELECT ${alertColumns} FROM alerts a`, []);
    expect(alertOf(rows[0]!)).toMatchObject({ id: 'alert-old', place, finding });
    // Once more changes nothing.
    await migrate(database, NOON_MS + 2);
    expect(await database.query('SELECT number, applied_at_ms AS at FROM schema_migrations ORDER BY number', [])).toMatchObject([{ number: 1, at: NOON_MS }, { number: 2, at: NOON_MS + 1 }, { number: 3, at: NOON_MS + 1 }]);
  } finally {
    await database.close();
    await rm(dir, { recursive: true, force: true });
  }
});
