/** A device that reports over MQTT, and the events its language is turned into. */
import type { LonLat } from './geo.ts';

export type DeviceKind = 'sensor' | 'sos' | 'patrol';

/** How a generic JSON payload is read: JSON Pointers (RFC 6901) into it. */
export interface JsonMapping {
  /** Measurement name → pointer, e.g. { temperatureC: '/data/temp' }. */
  readonly measurements: Readonly<Record<string, string>>;
  /** Pointer to the message's own id, where the device gives one. */
  readonly id?: string;
  /** Pointer to the time: epoch seconds, epoch milliseconds or RFC 3339; which of them is told from the value. */
  readonly time?: string;
}

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly kind: DeviceKind;
  /** Folder in `devices/` that speaks its language. */
  readonly language: 'generic-json' | 'sos-button' | 'owntracks';
  /** MQTT topic filters the device may publish to, beside nothing else. */
  readonly topics: readonly string[];
  readonly location: LonLat | null;
  readonly homeCell: string | null;
  /** Only for generic-json. */
  readonly mapping: JsonMapping | null;
}

/** CloudEvents 1.0 gives the envelope: (source, id) is the key for duplicates. */
interface EventBasics {
  readonly id: string;
  /** URI-reference of the device: "/devices/<id>". */
  readonly source: string;
  readonly deviceId: string;
  /** The device's own time of the fact where it gives one, else the time of arrival. */
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  /** W3C Trace Context, born here and kept to the closed case. */
  readonly traceparent: string;
}

export interface MeasurementEvent extends EventBasics {
  readonly type: 'measurement';
  readonly values: Readonly<Record<string, number>>;
}

/** Somebody asks for help. Valid without a fix. */
export interface SosEvent extends EventBasics {
  readonly type: 'sos';
  readonly fix: LonLat | null;
}

/** A patrol's position. `occurredAtMs` is the time of the fix. */
export interface PositionEvent extends EventBasics {
  readonly type: 'position';
  readonly fix: LonLat;
  readonly accuracyM: number | null;
  readonly speedKmh: number | null;
  readonly batteryPercent: number | null;
}

/** A patrol's answer to an order. */
export interface OrderStatusEvent extends EventBasics {
  readonly type: 'order-status';
  readonly orderId: string;
  readonly status: 'acknowledged' | 'en_route' | 'on_scene' | 'done' | 'declined';
  readonly note: string | null;
}

/** A patrol goes on or off duty: said by its phone on `patrol/<id>/duty` (domain/topics.ts), QoS 1. Off duty it is neither paged nor located. */
export interface DutyEvent extends EventBasics {
  readonly type: 'duty';
  readonly onDuty: boolean;
}

export type DeviceEvent = MeasurementEvent | SosEvent | PositionEvent | OrderStatusEvent | DutyEvent;

/** A message that could not be understood, kept for a person to look at. */
export interface QuarantinedMessage {
  readonly id: string;
  readonly deviceId: string | null;
  readonly topic: string;
  /** Why, in one sentence naming field, value and remedy. */
  readonly reason: string;
  /** The first bytes of the payload, at most 8 KiB, base64. */
  readonly payloadBase64: string;
  readonly payloadBytes: number;
  readonly receivedAtMs: number;
}

/** Presence of a device at the MQTT door. */
export interface DeviceStatus {
  readonly deviceId: string;
  readonly connected: boolean;
  readonly lastSeenAtMs: number | null;
}
