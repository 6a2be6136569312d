/** The MQTT door as devices meet it: who gets in, what may be said where, and when a message counts as taken. Real clients, real sockets. */
import { once } from 'node:events';
import net from 'node:net';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceStatus } from '../../domain/device.ts';
import type { OrderMessage } from '../../domain/patrol.ts';
import { systemClock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { countedIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics, metricsText } from '../../platform/metrics.ts';
import { KeptEvents, PATROLS, connectAs, next, publishQoS1, testDevices, until } from '../../test-fixtures/mqtt-door/site.ts';
import type { EventSink } from './admission.ts';
import { type DoorSettings, type MqttDoor, createMqttDoor } from './door.ts';
import type { DeviceWithCredential } from './roster.ts';

let devices: DeviceWithCredential[];
beforeAll(async () => {
  devices = await testDevices();
});

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

interface Opened {
  readonly door: MqttDoor;
  readonly port: number;
  readonly log: ReturnType<typeof keptLog>;
  readonly statuses: DeviceStatus[];
  metrics(): Promise<string>;
  as(deviceId: string, options?: Parameters<typeof connectAs>[2]): Promise<MqttClient>;
}

async function open(sink: EventSink, settings: Partial<DoorSettings> = {}): Promise<Opened> {
  const log = keptLog();
  const metrics = createMetrics(false);
  const statuses: DeviceStatus[] = [];
  const door = createMqttDoor({ port: 0, ...settings }, {
    devices,
    patrols: PATROLS,
    sink,
    presence: { deviceStatus: async (status) => void statuses.push(status) },
    env: { clock: systemClock, ids: countedIds(), log, metrics },
  });
  const { port } = await door.start();
  cleanUp.push(() => door.close());
  return {
    door, port, log, statuses,
    metrics: async () => metricsText([await metrics.snapshot()]),
    as: async (deviceId, options) => {
      const client = await connectAs(deviceId, port, options);
      cleanUp.push(() => client.endAsync(true));
      return client;
    },
  };
}

const reading = (seq: number) => ({ id: `r-${seq}`, seq });
const order = (patrolId: string, orderId = 'o-1'): OrderMessage => ({
  orderId, caseId: 'c', patrolId, severity: 'Severe', title: 'Smoke', cellCode: null, cellName: null, at: null, sentAtMs: 1, traceparent: 't',
});

describe('signing in', () => {
  test.each([
    ['the wrong password', { password: 'wrong' }, 'wrong-password'],
    ['no password', { password: undefined }, 'wrong-password'],
    ['the password of another', { password: 'password of sensor-2' }, 'wrong-password'],
    ['an unknown name', { username: 'nobody' }, 'unknown-device'],
    ['a name of Object', { username: '__proto__' }, 'unknown-device'],
  ])('%s is refused with CONNACK 4 and counted', async (_, credentials, reason) => {
    const { as, metrics, log } = await open(new KeptEvents());
    await expect(as('sensor-1', credentials as { password: string })).rejects.toMatchObject({ code: 4 });
    expect(await metrics()).toContain(`gridwarden_mqtt_refused_total{reason="${reason}"} 1`);
    expect(JSON.stringify(log.lines)).not.toContain('password of');
  });

  test('no name at all is refused', async () => {
    const { port } = await open(new KeptEvents());
    await expect(connectAs('sensor-1', port, { username: undefined as unknown as string, password: undefined as unknown as string })).rejects.toMatchObject({ code: 4 });
  });

  test('an MQTT 5 client is refused, and the log has the remedy', async () => {
    const { as, log } = await open(new KeptEvents());
    await expect(as('sensor-1', { protocolVersion: 5 })).rejects.toThrow();
    expect(log.lines.map((line) => line.message)).toContainEqual(expect.stringContaining('set the device to MQTT 3.1.1'));
  });

  test('MQTT 3.1 is taken', async () => {
    const events = new KeptEvents();
    const client = await (await open(events)).as('sensor-1', { protocolVersion: 3, protocolId: 'MQIsdp', clientId: 'a-name-of-23-characters' });
    expect(await publishQoS1(client, 'sensors/sensor-1/state', reading(1))).toBe('acknowledged');
  });

  test('a storm of reconnects costs one scrypt per device', async () => {
    const { as } = await open(new KeptEvents());
    await as('sensor-1');
    const beganAtMs = performance.now();
    for (let i = 0; i < 20; i++) await (await as('sensor-1', { clientId: `c${i}` })).endAsync();
    expect(performance.now() - beganAtMs).toBeLessThan(20 * 40);
  });

  test('a device cannot end the connection of another by taking its client id', async () => {
    const { as } = await open(new KeptEvents());
    const first = await as('sensor-1', { clientId: 'same' });
    await as('sensor-2', { clientId: 'same' });
    expect(await publishQoS1(first, 'sensors/sensor-1/state', reading(1))).toBe('acknowledged');
  });

  test('of too many connections of one device the oldest goes', async () => {
    const { as } = await open(new KeptEvents(), { maxConnectionsPerDevice: 2 });
    const oldest = await as('sensor-1');
    const gone = next(oldest, 'close');
    const second = await as('sensor-1');
    await as('sensor-1');
    await gone;
    expect(await publishQoS1(second, 'sensors/sensor-1/state', reading(1))).toBe('acknowledged');
  });

  test('rubbish instead of MQTT is sent away and counted', async () => {
    const { port, metrics } = await open(new KeptEvents());
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    await until(async () => (await metrics()).includes('reason="protocol"'));
  });
});

describe('topics: a device has its own and no others', () => {
  const status = { status: 'acknowledged' };
  const location = { _type: 'location', lat: 1, lon: 1, tst: 1_790_000_000 };
  test.each<[string, string, object, 'acknowledged' | 'closed']>([
    ['sensor-1', 'sensors/sensor-1/state', reading(1), 'acknowledged'],
    ['sensor-1', 'shared/x/state', reading(1), 'acknowledged'],
    ['sensor-1', 'shared/x/y/state', reading(1), 'closed'],
    ['sensor-1', 'sensors/sensor-2/state', reading(1), 'closed'],
    ['sensor-1', 'sos/sos-1', {}, 'closed'],
    ['sensor-1', 'patrol/p1/orders', order('p1'), 'closed'],
    ['sensor-1', 'patrol/p1/orders/o/status', status, 'closed'],
    ['sensor-1', '$SYS/x', reading(1), 'closed'],
    ['sensor-1', 'sensors/sensor-1/a\u0001b', reading(1), 'closed'],
    ['sensor-all', 'anything/at/all', reading(1), 'acknowledged'],
    ['sensor-all', 'patrol/p1/orders', order('p1'), 'closed'],
    ['sensor-all', 'patrol/p1/orders/o/status', status, 'closed'],
    ['sensor-all', '$SYS/x', reading(1), 'closed'],
    ['sos-1', 'sos/sos-1', {}, 'acknowledged'],
    ['phone-1', 'owntracks/p1/phone', location, 'acknowledged'],
    ['phone-1', 'owntracks/p2/phone', location, 'closed'],
    ['phone-1', 'patrol/p1/orders/o-1/status', status, 'acknowledged'],
    ['phone-1', 'patrol/p1/duty', { onDuty: true }, 'acknowledged'],
    ['phone-1', 'patrol/p2/orders/o-1/status', status, 'closed'],
    ['phone-1', 'patrol/p2/duty', { onDuty: true }, 'closed'],
    ['phone-1', 'patrol/p1/orders', order('p1'), 'closed'],
  ])('%s on %s', async (deviceId, topic, payload, outcome) => {
    const events = new KeptEvents();
    const { as, metrics, log } = await open(events);
    expect(await publishQoS1(await as(deviceId), topic, payload)).toBe(outcome);
    const taken = events.measurements.length + events.sos.length + events.patrol.length;
    expect(taken).toBe(outcome === 'acknowledged' ? 1 : 0);
    expect(events.quarantined).toEqual([]);
    if (outcome === 'closed') {
      expect(await metrics()).toContain('gridwarden_mqtt_refused_total{reason="topic"} 1');
      expect(log.lines.map((line) => line.message)).toContainEqual(expect.stringContaining(`Device ${deviceId} may not publish to`));
    }
  });

  test.each([
    ['phone-1', 'patrol/p1/orders', true],
    ['phone-1', 'patrol/p2/orders', false],
    ['phone-1', 'patrol/+/orders', false],
    ['phone-1', '#', false],
    ['phone-1', '$SYS/#', false],
    ['phone-1', 'owntracks/p1/phone', false],
    ['sensor-1', 'patrol/p1/orders', false],
    ['sensor-1', 'sensors/sensor-1/#', false],
    ['sensor-all', '#', false],
  ])('%s subscribing to %s: %s', async (deviceId, filter, granted) => {
    const client = await (await open(new KeptEvents())).as(deviceId);
    const answer = client.subscribeAsync(filter, { qos: 1 });
    if (granted) expect(await answer).toMatchObject([{ topic: filter, qos: 1 }]);
    else await expect(answer).rejects.toThrow();
  });

  test('a retained message is an event and no more: nothing is handed to whoever comes later', async () => {
    const events = new KeptEvents();
    const { as } = await open(events);
    const phone = await as('phone-1');
    await phone.publishAsync('patrol/p1/orders/o-1/status', JSON.stringify({ status: 'done' }), { qos: 1, retain: true });
    expect(events.patrol).toHaveLength(1);
    const heard: string[] = [];
    phone.on('message', (topic) => heard.push(topic));
    await phone.subscribeAsync('patrol/p1/orders', { qos: 1 });
    expect(await publishQoS1(phone, 'owntracks/p1/phone', { _type: 'lwt', tst: 1 })).toBe('acknowledged');
    expect(heard).toEqual([]);
  });
});

describe('wills obey the same rules', () => {
  const cut = async (client: MqttClient): Promise<void> => {
    const closed = next(client, 'close');
    client.stream.destroy();
    await closed;
  };

  test('on its own topic it is a message like any other', async () => {
    const events = new KeptEvents();
    const { as } = await open(events);
    await cut(await as('sensor-1', { will: { topic: 'sensors/sensor-1/state', payload: Buffer.from('{"seq":-1}'), qos: 1, retain: true } }));
    await until(() => events.measurements.length === 1);
    expect(events.measurements[0]?.values).toEqual({ seq: -1 });
  });

  test.each(['sensors/sensor-2/state', '$SYS/x', 'patrol/p1/orders', 'sos/sos-1'])('on %s it is dropped at the door, with the reason in the log, and the device may work', async (topic) => {
    const events = new KeptEvents();
    const { as, log, metrics, statuses } = await open(events);
    const client = await as('sensor-1', { will: { topic, payload: Buffer.from('{"seq":1}'), qos: 1, retain: false } });
    expect(await metrics()).toContain('gridwarden_mqtt_refused_total{reason="will"} 1');
    expect(log.lines.at(-1)?.message).toContain('Device sensor-1 may not publish to');
    await cut(client);
    await until(() => statuses.filter((s) => s.deviceId === 'sensor-1').at(-1)?.connected === false && statuses.some((s) => s.connected));
    expect([events.measurements, events.sos, events.quarantined]).toEqual([[], [], []]);
  });

  test("a button's broken connection is no SOS", async () => {
    const events = new KeptEvents();
    const { as, statuses } = await open(events);
    await cut(await as('sos-1', { will: { topic: 'sos/sos-1', payload: Buffer.from('gone'), qos: 1, retain: false } }));
    await until(() => statuses.some((s) => s.connected) && statuses.filter((s) => s.deviceId === 'sos-1').at(-1)?.connected === false);
    expect(events.sos).toEqual([]);
  });
});

describe('taken means kept', () => {
  test('the PUBACK leaves only when the event is durable', async () => {
    const events = new KeptEvents();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = false;
    events.keepMeasurements = async () => {
      asked = true;
      await held;
    };
    const client = await (await open(events)).as('sensor-1');
    let acknowledged = false;
    const published = publishQoS1(client, 'sensors/sensor-1/state', reading(1)).then((outcome) => (acknowledged = outcome === 'acknowledged'));
    await until(() => asked);
    // A ping goes round behind the publish: a PUBACK sent early would have come before its answer.
    const pong = next(client, 'packetreceive');
    client.sendPing();
    expect(await pong).toMatchObject({ cmd: 'pingresp' });
    expect(acknowledged).toBe(false);
    release();
    await published;
    expect(acknowledged).toBe(true);
  });

  test('a queue that refuses gives no PUBACK, and the same message comes through when it works again', async () => {
    const events = new KeptEvents();
    const keep = events.keepMeasurements.bind(events);
    let down = true;
    events.keepMeasurements = async (given) => {
      if (down) throw new Error('OOM command not allowed');
      await keep(given);
    };
    const { as, metrics } = await open(events);
    const client = await as('sensor-1', { reconnectPeriod: 20 });
    const published = client.publishAsync('sensors/sensor-1/state', JSON.stringify(reading(1)), { qos: 1 });
    await until(async () => (await metrics()).includes('gridwarden_mqtt_refused_total{reason="queue-busy"} 2'));
    expect(events.measurements).toEqual([]);
    down = false;
    await published;
    expect(events.measurements.map((event) => event.id)).toEqual(['r-1']);
  });

  test('while the queue is silent, a bounded number waits for a bounded time, all unacknowledged', async () => {
    const events = new KeptEvents();
    events.keepMeasurements = () => new Promise(() => undefined);
    const { as, metrics, door } = await open(events, { maxWaiting: 10, waitAtMostMs: 150 });
    const outcomes = await Promise.all(
      ['sensor-1', 'sensor-2'].map(async (id) => {
        const client = await as(id);
        return Promise.all(Array.from({ length: 20 }, (_, i) => publishQoS1(client, `sensors/${id}/state`, reading(i))));
      }),
    );
    expect(outcomes.flat()).toEqual(Array(40).fill('closed'));
    expect(await metrics()).toContain('reason="queue-busy"');
    await door.close();
  });

  test('QoS 0 and QoS 2 take the same way', async () => {
    const events = new KeptEvents();
    const client = await (await open(events)).as('sensor-1');
    await client.publishAsync('sensors/sensor-1/state', JSON.stringify(reading(0)), { qos: 0 });
    expect(await publishQoS1(client, 'sensors/sensor-1/state', reading(2), 2)).toBe('acknowledged');
    expect(events.measurements.map((event) => event.id)).toEqual(['r-0', 'r-2']);
  });

  test('what arrives together is queued together', async () => {
    const events = new KeptEvents();
    const client = await (await open(events)).as('sensor-1');
    await Promise.all(Array.from({ length: 300 }, (_, i) => client.publishAsync('sensors/sensor-1/state', JSON.stringify(reading(i)), { qos: 1 })));
    expect(events.measurements).toHaveLength(300);
    expect(events.batches).toBeLessThan(60);
  });

  test('closing waits for what is on its way, and can be done twice', async () => {
    const events = new KeptEvents();
    const keep = events.keepMeasurements.bind(events);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = false;
    events.keepMeasurements = async (given) => {
      asked = true;
      await held;
      await keep(given);
    };
    const { as, door, port } = await open(events);
    const client = await as('sensor-1');
    const published = publishQoS1(client, 'sensors/sensor-1/state', reading(1));
    await until(() => asked);
    const closing = door.close();
    await expect(connectAs('sensor-2', port)).rejects.toThrow();
    release();
    expect(await published).toBe('acknowledged');
    await closing;
    await door.close();
    expect(events.measurements).toHaveLength(1);
  });
});

describe('what does not fit', () => {
  test.each<[string, Buffer, string]>([
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'not valid UTF-8'],
    ['broken JSON', Buffer.from('{"seq":'), 'is not JSON'],
    ['a number that is none', Buffer.from('{"seq":"many"}'), 'seq (/seq) is "many"'],
    ['nothing', Buffer.alloc(0), 'is not JSON'],
  ])('%s goes to quarantine with the reason and is acknowledged', async (_, payload, why) => {
    const events = new KeptEvents();
    const { as, metrics } = await open(events);
    expect(await publishQoS1(await as('sensor-1'), 'sensors/sensor-1/state', payload)).toBe('acknowledged');
    expect(events.quarantined).toEqual([
      expect.objectContaining({ deviceId: 'sensor-1', topic: 'sensors/sensor-1/state', payloadBase64: payload.toString('base64'), payloadBytes: payload.length, reason: expect.stringContaining(why) as string }),
    ]);
    expect(await metrics()).toContain('gridwarden_mqtt_quarantined_total 1');
  });

  test('of a large one the first 8 KiB are kept', async () => {
    const events = new KeptEvents();
    const { as } = await open(events);
    expect(await publishQoS1(await as('sensor-1'), 'sensors/sensor-1/state', Buffer.alloc(100_000, 'x'))).toBe('acknowledged');
    expect(Buffer.from(events.quarantined[0]?.payloadBase64 ?? '', 'base64')).toHaveLength(8192);
    expect(events.quarantined[0]?.payloadBytes).toBe(100_000);
  });

  test('one that is too large by a byte ends the connection; the largest allowed does not', async () => {
    const events = new KeptEvents();
    const { as, metrics } = await open(events, { maxPayloadBytes: 1000 });
    const pad = (bytes: number): Buffer => Buffer.from(JSON.stringify({ seq: 1, pad: '' }).replace('""', `"${'x'.repeat(bytes - 18)}"`));
    expect(pad(1000)).toHaveLength(1000);
    const client = await as('sensor-1');
    expect(await publishQoS1(client, 'sensors/sensor-1/state', pad(1000))).toBe('acknowledged');
    expect(await publishQoS1(client, 'sensors/sensor-1/state', pad(1001))).toBe('closed');
    expect(events.measurements).toHaveLength(1);
    await until(() => events.quarantined.length === 1);
    expect(events.quarantined[0]).toMatchObject({ payloadBytes: 1001, reason: expect.stringContaining('has 1001 bytes; at most 1000 are taken') as string });
    expect(await metrics()).toContain('gridwarden_mqtt_refused_total{reason="too-large"} 1');
  });

  test('a flood of it is refused, not acknowledged and dropped', async () => {
    const events = new KeptEvents();
    const { as } = await open(events);
    const client = await as('sensor-1');
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => publishQoS1(client, 'sensors/sensor-1/state', 'rubbish')));
    expect(outcomes).toContain('closed');
    expect(events.quarantined.length).toBeGreaterThanOrEqual(outcomes.filter((o) => o === 'acknowledged').length);
    expect(events.quarantined.length).toBeLessThan(210);
  });

  test('a CONNECT that is too large is refused before anything of it is gathered', async () => {
    const { as, metrics } = await open(new KeptEvents());
    await expect(as('sensor-1', { password: 'x'.repeat(60_000) })).rejects.toThrow();
    expect(await metrics()).toContain('reason="too-large"');
  });
});

