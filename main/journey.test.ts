/** The journey: one camera and one sensor message in, closed cases out, through every real part; on a generated street with the built-in weights, and on a real clip. */
import { Redis } from 'ioredis';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertRow } from '../domain/alert.ts';
import type { CaseDetail } from '../domain/case.ts';
import type { OrderMessage } from '../domain/patrol.ts';
import { dutyTopic, orderStatusTopic, ordersTopic } from '../domain/topics.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { type FakeCameraOptions, type FakeCameras, startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { sharedFile } from '../test-fixtures/shared-data.ts';
import { makeSmallSite, PASSWORD, type SmallSite } from '../test-fixtures/small-site.ts';
import { ConsoleClient } from './console-client.ts';
import { startDesk } from './desk.ts';
import { frameLimits } from './frame-limits.ts';
import { startGateway } from './gateway.ts';
import type { Running } from './process.ts';
import { startWorker } from './worker.ts';

const clip = sharedFile('clips/one-by-one-person-detection.mp4');
const weights = sharedFile('models/objects/yolox_nano_416.onnx');

interface Footage {
  readonly what: string;
  readonly play: FakeCameraOptions['play'];
  readonly startAtS: number;
  readonly models: { readonly objects: string; readonly faces: string };
}
const street: Footage = { what: 'a generated street and the weights that ship', play: { scene: { seed: 900_201, widthPx: 960, heightPx: 540, loopS: 10 } }, startAtS: 0, models: { objects: 'gridwarden-objects', faces: 'gridwarden-faces' } };
const room: Footage[] = clip && weights ? [{ what: 'a real clip and the reference weights', play: { clip }, startAtS: 4, models: { objects: 'yolox-nano', faces: 'yunet-n' } }] : [];

