/** A camera gone silent raises a ticket by itself, in its cell, and it clears by itself: through every real part, with a clock that is moved. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlertRow } from '../domain/alert.ts';
import type { CameraStatus } from '../domain/camera.ts';
import type { CaseDetail } from '../domain/case.ts';
import { systemClock } from '../platform/clock.ts';
import { type FakeCameras, startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../test-fixtures/moving-box-clip.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { makeSmallSite, type SmallSite } from '../test-fixtures/small-site.ts';
import { ConsoleClient } from './console-client.ts';
import { startDesk } from './desk.ts';
import { startGateway } from './gateway.ts';
import type { Running } from './process.ts';
import type { Environment } from './site.ts';

let redis: TestRedis;
let clip: MadeClip;
let cameras: FakeCameras;
let small: SmallSite;
let running: Running[] = [];
let client: ConsoleClient;
let aheadMs = 0;

async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  [redis, clip] = await Promise.all([startTestRedis(), makeMovingBoxClip({ widthPx: 320, heightPx: 180, fps: 10, seconds: 2 })]);
  cameras = await startFakeCameras({ cameras: [{ path: 'cam-1', play: { clip: clip.file } }] });
  small = await makeSmallSite({ cameraUrl: cameras.url('cam-1'), redisUrl: `unix://${redis.socket}` });
  // Runs as real time does, and leaps when the test says so: nobody sits out half a minute.
  const environment: Environment = { ...small.environment, clock: { nowMs: () => systemClock.nowMs() + aheadMs, sleep: systemClock.sleep } };
  const desk = await startDesk(small.site, environment, [{ name: 'dispatcher', role: 'dispatcher' }]);
  running = [desk];
  client = new ConsoleClient(desk.says['console'] as string);
  await client.signIn((desk.says['invites'] as Record<string, string>)['dispatcher'] ?? '');
  running.unshift(await startGateway(small.site, environment));
}, 60_000);

afterAll(async () => {
  for (const part of running) await part.close();
  await cameras?.close();
  await redis?.close();
  await clip?.remove();
  await small?.remove();
});

const alerts = async (): Promise<AlertRow[]> => (await client.get<{ alerts: AlertRow[] }>('/api/alerts?source=health')).alerts;
const status = async (): Promise<CameraStatus | null | undefined> => (await client.get<{ cameras: { status: CameraStatus | null }[] }>('/api/cameras')).cameras[0]?.status;
const streams = (): Promise<boolean> => until(async () => (await status())?.state === 'streaming');
const away = async (): Promise<void> => {
  cameras.setFault('cam-1', { kind: 'refuses', status: 503 });
  cameras.drop('cam-1');
  await until(async () => (await status())?.state === 'backing-off');
};
const back = async (): Promise<void> => {
  cameras.setFault('cam-1', null);
  await streams();
};

test('dropped: an alert in its cell; back: over, and the case that nobody began closed; again: the same alert; held by somebody: left to them', async () => {
  await streams();
  await away();
  expect(await alerts()).toEqual([]);
  aheadMs += 31_000;
  const raised = await until(async () => (await alerts())[0]);
  const homeCell = small.site.config.cameras[0]?.homeCell;
  expect(raised).toMatchObject({ source: 'health', ruleId: 'health/no-packets', severity: 'Moderate', urgency: 'Expected', certainty: 'Observed', caseStage: 'reported', clearedAtMs: null, place: { basis: 'home-cell', cellCode: homeCell }, finding: { cameraId: 'cam-1', fault: 'no-packets' } });
  await until(async () => (await status())?.faults?.includes('no-packets'));

  await back();
  aheadMs += 16_000;
  const over = await until(async () => (await alerts()).find((alert) => alert.clearedAtMs));
  expect(over).toMatchObject({ id: raised.id, findings: 1, caseStage: 'closed' });
  const caseOf = async (): Promise<CaseDetail> => (await client.get<{ case: CaseDetail }>(`/api/cases/${raised.caseId}`)).case;
  expect((await caseOf()).history.at(-1)).toMatchObject({ actor: 'gridwarden', what: 'close', toStage: 'closed', why: 'cleared' });
  await until(async () => (await status())?.faults?.length === 0);

  await away();
  aheadMs += 31_000;
  const again = await until(async () => (await alerts()).find((alert) => !alert.clearedAtMs));
  expect(again).toMatchObject({ id: raised.id, findings: 2, caseStage: 'reported' });
  await client.post(`/api/cases/${raised.caseId}/moves`, { move: 'claim', seenVersion: (await caseOf()).version });

  await back();
  aheadMs += 16_000;
  expect(await until(async () => (await alerts()).find((alert) => alert.clearedAtMs))).toMatchObject({ id: raised.id, caseStage: 'reported', assignee: 'dispatcher' });
  expect(await alerts()).toHaveLength(1);
  expect(await client.get('/api/summary')).toMatchObject({ bySource: { health: 1, camera: 0 } });
}, 60_000);

test('a clock that leaps is told by the camera\'s own reports', async () => {
  await streams();
  await until(async () => (await status())?.clock === 'rtcp');
  cameras.setReports('cam-1', { clockAheadMs: -3_600_000 });
  // What stays for three seconds is a leap, and the host's next status tells of it.
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    aheadMs += 3000;
    return (await alerts()).some((alert) => alert.ruleId === 'health/clock-jump');
  });
}, 60_000);
