/** Camera faults that are over by themselves, on every engine: cleared once, closed where nobody began, opened again where they come again. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { healthSubject } from '../domain/finding.ts';
import { ManualClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { candidate, NOON_MS } from '../test-fixtures/alert-candidates.ts';
import { postgresBinaries, startTestPostgres, type TestPostgres } from '../test-fixtures/postgres.ts';
import { openStore, type Store } from './store.ts';

const binaries = postgresBinaries();
const DAY_MS = 86_400_000;

describe.each(['embedded', ...(binaries ? ['postgres'] : [])] as const)('on %s', (kind) => {
  let dir = '';
  let postgres: TestPostgres | null = null;
  let store: Store;
  const clock = new ManualClock(NOON_MS);
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'gw-clearing-'));
    if (kind === 'postgres' && binaries) postgres = await startTestPostgres(binaries);
    store = await openStore(postgres ? { kind: 'postgres', url: postgres.url } : { kind: 'embedded', dir }, { filesDir: dir, clock, ids: systemIds });
  });
  afterAll(async () => {
    await store?.close();
    await postgres?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const file = (camera: string, n: number, atMs: number) => store.filing.fileAlert(candidate({ name: `${kind}-${camera}-${n}`, device: camera, source: 'health', atMs, windowMs: 60_000 }));
  const clear = (camera: string, atMs: number, n: number | null = null) =>
    store.filing.clearAlerts({ ruleId: 'health/frozen', subject: healthSubject(camera, 'frozen'), atMs, findingId: n === null ? null : `finding-${kind}-${camera}-${n}`, clearedAtMs: atMs + 50 });
  const open = async (camera: string) => {
    const found = await store.reading.alertDetail(`alert-${kind}-${camera}-1`);
    return { cleared: found.alert.clearedAtMs, findings: found.alert.findings, stage: found.case.stage, history: found.case.history.map((line) => `${line.actor} ${line.what} ${line.why}`) };
  };

  test('an untouched case is closed with it, in the same step, and clearing again changes nothing', async () => {
    const { alert } = await file('a', 1, NOON_MS);
    expect(await clear('a', NOON_MS + 40_000, 1)).toEqual([{ alertId: alert.id, caseId: alert.caseId, closed: true }]);
    expect(await open('a')).toEqual({ cleared: NOON_MS + 40_000, findings: 1, stage: 'closed', history: ['system opened null', 'gridwarden close cleared'] });
    expect(await store.casework.caseDetail(alert.caseId)).toMatchObject({ closeCode: 'true', version: 2, closedAtMs: NOON_MS + 40_050 });
    expect(await clear('a', NOON_MS + 90_000, 1)).toEqual([]);
  });

  test('a case that somebody holds stays as it is, and only shows that it is over', async () => {
    const { alert } = await file('b', 1, NOON_MS);
    await store.casework.changeCase({ caseId: alert.caseId, seenVersion: 1, set: { assignee: 'lin' }, event: { id: systemIds.id(), caseId: alert.caseId, atMs: NOON_MS + 1, actor: 'operator/lin', what: 'claim', fromStage: 'reported', toStage: 'reported', why: null }, orders: [] });
    expect(await clear('b', NOON_MS + 40_000, 1)).toMatchObject([{ closed: false }]);
    expect(await open('b')).toMatchObject({ cleared: NOON_MS + 40_000, stage: 'reported' });
  });

  test('again within the window: one alert, not over any more, its case open again; later: another', async () => {
    await file('c', 1, NOON_MS);
    await clear('c', NOON_MS + 600_000, 1);
    expect(await file('c', 2, NOON_MS + 660_000)).toMatchObject({ fresh: false, alert: { id: `alert-${kind}-c-1`, clearedAtMs: null } });
    expect(await open('c')).toEqual({ cleared: null, findings: 2, stage: 'reported', history: ['system opened null', 'gridwarden close cleared', 'gridwarden opened came-again'] });
    await clear('c', NOON_MS + 700_000, 2);
    expect(await open('c')).toMatchObject({ cleared: NOON_MS + 700_000, stage: 'closed' });
    expect((await file('c', 3, NOON_MS + 760_001)).fresh).toBe(true);
  });

  test('while it lasts it is one alert, however long: a gateway that began anew tells it once more', async () => {
    await file('d', 1, NOON_MS);
    expect((await file('d', 2, NOON_MS + 40 * DAY_MS)).fresh).toBe(false);
  });

  test('its window is not forgotten while it lasts', async () => {
    await file('e', 1, NOON_MS);
    await file('f', 1, NOON_MS);
    await clear('f', NOON_MS + 1000, 1);
    await clock.advance(40 * DAY_MS);
    await store.tidy({ trailMs: DAY_MS });
    expect([(await file('e', 2, NOON_MS + 40 * DAY_MS)).fresh, (await file('f', 2, NOON_MS + 40 * DAY_MS)).fresh]).toEqual([false, true]);
  });

  test('a case that a person closed takes no more of it', async () => {
    const { alert } = await file('g', 1, NOON_MS);
    await store.casework.changeCase({ caseId: alert.caseId, seenVersion: 1, set: { stage: 'closed', closeCode: 'false' }, event: { id: systemIds.id(), caseId: alert.caseId, atMs: NOON_MS + 1, actor: 'operator/lin', what: 'close', fromStage: 'reported', toStage: 'closed', why: null }, orders: [] });
    expect((await file('g', 2, NOON_MS + 1000)).fresh).toBe(true);
  });

  test('what is over before it was filed is said to be on its way; what nobody told is over already', async () => {
    expect(await clear('h', NOON_MS + 40_000, 1)).toBe('unfiled');
    expect(await clear('h', NOON_MS + 40_000)).toEqual([]);
    await file('h', 1, NOON_MS);
    expect(await clear('h', NOON_MS + 40_000, 1)).toMatchObject([{ closed: true }]);
  });

  test('a clearing that comes late does not touch a fault that began after it', async () => {
    await file('i', 1, NOON_MS);
    await file('i', 2, NOON_MS + 50_000);
    expect(await clear('i', NOON_MS + 40_000, 1)).toEqual([]);
    expect(await open('i')).toMatchObject({ cleared: null, stage: 'reported' });
  });

  test('two desks that file and clear at once leave it over or open, never closed and not over', async () => {
    for (let i = 0; i < 8; i++) {
      const camera = `race-${i}`;
      await file(camera, 1, NOON_MS);
      await Promise.all([clear(camera, NOON_MS + 40_000, 1), file(camera, 2, NOON_MS + 45_000), clear(camera, NOON_MS + 40_000, 1)]);
      expect(await open(camera)).toMatchObject({ cleared: null, findings: 2, stage: 'reported' });
    }
  });

  test('a fault filed late, after it was over, stays over', async () => {
    await file('j', 1, NOON_MS);
    await clear('j', NOON_MS + 40_000, 1);
    expect((await file('j', 2, NOON_MS + 20_000)).fresh).toBe(false);
    expect(await open('j')).toMatchObject({ cleared: NOON_MS + 40_000, findings: 2, stage: 'closed' });
  });
});
