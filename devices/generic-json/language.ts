/** Any sensor that sends JSON: a declared mapping says where the measurements, the time and the id stand in it. */
import type { JsonMapping, MeasurementEvent } from '../../domain/device.ts';
import { basicsOf, derivedId } from '../event-id.ts';
import { declaredTimeMs, eventTime } from '../event-time.ts';
import { type Language, readAs } from '../language.ts';
import { jsonOf, numberOf, shown, unfit } from '../payload.ts';
import { parsePointer, valueAt } from './pointer.ts';

const MAX_ID_CHARS = 200;

/**
 * Numbers may stand as numbers or as text, booleans become 0 and 1, null and absent fields are left out. A message in which no
 * mapped measurement is found at all is refused, as is one whose value is no finite number.
 */
export const genericJson: Language = {
  name: 'generic-json',
  read(message) {
    const mapping = message.device.mapping;
    if (!mapping) throw unfit(message.topic, `device ${message.device.id} has no mapping; give it one in the configuration`);
    const document = jsonOf(message.payload, message.topic);
    const values = measurementsIn(document, mapping, message.topic);
    const declaredMs = timeIn(document, mapping, message.topic);
    const { occurredAtMs, clockOff } = eventTime(declaredMs, message.receivedAtMs);
    const id = idIn(document, mapping, message.topic) ?? derivedId(message, declaredMs);
    const event: MeasurementEvent = { ...basicsOf(message, id, occurredAtMs), type: 'measurement', values };
    return readAs([event], { clockOff });
  },
};

function measurementsIn(document: unknown, mapping: JsonMapping, topic: string): Record<string, number> {
  const found: [string, number][] = [];
  for (const [name, pointer] of Object.entries(mapping.measurements)) {
    const value = lookUp(document, pointer, topic);
    if (value === undefined || value === null) continue;
    const number = typeof value === 'boolean' ? Number(value) : numberOf(value);
    if (number === null) throw unfit(topic, `${name} (${pointer}) is ${shown(value)}; send a finite number or a boolean, or correct the pointer in the device's mapping`);
    found.push([name, number]);
  }
  if (found.length === 0) {
    const looked = Object.entries(mapping.measurements).map(([name, pointer]) => `${name} (${pointer})`).join(', ');
    throw unfit(topic, `none of ${looked} is in it; send one of them, or correct the pointers in the device's mapping`);
  }
  return Object.fromEntries(found);
}

function timeIn(document: unknown, mapping: JsonMapping, topic: string): number | null {
  if (mapping.time === undefined) return null;
  const value = lookUp(document, mapping.time, topic);
  if (value === undefined || value === null) return null;
  const ms = declaredTimeMs(value);
  if (ms === null) {
    throw unfit(topic, `the time (${mapping.time}) is ${shown(value)}; send epoch seconds, epoch milliseconds or RFC 3339 with a zone, or leave time out of the device's mapping`);
  }
  return ms;
}

function idIn(document: unknown, mapping: JsonMapping, topic: string): string | null {
  if (mapping.id === undefined) return null;
  const value = lookUp(document, mapping.id, topic);
  if (value === undefined || value === null) return null;
  const id = typeof value === 'number' ? String(value) : value;
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_CHARS || /[\u0000-\u001f\u007f]/.test(id) || !id.isWellFormed()) {
    throw unfit(topic, `the id (${mapping.id}) is ${shown(value)}; send 1 to ${MAX_ID_CHARS} characters or a number, or leave id out of the device's mapping`);
  }
  return id;
}

function lookUp(document: unknown, pointer: string, topic: string): unknown {
  try {
    return valueAt(document, parsePointer(pointer));
  } catch (cause) {
    throw unfit(topic, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
