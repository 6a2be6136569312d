/** Counts everything the door refuses, by reason, and logs it without letting a storm of it fill the log. */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';

export type RefusalReason =
  | 'unknown-device' | 'wrong-password' | 'sign-in-busy' | 'mqtt-5' | 'protocol' | 'too-many-connections'
  | 'topic' | 'subscription' | 'will' | 'too-large' | 'queue-busy' | 'quarantine-full' | 'closing';

const QUIET_MS = 10_000;
/** Somebody who tries a new name each time gets no more lines than this in QUIET_MS. */
const MOST_LINES_PER_REASON = 20;
/** Names of devices come from outside: the memory for them is bounded. */
const MAX_REMEMBERED = 2000;

export class Refusals {
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #said = new Map<string, { atMs: number; since: number }>();
  readonly #lines = new Map<RefusalReason, { sinceMs: number; lines: number; leftOut: number }>();

  constructor(metrics: Metrics, log: Log, clock: Clock) {
    this.#metrics = metrics;
    this.#log = log;
    this.#clock = clock;
  }

  /** One line per reason and device in 10 s, for a queue that refuses one in all; the next one says how many were left out. */
  note(reason: RefusalReason, device: string | null, sentence: string, fields: object = {}): void {
    this.#metrics.count('gridwarden_mqtt_refused_total', 'Connections, publishes and subscriptions that the MQTT door refused', { reason });
    // A queue that is away refuses all devices alike: that is one thing to say, not one for each of them.
    const key = reason === 'queue-busy' ? reason : `${reason} ${device ?? ''}`;
    const nowMs = this.#clock.nowMs();
    const last = this.#said.get(key);
    if (last && nowMs - last.atMs < QUIET_MS) {
      last.since++;
      return;
    }
    const leftOut = this.#room(reason, nowMs);
    if (leftOut === null) return;
    const alike = (last?.since ?? 0) + leftOut;
    this.#log.warn({ refused: reason, device, ...(alike > 0 ? { alike } : {}), ...fields }, sentence);
    if (this.#said.size >= MAX_REMEMBERED) this.#said.clear();
    this.#said.set(key, { atMs: nowMs, since: 0 });
  }

  /** How many lines of this reason were left out before this one, or null when this one has to be too. */
  #room(reason: RefusalReason, nowMs: number): number | null {
    let window = this.#lines.get(reason);
    const leftOut = window?.leftOut ?? 0;
    if (!window || nowMs - window.sinceMs >= QUIET_MS) this.#lines.set(reason, (window = { sinceMs: nowMs, lines: 0, leftOut: 0 }));
    else if (window.lines >= MOST_LINES_PER_REASON) return window.leftOut++, null;
    window.lines++;
    return window.lines === 1 ? leftOut : 0;
  }
}
