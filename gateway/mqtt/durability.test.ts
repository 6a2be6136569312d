/** Acknowledged means kept (invariant 1), tried with kill -9: of Redis, and of the gateway. Real Redis, real queue, real clients. */
import type { Redis } from 'ioredis';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MeasurementEvent } from '../../domain/device.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createProducer } from '../../queue/producer.ts';
import { connectRedis } from '../../queue/redis.ts';
import { type GatewayChild, startGatewayChild } from '../../test-fixtures/mqtt-door/child.ts';
import { redisSink } from '../../test-fixtures/mqtt-door/redis-sink.ts';
import { PATROLS, connectAs, passwordOf, publishQoS1, testDevices, until } from '../../test-fixtures/mqtt-door/site.ts';
import { type TestRedis, startTestRedis } from '../../test-fixtures/redis.ts';
import { createMqttDoor } from './door.ts';

const log = keptLog();
const cleanUp: (() => Promise<unknown> | void)[] = [];
let server: TestRedis;
beforeEach(async () => {
  server = await startTestRedis();
});
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
  await server.close();
});

/** The real door over the real queue, in this process. */
async function openDoor(): Promise<number> {
  const [redis, sosRedis] = await Promise.all([connectRedis({ socket: server.socket }, log), connectRedis({ socket: server.socket }, log)]);
  const producers = [createProducer(redis), createProducer(sosRedis)] as const;
  const door = createMqttDoor({ port: 0, messagesPerSecondPerDevice: 1e6 }, {
    devices: await testDevices(),
    patrols: PATROLS,
    sink: redisSink(...producers),
    presence: { deviceStatus: async () => undefined },
    env: { clock: systemClock, ids: systemIds, log, metrics: createMetrics(false) },
  });
  cleanUp.push(() => [redis, sosRedis].forEach((r) => r.disconnect()));
  cleanUp.push(() => door.close());
  return (await door.start()).port;
}

/** Every measurement event that lies in Redis, read as BullMQ keeps it: one hash per job. */
async function eventsInRedis(queue: 'measurements' | 'sos'): Promise<string[]> {
  const redis = await connectRedis({ socket: server.socket }, log);
  const ids: string[] = [];
  for await (const keys of redis.scanStream({ match: `gw:${queue}:[0-9]*`, count: 1000 }) as AsyncIterable<string[]>) {
    for (const data of await jobData(redis, keys)) {
      const job = JSON.parse(data) as { events?: MeasurementEvent[]; event?: { id: string } };
      ids.push(...(job.events ?? []).map((event) => event.id), ...(job.event ? [job.event.id] : []));
    }
  }
  redis.disconnect();
  return ids;
}

async function jobData(redis: Redis, keys: readonly string[]): Promise<string[]> {
  const found = await Promise.all(keys.map((key) => redis.hget(key, 'data')));
  return found.filter((data) => data !== null);
}

/** Publishes without end, 40 on their way at once, and remembers what was acknowledged; comes back and sends again by itself. */
class Load {
  readonly acknowledged: string[] = [];
  readonly #client: MqttClient;
  readonly #name: string;
  #running = true;
  #lanes: Promise<void>[] = [];

  constructor(client: MqttClient, name: string) {
    this.#client = client;
    this.#name = name;
    this.#lanes = Array.from({ length: 40 }, (_, lane) => this.#run(lane));
  }

