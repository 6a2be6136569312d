/** What the alert desk makes of findings: place, gravity, one alert, its picture. */
import { describe, expect, test } from 'vitest';
import type { Alert, Evidence } from '../domain/alert.ts';
import type { Cell } from '../domain/cell.ts';
import type { CameraFinding, Finding, FindingPlace, SensorFinding, SosFinding } from '../domain/finding.ts';
import type { Severity } from '../domain/gravity.ts';
import { createCellIndex } from '../grid/cell-index.ts';
import { importGrid } from '../grid/import.ts';
import { ManualClock } from '../platform/clock.ts';
import { countedIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { districtGeoJson } from '../test-fixtures/grid/make-district.ts';
import type { AlertCandidate, AlertStore, Clearing } from './alert-store.ts';
import { createAlertDesk } from './file.ts';
import { certaintyOfScore, gravityOf } from './gravity.ts';
import { placeOf } from './place.ts';

const NOW_MS = Date.parse('2026-11-15T12:00:00Z');
const all: Cell[] = importGrid(JSON.stringify(districtGeoJson()), { file: 'district', nowMs: NOW_MS });
const cells = createCellIndex(all);
const HOME = '110101001001001';
const INSIDE_004 = { lon: 116.3841, lat: 39.9117 };
const OUTSIDE = { lon: 116.3, lat: 39.9 };

const basics = {
  id: 'finding-1',
  ruleId: 'yard',
  ruleName: 'Nobody in the yard',
  ruleVersion: 3,
  severity: 'Moderate',
  certainty: 'Likely',
  place: { basis: 'ground-plane', at: INSIDE_004, homeCell: HOME },
  occurredAtMs: NOW_MS - 1000,
  receivedAtMs: NOW_MS - 900,
  traceparent: '00-1-1-01',
} as const;
const person = { kind: 'track', trackId: 7, label: 'person', score: 0.8, box: { x: 1, y: 2, w: 3, h: 4 }, crossing: null } as const;
const camera = (changes: Partial<CameraFinding> = {}): CameraFinding => ({ ...basics, source: 'camera', ruleKind: 'intrusion', cameraId: 'gate', where: { id: 'yard', name: 'Yard' }, about: person, sinceMs: NOW_MS - 2000, evidenceKey: 'picture-1', ...changes });
const sensor = (changes: Partial<SensorFinding> = {}): SensorFinding => ({ ...basics, source: 'sensor', deviceId: 'smoke-1', measurement: 'smoke', value: 9, limit: 5, direction: 'above', ...changes });
const sos = (changes: Partial<SosFinding> = {}): SosFinding => ({ ...basics, source: 'sos', deviceId: 'button-1', ...changes });

describe('gravity', () => {
  test.each<[string, Finding, string]>([
    ['a camera, likely', camera(), 'Moderate Expected Likely'],
    ['a camera that only thinks so', camera({ certainty: 'Possible' }), 'Moderate Expected Possible'],
    ['a camera that left it to the score', camera({ certainty: 'Unknown', about: { ...person, score: 0.49 } }), 'Moderate Expected Possible'],
    ['a sensor saw it', sensor({ severity: 'Severe' }), 'Severe Immediate Observed'],
    ['a button was pressed, whatever its rule says', sos({ severity: 'Minor', certainty: 'Possible' }), 'Minor Immediate Observed'],
  ])('%s', (_, finding, expected) => {
    const { severity, urgency, certainty } = gravityOf(finding);
    expect(`${severity} ${urgency} ${certainty}`).toBe(expected);
  });

  test.each<[Severity, string]>([
    ['Extreme', 'Immediate'],
    ['Severe', 'Immediate'],
    ['Moderate', 'Expected'],
    ['Minor', 'Future'],
    ['Unknown', 'Unknown'],
  ])('%s is %s', (severity, urgency) => {
    expect(gravityOf(sensor({ severity })).urgency).toBe(urgency);
  });

  test('a probability of one half is Likely, about none Unlikely, and the surest model has not observed', () => {
    expect([0, 0.049, 0.05, 0.49999, 0.5, 1].map(certaintyOfScore)).toEqual(['Unlikely', 'Unlikely', 'Possible', 'Possible', 'Likely', 'Likely']);
  });
});

describe('place', () => {
  test.each<[string, FindingPlace, { basis: string; at: unknown; cellCode: string | null }]>([
    ['a projected point in a cell', { basis: 'ground-plane', at: INSIDE_004, homeCell: HOME }, { basis: 'ground-plane', at: INSIDE_004, cellCode: '110101001001004' }],
    ['a projected point in no cell: home cell, point dropped', { basis: 'ground-plane', at: OUTSIDE, homeCell: HOME }, { basis: 'home-cell', at: null, cellCode: HOME }],
    ['a fix outside the grid: home cell, fix kept', { basis: 'device-fix', at: OUTSIDE, homeCell: HOME }, { basis: 'home-cell', at: OUTSIDE, cellCode: HOME }],
    ['a fix outside and no home cell', { basis: 'device-fix', at: OUTSIDE, homeCell: null }, { basis: 'device-fix', at: OUTSIDE, cellCode: null }],
    ['the last known position', { basis: 'last-known', at: INSIDE_004, homeCell: null }, { basis: 'last-known', at: INSIDE_004, cellCode: '110101001001004' }],
    ['no point', { basis: 'home-cell', at: null, homeCell: HOME }, { basis: 'home-cell', at: null, cellCode: HOME }],
    ['a basis that promised a point but has none', { basis: 'device-fix', at: null, homeCell: HOME }, { basis: 'home-cell', at: null, cellCode: HOME }],
    ['a home cell that is not in the grid', { basis: 'home-cell', at: null, homeCell: '110101009009009' }, { basis: 'home-cell', at: null, cellCode: null }],
    ['nothing at all', { basis: 'device-location', at: null, homeCell: null }, { basis: 'home-cell', at: null, cellCode: null }],
  ])('%s', (_, place, expected) => {
    expect(placeOf(place, cells, NOW_MS, 50)).toEqual({ ...expected, errorM: null, nearCells: [] });
  });

  test('the grid counts as it stood when it happened', () => {
    const ended = createCellIndex(all.map((cell) => ({ ...cell, validToMs: NOW_MS })));
    expect(placeOf(basics.place, ended, NOW_MS - 1, 50).cellCode).toBe('110101001001004');
    expect(placeOf(basics.place, ended, NOW_MS, 50).cellCode).toBeNull();
  });
});

/** A store in memory that keeps its promises, but not across processes. */
function memoryStore(): AlertStore & { alerts: Alert[]; pictures: Map<string, Evidence>; full: boolean; unfiled: boolean; clearings: Clearing[] } {
  const seen = new Map<string, Alert>();
  const store = {
    alerts: [] as Alert[],
    pictures: new Map<string, Evidence>(),
    full: false,
    unfiled: false,
    clearings: [] as Clearing[],
    fileAlert: async (c: AlertCandidate) => {
      const current = (id: string): Alert => ({ ...store.alerts.find((one) => one.id === id)!, evidence: [...store.pictures.values()].filter((picture) => picture.alertId === id) });
      const before = seen.get(c.finding.id);
      if (before) return { alert: current(before.id), fresh: false };
      const open = store.alerts.find((one) => one.ruleId === c.finding.ruleId && one.subject === c.subject && one.place.cellCode === c.place.cellCode && c.finding.occurredAtMs - one.lastFindingAtMs <= c.windowMs);
      if (open) {
        const joined = { ...open, findings: open.findings + 1, lastFindingAtMs: c.finding.occurredAtMs };
        store.alerts[store.alerts.indexOf(open)] = joined;
        seen.set(c.finding.id, joined);
        return { alert: current(joined.id), fresh: false };
      }
      const { finding, severity, urgency, certainty, subject, place, filedAtMs } = c;
      const { source, ruleId, ruleName, ruleVersion, occurredAtMs, receivedAtMs, traceparent } = finding;
      const alert: Alert = { id: c.newAlertId, caseId: c.newCaseId, source, ruleId, ruleName, ruleVersion, subject, place, severity, urgency, certainty, occurredAtMs, receivedAtMs, filedAtMs, lastFindingAtMs: occurredAtMs, findings: 1, finding, evidence: [], traceparent };
      store.alerts.push(alert);
      seen.set(finding.id, alert);
      return { alert, fresh: true };
    },
    clearAlerts: async (clearing: Clearing) => {
      store.clearings.push(clearing);
      return store.unfiled ? ('unfiled' as const) : [];
    },
    addEvidence: async (picture: Omit<Evidence, 'bytes' | 'sha256'>, jpeg: Uint8Array) => {
      if (store.full) throw new Error('no space left on device');
      const kept = { ...picture, bytes: jpeg.length, sha256: 'f'.repeat(64) };
      store.pictures.set(picture.id, kept);
      return kept;
    },
  };
  return store;
}

function desk() {
  const store = memoryStore();
  const tray = new Map([['picture-1', new Uint8Array([0xff, 0xd8])]]);
  const log = keptLog();
  const clock = new ManualClock(NOW_MS);
  const alerts = createAlertDesk({ store, cells, evidence: { take: async (key) => tray.get(key) ?? null }, clock, ids: countedIds(), log, windowMs: 60_000, mostErrorM: 50 });
  return { store, tray, log, clock, alerts };
}

describe('filing', () => {
  test('a finding becomes an alert with its picture', async () => {
    const { alerts, store } = desk();
    const filed = await alerts.file(camera());
    expect(filed).toMatchObject({
      fresh: true,
      evidence: 'kept',
      alert: { id: 'id-1', caseId: 'id-2', subject: 'camera/gate/zone/yard/track/7', urgency: 'Expected', filedAtMs: NOW_MS, traceparent: '00-1-1-01', place: { cellCode: '110101001001004', basis: 'ground-plane' } },
    });
    expect(filed.alert.evidence).toEqual([{ id: 'finding-1', alertId: 'id-1', takenAtMs: NOW_MS - 1000, kind: 'picture', mediaType: 'image/jpeg', bytes: 2, sha256: 'f'.repeat(64) }]);
    expect(store.alerts).toHaveLength(1);
  });

  test('the same finding again makes nothing new', async () => {
    const { alerts, store } = desk();
    const first = await alerts.file(camera());
    const again = await alerts.file(camera());
    expect(again).toEqual({ ...first, fresh: false });
    expect([store.alerts.length, store.pictures.size]).toEqual([1, 1]);
  });

  test('a second finding of the same track joins and brings its own picture', async () => {
    const { alerts, tray } = desk();
    tray.set('picture-2', new Uint8Array(3));
    await alerts.file(camera());
    const joined = await alerts.file(camera({ id: 'finding-2', evidenceKey: 'picture-2' }));
    expect([joined.fresh, joined.alert.findings, joined.alert.evidence.map((picture) => picture.id)]).toEqual([false, 2, ['finding-1', 'finding-2']]);
  });

  test('a picture that is gone is told, and the alert stands', async () => {
    const { alerts, tray, log } = desk();
    tray.clear();
    expect(await alerts.file(camera())).toMatchObject({ fresh: true, evidence: 'missing', alert: { evidence: [] } });
    expect(log.lines).toEqual([{ level: 'warn', message: 'the evidence picture is no longer there; the alert stands without it', fields: { alert: 'id-1', camera: 'gate', key: 'picture-1' } }]);
  });

  test('a full disk: the alert stands, and the retry brings the picture in', async () => {
    const { alerts, store, log } = desk();
    store.full = true;
    expect(await alerts.file(camera())).toMatchObject({ fresh: true, evidence: 'failed' });
    expect(log.lines[0]).toMatchObject({ level: 'error', fields: { reason: 'no space left on device' } });
    store.full = false;
    expect(await alerts.file(camera())).toMatchObject({ fresh: false, evidence: 'kept', alert: { evidence: [{ id: 'finding-1' }] } });
    expect(store.alerts).toHaveLength(1);
  });

  test.each<[string, Finding]>([
    ['a camera without a picture', camera({ evidenceKey: null })],
    ['a sensor', sensor()],
    ['an SOS', sos()],
  ])('%s has no evidence', async (_, finding) => {
    expect(await desk().alerts.file(finding)).toMatchObject({ fresh: true, evidence: 'none' });
  });

  test('an SOS without any place is filed all the same, and said', async () => {
    const { alerts, log } = desk();
    const filed = await alerts.file(sos({ place: { basis: 'home-cell', at: null, homeCell: null } }));
    expect(filed.alert.place).toEqual({ basis: 'home-cell', at: null, cellCode: null, errorM: null, nearCells: [] });
    expect(log.lines.map((line) => line.message)).toEqual(['the alert lies in no cell; it is filed under the site itself']);
  });

  test('a store that fails fails the filing, so that the job is tried again', async () => {
    const { store, tray, alerts } = desk();
    store.fileAlert = () => Promise.reject(new Error('the database does not answer'));
    await expect(alerts.file(camera())).rejects.toThrow('the database does not answer');
    expect(tray.size).toBe(1);
  });
});

describe('a camera that is well again', () => {
  const over = { cameraId: 'gate', fault: 'no-packets', atMs: NOW_MS, findingId: 'finding-1' } as const;

  test('is told to the store under the rule and subject that its fault was filed under', async () => {
    const { alerts, store } = desk();
    const { alert } = await alerts.file({ ...basics, source: 'health', ruleId: 'health/no-packets', cameraId: 'gate', fault: 'no-packets', sinceMs: NOW_MS - 40_000 });
    expect(alert).toMatchObject({ source: 'health', certainty: 'Observed', urgency: 'Expected' });
    await alerts.clear(over);
    expect(store.clearings).toEqual([{ ruleId: alert.ruleId, subject: alert.subject, atMs: NOW_MS, findingId: 'finding-1', clearedAtMs: NOW_MS }]);
  });

  test('before its fault is filed: tried again, for an hour', async () => {
    const { alerts, store, clock, log } = desk();
    store.unfiled = true;
    await expect(alerts.clear(over)).rejects.toMatchObject({ code: 'HEALTH_UNFILED', retry: true });
    await clock.advance(3_600_000);
    expect(await alerts.clear(over)).toEqual([]);
    expect(log.lines.at(-1)?.message).toContain('never filed');
  });
});
