/** Positions as the phones send them; what follows a person is left at the door. */
import { describe, expect, test } from 'vitest';
import { ARRIVED_MS, testDevice, testMessage } from '../../test-fixtures/devices/message.ts';
import { owntracks } from './language.ts';

const device = testDevice({ id: 'phone-1', kind: 'patrol', language: 'owntracks', mapping: null });
const read = (payload: unknown) => owntracks.read(testMessage(payload, { device, topic: 'owntracks/p1/phone' }));
const tst = ARRIVED_MS / 1000 - 30;

test('a location of an iPhone, whole', () => {
  const result = read({ _type: 'location', lat: 31.22, lon: 121.48, tst, acc: 12, alt: 5, vac: 3, vel: 14, cog: 270, batt: 81, bs: 1, conn: 'w', t: 'u', tid: 'p1', SSID: 'home', BSSID: 'aa:bb', inregions: ['School'], m: 1, created_at: tst + 29 });
  expect(result.stripped).toBe(3);
  expect(result.events).toEqual([
    expect.objectContaining({ type: 'position', fix: { lon: 121.48, lat: 31.22 }, accuracyM: 12, speedKmh: 14, batteryPercent: 81, occurredAtMs: ARRIVED_MS - 30_000, receivedAtMs: ARRIVED_MS }),
  ]);
  expect(JSON.stringify(result.events)).not.toMatch(/home|School|aa:bb/);
});

test('zeros are left out: standing still is no speed, an unknown accuracy stays unknown', () =>
  expect(read({ _type: 'location', lat: 1, lon: 1, tst }).events[0]).toMatchObject({ speedKmh: 0, accuracyM: null, batteryPercent: null }));

test('an optional field out of any sense does not cost the position', () =>
  expect(read({ _type: 'location', lat: 1, lon: 1, tst, vel: -1, acc: -1, batt: 400 }).events[0]).toMatchObject({ speedKmh: null, accuracyM: null, batteryPercent: null }));

test.each(['lwt', 'transition', 'waypoint', 'waypoints', 'status', 'cmd', 'encrypted', 'card'])('%s is known and gives no event', (_type) => expect(read({ _type, tst }).events).toEqual([]));

describe('refused with the reason', () => {
  test.each([
    [{ _type: 'location', lat: 91, lon: 1, tst }, 'lon and lat are 1 and 91'],
    [{ _type: 'location', lat: 1, tst }, 'lon and lat are nothing and 1'],
    [{ _type: 'location', lat: 1, lon: 1 }, 'tst is nothing'],
    [{ _type: 'location', lat: 1, lon: 1, tst: 'now' }, 'tst is "now"'],
    [{ _type: 'teleport' }, '_type is "teleport"'],
    [{ lat: 1, lon: 1, tst }, '_type is nothing; send OwnTracks JSON'],
    ['[1]', '_type is nothing'],
    ['hello', 'is not JSON'],
  ])('%j', (payload, why) => expect(() => read(payload)).toThrow(why));
});
