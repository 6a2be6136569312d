/** Gathers what arrives within a few milliseconds into one enqueue, and tells each giver when its own thing is durable, or that it will not be. */
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';

export interface BatchLimits {
  /** A batch leaves when it has this many … */
  readonly maxItems: number;
  /** … or when its first item is this old. */
  readonly gatherMs: number;
  /** How many batches may be on their way at once. */
  readonly maxInFlight: number;
  /** Items gathered and on their way; what comes beyond is refused, so that memory stays flat while the queue is away. */
  readonly maxWaiting: number;
  /** An item not durable by then is refused. It may still become durable later: then it is kept twice, never zero times. */
  readonly waitAtMostMs: number;
}

interface Waiter<T> {
  readonly item: T;
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: GridwardenError) => void;
}

export class Batcher<T> {
  readonly #what: string;
  readonly #keep: (items: readonly T[]) => Promise<void>;
  readonly #limits: BatchLimits;
  readonly #clock: Clock;
  readonly #stopWatching = new AbortController();
  #gathering: Waiter<T>[] = [];
  /** Every giver still told nothing, oldest first. */
  readonly #untold = new Set<Waiter<T>>();
  #inFlight = 0;
  #itemsInFlight = 0;
  #timerRuns = false;
  #watching = false;
  #closing = false;
  #closed: Promise<void> | null = null;
  #drained: () => void = () => undefined;

  /** `keep` resolves when all its items are durable. `what` names them in errors, e.g. "The measurement". */
  constructor(what: string, keep: (items: readonly T[]) => Promise<void>, limits: BatchLimits, clock: Clock) {
    this.#what = what;
    this.#keep = keep;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Items held in memory now. */
  get waiting(): number {
    return this.#gathering.length + this.#itemsInFlight;
  }

  /** Resolves when the item is durable; rejects with QUEUE_BUSY, or with what `keep` failed with as its cause. */
  add(item: T): Promise<void> {
    if (this.#closing) return Promise.reject(this.#refused('the gateway is closing'));
    if (this.waiting >= this.#limits.maxWaiting) return Promise.reject(this.#refused(`${this.waiting} wait already`));
    return new Promise((resolve, reject) => {
      const waiter = { item, deadlineMs: this.#clock.nowMs() + this.#limits.waitAtMostMs, resolve, reject };
      this.#gathering.push(waiter);
      this.#untold.add(waiter);
      if (this.#gathering.length >= this.#limits.maxItems) this.#send();
      else this.#sendSoon();
      if (!this.#watching) void this.#watch();
    });
  }

  /** Takes nothing more, sends what is gathered, and resolves when every giver has been told: what is not durable within `withinMs` is refused. Idempotent. */
  close(withinMs: number): Promise<void> {
    this.#closed ??= this.#close(withinMs);
    return this.#closed;
  }

  async #close(withinMs: number): Promise<void> {
    this.#closing = true;
    const drained = new Promise<void>((resolve) => (this.#drained = resolve));
    this.#send();
    this.#tellIfDrained();
    const patience = new AbortController();
    await Promise.race([drained, this.#clock.sleep(withinMs, patience.signal)]);
    patience.abort();
    this.#stopWatching.abort();
    this.#gathering = [];
    for (const waiter of this.#untold) this.#tell(waiter, this.#refused('the gateway is closing and the queue does not answer'));
  }

  #sendSoon(): void {
    if (this.#timerRuns) return;
    this.#timerRuns = true;
    void this.#clock.sleep(this.#limits.gatherMs).then(() => {
      this.#timerRuns = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#gathering.length > 0 && this.#inFlight < this.#limits.maxInFlight) {
      void this.#sendBatch(this.#gathering.splice(0, this.#limits.maxItems));
    }
  }

  async #sendBatch(batch: readonly Waiter<T>[]): Promise<void> {
    this.#inFlight++;
    this.#itemsInFlight += batch.length;
    try {
      await this.#keep(batch.map((waiter) => waiter.item));
      for (const waiter of batch) this.#tell(waiter, null);
    } catch (error) {
      for (const waiter of batch) this.#tell(waiter, this.#refused(`the queue refused it (${sentenceOf(error)})`, error));
    }
    // Only now, however long ago the givers lost patience: what `keep` still holds is memory too.
    this.#inFlight--;
    this.#itemsInFlight -= batch.length;
    this.#send();
    this.#tellIfDrained();
  }

  /** Refuses what has waited too long. One timer for all: they wait equally long, so the oldest is due first. */
  async #watch(): Promise<void> {
    this.#watching = true;
    for (let [oldest] = this.#untold; oldest && !this.#stopWatching.signal.aborted; [oldest] = this.#untold) {
      const waitMs = oldest.deadlineMs - this.#clock.nowMs();
      if (waitMs > 0) {
        await this.#clock.sleep(waitMs, this.#stopWatching.signal);
        continue;
      }
      if (this.#gathering[0] === oldest) this.#gathering.shift();
      this.#tell(oldest, this.#refused(`the queue did not answer within ${this.#limits.waitAtMostMs} ms`));
      this.#tellIfDrained();
    }
    this.#watching = false;
  }

  #tell(waiter: Waiter<T>, error: GridwardenError | null): void {
    if (!this.#untold.delete(waiter)) return;
    if (error) waiter.reject(error);
    else waiter.resolve();
  }

  #tellIfDrained(): void {
    if (this.#closing && this.#untold.size === 0) this.#drained();
  }

  #refused(why: string, cause?: unknown): GridwardenError {
    return new GridwardenError('QUEUE_BUSY', { what: this.#what, why }, cause);
  }
}
