/** Counts everything the door refuses, by reason, and logs it without letting a storm of it fill the log. */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';

export type RefusalReason =
  | 'unknown-device' | 'wrong-password' | 'sign-in-busy' | 'mqtt-5' | 'protocol' | 'too-many-connections'
  | 'topic' | 'subscription' | 'will' | 'too-large' | 'queue-busy' | 'quarantine-full' | 'closing';

const QUIET_MS = 10_000;
/** Names of devices come from outside: the memory for them is bounded. */
const MAX_REMEMBERED = 2000;

export class Refusals {
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #said = new Map<string, { atMs: number; since: number }>();

  constructor(metrics: Metrics, log: Log, clock: Clock) {
    this.#metrics = metrics;
    this.#log = log;
    this.#clock = clock;
  }

  /** One line per reason and device in 10 s; the next one says how many were left out. */
  note(reason: RefusalReason, device: string | null, sentence: string, fields: object = {}): void {
    this.#metrics.count('gridwarden_mqtt_refused_total', 'Connections, publishes and subscriptions that the MQTT door refused', { reason });
    const key = `${reason} ${device ?? ''}`;
    const nowMs = this.#clock.nowMs();
    const last = this.#said.get(key);
    if (last && nowMs - last.atMs < QUIET_MS) {
      last.since++;
      return;
    }
    this.#log.warn({ refused: reason, device, ...(last?.since ? { alike: last.since } : {}), ...fields }, sentence);
    if (this.#said.size >= MAX_REMEMBERED) this.#said.clear();
    this.#said.set(key, { atMs: nowMs, since: 0 });
  }
}
