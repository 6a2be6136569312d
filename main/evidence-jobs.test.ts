/** Stills and clips at the desk: asked for once per alert, kept whole with their hash, told to every console, redacted once for all who ask. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../console/server/parts.ts';
import type { Alert } from '../domain/alert.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { systemIds as ids } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import type { JobPayload } from '../queue/jobs.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import { openStore, type Store } from '../store/store.ts';
import { candidate } from '../test-fixtures/alert-candidates.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { EvidenceDesk } from './evidence-jobs.ts';

const MB = 1024 * 1024;
let dir: string;
let server: TestRedis;
let redis: Redis;
let producer: Producer;
let store: Store;
let tray: MediaTray;
let desk: EvidenceDesk;
const told: Change[] = [];
const log = keptLog();
let made = 0;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'gw-evidence-'));
  server = await startTestRedis();
  redis = await connectRedis({ socket: server.socket }, log);
  producer = createProducer(redis);
  store = await openStore({ kind: 'embedded', dir: path.join(dir, 'db') }, { filesDir: dir, clock, ids });
  tray = new MediaTray(redis, { ttlMs: 60_000, budgetBytes: 8 * MB });
  desk = new EvidenceDesk({ store, tray, producer, redis, video: { preRollS: 5, postRollS: 10 }, announce: async (change) => void told.push(change), env: { clock, ids, log, metrics: createMetrics(false) } });
}, 60_000);
afterAll(async () => {
  await producer.close();
  redis.disconnect();
  await server.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => void told.splice(0));

const newAlert = async (source: 'camera' | 'sensor' = 'camera'): Promise<Alert> => (await store.filing.fileAlert(candidate({ name: `e${made}`, source, device: 'cam', ruleId: `rule-${made++}` }))).alert;
const keep = (payload: JobPayload<'evidence.made'>): Promise<void> => desk.handlers[0]!.handle(payload);
const clipOf = (alert: Alert, key: string) => ({ alertId: alert.id, kind: 'clip', mediaType: 'video/mp4', key, takenAtMs: 1 }) as const;

describe('asking', () => {
  test('happens once for an alert of a camera, however often its first finding is filed, and not for later findings', async () => {
    const alert = await newAlert();
    for (let i = 0; i < 3; i++) await desk.ask(alert, alert.finding);
    await desk.ask(alert, { ...alert.finding, id: 'a later one' });
    await desk.ask(await newAlert('sensor'), alert.finding);
    expect((await producer.depths()).media).toMatchObject({ waiting: 2, delayed: 0 });
    const jobs = await Promise.all(['still', 'clip'].map((kind) => redis.hget(`gw:media:${kind}-${alert.id}`, 'data')));
    const atMs = alert.finding.occurredAtMs;
    expect(jobs.map((text) => JSON.parse(text ?? 'null') as unknown)).toEqual([
      { alertId: alert.id, cameraId: 'cam', atMs },
      { alertId: alert.id, cameraId: 'cam', fromMs: atMs - 5000, toMs: atMs + 10_000 },
    ]);
  });
});

describe('keeping', () => {
  test('a clip comes out of the tray as it went in, stands on the alert, is told, and leaves the tray', async () => {
    const [alert, bytes] = [await newAlert(), Buffer.alloc(3 * MB, 7)];
    await tray.put('k1', bytes);
    await keep(clipOf(alert, 'k1'));
    const row = await store.reading.alertRow(alert.id);
    expect(row.evidence).toMatchObject([{ id: `${alert.id}-clip`, kind: 'clip', mediaType: 'video/mp4', bytes: bytes.length, takenAtMs: 1 }]);
    expect((await buffer(await store.evidence.stream(row.evidence[0]!))).equals(bytes)).toBe(true);
    expect(told).toEqual([{ kind: 'alert', alert: row }]);
    expect(await tray.held()).toMatchObject({ items: 0 });
    // The same job again, as after a desk that died between keeping and saying so.
    await keep(clipOf(alert, 'k1'));
    expect((await store.reading.alertRow(alert.id)).evidence).toHaveLength(1);
  });

  test('what is gone from the tray, and what belongs to no alert, leave nothing behind', async () => {
    const alert = await newAlert();
    await keep(clipOf(alert, 'never-there'));
    await tray.put('k2', Buffer.from('x'));
    await keep({ ...clipOf(alert, 'k2'), alertId: 'no-alert' });
    expect((await store.reading.alertRow(alert.id)).evidence).toEqual([]);
    expect([told, (await tray.held()).items]).toEqual([[], 0]);
    expect((await readdir(path.join(dir, 'evidence'), { recursive: true })).filter((name) => name.includes('no-alert'))).toEqual([]);
  });

  test('a database that is away leaves the clip in the tray for the next try, and a file without a row for the sweep', async () => {
    const alert = await newAlert();
    await tray.put('k3', Buffer.from('clip'));
    const away = new EvidenceDesk({
      store: { ...store, evidence: { stream: (one, span) => store.evidence.stream(one, span), addEvidence: async () => Promise.reject(new Error('the database is away')) } },
      tray, producer, redis, video: { preRollS: 5, postRollS: 10 }, announce: async () => undefined, env: { clock, ids, log, metrics: createMetrics(false) },
    });
    await expect(away.handlers[0]!.handle(clipOf(alert, 'k3'))).rejects.toThrow('the database is away');
    await keep(clipOf(alert, 'k3'));
    expect((await store.reading.alertRow(alert.id)).evidence).toHaveLength(1);
  });
});

describe('redacting', () => {
  test('is begun once for all who ask meanwhile, with the clip in the tray', async () => {
    const [alert, bytes] = [await newAlert(), Buffer.alloc(2 * MB, 9)];
    const clip = await store.filing.addEvidence({ id: `${alert.id}-clip`, alertId: alert.id, kind: 'clip', takenAtMs: 5, mediaType: 'video/mp4' }, bytes);
    await Promise.all([desk.redact(clip), desk.redact(clip), desk.redact(clip)]);
    expect((await producer.depths()).redaction.waiting).toBe(1);
    expect(bytes.equals((await tray.take(`${alert.id}-clip-to-redact`))!)).toBe(true);
    await tray.drop(`${alert.id}-clip-to-redact`);
  });

  test('that finds no room says so, and can be asked for again', async () => {
    const alert = await newAlert();
    const clip = await store.filing.addEvidence({ id: `${alert.id}-clip`, alertId: alert.id, kind: 'clip', takenAtMs: 5, mediaType: 'video/mp4' }, Buffer.alloc(2 * MB));
    await tray.put('filler', Buffer.alloc(7 * MB));
    await expect(desk.redact(clip)).rejects.toMatchObject({ code: 'MEDIA_TRAY_FULL', retry: true });
    await tray.drop('filler');
    await desk.redact(clip);
    expect((await producer.depths()).redaction.waiting).toBe(2);
  });
});
