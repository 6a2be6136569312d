/** Emergency buttons. Any message that could be a press is a press: a false call costs a walk, a missed one a life. */
import type { SosEvent } from '../../domain/device.ts';
import { type LonLat, isLonLat } from '../../domain/geo.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { basicsOf, derivedId } from '../event-id.ts';
import { declaredTimeMs, eventTime } from '../event-time.ts';
import { type DeviceMessage, type Language, type ReadResult, readAs } from '../language.ts';
import { type JsonObject, field, isObject, numberOf, shown, textOf, unfit } from '../payload.ts';

/** Said by availability topics and by contacts that report their release; nothing else as text is taken for "not pressed". */
const NOT_A_PRESS = new Set(['online', 'offline', 'off', 'false', '0', 'released', 'release']);

/** Zigbee2MQTT sends a button's state on the topic of its presses; a message of only these is no press. */
const STATE_FIELDS = new Set([
  'battery', 'battery_low', 'voltage', 'linkquality', 'last_seen', 'update', 'update_available', 'device_temperature', 'temperature', 'power_outage_count', 'tamper',
]);

/**
 * `{"pressed": true, "lat": …, "lon": …, "tst": …}` with every field optional, Zigbee's `{"action": "single"}`, any text, or nothing
 * at all. What cannot be read is an SOS without a fix, with `unread` saying why: it is never refused.
 */
export const sosButton: Language = {
  name: 'sos-button',
  read(message) {
    let text: string;
    try {
      text = textOf(message.payload, message.topic);
    } catch (error) {
      return pressed(message, {}, error instanceof GridwardenError ? error.message : String(error));
    }
    if (NOT_A_PRESS.has(text.trim().toLowerCase())) return readAs([]);
    if (!/^\s*[{["]/.test(text)) return pressed(message, {}, null);
    return readJson(message, text);
  },
};

function readJson(message: DeviceMessage, text: string): ReadResult {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    return pressed(message, {}, unfit(message.topic, `${shown(text)} is not JSON; it was taken as an SOS without a place`, cause).message);
  }
  if (typeof body === 'string') return NOT_A_PRESS.has(body.toLowerCase()) ? readAs([]) : pressed(message, {}, null);
  if (!isObject(body)) return pressed(message, {}, unfit(message.topic, `${shown(body)} is not an object; it was taken as an SOS without a place`).message);
  return isPress(body) ? pressed(message, body, null) : readAs([]);
}

function isPress(body: JsonObject): boolean {
  const names = Object.keys(body);
  const said = ['pressed', 'action', 'state'].filter((name) => names.includes(name)).map((name) => body[name]);
  if (said.length > 0) return said.some(saysPressed);
  return names.length === 0 || !names.every((name) => STATE_FIELDS.has(name));
}

/** Zigbee2MQTT follows each {"action":"single"} by {"action":""} or {"action":null}. */
function saysPressed(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === '') return false;
  return !(typeof value === 'string' && NOT_A_PRESS.has(value.toLowerCase()));
}

/**
 * Many trackers send the time of their last fix, and buttons without a clock always the same: two presses are then the same bytes, and
 * the second must not be taken for the first sent again. So a declared time names the press only while it is about now; beyond that its
 * arrival does, and what is sent again an hour later becomes one finding more of an alert that is still open.
 */
const SAME_PRESS_WITHIN_MS = 60_000;

function pressed(message: DeviceMessage, body: JsonObject, unread: string | null): ReadResult {
  const declared = field(body, 'tst');
  const declaredMs = declared === undefined || declared === null ? null : declaredTimeMs(declared);
  const { occurredAtMs, clockOff } = eventTime(declaredMs, message.receivedAtMs);
  const { fix, why } = fixIn(body);
  const whyTime = declaredMs === null && declared !== undefined && declared !== null ? `tst is ${shown(declared)}; send epoch seconds` : null;
  const whys = [why, whyTime].filter((w) => w !== null);
  const namedByMs = declaredMs !== null && Math.abs(declaredMs - message.receivedAtMs) <= SAME_PRESS_WITHIN_MS ? declaredMs : null;
  const event: SosEvent = { ...basicsOf(message, derivedId(message, namedByMs), occurredAtMs), type: 'sos', fix };
  return readAs([event], { clockOff, unread: unread ?? (whys.length > 0 ? unfit(message.topic, `${whys.join('; ')}; the SOS was taken all the same`).message : null) });
}

/** Without a fix many trackers send 0, 0. */
function fixIn(body: JsonObject): { fix: LonLat | null; why: string | null } {
  const given = [field(body, 'lon'), field(body, 'lat')];
  if (given.every((value) => value === undefined || value === null)) return { fix: null, why: null };
  const lon = numberOf(given[0]);
  const lat = numberOf(given[1]);
  if (lon === 0 && lat === 0) return { fix: null, why: null };
  if (lon === null || lat === null || !isLonLat(lon, lat)) {
    return { fix: null, why: `lon and lat are ${shown(given[0])} and ${shown(given[1])}; send WGS-84 degrees` };
  }
  return { fix: { lon, lat }, why: null };
}
