/** The contract between the MQTT door and a device's language: one message in, domain events out, and an account of what was left behind. */
import type { Device, DeviceEvent } from '../domain/device.ts';

/** One publish of an admitted device. */
export interface DeviceMessage {
  readonly device: Device;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** When it arrived at the door. */
  readonly receivedAtMs: number;
  /** Born at the door; every event of the message carries it. */
  readonly traceparent: string;
}

export interface ReadResult {
  /** Empty when the message is understood and says nothing that we keep. */
  readonly events: readonly DeviceEvent[];
  /** How many fields that identify or follow a person were dropped on arrival (invariant 5). */
  readonly stripped: number;
  /** What could not be read although events were made of the rest, in one sentence; the door puts a copy into quarantine. */
  readonly unread: string | null;
  /** The device's own time was not believable and the time of arrival was taken. */
  readonly clockOff: boolean;
}

/**
 * A folder in `devices/`. Reading is pure: the same message gives the same events with the same ids.
 * `read` throws GridwardenError PAYLOAD_INVALID, naming field, value and remedy, and nothing else whatever the bytes are.
 */
export interface Language {
  readonly name: string;
  read(message: DeviceMessage): ReadResult;
}

/** A result with nothing left behind, unless `rest` says so. */
export function readAs(events: readonly DeviceEvent[], rest: Partial<Omit<ReadResult, 'events'>> = {}): ReadResult {
  return { events, stripped: 0, unread: null, clockOff: false, ...rest };
}
