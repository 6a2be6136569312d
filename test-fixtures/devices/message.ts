/** Devices and messages for the tests of the languages and of the MQTT door. */
import type { DeviceMessage } from '../../devices/language.ts';
import type { Device } from '../../domain/device.ts';

export const ARRIVED_MS = Date.UTC(2026, 10, 23, 6, 0, 0);

export function testDevice(over: Partial<Device> = {}): Device {
  return {
    id: 'sensor-1',
    name: 'Sensor 1',
    kind: 'sensor',
    language: 'generic-json',
    topics: ['sensors/sensor-1/#'],
    location: { lon: 121.48, lat: 31.22 },
    homeCell: '310101001001001',
    mapping: { measurements: { temperatureC: '/t', smoke: '/smoke' } },
    ...over,
  };
}

/** `payload` as text, bytes, or anything else as JSON. */
export function testMessage(payload: unknown, over: Partial<DeviceMessage> = {}): DeviceMessage {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { device: testDevice(), topic: 'sensors/sensor-1/state', payload: bytes, receivedAtMs: ARRIVED_MS, traceparent: '00-0000000000000000000000000000000a-000000000000000b-01', ...over };
}
