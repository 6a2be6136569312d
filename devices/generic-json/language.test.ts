/** A declared mapping reads what sensors really send, and says what is wrong with the rest. */
import { describe, expect, test } from 'vitest';
import type { JsonMapping } from '../../domain/device.ts';
import { ARRIVED_MS, testDevice, testMessage } from '../../test-fixtures/devices/message.ts';
import { genericJson } from './language.ts';

const read = (payload: unknown, mapping?: JsonMapping) => genericJson.read(testMessage(payload, mapping ? { device: testDevice({ mapping }) } : {}));

describe('values', () => {
  test.each([
    [{ t: 21.5 }, { temperatureC: 21.5 }],
    [{ t: '21.5' }, { temperatureC: 21.5 }],
    [{ t: ' -3e2 ' }, { temperatureC: -300 }],
    [{ smoke: true }, { smoke: 1 }],
    [{ t: 0, smoke: false }, { temperatureC: 0, smoke: 0 }],
    [{ t: null, smoke: 1 }, { smoke: 1 }],
  ])('%j', (payload, values) => expect(read(payload).events[0]).toMatchObject({ type: 'measurement', values, source: '/devices/sensor-1', occurredAtMs: ARRIVED_MS }));

  test('a bare number by the pointer to the whole document', () => expect(read('23.5', { measurements: { level: '' } }).events[0]).toMatchObject({ values: { level: 23.5 } }));

  test.each([
    [{ t: 'warm' }, 'temperatureC (/t) is "warm"; send a finite number'],
    [{ t: 'NaN' }, 'temperatureC (/t) is "NaN"'],
    ['{"t": 1e999}', 'temperatureC (/t) is null; send a finite number'],
    [{ t: '0x10' }, 'is "0x10"'],
    [{ t: '' }, 'is ""'],
    [{ t: [1] }, 'is [1]'],
    [{ other: 1 }, 'none of temperatureC (/t), smoke (/smoke) is in it'],
    ['[]', 'none of'],
    ['{"t":', 'is not JSON'],
    ['', 'is not JSON'],
    [new Uint8Array([0x7b, 0xff, 0xfe]), 'its 3 bytes are not valid UTF-8'],
  ])('%j is refused with the reason', (payload, why) => expect(() => read(payload)).toThrow(why));

  test('a device without a mapping says so', () =>
    expect(() => genericJson.read(testMessage({ t: 1 }, { device: testDevice({ mapping: null }) }))).toThrow('device sensor-1 has no mapping'));
});

describe('time and id', () => {
  const mapping: JsonMapping = { measurements: { t: '/t' }, time: '/at', id: '/id' };
  test('both are taken where the device gives them', () =>
    expect(read({ t: 1, at: '2026-11-23T05:59:00Z', id: 17 }, mapping).events[0]).toMatchObject({ id: '17', occurredAtMs: ARRIVED_MS - 60_000 }));
  test('a clock at 1970 is not believed, and that is told', () => {
    const result = read({ t: 1, at: 55 }, mapping);
    expect(result.clockOff).toBe(true);
    expect(result.events[0]?.occurredAtMs).toBe(ARRIVED_MS);
  });
  test('without an id, the same message at the same declared time is the same event; another time is another', () => {
    const idOf = (at: number, receivedAtMs: number) =>
      genericJson.read(testMessage({ t: 1, at }, { device: testDevice({ mapping }), receivedAtMs })).events[0]?.id;
    expect(idOf(1_790_000_000, ARRIVED_MS)).toBe(idOf(1_790_000_000, ARRIVED_MS + 5));
    expect(idOf(1_790_000_000, ARRIVED_MS)).not.toBe(idOf(1_790_000_001, ARRIVED_MS));
  });
  test.each([
    [{ t: 1, at: '2026-11-23T05:59:00' }, 'RFC 3339 with a zone, or leave time out'],
    [{ t: 1, id: '' }, 'the id (/id) is ""'],
    [{ t: 1, id: 'a\u0000b' }, 'the id (/id)'],
    [{ t: 1, id: {} }, 'the id (/id)'],
  ])('%j is refused', (payload, why) => expect(() => read(payload, mapping)).toThrow(why));
  test('a pointer that is none names itself', () => expect(() => read({ t: 1 }, { measurements: { t: 't' } })).toThrow('t is not a JSON Pointer'));
});
