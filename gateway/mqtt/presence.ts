/** Tells who is connected and when each device was last heard, without a call per message. */
import type { DeviceStatus } from '../../domain/device.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';

export interface PresenceSink {
  deviceStatus(status: DeviceStatus): Promise<void>;
}

interface Entry {
  connections: number;
  lastSeenAtMs: number | null;
  toldAtMs: number;
  /** A call is on its way; with `again`, what it says is already old. */
  telling: boolean;
  again: boolean;
}

export class Presence {
  readonly #sink: PresenceSink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #everyMs: number;
  readonly #entries = new Map<string, Entry>();

  /** While a device stays connected it is told of at most once in `everyMs`. */
  constructor(sink: PresenceSink, clock: Clock, log: Log, everyMs: number) {
    this.#sink = sink;
    this.#clock = clock;
    this.#log = log;
    this.#everyMs = everyMs;
  }

  /** Says of all that they are away: what a gateway that was killed said last would otherwise stand for ever. */
  start(deviceIds: Iterable<string>): void {
    for (const deviceId of deviceIds) this.#tell(deviceId);
  }

  connected(deviceId: string): void {
    const entry = this.#entry(deviceId);
    entry.connections++;
    entry.lastSeenAtMs = this.#clock.nowMs();
    this.#tell(deviceId);
  }

  disconnected(deviceId: string): void {
    const entry = this.#entry(deviceId);
    entry.connections = Math.max(0, entry.connections - 1);
    if (entry.connections === 0) this.#tell(deviceId);
  }

  seen(deviceId: string): void {
    const entry = this.#entry(deviceId);
    entry.lastSeenAtMs = this.#clock.nowMs();
    if (entry.lastSeenAtMs - entry.toldAtMs >= this.#everyMs) this.#tell(deviceId);
  }

  #entry(deviceId: string): Entry {
    let entry = this.#entries.get(deviceId);
    if (!entry) this.#entries.set(deviceId, (entry = { connections: 0, lastSeenAtMs: null, toldAtMs: Number.NEGATIVE_INFINITY, telling: false, again: false }));
    return entry;
  }

  /** At most one call per device is on its way: while the sink is slow the newest state waits, not a queue of old ones. */
  #tell(deviceId: string): void {
    const entry = this.#entry(deviceId);
    entry.toldAtMs = this.#clock.nowMs();
    if (entry.telling) {
      entry.again = true;
      return;
    }
    entry.telling = true;
    void this.#sink
      .deviceStatus({ deviceId, connected: entry.connections > 0, lastSeenAtMs: entry.lastSeenAtMs })
      .catch((error: unknown) => this.#log.debug({ device: deviceId, reason: sentenceOf(error) }, 'presence was not told'))
      .finally(() => {
        entry.telling = false;
        if (!entry.again) return;
        entry.again = false;
        this.#tell(deviceId);
      });
  }
}
