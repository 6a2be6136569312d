/**
 * Wakes a camera whose key frames come too rarely by the sizes of the packets between them: what moves costs an encoder bits. Pure.
 *
 * Under constant bit rate it does not (measured on a real clip: a factor of 2 at best, less with noise), so nothing is believed that was not
 * shown: while everything is decoded it is compared with what the pictures show, and it is on only as long as it finds what they do.
 */

/** Sizes are looked at by so much time: pictures that others lean on are several times as large as those between them. */
const WINDOW_MS = 200;
/** A window is out of the ordinary from so many standard deviations, and from so much more than usual, on. */
const SIGMAS = 4;
const LEAST_RATIO = 1.5;
const LEARN_SHARE = 1 / 60;
/** Windows before which nothing is known of what is usual. */
const LEAST_WINDOWS = 25;

/** An outlier and a motion this near each other are the same. */
const NEAR_MS = 700;
/** Motion after so long without it is a new one, which a wake-up must have found; a wake-up lasts as long. */
const APART_MS = 3000;
/** What lies further back counts less: each new event takes this share from those before. */
const FADE = 0.93;
const LEAST_MOTIONS = 5;
const LEAST_QUIET_MS = 60_000;
const BELIEVED = { found: 0.9, falsePerMinute: 4 };
const DISBELIEVED = { found: 0.8, falsePerMinute: 8 };
/** Found to carry no signal, it is looked at again after this: nights are not days. */
const AGAIN_AFTER_MS = 30 * 60_000;

export class PacketTrigger {
  #state: 'learning' | 'on' | 'off' = 'learning';
  #offSinceMs = 0;

  #windowAtMs: number | null = null;
  #windowBytes = 0;
  #windows = 0;
  #mean = 0;
  #variance = 0;

  #lastOutlierAtMs = -Infinity;
  #lastMotionAtMs = -Infinity;
  #lastLookAtMs: number | null = null;
  /** Waiting for what comes just after them. */
  #motion: { readonly sinceMs: number; readonly atMs: number } | null = null;
  #alarmAtMs: number | null = null;
  #found = 0;
  #missed = 0;
  #false = 0;
  #quietMs = 0;

  get state(): 'learning' | 'on' | 'off' {
    return this.#state;
  }

  /** A packet that is no key frame; `quiet` while nothing is known to move. True when its like was not seen in quiet. */
  packet(bytes: number, atMs: number, quiet: boolean): boolean {
    this.#windowAtMs ??= atMs;
    const outlier = atMs - this.#windowAtMs >= WINDOW_MS && this.#window(Math.log(1 + (this.#windowBytes * WINDOW_MS) / (atMs - this.#windowAtMs)), quiet);
    if (atMs - this.#windowAtMs >= WINDOW_MS || atMs < this.#windowAtMs) {
      this.#windowAtMs = atMs;
      this.#windowBytes = 0;
    }
    this.#windowBytes += bytes;
    if (outlier) this.#alarm(atMs);
    return outlier;
  }

  /** What the next decoded picture showed. */
  look(moves: boolean, atMs: number): void {
    const beforeMs = this.#lastLookAtMs ?? atMs;
    this.#lastLookAtMs = atMs;
    if (moves) {
      if (atMs - this.#lastMotionAtMs > APART_MS) this.#motion = { sinceMs: beforeMs, atMs };
      this.#lastMotionAtMs = atMs;
    } else if (atMs - beforeMs < APART_MS) this.#quietMs += Math.max(0, atMs - beforeMs);
    this.#judge(atMs);
    this.#decide(atMs);
  }

  #window(size: number, quiet: boolean): boolean {
    const off = size - this.#mean;
    const outlier = this.#windows >= LEAST_WINDOWS && off > Math.max(SIGMAS * Math.sqrt(this.#variance), Math.log(LEAST_RATIO));
    if (!quiet || outlier) {
      // What is out of the ordinary for long is ordinary: a scene gets busier, an encoder is set anew.
      if (quiet) this.#mean += (LEARN_SHARE / 4) * off;
      return outlier;
    }
    this.#windows++;
    const share = Math.max(LEARN_SHARE, 1 / this.#windows);
    this.#mean += share * off;
    this.#variance += share * (off * off * (1 - share) - this.#variance);
    return false;
  }

  #alarm(atMs: number): void {
    if (atMs - this.#lastOutlierAtMs > APART_MS) this.#alarmAtMs ??= atMs;
    this.#lastOutlierAtMs = atMs;
  }

  /** Motions and alarms whose other half had time to come. */
  #judge(nowMs: number): void {
    const motion = this.#motion;
    if (motion && nowMs >= motion.atMs + NEAR_MS) {
      this.#motion = null;
      const found = this.#lastOutlierAtMs >= motion.sinceMs - NEAR_MS;
      this.#found = this.#found * FADE + (found ? 1 : 0);
      this.#missed = this.#missed * FADE + (found ? 0 : 1);
    }
    const alarmAtMs = this.#alarmAtMs;
    if (alarmAtMs !== null && nowMs >= alarmAtMs + NEAR_MS) {
      this.#alarmAtMs = null;
      // Something may have moved on from before the alarm.
      if (this.#lastMotionAtMs >= alarmAtMs - APART_MS) return;
      this.#false = this.#false * FADE + 1;
      this.#quietMs *= FADE;
    }
  }

  #decide(atMs: number): void {
    const motions = this.#found + this.#missed;
    const found = this.#found / Math.max(1, motions);
    const falsePerMinute = this.#false / (Math.max(LEAST_QUIET_MS, this.#quietMs) / 60_000);
    switch (this.#state) {
      case 'learning':
        if (motions < LEAST_MOTIONS * FADE ** LEAST_MOTIONS || this.#quietMs < LEAST_QUIET_MS) {
          if (falsePerMinute > DISBELIEVED.falsePerMinute) this.#switchOff(atMs);
        } else if (found >= BELIEVED.found && falsePerMinute <= BELIEVED.falsePerMinute) this.#state = 'on';
        else if (found < DISBELIEVED.found || falsePerMinute > DISBELIEVED.falsePerMinute) this.#switchOff(atMs);
        return;
      case 'on':
        if (found < DISBELIEVED.found || falsePerMinute > DISBELIEVED.falsePerMinute) this.#switchOff(atMs);
        return;
      case 'off':
        if (atMs - this.#offSinceMs < AGAIN_AFTER_MS) return;
        this.#state = 'learning';
        this.#found = this.#missed = this.#false = this.#quietMs = 0;
    }
  }

  #switchOff(atMs: number): void {
    this.#state = 'off';
    this.#offSinceMs = atMs;
  }
}
