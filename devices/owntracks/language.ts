/** OwnTracks (owntracks.org/booklet/tech/json): a patrol's phone tells where it is. */
import type { PositionEvent } from '../../domain/device.ts';
import { isLonLat } from '../../domain/geo.ts';
import { basicsOf, derivedId } from '../event-id.ts';
import { declaredTimeMs, eventTime } from '../event-time.ts';
import { type DeviceMessage, type Language, type ReadResult, readAs } from '../language.ts';
import { type JsonObject, field, isObject, jsonOf, numberOf, shown, unfit } from '../payload.ts';

/** Known and of no use to us; an encrypted payload cannot be read without the person's key, which we do not want. */
const KNOWN_WITHOUT_EVENT = new Set([
  'lwt', 'transition', 'waypoint', 'waypoints', 'status', 'cmd', 'encrypted', 'card', 'configuration', 'dump', 'step', 'steps', 'beacon', 'request',
]);

/** They tell of a person's home, habits and networks and nothing of the patrol: dropped and counted. */
const STRIPPED_FIELDS = ['SSID', 'BSSID', 'inregions', 'inrids', 'poi', 'image', 'imagename', 'motionactivities', 'face', 'name'] as const;

export const owntracks: Language = {
  name: 'owntracks',
  read(message) {
    const body = jsonOf(message.payload, message.topic);
    const type = isObject(body) ? field(body, '_type') : undefined;
    if (!isObject(body) || typeof type !== 'string') {
      throw unfit(message.topic, `_type is ${shown(type)}; send OwnTracks JSON, or give the device another language in the configuration`);
    }
    const stripped = STRIPPED_FIELDS.filter((name) => Object.hasOwn(body, name)).length;
    if (KNOWN_WITHOUT_EVENT.has(type)) return readAs([], { stripped });
    if (type !== 'location') throw unfit(message.topic, `_type is ${shown(type)}, which OwnTracks does not define; only "location" gives a position`);
    return { ...location(message, body), stripped };
  },
};

/** `tst` is the time of the fix in epoch seconds; `vel` is km/h and, like every zero, left out at a standstill. */
function location(message: DeviceMessage, body: JsonObject): ReadResult {
  const lon = numberOf(field(body, 'lon'));
  const lat = numberOf(field(body, 'lat'));
  if (lon === null || lat === null || !isLonLat(lon, lat)) {
    throw unfit(message.topic, `lon and lat are ${shown(field(body, 'lon'))} and ${shown(field(body, 'lat'))}; send WGS-84 degrees`);
  }
  const fixMs = declaredTimeMs(field(body, 'tst'));
  if (fixMs === null) throw unfit(message.topic, `tst is ${shown(field(body, 'tst'))}; send the time of the fix in epoch seconds`);
  const { occurredAtMs, clockOff } = eventTime(fixMs, message.receivedAtMs);
  const event: PositionEvent = {
    ...basicsOf(message, derivedId(message, fixMs), occurredAtMs),
    type: 'position',
    fix: { lon, lat },
    accuracyM: within(field(body, 'acc'), Number.MIN_VALUE, 1e7),
    // iOS sends -1 where it does not know the speed.
    speedKmh: Object.hasOwn(body, 'vel') ? within(body['vel'], 0, 2000) : 0,
    batteryPercent: within(field(body, 'batt'), 0, 100),
  };
  return readAs([event], { clockOff });
}

/** The number, or null where it is absent or out of any sense: an optional field never costs the position. */
function within(value: unknown, min: number, max: number): number | null {
  const number = numberOf(value);
  return number !== null && number >= min && number <= max ? number : null;
}