describe('SOS', () => {
  test('goes through while the queue hangs over measurements', async () => {
    const events = new KeptEvents();
    events.keepMeasurements = () => new Promise(() => undefined);
    const { as } = await open(events, { waitAtMostMs: 500 });
    const sensor = await as('sensor-1');
    for (let i = 0; i < 1000; i++) sensor.publish('sensors/sensor-1/state', JSON.stringify(reading(i)), { qos: 1 });
    const button = await as('sos-1');
    expect(await publishQoS1(button, 'sos/sos-1', { lat: 31.2, lon: 121.4 })).toBe('acknowledged');
    expect(events.sos).toMatchObject([{ type: 'sos', deviceId: 'sos-1', fix: { lon: 121.4, lat: 31.2 } }]);
  });

  test('sent once at QoS 0 into a queue that fails, it is kept when the queue is back', async () => {
    const events = new KeptEvents();
    const keep = events.keepSos.bind(events);
    let failures = 0;
    events.keepSos = async (event) => {
      if (++failures <= 3) throw new Error('LOADING Redis is loading the dataset in memory');
      await keep(event);
    };
    const { as } = await open(events, { waitAtMostMs: 50 });
    const button = await as('sos-1');
    await button.publishAsync('sos/sos-1', 'pressed', { qos: 0 });
    await until(() => events.sos.length === 1);
    expect(failures).toBe(4);
  });

  test('broken JSON is an SOS and a note, never only a note', async () => {
    const events = new KeptEvents();
    const { as } = await open(events);
    expect(await publishQoS1(await as('sos-1'), 'sos/sos-1', '{"lat": 31.')).toBe('acknowledged');
    expect(events.sos).toMatchObject([{ fix: null }]);
    await until(() => events.quarantined.length === 1);
  });
});

