/** The id of an event whose device gives none: the same message has the same id, however often it is sent. */
import { createHash } from 'node:crypto';
import type { DeviceMessage } from './language.ts';

export function sourceOf(deviceId: string): string {
  return `/devices/${deviceId}`;
}

/**
 * 128 bits of SHA-256 over source, topic, payload and time, as hex. The time is the declared one where the device gives one,
 * else the arrival: two equal readings a minute apart are two facts.
 */
export function derivedId(message: DeviceMessage, declaredMs: number | null): string {
  const hash = createHash('sha256');
  // The lengths keep apart what would otherwise run together: topic "a" + payload "bc" is not topic "ab" + payload "c".
  hash.update(`${sourceOf(message.device.id)}\n${message.topic.length}\n${message.topic}\n${declaredMs ?? message.receivedAtMs}\n`);
  return hash.update(message.payload).digest('hex').slice(0, 32);
}

/** What every event of a message has in common. */
export function basicsOf(message: DeviceMessage, id: string, occurredAtMs: number) {
  const { device, receivedAtMs, traceparent } = message;
  return { id, source: sourceOf(device.id), deviceId: device.id, occurredAtMs, receivedAtMs, traceparent };
}
