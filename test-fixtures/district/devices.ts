/** The simulated sensors and SOS buttons: real MQTT clients that mostly say that all is well. */
import mqtt, { type MqttClient } from 'mqtt';
import type { Clock } from '../../platform/clock.ts';
import type { Ids } from '../../platform/ids.ts';
import { SENSORS, SENSOR_KINDS, SOS_BUTTONS, sensorId, type SensorKind } from './layout.ts';

export interface DeviceWorld {
  readonly mqttUrl: string;
  readonly passwordOf: (deviceId: string) => string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly signal: AbortSignal;
  /** First trouble sooner and often, for a demo that shall end by itself. */
  readonly hurried: boolean;
}

/** Connects as a device that keeps its session, as real ones do. */
export function connectDevice(world: DeviceWorld, deviceId: string): Promise<MqttClient> {
  return mqtt.connectAsync(world.mqttUrl, { clientId: deviceId, username: deviceId, password: world.passwordOf(deviceId), protocolVersion: 4, clean: false, reconnectPeriod: 1000 });
}

const REPORT_EVERY_MS = 2000;
const TROUBLE_FOR_MS = 9000;

/** Reports every 2 s; now and then one sensor of the district is in trouble for a while. */
export async function runSensors(world: DeviceWorld): Promise<void> {
  const { clock, ids, signal } = world;
  const trouble = { sensor: -1, untilMs: 0, nextAtMs: clock.nowMs() + (world.hurried ? 2000 : 10_000) };
  const clients = await Promise.all(Array.from({ length: SENSORS }, (_, n) => connectDevice(world, sensorId(n))));
  const loops = clients.map(async (client, n) => {
    const kind = SENSOR_KINDS[n % SENSOR_KINDS.length] as SensorKind;
    await clock.sleep(ids.random() * REPORT_EVERY_MS, signal);
    while (!signal.aborted) {
      const nowMs = clock.nowMs();
      if (nowMs >= trouble.nextAtMs) {
        Object.assign(trouble, { sensor: Math.floor(ids.random() * SENSORS), untilMs: nowMs + TROUBLE_FOR_MS, nextAtMs: nowMs + (world.hurried ? 12_000 : 20_000 + ids.random() * 40_000) });
      }
      const inTrouble = trouble.sensor === n && nowMs < trouble.untilMs;
      const value = (inTrouble ? kind.alarm : kind.calm) + (ids.random() - 0.5) * kind.noise;
      publish(client, `sensor/${sensorId(n)}`, { id: ids.id(), value: Math.round(value * 10) / 10, ts: nowMs });
      await clock.sleep(REPORT_EVERY_MS, signal);
    }
    await client.endAsync(true);
  });
  await Promise.all(loops);
}

/** Somebody presses a button now and then: once with a fix, once without. */
export async function runSosButtons(world: DeviceWorld): Promise<void> {
  const { clock, ids, signal } = world;
  const clients = await Promise.all(Array.from({ length: SOS_BUTTONS }, (_, n) => connectDevice(world, `sos-${n + 1}`)));
  await clock.sleep(world.hurried ? 3000 : 25_000, signal);
  for (let press = 0; !signal.aborted; press++) {
    const n = press % SOS_BUTTONS;
    publish(clients[n] as MqttClient, `sos/sos-${n + 1}`, { pressed: true, id: ids.id(), tst: Math.floor(clock.nowMs() / 1000) });
    await clock.sleep(world.hurried ? 20_000 : 90_000 + ids.random() * 60_000, signal);
  }
  await Promise.all(clients.map((client) => client.endAsync(true)));
}

export function publish(client: MqttClient, topic: string, payload: object): void {
  // A lost connection is mqtt.js' to mend: it keeps QoS 1 messages and sends them again.
  client.publish(topic, JSON.stringify(payload), { qos: 1 });
}
