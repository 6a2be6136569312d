/** What a patrol's phone says to us in our own words: its answers to orders, and whether it is on duty (domain/topics.ts). */
import type { DutyEvent, OrderStatusEvent } from '../../domain/device.ts';
import { basicsOf, derivedId } from '../event-id.ts';
import { declaredTimeMs, eventTime } from '../event-time.ts';
import { type DeviceMessage, type Language, type ReadResult, readAs } from '../language.ts';
import { type JsonObject, cleanText, field, isObject, jsonOf, shown, unfit } from '../payload.ts';

const STATUS_TOPIC = /^patrol\/[^/]+\/orders\/([^/]+)\/status$/;
const DUTY_TOPIC = /^patrol\/[^/]+\/duty$/;
const STATUSES: readonly OrderStatusEvent['status'][] = ['acknowledged', 'en_route', 'on_scene', 'done', 'declined'];
const MAX_NOTE_CHARS = 500;

/** `{"status": "en_route", "at"?: time, "note"?: text}` on an order's status topic, `{"onDuty": true, "at"?: time}` on the duty topic. */
export const patrolReply: Language = {
  name: 'patrol-reply',
  read(message) {
    const orderId = STATUS_TOPIC.exec(message.topic)?.[1];
    if (orderId === undefined && !DUTY_TOPIC.test(message.topic)) {
      throw unfit(message.topic, 'the topic is neither patrol/<patrol>/orders/<order>/status nor patrol/<patrol>/duty; answer on one of them');
    }
    const body = jsonOf(message.payload, message.topic);
    if (!isObject(body)) throw unfit(message.topic, `${shown(body)} is not an object; send ${orderId === undefined ? '{"onDuty": true}' : '{"status": "acknowledged"}'}`);
    return orderId === undefined ? duty(message, body) : orderStatus(message, body, orderId);
  },
};

function orderStatus(message: DeviceMessage, body: JsonObject, orderId: string): ReadResult {
  const status = STATUSES.find((known) => known === field(body, 'status'));
  if (status === undefined) throw unfit(message.topic, `status is ${shown(field(body, 'status'))}; send one of ${STATUSES.join(', ')}`);
  const note = field(body, 'note') ?? null;
  if (note !== null && typeof note !== 'string') throw unfit(message.topic, `note is ${shown(note)}; send text, or leave it out`);
  const { basics, clockOff } = told(message, body);
  const event: OrderStatusEvent = { ...basics, type: 'order-status', orderId, status, note: note === null ? null : cleanText(note, MAX_NOTE_CHARS) || null };
  return readAs([event], { clockOff });
}

function duty(message: DeviceMessage, body: JsonObject): ReadResult {
  const onDuty = field(body, 'onDuty');
  if (typeof onDuty !== 'boolean') throw unfit(message.topic, `onDuty is ${shown(onDuty)}; send true or false`);
  const { basics, clockOff } = told(message, body);
  const event: DutyEvent = { ...basics, type: 'duty', onDuty };
  return readAs([event], { clockOff });
}

function told(message: DeviceMessage, body: JsonObject) {
  const at = field(body, 'at') ?? null;
  const declaredMs = at === null ? null : declaredTimeMs(at);
  if (at !== null && declaredMs === null) throw unfit(message.topic, `at is ${shown(at)}; send epoch seconds, epoch milliseconds or RFC 3339 with a zone, or leave it out`);
  const { occurredAtMs, clockOff } = eventTime(declaredMs, message.receivedAtMs);
  return { basics: basicsOf(message, derivedId(message, declaredMs), occurredAtMs), clockOff };
}
