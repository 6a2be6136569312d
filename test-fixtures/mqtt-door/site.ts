/** A small site behind the MQTT door: two sensors, a button, a patrol's phone; their passwords; clients that speak as them. */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { hashPassword } from '../../devices/credential.ts';
import type { MeasurementEvent, QuarantinedMessage, SosEvent } from '../../domain/device.ts';
import type { Patrol } from '../../domain/patrol.ts';
import type { EventSink, PatrolEvent } from '../../gateway/mqtt/admission.ts';
import type { DeviceWithCredential } from '../../gateway/mqtt/roster.ts';
import { systemIds } from '../../platform/ids.ts';
import { testDevice } from '../devices/message.ts';

export const passwordOf = (deviceId: string): string => `password of ${deviceId}`;

export const PATROLS: readonly Patrol[] = [
  { id: 'p1', name: 'Patrol 1', teamId: 't', deviceId: 'phone-1', skills: [], maxOrders: 1 },
  { id: 'p2', name: 'Patrol 2', teamId: 't', deviceId: 'phone-2', skills: [], maxOrders: 1 },
];

const mapping = { measurements: { seq: '/seq' }, id: '/id' };

/** Sensors `sensor-1`, `sensor-2` and `sensor-all` (which is configured with "#"), button `sos-1`, phones `phone-1` and `phone-2`. */
export async function testDevices(): Promise<DeviceWithCredential[]> {
  const devices = [
    testDevice({ id: 'sensor-1', topics: ['sensors/sensor-1/#', 'shared/+/state'], mapping }),
    testDevice({ id: 'sensor-2', topics: ['sensors/sensor-2/#'], mapping }),
    testDevice({ id: 'sensor-all', topics: ['#'], mapping }),
    testDevice({ id: 'sos-1', kind: 'sos', language: 'sos-button', topics: ['sos/sos-1'], mapping: null }),
    testDevice({ id: 'phone-1', kind: 'patrol', language: 'owntracks', topics: ['owntracks/p1/phone'], mapping: null }),
    testDevice({ id: 'phone-2', kind: 'patrol', language: 'owntracks', topics: ['owntracks/p2/phone'], mapping: null }),
  ];
  return Promise.all(devices.map(async (device) => ({ ...device, passwordHash: await hashPassword(passwordOf(device.id), systemIds) })));
}

/** Keeps what it is given, at once. */
export class KeptEvents implements EventSink {
  readonly measurements: MeasurementEvent[] = [];
  readonly sos: SosEvent[] = [];
  readonly patrol: PatrolEvent[] = [];
  readonly quarantined: QuarantinedMessage[] = [];
  batches = 0;

  async keepMeasurements(events: readonly MeasurementEvent[]): Promise<void> {
    this.batches++;
    this.measurements.push(...events);
  }
  async keepSos(event: SosEvent): Promise<void> {
    this.sos.push(event);
  }
  async keepPatrol(events: readonly PatrolEvent[]): Promise<void> {
    this.patrol.push(...events);
  }
  async quarantine(message: QuarantinedMessage): Promise<void> {
    this.quarantined.push(message);
  }
}

/** The next time the client emits `event`. */
export function next(client: MqttClient, event: 'connect' | 'close' | 'packetreceive'): Promise<unknown> {
  return new Promise((resolve) => client.once(event, (first?: unknown) => resolve(first)));
}

/** A client signed in as the device; it does not come back by itself unless told to. */
export async function connectAs(deviceId: string, port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect({ host: '127.0.0.1', port, username: deviceId, password: passwordOf(deviceId), reconnectPeriod: 0, connectTimeout: 5000, protocolVersion: 4, ...options });
  client.on('error', () => undefined);
  client.setMaxListeners(0); // tests listen once for every message on its way
  const end = new Promise<never>((_, reject) => {
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed before CONNACK')));
  });
  end.catch(() => undefined);
  await Promise.race([next(client, 'connect'), end]).catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  return client;
}

/** 'acknowledged', or 'closed' when the door ended the connection instead. */
export async function publishQoS1(client: MqttClient, topic: string, payload: string | Buffer | object, qos: 1 | 2 = 1): Promise<'acknowledged' | 'closed'> {
  const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  const closed = new Promise<'closed'>((resolve) => client.once('close', () => resolve('closed')));
  const done = client.publishAsync(topic, bytes, { qos }).then(
    () => 'acknowledged' as const,
    () => 'closed' as const,
  );
  return Promise.race([done, closed]);
}

/** Waits for a condition of a real server, bounded by the test's own timeout. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
