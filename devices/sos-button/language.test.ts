/** What is a press, what is not, and that nothing a button sends is ever refused. */
import { describe, expect, test } from 'vitest';
import { ARRIVED_MS, testDevice, testMessage } from '../../test-fixtures/devices/message.ts';
import { sosButton } from './language.ts';

const device = testDevice({ id: 'sos-1', kind: 'sos', language: 'sos-button', mapping: null });
const read = (payload: unknown) => sosButton.read(testMessage(payload, { device, topic: 'sos/sos-1' }));

describe('a press', () => {
  test.each([
    [{}], [{ pressed: true }], [{ pressed: 1 }], [{ pressed: 'yes' }], [{ action: 'single' }], [{ action: 'hold', battery: 90 }], [{ state: 'ON' }], [{ anything: 1 }], [''], ['pressed'], ['HELP'], ['1'], ['"help"'], [{ pressed: false, action: 'single' }],
  ])('%j', (payload) => expect(read(payload)).toMatchObject({ events: [{ type: 'sos', fix: null, occurredAtMs: ARRIVED_MS }], unread: null }));

  test('with a fix and a time', () =>
    expect(read({ lat: '31.22', lon: 121.48, tst: ARRIVED_MS / 1000 - 5 })).toMatchObject({ events: [{ fix: { lon: 121.48, lat: 31.22 }, occurredAtMs: ARRIVED_MS - 5000 }], unread: null }));
  test('0, 0 is what a tracker without a fix sends', () => expect(read({ lat: 0, lon: 0 })).toMatchObject({ events: [{ fix: null }], unread: null }));
});

describe('no press', () => {
  test.each([[{ pressed: false }], [{ action: '' }], [{ action: null, battery: 90 }], [{ battery: 90, linkquality: 50 }], [{ state: 'online' }], ['online'], ['Offline'], ['off'], ['false'], ['0'], ['"offline"'], [{ action: 'release' }]])('%j', (payload) =>
    expect(read(payload)).toMatchObject({ events: [], unread: null }),
  );
});

describe('what cannot be read is an SOS all the same, and noted', () => {
  test.each([
    ['{"lat": 31.2, "lon"', 'is not JSON'],
    [new Uint8Array([0xff, 0x00, 0x7b]), 'not valid UTF-8'],
    [[1, 2], 'is not an object'],
    [{ lat: 'north', lon: 1 }, 'send WGS-84 degrees'],
    [{ lat: 91, lon: 1 }, 'send WGS-84 degrees'],
    [{ lat: 31 }, 'send WGS-84 degrees'],
    [{ pressed: true, tst: 'noon' }, 'tst is "noon"'],
  ])('%j', (payload, why) => {
    const result = read(payload);
    expect(result.events).toMatchObject([{ type: 'sos', fix: null }]);
    expect(result.unread).toContain(why);
  });
});

describe('which presses are the same', () => {
  const idAt = (payload: unknown, receivedAtMs: number): string | undefined => sosButton.read(testMessage(payload, { device, topic: 'sos/sos-1', receivedAtMs })).events[0]?.id;
  test.each([
    ['a button whose clock stands at 1970', { pressed: true, tst: 0 }],
    ['a tracker that sends the time of its last fix', { pressed: true, lat: 31.2, lon: 121.4, tst: ARRIVED_MS / 1000 - 600 }],
    ['a button without a clock', { pressed: true }],
  ])('%s: a second press is a second call', (_, payload) => expect(idAt(payload, ARRIVED_MS + 120_000)).not.toBe(idAt(payload, ARRIVED_MS)));
  test('a press with its own time that is sent again is the same', () => {
    const payload = { pressed: true, tst: ARRIVED_MS / 1000 - 2 };
    expect(idAt(payload, ARRIVED_MS + 20_000)).toBe(idAt(payload, ARRIVED_MS));
  });
});
