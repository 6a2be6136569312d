/** The way of an SOS to the queue: alone, at once, and again until it is there, whether or not its button still listens. */
import type { SosEvent } from '../../domain/device.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { backoffMs } from '../../platform/supervise.ts';

const RETRY = { firstMs: 100, maxMs: 5000 };
/** Some 500 bytes each: the whole district pressing at once fits, a button gone mad does not fill the memory. */
const MAX_HELD = 1000;

export interface SosLaneParts {
  /** Resolves when the SOS is durable. */
  readonly keepSos: (event: SosEvent) => Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

export class SosLane {
  readonly #parts: SosLaneParts;
  readonly #held = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #closed = false;

  constructor(parts: SosLaneParts) {
    this.#parts = parts;
  }

  get held(): number {
    return this.#held.size;
  }

  /**
   * Resolves when the event is durable; rejects with QUEUE_BUSY after `waitAtMostMs`, and goes on trying all the same: an SOS sent at
   * QoS 0 comes once. The same event given again while it is held is waited for, not doubled.
   */
  async raise(event: SosEvent, waitAtMostMs: number): Promise<void> {
    const key = `${event.source} ${event.id}`;
    let kept = this.#held.get(key);
    if (!kept) {
      if (this.#closed) throw busy('the gateway is closing');
      if (this.#held.size >= MAX_HELD) throw busy(`${this.#held.size} wait already`);
      kept = this.#untilKept(event).finally(() => this.#held.delete(key));
      kept.catch(() => undefined); // told to whoever still waits
      this.#held.set(key, kept);
    }
    const patience = new AbortController();
    const tooLate = this.#parts.clock.sleep(waitAtMostMs, patience.signal).then(() => {
      if (!patience.signal.aborted) throw busy(`the queue did not answer within ${waitAtMostMs} ms; it goes on trying`);
    });
    try {
      await Promise.race([kept, tooLate]);
    } finally {
      patience.abort();
      tooLate.catch(() => undefined);
    }
  }

  /** Waits at most `waitAtMostMs` for what is held; what is then still not durable is named in the log. Idempotent. */
  async close(waitAtMostMs: number): Promise<void> {
    this.#closed = true;
    const patience = new AbortController();
    await Promise.race([Promise.allSettled(this.#held.values()), this.#parts.clock.sleep(waitAtMostMs, patience.signal)]);
    patience.abort();
    if (this.#held.size > 0) this.#parts.log.error({ sos: [...this.#held.keys()] }, 'closing while SOS calls wait for the queue: they were not kept and not acknowledged');
    this.#stop.abort();
  }

  async #untilKept(event: SosEvent): Promise<void> {
    const { keepSos, clock, ids, log } = this.#parts;
    for (let attempt = 0; ; attempt++) {
      try {
        return await keepSos(event);
      } catch (error) {
        // Said at attempts 1, 2, 4, 8 …: the button cries, the log need not.
        if ((attempt & (attempt + 1)) === 0) log.error({ device: event.deviceId, event: event.id, attempt: attempt + 1, reason: sentenceOf(error) }, 'an SOS could not be queued; trying again');
        await clock.sleep(backoffMs(attempt, RETRY, ids.random()), this.#stop.signal);
        if (this.#stop.signal.aborted) throw busy('the gateway is closing');
      }
    }
  }
}

function busy(why: string): GridwardenError {
  return new GridwardenError('QUEUE_BUSY', { what: 'The SOS', why });
}
