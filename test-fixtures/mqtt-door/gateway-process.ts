/** A process with the real door over the real queue, to be killed by a test: `gateway-process.ts <redis socket>`; prints its port as JSON. */
import { createMqttDoor } from '../../gateway/mqtt/door.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createProducer } from '../../queue/producer.ts';
import { connectRedis } from '../../queue/redis.ts';
import { redisSink } from './redis-sink.ts';
import { PATROLS, testDevices } from './site.ts';

const place = { socket: process.argv[2] as string };
const log = createLog('gateway', process.env['GRIDWARDEN_TEST_LOG'] ?? 'fatal');
const [redis, sosRedis] = await Promise.all([connectRedis(place, log), connectRedis(place, log)]);
const door = createMqttDoor(
  { port: Number(process.argv[3] ?? 0), messagesPerSecondPerDevice: 1e6, maxConnectionsPerDevice: 100 },
  {
    devices: await testDevices(),
    patrols: PATROLS,
    sink: redisSink(createProducer(redis), createProducer(sosRedis)),
    presence: { deviceStatus: async () => undefined },
    env: { clock: systemClock, ids: systemIds, log, metrics: createMetrics(false) },
  },
);
process.stdout.write(`${JSON.stringify(await door.start())}\n`);
