/** A patrol's answers to its orders: our own words, on `patrol/<patrolId>/orders/<orderId>/status` (domain/topics.ts). */
import type { OrderStatusEvent } from '../../domain/device.ts';
import { basicsOf, derivedId } from '../event-id.ts';
import { declaredTimeMs, eventTime } from '../event-time.ts';
import { type Language, readAs } from '../language.ts';
import { cleanText, field, isObject, jsonOf, shown, unfit } from '../payload.ts';

const TOPIC = /^patrol\/[^/]+\/orders\/([^/]+)\/status$/;
const STATUSES: readonly OrderStatusEvent['status'][] = ['acknowledged', 'en_route', 'on_scene', 'done', 'declined'];
const MAX_NOTE_CHARS = 500;

/** `{"status": "en_route", "at"?: time, "note"?: text}`. */
export const patrolReply: Language = {
  name: 'patrol-reply',
  read(message) {
    const orderId = TOPIC.exec(message.topic)?.[1];
    if (orderId === undefined) throw unfit(message.topic, 'the topic names no order; answer on patrol/<patrol>/orders/<order>/status');
    const body = jsonOf(message.payload, message.topic);
    if (!isObject(body)) throw unfit(message.topic, `${shown(body)} is not an object; send {"status": "acknowledged"}`);
    const status = STATUSES.find((known) => known === field(body, 'status'));
    if (status === undefined) throw unfit(message.topic, `status is ${shown(field(body, 'status'))}; send one of ${STATUSES.join(', ')}`);
    const at = field(body, 'at') ?? null;
    const declaredMs = at === null ? null : declaredTimeMs(at);
    if (at !== null && declaredMs === null) throw unfit(message.topic, `at is ${shown(at)}; send epoch seconds, epoch milliseconds or RFC 3339 with a zone, or leave it out`);
    const note = field(body, 'note') ?? null;
    if (note !== null && typeof note !== 'string') throw unfit(message.topic, `note is ${shown(note)}; send text, or leave it out`);
    const { occurredAtMs, clockOff } = eventTime(declaredMs, message.receivedAtMs);
    const event: OrderStatusEvent = {
      ...basicsOf(message, derivedId(message, declaredMs), occurredAtMs),
      type: 'order-status',
      orderId,
      status,
      note: note === null ? null : cleanText(note, MAX_NOTE_CHARS) || null,
    };
    return readAs([event], { clockOff });
  },
};
