/** What every language must hold, whatever bytes come: one suite over the whole table. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceEvent } from '../domain/device.ts';
import { isLonLat } from '../domain/geo.ts';
import { GridwardenError } from '../platform/errors.ts';
import { JOB_SCHEMAS } from '../queue/jobs.ts';
import { ARRIVED_MS, testDevice, testMessage } from '../test-fixtures/devices/message.ts';
import type { DeviceMessage, Language, ReadResult } from './language.ts';
import { LANGUAGES } from './languages.ts';

const device = testDevice({ mapping: { measurements: { a: '/a', deep: '/b/0/c', whole: '' }, id: '/id', time: '/tst' } });
const TOPIC = 'patrol/p1/orders/o1/status';

/** Field names that some language looks at, and those that have bitten others. */
const names = fc.constantFrom('a', 'b', 'id', 'tst', '_type', 'lat', 'lon', 'vel', 'acc', 'batt', 'status', 'note', 'at', 'pressed', 'action', '__proto__', 'constructor', 'toString', '');
const scalars = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.boolean(), fc.constantFrom(null, 'location', 'done', 'single', 'NaN', '1e999', '2026-11-23T00:00:00Z', 1e308, -1));
const likely = fc.dictionary(names, fc.oneof(scalars, fc.array(fc.dictionary(names, scalars), { maxLength: 3 })), { maxKeys: 8 }).map((o) => Buffer.from(JSON.stringify(o)));
const payloads = fc.oneof(
  likely,
  fc.json().map((text) => Buffer.from(text)),
  fc.string().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(likely, fc.nat(200)).map(([bytes, cut]) => bytes.subarray(0, cut)),
);

/** The result, or null where it was refused as it should be. */
function outcome(language: Language, message: DeviceMessage): ReadResult | null {
  try {
    return language.read(message);
  } catch (error) {
    expect(error).toBeInstanceOf(GridwardenError);
    expect((error as GridwardenError).code).toBe('PAYLOAD_INVALID');
    expect((error as GridwardenError).message.length).toBeLessThan(600);
    return null;
  }
}

function numbersOf(event: DeviceEvent): number[] {
  switch (event.type) {
    case 'measurement':
      return Object.values(event.values);
    case 'sos':
      return event.fix ? [event.fix.lon, event.fix.lat] : [];
    case 'position':
      return [event.fix.lon, event.fix.lat, event.accuracyM ?? 0, event.speedKmh ?? 0, event.batteryPercent ?? 0];
    case 'order-status':
    case 'duty':
      return [];
  }
}

describe.each(Object.entries(LANGUAGES))('%s', (name, language) => {
  test('goes by the name it is found under', () => expect(language.name).toBe(name));

  test('random bytes give events that fit the job schema, or PAYLOAD_INVALID, and nothing else', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const result = outcome(language, testMessage(payload, { device, topic: TOPIC }));
        for (const event of result?.events ?? []) {
          expect(JOB_SCHEMAS['sos.raised'].safeParse({ event: JSON.parse(JSON.stringify(event)) as unknown }).success).toBe(true);
          expect(numbersOf(event).every(Number.isFinite)).toBe(true);
          expect(event.source).toBe(`/devices/${device.id}`);
          expect(event.occurredAtMs).toBeLessThanOrEqual(ARRIVED_MS);
          expect(event.receivedAtMs).toBe(ARRIVED_MS);
          if ('fix' in event && event.fix) expect(isLonLat(event.fix.lon, event.fix.lat)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the same message reads the same, ids and all, and is not changed by reading', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const before = Buffer.from(payload).toString('hex');
        const message = testMessage(payload, { device, topic: TOPIC });
        expect(outcome(language, message)).toEqual(outcome(language, message));
        expect(Buffer.from(payload).toString('hex')).toBe(before);
      }),
      { numRuns: 100 },
    );
  });

  test('bytes that are not UTF-8 never become a measurement, a position or an answer', () => {
    const result = outcome(language, testMessage(Buffer.from('7b2261223a22c328227d', 'hex'), { device, topic: TOPIC }));
    expect((result?.events ?? []).every((event) => event.type === 'sos')).toBe(true);
  });

  test('a payload of a quarter of a million brackets is refused, not a crash', () => {
    const result = outcome(language, testMessage(Buffer.alloc(256 * 1024, '['), { device, topic: TOPIC }));
    expect((result?.events ?? []).every((event) => event.type === 'sos')).toBe(true);
  });

  test('so is one that is valid JSON a hundred thousand brackets deep, wherever it stands', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const payload of [deep, `{"a":${deep},"lat":${deep},"_type":${deep},"status":${deep},"pressed":${deep},"tst":${deep}}`]) {
      const result = outcome(language, testMessage(payload, { device, topic: TOPIC }));
      expect((result?.events ?? []).every((event) => event.type === 'sos')).toBe(true);
    }
  });
});

test('an SOS button never refuses anything', () => {
  fc.assert(
    fc.property(payloads, (payload) => {
      expect(outcome(LANGUAGES['sos-button'], testMessage(payload, { device, topic: TOPIC }))).not.toBeNull();
    }),
    { numRuns: 500 },
  );
});
