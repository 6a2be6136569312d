/** One suite for every engine the store runs on: whatever passes here may be put behind `openStore`. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertStore } from '../alerts/alert-store.ts';
import type { CaseStore } from '../dispatch/case-store.ts';
import type { CaseEvent, Order } from '../domain/case.ts';
import { ManualClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { candidate, NOON_MS, squareCell } from '../test-fixtures/alert-candidates.ts';
import { postgresBinaries, startTestPostgres, type TestPostgres } from '../test-fixtures/postgres.ts';
import { openStore, type Store, type StorePlace } from './store.ts';

const binaries = postgresBinaries();
const engines = ['embedded', ...(binaries ? ['postgres'] : [])] as const;

describe.each(engines)('the store on %s', (kind) => {
  let dir = '';
  let postgres: TestPostgres | null = null;
  let store: Store;
  let other: Store;
  const clock = new ManualClock(NOON_MS);

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'gw-store-'));
    if (kind === 'postgres' && binaries) postgres = await startTestPostgres(binaries);
    const place: StorePlace = postgres ? { kind: 'postgres', url: postgres.url } : { kind: 'embedded', dir };
    const env = { filesDir: dir, clock, ids: systemIds };
    // Two desks that start at the same moment on an empty database; the embedded one has room for one only.
    [store, other] = await (postgres ? Promise.all([openStore(place, env), openStore(place, env)]) : openStore(place, env).then((only) => [only, only] as const));
  });

  afterAll(async () => {
    await store?.close();
    await other?.close();
    await postgres?.close();
    await rm(dir, { recursive: true, force: true });
  });

  describe('filing alerts', () => {
    test('satisfies what alerts/ and dispatch/ ask for', () => {
      const filing: AlertStore = store.filing;
      const casework: CaseStore = store.casework;
      expect([typeof filing.fileAlert, typeof casework.changeCase]).toEqual(['function', 'function']);
    });

    test('a new alert comes back as it was given, with a case opened beside it', async () => {
      const given = candidate({ name: `${kind}-new`, source: 'camera' });
      const { alert, fresh } = await store.filing.fileAlert(given);
      expect(fresh).toBe(true);
      expect(alert).toEqual({
        id: given.newAlertId, caseId: given.newCaseId, source: 'camera', ruleId: 'hot', ruleName: 'Too hot', ruleVersion: 3, subject: given.subject,
        severity: 'Severe', urgency: 'Immediate', certainty: 'Observed', place: given.place,
        occurredAtMs: NOON_MS, receivedAtMs: NOON_MS + 10, filedAtMs: NOON_MS + 40, lastFindingAtMs: NOON_MS, findings: 1,
        clearedAtMs: null, finding: given.finding, evidence: [], traceparent: given.finding.traceparent,
      });
      const opened = await store.casework.caseDetail(given.newCaseId);
      expect(opened).toMatchObject({
        version: 1, stage: 'reported', severity: 'Severe', cellCode: given.place.cellCode, at: given.place.at, assignee: null, closeCode: null,
        openedAtMs: NOON_MS + 40, stageSinceMs: NOON_MS + 40, closedAtMs: null, traceparent: given.finding.traceparent, orders: [],
      });
      expect(opened.history).toEqual([
        { id: expect.any(String), caseId: given.newCaseId, atMs: NOON_MS + 40, actor: 'system', what: 'opened', fromStage: null, toStage: 'reported', why: null },
      ]);
    });

    test('how well its place is known is kept, and which other cells it may lie in', async () => {
      const plain = candidate({ name: `${kind}-rough`, source: 'camera' });
      const place = { basis: 'ground-plane', at: { lon: 116.461, lat: 39.92 }, cellCode: '110105026004001', errorM: 4.25, nearCells: ['110105026004002', '110105026004007'] } as const;
      const { alert } = await store.filing.fileAlert({ ...plain, place });
      expect(alert.place).toEqual(place);
      expect((await store.reading.alertRow(alert.id)).place).toEqual(place);
    });

    test('the same finding filed again changes nothing', async () => {
      const given = candidate({ name: `${kind}-again` });
      const first = await store.filing.fileAlert(given);
      const again = await store.filing.fileAlert({ ...given, newAlertId: 'unused-alert', newCaseId: 'unused-case', filedAtMs: NOON_MS + 99 });
      expect(again).toEqual({ alert: first.alert, fresh: false });
      await expect(store.casework.caseDetail('unused-case')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('findings within the window after the last one join, the first beyond it does not', async () => {
      const device = `${kind}-window`;
      const at = (n: number, atMs: number) => store.filing.fileAlert(candidate({ name: `${device}-${n}`, device, atMs, windowMs: 60_000 }));
      const first = await at(1, NOON_MS);
      // Each within the window of the one before, together far beyond one window: it slides.
      expect((await at(2, NOON_MS + 60_000)).alert.id).toBe(first.alert.id);
      const third = await at(3, NOON_MS + 120_000);
      expect(third).toMatchObject({ fresh: false, alert: { id: first.alert.id, findings: 3, lastFindingAtMs: NOON_MS + 120_000 } });
      expect((await at(4, NOON_MS + 180_001)).fresh).toBe(true);
    });

    test('another rule, subject or cell makes another alert, and so does a place without a cell', async () => {
      const device = `${kind}-keys`;
      const filed = await Promise.all([
        store.filing.fileAlert(candidate({ name: `${device}-1`, device })),
        store.filing.fileAlert(candidate({ name: `${device}-2`, device, ruleId: 'smoke' })),
        store.filing.fileAlert(candidate({ name: `${device}-3`, device: `${device}-b` })),
        store.filing.fileAlert(candidate({ name: `${device}-4`, device, cellCode: '110105026004002' })),
        store.filing.fileAlert(candidate({ name: `${device}-5`, device, cellCode: null })),
      ]);
      expect(filed.map((f) => f.fresh)).toEqual([true, true, true, true, true]);
    });

    test('a fact that comes late joins without moving the newest back', async () => {
      const device = `${kind}-late`;
      await store.filing.fileAlert(candidate({ name: `${device}-1`, device, atMs: NOON_MS }));
      const late = await store.filing.fileAlert(candidate({ name: `${device}-2`, device, atMs: NOON_MS - 30_000 }));
      expect(late).toMatchObject({ fresh: false, alert: { findings: 2, lastFindingAtMs: NOON_MS } });
    });

    test('one device with a clock in 2099 does not keep later alerts apart', async () => {
      const device = `${kind}-clock`;
      await store.filing.fileAlert(candidate({ name: `${device}-1`, device, atMs: Date.UTC(2099, 0, 1), filedAtMs: NOON_MS }));
      expect((await store.filing.fileAlert(candidate({ name: `${device}-2`, device, atMs: NOON_MS }))).fresh).toBe(true);
      expect((await store.filing.fileAlert(candidate({ name: `${device}-3`, device, atMs: NOON_MS + 1000 }))).fresh).toBe(false);
    });

    test('a closed case takes no more findings: the next one is a new alert', async () => {
      const device = `${kind}-closed`;
      const first = await store.filing.fileAlert(candidate({ name: `${device}-1`, device }));
      await store.casework.changeCase(move(first.alert.caseId, 1, { stage: 'closed', closeCode: 'test', closedAtMs: NOON_MS + 500 }));
      expect((await store.filing.fileAlert(candidate({ name: `${device}-2`, device, atMs: NOON_MS + 1000 }))).fresh).toBe(true);
    });

    test('two desks racing on one trigger make one alert and one case', async () => {
      for (let round = 0; round < 20; round++) {
        const device = `${kind}-race-${round}`;
        const filed = await Promise.all(
          Array.from({ length: 6 }, (_, i) => (i % 2 ? other : store).filing.fileAlert(candidate({ name: `${device}-${i}`, device, atMs: NOON_MS + i }))),
        );
        expect(filed.filter((f) => f.fresh)).toHaveLength(1);
        expect(new Set(filed.map((f) => f.alert.id)).size).toBe(1);
        expect(Math.max(...filed.map((f) => f.alert.findings))).toBe(6);
      }
    });

    test('two desks given the same job make one alert', async () => {
      for (let round = 0; round < 10; round++) {
        const given = candidate({ name: `${kind}-twice-${round}` });
        const filed = await Promise.all([store, other].map((desk, i) => desk.filing.fileAlert({ ...given, newAlertId: `${given.newAlertId}-${i}`, newCaseId: `${given.newCaseId}-${i}` })));
        expect(filed.map((f) => f.fresh).sort()).toEqual([false, true]);
        expect(filed[0]?.alert.findings).toBe(1);
      }
    });
  });

  describe('working cases', () => {
    const newCase = async (name: string): Promise<string> => (await store.filing.fileAlert(candidate({ name: `${kind}-${name}` }))).alert.caseId;

    test('a change raises the version and leaves a line of history and its orders', async () => {
      const caseId = await newCase('change');
      const order = orderFor(caseId, 'sent');
      const detail = await store.casework.changeCase({ ...move(caseId, 1, { stage: 'handling', assignee: 'li', category: 'fire', stageSinceMs: NOON_MS + 7 }), orders: [order] });
      expect(detail).toMatchObject({ version: 2, stage: 'handling', assignee: 'li', category: 'fire', stageSinceMs: NOON_MS + 7, orders: [order] });
      expect(detail.history.map((e) => e.what)).toEqual(['opened', 'claim']);
      const released = await store.casework.changeCase({ ...move(caseId, 2, { assignee: null }), orders: [{ ...order, status: 'acknowledged', statusAtMs: NOON_MS + 9, note: 'on my way' }] });
      expect(released).toMatchObject({ version: 3, stage: 'handling', assignee: null, orders: [{ id: order.id, status: 'acknowledged', note: 'on my way' }] });
      expect(await store.casework.caseDetail(caseId)).toEqual(released);
      expect(await store.casework.findOrder(order.id)).toMatchObject({ caseId, status: 'acknowledged' });
      expect(await store.casework.findOrder('no-such-order')).toBeNull();
    });

    test('whoever saw an older version is told so, and nothing of the change is kept', async () => {
      const caseId = await newCase('stale');
      await store.casework.changeCase(move(caseId, 1, { assignee: 'li' }));
      const late = { ...move(caseId, 1, { assignee: 'wang' }), orders: [orderFor(caseId, 'sent')] };
      await expect(store.casework.changeCase(late)).rejects.toMatchObject({ code: 'CASE_CHANGED', message: expect.stringContaining('version 2, you saw 1') });
      expect(await store.casework.caseDetail(caseId)).toMatchObject({ version: 2, assignee: 'li', orders: [], history: [{ what: 'opened' }, { what: 'claim' }] });
      await expect(store.casework.changeCase(move('no-such-case', 1, {}))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('of many operators who take a case at once exactly one gets it', async () => {
      const caseId = await newCase('claims');
      const claims = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => (i % 2 ? other : store).casework.changeCase(move(caseId, 1, { assignee: `op-${i}` }))));
      expect(claims.filter((c) => c.status === 'fulfilled')).toHaveLength(1);
      expect(claims.flatMap((c) => (c.status === 'rejected' ? [(c.reason as { code: string }).code] : []))).toEqual(Array(7).fill('CASE_CHANGED'));
    });

    test('a line of history that cannot be written undoes the whole move', async () => {
      const caseId = await newCase('undo');
      const change = move(caseId, 1, { assignee: 'li' });
      await store.casework.changeCase(change);
      await expect(store.casework.changeCase({ ...change, seenVersion: 2, set: { assignee: 'wang' } })).rejects.toThrow();
      expect(await store.casework.caseDetail(caseId)).toMatchObject({ version: 2, assignee: 'li' });
    });

    test('orders nobody answered are found by age', async () => {
      const caseId = await newCase('unanswered');
      const [old, young, answered] = [orderFor(caseId, 'sent', 1000), orderFor(caseId, 'sent', 5000), orderFor(caseId, 'done', 500)];
      await store.casework.changeCase({ ...move(caseId, 1, {}), orders: [old, young, answered] });
      expect(await store.casework.unansweredOrders(5000)).toEqual([old]);
    });
  });

  describe('patrols', () => {
    const fix = (patrolId: string, fixAtMs: number, lon = 116.4) => ({ patrolId, at: { lon, lat: 39.9 }, fixAtMs, receivedAtMs: fixAtMs + 50, accuracyM: 8, cellCode: '110105026004001' });
    const stateOf = async (patrolId: string) => (await store.casework.patrolStates()).find((s) => s.patrolId === patrolId);

    test('the newest fix is the place; an older one only joins the trail', async () => {
      const id = `${kind}-p1`;
      expect(await store.casework.savePosition(fix(id, 2000, 116.2))).toBe(true);
      expect(await store.casework.savePosition(fix(id, 1000, 116.1))).toBe(false);
      expect(await store.casework.savePosition(fix(id, 2000, 116.9))).toBe(false);
      expect(await store.casework.savePosition(fix(id, 3000, 116.3))).toBe(true);
      expect(await stateOf(id)).toEqual({ patrolId: id, onDuty: true, position: { lon: 116.3, lat: 39.9 }, fixAtMs: 3000, accuracyM: 8, cellCode: '110105026004001', openOrders: 0 });
      expect((await store.positions.trail(id, 0)).map((p) => p.at.lon)).toEqual([116.1, 116.2, 116.3]);
    });

    test('duty is kept apart from the place, and open orders are counted', async () => {
      const id = `${kind}-p2`;
      await store.casework.setOnDuty(id, false);
      expect(await stateOf(id)).toMatchObject({ onDuty: false, position: null, fixAtMs: null });
      await store.casework.savePosition(fix(id, 1000));
      expect(await stateOf(id)).toMatchObject({ onDuty: false, fixAtMs: 1000 });
      const { alert } = await store.filing.fileAlert(candidate({ name: `${kind}-load` }));
      await store.casework.changeCase({ ...move(alert.caseId, 1, {}), orders: (['sent', 'en_route', 'done', 'declined', 'recalled'] as const).map((status) => ({ ...orderFor(alert.caseId, status), patrolId: id })) });
      expect((await stateOf(id))?.openOrders).toBe(2);
    });

    test('the trail is forgotten by age, the last place is not', async () => {
      const id = `${kind}-p3`;
      for (const atMs of [100, 200, 300]) await store.casework.savePosition(fix(id, atMs));
      expect(await store.positions.forgetTrail(300)).toBe(2);
      expect((await store.positions.trail(id, 0)).map((p) => p.fixAtMs)).toEqual([300]);
      expect(await stateOf(id)).toMatchObject({ fixAtMs: 300 });
    });
  });

  describe('cells', () => {
    test('a grid replaced keeps every version, and each moment finds its own', async () => {
      const code = (n: number) => `11010502700400${n}`;
      expect(await store.cells.replaceCells([squareCell(code(1)), squareCell(code(2))], NOON_MS)).toMatchObject({ added: 2, changed: 0 });
      expect(await store.cells.replaceCells([squareCell(code(1)), squareCell(code(2))], NOON_MS + 500)).toEqual({ added: 0, changed: 0, ended: 0, unchanged: 2 });
      const renamed = { ...squareCell(code(1)), name: 'Renamed', teamId: 'team-1' };
      expect(await store.cells.replaceCells([renamed, squareCell(code(3))], NOON_MS + 1000)).toEqual({ added: 1, changed: 1, ended: 1, unchanged: 0 });

      expect((await store.cells.cellsAt(NOON_MS + 999)).map((c) => [c.code, c.name])).toEqual([[code(1), 'Cell 001'], [code(2), 'Cell 002'], [code(3), 'Cell 003']]);
      expect((await store.cells.cellsAt(NOON_MS + 1000)).map((c) => [c.code, c.name])).toEqual([[code(1), 'Renamed'], [code(3), 'Cell 003']]);
      expect((await store.cells.cellAt(code(1), NOON_MS + 1000))?.area).toEqual(renamed.area);
      expect((await store.cells.versionsOf(code(1))).map((c) => [c.validFromMs, c.validToMs])).toEqual([[NOON_MS - 1_000_000, NOON_MS + 1000], [NOON_MS + 1000, null]]);
      expect((await store.cells.versionsOf(code(2))).map((c) => c.validToMs)).toEqual([NOON_MS + 1000]);

      // Back again after an end, and changed twice in one millisecond: never two versions in force at once.
      await store.cells.replaceCells([squareCell(code(2))], NOON_MS + 2000);
      await store.cells.replaceCells([squareCell(code(2), { name: 'Once more' })], NOON_MS + 2000);
      expect(await store.cells.cellsAt(NOON_MS + 2000)).toMatchObject([{ code: code(2), name: 'Once more' }]);
      expect((await store.cells.versionsOf(code(2))).map((c) => [c.validFromMs, c.validToMs])).toEqual([[NOON_MS - 1_000_000, NOON_MS + 1000], [NOON_MS + 2000, null]]);
    });

    test('a cell announced for later takes over at its own time', async () => {
      const code = '110105027005001';
      const laterMs = NOON_MS + 100_000;
      await store.cells.replaceCells([squareCell(code)], NOON_MS);
      await store.cells.replaceCells([squareCell(code, { name: 'Later', validFromMs: laterMs })], NOON_MS + 1);
      expect((await store.cells.cellAt(code, laterMs - 1))?.name).toBe('Cell 001');
      expect((await store.cells.cellAt(code, laterMs))?.name).toBe('Later');
    });
  });

  describe('quarantine', () => {
    test('messages are kept once, newest first, and counted', async () => {
      const message = (id: string) => ({ id: `${kind}-${id}`, deviceId: null, topic: 'a/b', reason: 'because', payloadBase64: 'AAA=', payloadBytes: 2, receivedAtMs: NOON_MS });
      const before = await store.quarantine.quarantinedEver();
      for (const id of ['q1', 'q2', 'q2']) await store.quarantine.addQuarantined(message(id));
      expect(await store.quarantine.quarantined(10)).toEqual([message('q2'), message('q1')]);
      expect((await store.quarantine.quarantinedEver()) - before).toBe(2);
    });
  });

  describe('pictures', () => {
    const picture = (id: string, alertId: string) => ({ id, alertId, takenAtMs: NOON_MS, kind: 'picture', mediaType: 'image/jpeg' }) as const;
    const newAlert = async (name: string): Promise<string> => (await store.filing.fileAlert(candidate({ name: `${kind}-${name}` }))).alert.id;

    test('are kept once with their hash, and stand on the alert', async () => {
      const alertId = await newAlert('pic');
      const first = await store.filing.addEvidence(picture(`${kind}-a`, alertId), Buffer.from('jpeg'));
      expect(first).toEqual({ ...picture(`${kind}-a`, alertId), bytes: 4, sha256: createHash('sha256').update('jpeg').digest('hex') });
      expect(await store.filing.addEvidence(picture(`${kind}-a`, alertId), Buffer.from('another'))).toEqual(first);
      expect((await store.evidence.picture(`${kind}-a`)).jpeg.toString()).toBe('jpeg');
      expect((await store.reading.alertRow(alertId)).evidence).toEqual([first]);
    });

    test('given by many at once are one, whole', async () => {
      const alertId = await newAlert('pic-race');
      const kept = await Promise.all(Array.from({ length: 6 }, (_, i) => (i % 2 ? other : store).filing.addEvidence(picture(`${kind}-r`, alertId), Buffer.alloc(50_000 + i, i))));
      expect(new Set(kept.map((one) => one.sha256)).size).toBe(1);
      const { jpeg, evidence } = await store.evidence.picture(`${kind}-r`);
      expect(createHash('sha256').update(jpeg).digest('hex')).toBe(evidence.sha256);
    });

    test.each(['../up', 'a/b', 'a.jpg', '.', '', 'a\\b', 'ä', 'x'.repeat(101), 'a\u0000'])('make no path of the id %j', async (id) => {
      const alertId = await newAlert(`pic-id-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`);
      await expect(store.filing.addEvidence(picture(id, alertId), Buffer.from('x'))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      await expect(store.evidence.picture(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('of no alert leave no file', async () => {
      await expect(store.filing.addEvidence(picture(`${kind}-orphan`, 'no-alert'), Buffer.from('x'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await readdir(path.join(dir, 'evidence'), { recursive: true })).filter((name) => name.includes('orphan'))).toEqual([]);
    });

    test('files that a dead process left without a row are removed, others stay', async () => {
      await newAlert('pic-sweep').then((alertId) => store.filing.addEvidence(picture(`${kind}-stays`, alertId), Buffer.from('x')));
      await writeFile(path.join(dir, 'evidence', 'left.jpg'), 'x');
      await writeFile(path.join(dir, 'evidence', 'half.jpg.77.part'), 'x');
      expect(await store.evidence.removeOrphans(0)).toBe(0);
      expect(await store.evidence.removeOrphans(Date.now() + 60_000)).toBe(2);
      expect((await store.evidence.picture(`${kind}-stays`)).jpeg).toHaveLength(1);
    });
  });

  describe('reading', () => {
    const rows = (filter: Partial<Parameters<Store['reading']['alerts']>[0]>) => store.reading.alerts({ scope: [], prefix: '', stages: [], source: null, limit: 100, beforeMs: null, ...filter });

    test('lists within scope and subtree, by stage and source', async () => {
      const file = (name: string, cellCode: string, source: 'camera' | 'sensor') => store.filing.fileAlert(candidate({ name: `${kind}-list-${name}`, cellCode, source }));
      await file('a', '220105026004001', 'camera');
      const b = await file('b', '220105026004002', 'sensor');
      await file('c', '220105099004001', 'sensor');
      await store.casework.changeCase(move(b.alert.caseId, 1, { stage: 'handling', assignee: 'li' }));
      const names = async (filter: Parameters<typeof rows>[0]) => (await rows(filter)).map((row) => row.id.replace(`alert-${kind}-list-`, '')).sort();
      expect(await names({ prefix: '220105' })).toEqual(['a', 'b', 'c']);
      expect(await names({ prefix: '220105', scope: ['220105026', '33'] })).toEqual(['a', 'b']);
      expect(await names({ prefix: '220105026004001', scope: ['220105099'] })).toEqual([]);
      expect(await names({ scope: ['220105026004002', '220105099'] })).toEqual(['b', 'c']);
      expect(await names({ prefix: '220105', stages: ['handling', 'closed'] })).toEqual(['b']);
      expect(await names({ prefix: '220105', source: 'camera' })).toEqual(['a']);
      // No pattern is read out of a prefix.
      expect(await names({ prefix: '2201%' })).toEqual([]);
      expect(await store.reading.counts({ scope: ['220105'], prefix: '220105026' }, NOON_MS + 100)).toMatchObject({ byStage: { reported: 1, handling: 1, closed: 0 }, bySource: { camera: 1, sensor: 1, sos: 0 }, openBySeverity: { Severe: 2, Extreme: 0 }, filedLast10Min: 2 });
      expect(await store.reading.counts({ scope: ['220105'], prefix: '' }, NOON_MS + 700_000)).toMatchObject({ filedLast10Min: 0 });
    });

    test('pages skip none, also when many were filed in one millisecond', async () => {
      const scope = ['230105'];
      for (let i = 0; i < 10; i++) await store.filing.fileAlert(candidate({ name: `${kind}-page-${i}`, cellCode: '230105026004001', filedAtMs: NOON_MS + Math.floor(i / 4) }));
      const pages = [];
      for (let beforeMs: number | null = null; ; ) {
        const page = await rows({ scope, limit: 3, beforeMs });
        if (page.length === 0) break;
        pages.push(page.length);
        beforeMs = page.at(-1)?.filedAtMs ?? 0;
      }
      // Filed 4, 4 and 2 in three milliseconds: the first page of 3 reaches into the second millisecond and takes it whole.
      expect(pages).toEqual([6, 4]);
    });

    test('a cell is named as it was when the alert was filed', async () => {
      const code = '240105026004001';
      await store.cells.replaceCells([squareCell(code, { name: 'Old name' })], NOON_MS);
      const { alert } = await store.filing.fileAlert(candidate({ name: `${kind}-named`, cellCode: code, filedAtMs: NOON_MS + 10 }));
      await store.cells.replaceCells([squareCell(code, { name: 'New name' })], NOON_MS + 20);
      expect(await store.reading.alertDetail(alert.id)).toMatchObject({ alert: { cellName: 'Old name' }, cell: { name: 'Old name' } });
    });

    test('latencies are those of filing', async () => {
      await store.filing.fileAlert(candidate({ name: `${kind}-latency`, source: 'sos', atMs: NOON_MS + 5_000_000 }));
      expect(await store.reading.alertLatencies(NOON_MS + 5_000_000)).toEqual([{ source: 'sos', receivedAtMs: NOON_MS + 5_000_010, filedAtMs: NOON_MS + 5_000_040 }]);
      expect((await store.reading.countsBySourceAndStage(NOON_MS + 5_000_000)).sos).toEqual({ reported: 1, classified: 0, handling: 0, following_up: 0, closed: 0 });
    });
  });

  describe('people', () => {
    test('keep their password when role and scope change', async () => {
      const name = `${kind}-li`;
      await store.operators.saveOperator({ name, role: 'viewer', cellScope: [] }, NOON_MS);
      await store.operators.setPassword(name, 'hash', null);
      await store.operators.saveOperator({ name, role: 'dispatcher', cellScope: ['110105', '"{},'] }, NOON_MS);
      expect(await store.operators.findOperator(name)).toEqual({ name, role: 'dispatcher', cellScope: ['110105', '"{},'], seesFaces: false, passwordHash: 'hash' });
      expect(await store.operators.findOperator('nobody')).toBeNull();
    });

    test('see faces only when somebody lets them, and go on to with another role', async () => {
      const name = `${kind}-looker`;
      await store.operators.saveOperator({ name, role: 'admin', cellScope: [] }, NOON_MS);
      expect(await store.operators.findOperator(name)).toMatchObject({ seesFaces: false });
      expect(await store.operators.setSeesFaces(name, true)).toBe(true);
      await store.operators.saveOperator({ name, role: 'viewer', cellScope: [] }, NOON_MS);
      expect(await store.operators.findOperator(name)).toMatchObject({ role: 'viewer', seesFaces: true });
      await store.operators.setSeesFaces(name, false);
      expect(await store.operators.findOperator(name)).toMatchObject({ seesFaces: false });
      expect(await store.operators.setSeesFaces(`${kind}-nobody`, true)).toBe(false);
    });

    test('use a code up once, in time', async () => {
      const name = `${kind}-code`;
      await store.operators.saveOperator({ name, role: 'viewer', cellScope: [] }, NOON_MS);
      await store.operators.addSignInCode(`${kind}-h1`, name, 1000);
      const both = await Promise.all([store.operators.redeemSignInCode(`${kind}-h1`, 999), other.operators.redeemSignInCode(`${kind}-h1`, 999)]);
      expect(both.filter((person) => person !== null)).toMatchObject([{ name }]);
      await store.operators.addSignInCode(`${kind}-h2`, name, 1000);
      expect(await store.operators.redeemSignInCode(`${kind}-h2`, 1000)).toBeNull();
    });

    test('have sessions that end', async () => {
      const name = `${kind}-session`;
      await store.operators.saveOperator({ name, role: 'admin', cellScope: [] }, NOON_MS);
      for (const token of ['t1', 't2', 't3']) await store.operators.addSession(`${kind}-${token}`, name, 1000, 2000);
      expect(await store.operators.findSession(`${kind}-t1`, 1999)).toMatchObject({ operator: { name }, expiresAtMs: 2000 });
      expect(await store.operators.findSession(`${kind}-t1`, 2000)).toBeNull();
      await store.operators.extendSession(`${kind}-t1`, 3000);
      expect(await store.operators.findSession(`${kind}-t1`, 2000)).not.toBeNull();
      expect(await store.operators.dispatchersSignedIn(1500)).toBe(1);
      await store.operators.setPassword(name, 'hash', `${kind}-t2`);
      expect(await Promise.all(['t1', 't2', 't3'].map((token) => store.operators.findSession(`${kind}-${token}`, 1500)))).toMatchObject([null, { operator: { name } }, null]);
      expect(await store.operators.removeOperator(name)).toBe(true);
      expect(await store.operators.findSession(`${kind}-t2`, 1500)).toBeNull();
      expect(await store.operators.removeOperator(name)).toBe(false);
    });
  });

  test('house-keeping forgets what is old and nothing else', async () => {
    const patrolId = `${kind}-tidy`;
    for (const atMs of [NOON_MS - 10_000, NOON_MS - 1]) await store.casework.savePosition({ patrolId, at: { lon: 1, lat: 1 }, fixAtMs: atMs, receivedAtMs: atMs, accuracyM: null, cellCode: null });
    const given = candidate({ name: `${kind}-tidy`, atMs: NOON_MS - 31 * 86_400_000 });
    await store.filing.fileAlert(given);
    for (const daysAgo of [401, 399]) await store.faceViews.note({ operatorName: 'li', what: `live video ${daysAgo} days ago`, purpose: 'live view', atMs: NOON_MS - daysAgo * 86_400_000 });
    const tidied = await store.tidy({ trailMs: 5000 });
    expect(tidied).toMatchObject({ findings: 1, windows: 1, orphans: 0, faceViews: 1 });
    expect(await store.faceViews.noted(1)).toMatchObject([{ what: 'live video 399 days ago' }]);
    expect(tidied.positions).toBeGreaterThanOrEqual(1);
    expect((await store.positions.trail(patrolId, 0)).map((p) => p.fixAtMs)).toEqual([NOON_MS - 1]);
    expect((await store.reading.alertRow(given.newAlertId)).findings).toBe(1);
  });

  test('a write can be proved', async () => {
    await expect(store.proveWritable()).resolves.toBeUndefined();
  });

  test('a second close is the same close', async () => {
    await Promise.all([other.close(), other.close()]);
    if (other === store) await expect(store.proveWritable()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

function move(caseId: string, seenVersion: number, set: Parameters<CaseStore['changeCase']>[0]['set']) {
  const event: CaseEvent = { id: systemIds.id(), caseId, atMs: NOON_MS + 100, actor: 'operator/li', what: 'claim', fromStage: 'reported', toStage: set.stage ?? 'reported', why: null };
  return { caseId, seenVersion, set, event, orders: [] };
}

function orderFor(caseId: string, status: Order['status'], sentAtMs = NOON_MS): Order {
  return { id: systemIds.id(), caseId, patrolId: 'patrol-9', status, sentAtMs, statusAtMs: sentAtMs, note: null, reason: 'nearest' };
}
