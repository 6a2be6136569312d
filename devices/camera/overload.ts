/** Decides what becomes of a camera's packets when the machine decodes them more slowly than they come. Pure. */

/** A packet waits for the decoder this long at most: longer than a stall of the network's is made up for. */
const MOST_WAIT_MS = 2000;
/** What waits holds this much at most, whatever its times say. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

export interface Waiting {
  /** How long the oldest packet has waited. */
  readonly waitedMs: number;
  readonly bytes: number;
}

/**
 * The rule: once a packet has waited for more than 2 s, all that waits but the newest key frame is shed, and then key frames only are
 * decoded until none waits; from the next one on everything is decoded again. A look back (wake) puts many in line at once and may take
 * as much longer as it looks back.
 */
export class Overload {
  #lookBackMs = 0;
  #shedding = false;

  /** Whether packets other than key frames are shed now. */
  get shedding(): boolean {
    return this.#shedding;
  }

  /** A look back of so much begins. */
  lookBack(spanMs: number): void {
    this.#lookBackMs = spanMs;
    this.#shedding = false;
  }

  /** To be asked with each packet that comes to wait: whether those before it must go. */
  isTooMuch({ waitedMs, bytes }: Waiting): boolean {
    if (waitedMs <= MOST_WAIT_MS + this.#lookBackMs && bytes <= MOST_WAITING_BYTES) return false;
    this.#lookBackMs = 0;
    this.#shedding = true;
    return true;
  }

  /** Nothing waits any more. */
  caughtUp(): void {
    this.#lookBackMs = 0;
    this.#shedding = false;
  }
}