  /** Sends no more and resolves when all that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#lanes);
    await this.#client.endAsync(true);
  }

  async #run(lane: number): Promise<void> {
    for (let n = 0; this.#running; n++) {
      const id = `${this.#name}-${lane}-${n}`;
      await this.#client.publishAsync(`sensors/${this.#name}/state`, JSON.stringify({ id, seq: n }), { qos: 1 });
      this.acknowledged.push(id);
    }
  }
}

async function startLoad(port: number): Promise<Load[]> {
  const loads = ['sensor-1', 'sensor-2'].map(async (id) => new Load(await connectAs(id, port, { reconnectPeriod: 30, password: passwordOf(id) }), id));
  return Promise.all(loads);
}

const sum = (loads: readonly Load[]): number => loads.reduce((total, load) => total + load.acknowledged.length, 0);

async function expectNothingLost(loads: readonly Load[]): Promise<void> {
  const found = new Set(await eventsInRedis('measurements'));
  const lost = loads.flatMap((load) => load.acknowledged).filter((id) => !found.has(id));
  process.stderr.write(`acknowledged ${sum(loads)}, found ${found.size}, acknowledged and not found ${lost.length}\n`);
  expect(lost).toEqual([]);
}

describe('kill -9 under load', () => {
  test('of Redis, twice: every acknowledged event is there afterwards', async () => {
    const loads = await startLoad(await openDoor());
    for (let round = 1; round <= 2; round++) {
      const before = sum(loads);
      await until(() => sum(loads) > before + 1000);
      await server.kill();
      await server.start();
    }
    const before = sum(loads);
    await until(() => sum(loads) > before + 1000);
    await Promise.all(loads.map((load) => load.stop()));
    await expectNothingLost(loads);
  });

  test('of the gateway, twice: every acknowledged event is there afterwards', async () => {
    let gateway: GatewayChild = await startGatewayChild(server.socket);
    cleanUp.push(() => gateway.kill());
    const { port } = gateway;
    const loads = await startLoad(port);
    for (let round = 1; round <= 2; round++) {
      const before = sum(loads);
      await until(() => sum(loads) > before + 1000);
      await gateway.kill();
      gateway = await startGatewayChild(server.socket, port);
    }
    const before = sum(loads);
    await until(() => sum(loads) > before + 1000);
    await Promise.all(loads.map((load) => load.stop()));
    await expectNothingLost(loads);
  });
});

test('an SOS pressed while Redis is dead arrives when it is back, although the button sent it once at QoS 0', async () => {
  const port = await openDoor();
  const button = await connectAs('sos-1', port);
  cleanUp.push(() => button.endAsync(true));
  await server.kill();
  await button.publishAsync('sos/sos-1', JSON.stringify({ lat: 31.2, lon: 121.4 }), { qos: 0 });
  const pressed = publishQoS1(button, 'sos/sos-1', 'pressed');
  await server.start();
  expect(await pressed).toBe('acknowledged');
  await until(async () => (await eventsInRedis('sos')).length === 2);
});

test('twenty clients that each send 10 MB cost the gateway no such memory, and nobody else notices', async () => {
  const gateway = await startGatewayChild(server.socket);
  cleanUp.push(() => gateway.kill());
  const honest = await connectAs('sensor-2', gateway.port);
  cleanUp.push(() => honest.endAsync(true));
  for (let i = 0; i < 200; i++) await publishQoS1(honest, 'sensors/sensor-2/state', { id: `warm-${i}`, seq: i });
  const beforeBytes = await gateway.peakBytes();
  const huge = Buffer.alloc(10 * 1024 * 1024, 'x');
  const attacks = Array.from({ length: 20 }, async () => {
    const client = await connectAs('sensor-1', gateway.port);
    const outcome = await publishQoS1(client, 'sensors/sensor-1/state', huge);
    await client.endAsync(true);
    return outcome;
  });
  const latenciesMs: number[] = [];
  for (let i = 0; i < 200; i++) {
    const sentMs = performance.now();
    expect(await publishQoS1(honest, 'sensors/sensor-2/state', { id: `during-${i}`, seq: i })).toBe('acknowledged');
    latenciesMs.push(performance.now() - sentMs);
  }
  expect(await Promise.all(attacks)).toEqual(Array(20).fill('closed'));
  const grownBytes = (await gateway.peakBytes()) - beforeBytes;
  process.stderr.write(`200 MB sent at the door: its peak grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB; slowest honest publish meanwhile ${Math.max(...latenciesMs).toFixed(0)} ms\n`);
  expect(grownBytes).toBeLessThan(40 * 2 ** 20);
});
