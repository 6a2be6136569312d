/** A patrol's answers to an order: the five words, a time, a note; and its duty. */
import { describe, expect, test } from 'vitest';
import { ARRIVED_MS, testDevice, testMessage } from '../../test-fixtures/devices/message.ts';
import { patrolReply } from './language.ts';

const device = testDevice({ id: 'phone-1', kind: 'patrol', language: 'owntracks', mapping: null });
const read = (payload: unknown, topic = 'patrol/p1/orders/o-7/status') => patrolReply.read(testMessage(payload, { device, topic }));

test.each(['acknowledged', 'en_route', 'on_scene', 'done', 'declined'])('%s', (status) =>
  expect(read({ status }).events).toEqual([expect.objectContaining({ type: 'order-status', orderId: 'o-7', status, note: null, occurredAtMs: ARRIVED_MS })]),
);

test.each([true, false])('duty %s', (onDuty) =>
  expect(read({ onDuty, at: '2026-11-23T05:59:59Z' }, 'patrol/p1/duty').events).toEqual([expect.objectContaining({ type: 'duty', onDuty, occurredAtMs: ARRIVED_MS - 1000 })]),
);

test('time and note are taken, the note without control characters and at most 500 long', () => {
  const event = read({ status: 'done', at: ARRIVED_MS / 1000 - 9, note: `  gate\u0000 shut\n${'x'.repeat(600)}` }).events[0];
  expect(event).toMatchObject({ occurredAtMs: ARRIVED_MS - 9000 });
  const note = event?.type === 'order-status' ? event.note : null;
  expect(note).toMatch(/^gate {2}shut\nx+$/);
  expect(note?.length).toBeLessThanOrEqual(500);
});

describe('refused with the reason', () => {
  test.each([
    [{ status: 'lost' }, 'status is "lost"; send one of acknowledged, en_route'],
    [{}, 'status is nothing'],
    [{ status: 'done', at: 'noon' }, 'at is "noon"'],
    [{ status: 'done', note: 5 }, 'note is 5'],
    ['"done"', 'is not an object'],
  ])('%j', (payload, why) => expect(() => read(payload)).toThrow(why));
  test.each([[{ onDuty: 1 }], [{}], ['null'], ['true']])('duty %j', (payload) => expect(() => read(payload, 'patrol/p1/duty')).toThrow(/onDuty/));
  test('any other topic', () => expect(() => read({ status: 'done' }, 'patrol/p1/orders')).toThrow('the topic is neither'));
});