/** Waits on a real system's state, bounded by the test's own timeout. */
async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each([street, ...room])('with $what', ({ play, startAtS, models }) => {
  let redis: TestRedis;
  let cameras: FakeCameras;
  let small: SmallSite;
  let running: Running[] = [];
  let client: ConsoleClient;
  let phone: MqttClient;
  let sensor: MqttClient;
  let trayRedis: Redis;

  beforeAll(async () => {
    redis = await startTestRedis();
    trayRedis = new Redis({ path: redis.socket });
    cameras = await startFakeCameras({ cameras: [{ path: 'cam-1', play, auth: { user: 'viewer', password: 'n0t-in-any-log', scheme: 'digest' }, startAtS }] });
    small = await makeSmallSite({ cameraUrl: cameras.url('cam-1'), redisUrl: `unix://${redis.socket}`, override: { models, video: { preRollS: 2, postRollS: 3 } } });
    const { site, environment } = small;
    const desk = await startDesk(site, environment, [{ name: 'dispatcher', role: 'dispatcher' }]);
    running = [desk];
    running.unshift(await startWorker(site, environment));
    const gateway = await startGateway(site, environment);
    running.unshift(gateway);
    client = new ConsoleClient(desk.says['console'] as string);
    await client.signIn((desk.says['invites'] as Record<string, string>)['dispatcher'] ?? '');
    const connect = (id: string): Promise<MqttClient> => mqtt.connectAsync(gateway.says['mqtt'] as string, { clientId: id, username: id, password: PASSWORD, protocolVersion: 4 });
    phone = await connect('phone-1');
    sensor = await connect('smoke-1');
  }, 60_000);

  afterAll(async () => {
    await Promise.all([phone, sensor].map((device) => device.endAsync(true)));
    for (const part of running) await part.close();
    await cameras.close();
    trayRedis.disconnect();
    await redis.close();
    await small.remove();
  });

  const alertOf = (source: string): Promise<AlertRow> => until(async () => (await client.get<{ alerts: AlertRow[] }>(`/api/alerts?source=${source}`)).alerts[0]);
  const caseOf = async (id: string): Promise<CaseDetail> => (await client.get<{ case: CaseDetail }>(`/api/cases/${id}`)).case;
  const move = async (id: string, fields: object): Promise<CaseDetail> => (await client.post<{ case: CaseDetail }>(`/api/cases/${id}/moves`, { ...fields, seenVersion: (await caseOf(id)).version })).case;

  test('the sensor, the patrol and the dispatcher bring a case through all five stages', async () => {
    const orders: OrderMessage[] = [];
    phone.on('message', (_, payload) => orders.push(JSON.parse(payload.toString()) as OrderMessage));
    await phone.subscribeAsync(ordersTopic('patrol-1'), { qos: 1 });
    await phone.publishAsync(dutyTopic('patrol-1'), JSON.stringify({ onDuty: true }), { qos: 1 });
    const camera = small.site.config.devices[0]?.location ?? { lon: 0, lat: 0 };
    await phone.publishAsync('owntracks/patrol-1/phone', JSON.stringify({ _type: 'location', lon: camera.lon, lat: camera.lat + 0.001, tst: Math.floor(Date.now() / 1000), acc: 5 }), { qos: 1 });

    await sensor.publishAsync('sensor/smoke-1', JSON.stringify({ smoke: 91 }), { qos: 1 });
    const alert = await alertOf('sensor');
    expect(alert).toMatchObject({ ruleId: 'smoke-high', severity: 'Extreme', urgency: 'Immediate', certainty: 'Observed', findings: 1 });
    expect(alert.place).toMatchObject({ basis: 'device-location', cellCode: small.site.config.devices[0]?.homeCell });

    const id = alert.caseId;
    await move(id, { move: 'claim' });
    await move(id, { move: 'classify', category: 'fire' });
    const choice = await until(async () => {
      const answer = await client.get<{ candidates: { patrolId: string; distanceM: number }[] }>(`/api/cases/${id}/candidates`);
      return answer.candidates[0]?.distanceM ? answer.candidates[0] : null;
    });
    expect(choice.patrolId).toBe('patrol-1');
    expect(choice.distanceM).toBeGreaterThan(90);
    expect(choice.distanceM).toBeLessThan(130);
    await move(id, { move: 'dispatch', patrolId: 'patrol-1' });
    const order = await until(async () => orders[0]);
    expect(order).toMatchObject({ caseId: id, patrolId: 'patrol-1', traceparent: alert.traceparent });
    for (const status of ['acknowledged', 'en_route', 'on_scene', 'done']) await phone.publishAsync(orderStatusTopic('patrol-1', order.orderId), JSON.stringify({ status }), { qos: 1 });
    await until(async () => (await caseOf(id)).orders[0]?.status === 'done');
    await move(id, { move: 'follow_up' });
    const closed = await move(id, { move: 'close', closeCode: 'true', why: 'handled' });

    expect(closed).toMatchObject({ stage: 'closed', closeCode: 'true', traceparent: alert.traceparent });
    expect(closed.history.map((event) => event.what)).toEqual(['opened', 'claim', 'classify', 'dispatch', 'order', 'order', 'order', 'order', 'follow_up', 'close']);
    expect(new Set(closed.history.map((event) => event.actor))).toEqual(new Set(['system', 'operator/dispatcher', 'patrol/patrol-1']));
  });

  test('the camera: a person walks in, one alert with a redacted picture', async () => {
    const alert = await alertOf('camera');
    expect(alert).toMatchObject({ ruleId: 'room-person', place: { basis: 'home-cell' }, finding: { about: { kind: 'track', label: 'person' }, cameraId: 'cam-1' } });
    const { alert: whole } = await until(async () => {
      const detail = await client.get<{ alert: AlertRow }>(`/api/alerts/${alert.id}`);
      return detail.alert.evidence.length > 0 ? detail : null;
    });
    expect(whole.evidence.filter(({ kind }) => kind === 'picture')).toHaveLength(1);
    expect(whole.evidence[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    const { cameras: listed } = await client.get<{ cameras: { status: { state: string }; counts: { framesIn: number; framesInferred: number; framesShed: number } }[] }>('/api/cameras');
    expect(listed[0]?.status.state).toBe('streaming');
    const counts = listed[0]?.counts ?? { framesIn: 0, framesInferred: 0, framesShed: 0 };
    expect(counts.framesInferred).toBeGreaterThan(0);
    expect(counts.framesIn - counts.framesInferred - counts.framesShed).toBeLessThanOrEqual((frameLimits(small.site.config).maxWaiting ?? 1) + 1);
    expect(JSON.stringify(listed)).not.toContain('n0t-in-any-log');
    expect(JSON.stringify(small.environment.log.lines)).not.toContain('n0t-in-any-log');
  });

  test('the camera: a still of that moment in full resolution follows, and a clip of before and after', async () => {
    const alert = await alertOf('camera');
    const evidence = await until(async () => {
      const kept = (await client.get<{ alert: AlertRow }>(`/api/alerts/${alert.id}`)).alert.evidence;
      return kept.some(({ kind }) => kind === 'still') && kept.some(({ kind }) => kind === 'clip') ? kept : null;
    });
    const [still, video] = [evidence.find(({ kind }) => kind === 'still'), evidence.find(({ kind }) => kind === 'clip')];
    // Frames are taken five times a second, pictures 25 times: the same picture, or its neighbour.
    expect(Math.abs((still?.takenAtMs ?? 0) - alert.occurredAtMs)).toBeLessThanOrEqual(80);
    expect(video?.mediaType).toBe('video/mp4');
    expect(alert.occurredAtMs - (video?.takenAtMs ?? 0)).toBeGreaterThan(0);
    expect((await new MediaTray(trayRedis, { ttlMs: 1, budgetBytes: 1 }).held()).refused).toBe(0);
  });
});