describe('orders', () => {
  test('reach the phone of their patrol at QoS 1 and no other', async () => {
    const { door, as } = await open(new KeptEvents());
    const heard: [string, number, unknown][] = [];
    for (const id of ['phone-1', 'phone-2']) {
      const phone = await as(id);
      phone.on('message', (topic, payload, packet) => heard.push([`${id} ${topic}`, packet.qos, JSON.parse(payload.toString())]));
      await phone.subscribeAsync(`patrol/p${id.at(-1)}/orders`, { qos: 1 });
    }
    await door.sendOrder(order('p1'));
    await until(() => heard.length > 0);
    await door.sendOrder(order('p2'));
    await until(() => heard.length > 1);
    expect(heard).toEqual([
      ['phone-1 patrol/p1/orders', 1, order('p1')],
      ['phone-2 patrol/p2/orders', 1, order('p2')],
    ]);
  });

  test('wait in a kept session while the phone is away, and go to nobody else', async () => {
    const { door, as, statuses } = await open(new KeptEvents());
    const phone = await as('phone-1', { clean: false, clientId: 'anything' });
    await phone.subscribeAsync('patrol/p1/orders', { qos: 1 });
    await phone.endAsync(true);
    await until(() => statuses.filter((s) => s.deviceId === 'phone-1').at(-1)?.connected === false && statuses.some((s) => s.connected));
    await door.sendOrder(order('p1', 'o-waiting'));

    const heardByThief: string[] = [];
    await as('phone-2', { clean: false, clientId: 'anything' }).then((thief) => thief.on('message', (topic) => heardByThief.push(topic)));

    const heard: string[] = [];
    const back = await as('phone-1', { clean: false, clientId: 'another name' });
    back.on('message', (_, payload) => heard.push((JSON.parse(payload.toString()) as OrderMessage).orderId));
    await until(() => heard.length === 1);
    expect(heard).toEqual(['o-waiting']);
    expect(heardByThief).toEqual([]);
  });

  test('for a patrol without a phone at the door fail so that they are tried again', async () => {
    const { door, as } = await open(new KeptEvents());
    await expect(door.sendOrder(order('p1'))).rejects.toMatchObject({ code: 'PATROL_AWAY', retry: true });
    const phone = await as('phone-1');
    await expect(door.sendOrder(order('p1'))).rejects.toMatchObject({ code: 'PATROL_AWAY' });
    await phone.subscribeAsync('patrol/p1/orders', { qos: 1 });
    await door.sendOrder(order('p1'));
  });
});

