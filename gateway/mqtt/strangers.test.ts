/** What somebody without a password can learn or do at the MQTT door, and what a phone that stays away can: nothing that grows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderMessage } from '../../domain/patrol.ts';
import { ManualClock, systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { KeptEvents, PATROLS, connectAs, testDevices, until } from '../../test-fixtures/mqtt-door/site.ts';
import { type MqttDoor, createMqttDoor } from './door.ts';
import { Refusals } from './refusals.ts';

let door: MqttDoor;
let port: number;
const connected = new Map<string, boolean>();
beforeAll(async () => {
  door = createMqttDoor({ port: 0 }, { devices: await testDevices(), patrols: PATROLS, sink: new KeptEvents(), presence: { deviceStatus: async (status) => void connected.set(status.deviceId, status.connected) }, env: { clock: systemClock, ids: systemIds, log: keptLog(), metrics: createMetrics(false) } });
  ({ port } = await door.start());
});
afterAll(() => door.close());

async function refusedAfterMs(username: string, password: string, more: object = {}): Promise<{ ms: number; code: unknown }> {
  const beganAtMs = performance.now();
  const error: unknown = await connectAs('sensor-1', port, { username, password, ...more }).catch((e: unknown) => e);
  return { ms: performance.now() - beganAtMs, code: (error as { code?: unknown }).code };
}

test('whether a name is known cannot be told by the time of the refusal', async () => {
  const [unknown, wrong, again] = [await refusedAfterMs('nobody', 'x'), await refusedAfterMs('sensor-1', 'x'), await refusedAfterMs('sensor-1', 'x')];
  for (const { ms, code } of [unknown, wrong, again]) {
    expect(code).toBe(4);
    expect(ms).toBeGreaterThan(245);
  }
});

test('nor by a client id of a length that only a known name makes too long', async () => {
  const long = { protocolVersion: 3 as const, protocolId: 'MQIsdp' as const, clientId: 'c'.repeat(199) };
  expect((await refusedAfterMs('sensor-1', 'wrong', long)).code).toBe((await refusedAfterMs('sensor-9', 'wrong', long)).code);
});

test('a new name each time does not fill the log', () => {
  const [log, clock] = [keptLog(), new ManualClock()];
  const refusals = new Refusals(createMetrics(false), log, clock);
  for (let i = 0; i < 5000; i++) refusals.note('unknown-device', `name-${i}`, 'unknown');
  refusals.note('wrong-password', 'sensor-1', 'wrong');
  expect(log.lines.filter((line) => line.message === 'unknown')).toHaveLength(20);
  expect(log.lines.filter((line) => line.message === 'wrong')).toHaveLength(1);
  void clock.advance(10_001);
  refusals.note('unknown-device', 'name-x', 'unknown');
  expect(log.lines.at(-1)?.fields).toMatchObject({ alike: 4980 });
});

test('an order sent again and again waits once for a phone that is away, and its recall with it', async () => {
  const order: OrderMessage = { orderId: 'o-1', caseId: 'c', patrolId: 'p1', severity: 'Severe', title: 'Smoke', cellCode: null, cellName: null, at: null, sentAtMs: 1, traceparent: 't' };
  const phone = await connectAs('phone-1', port, { clean: false, clientId: 'phone' });
  await phone.subscribeAsync('patrol/p1/orders', { qos: 1 });
  await phone.endAsync(true);
  await until(() => connected.get('phone-1') === false);
  for (let i = 0; i < 50; i++) await door.sendOrder(order);
  await door.sendOrder({ ...order, recalled: true });
  const heard: (boolean | undefined)[] = [];
  const back = await connectAs('phone-1', port, { clean: false, clientId: 'phone' });
  back.on('message', (_, payload) => heard.push((JSON.parse(payload.toString()) as OrderMessage).recalled));
  await until(() => heard.includes(true));
  expect(heard).toEqual([undefined, true]);
  await door.sendOrder(order); // it is there: whoever sends again now wants it heard
  await until(() => heard.length === 3);
  await back.endAsync(true);
});