test('presence: away at the start, there when connected, away when gone', async () => {
  const { as, statuses } = await open(new KeptEvents());
  const of = (id: string) => statuses.filter((status) => status.deviceId === id);
  expect(of('sensor-1')).toEqual([{ deviceId: 'sensor-1', connected: false, lastSeenAtMs: null }]);
  const client = await as('sensor-1');
  await until(() => of('sensor-1').length === 2);
  for (let i = 0; i < 50; i++) await publishQoS1(client, 'sensors/sensor-1/state', reading(i));
  expect(of('sensor-1')).toHaveLength(2);
  await client.endAsync();
  await until(() => of('sensor-1').length === 3);
  expect(of('sensor-1').map((status) => status.connected)).toEqual([false, true, false]);
  expect(of('sensor-1').at(-1)?.lastSeenAtMs).toBeGreaterThan(0);
});

test('a port in use is one sentence with the remedies', async () => {
  const { port } = await open(new KeptEvents());
  const failure: unknown = await open(new KeptEvents(), { port }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(GridwardenError);
  expect((failure as GridwardenError).code).toBe('PORT_IN_USE');
  expect((failure as GridwardenError).message).toContain(`The MQTT door cannot listen on 127.0.0.1:${port}`);
  await expect(open(new KeptEvents(), { host: '203.0.113.1' })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
});
