/** One fake camera: keeps the time of its clip and sends each viewer the frames that are due. */
import type { Clock } from '../../platform/clock.ts';
import type { Ids } from '../../platform/ids.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { CameraLogin } from './authentication.ts';
import type { Clip } from './clip.ts';
import type { Fault } from './fault.ts';
import type { Outlet } from './outlet.ts';
import { type Reports, Viewer, type ViewerCounts } from './viewer.ts';

export interface CameraOptions {
  readonly path: string;
  readonly auth?: CameraLogin;
  readonly fault?: Fault;
  /** Where in the clip to begin, rounded down to a key frame (default 0). */
  readonly startAtS?: number;
  /** `own` (default): every viewer begins at the start. `shared`: one running picture for all, as a real camera; a viewer joins at the last key frame. */
  readonly timeline?: 'own' | 'shared';
  /** With `shared`: for so long its picture runs already when the camera starts, so that several cameras of one clip are in step nowhere (default 0). */
  readonly runningForMs?: number;
  /** How it is asked for its packets (default: over the connection alone); any other way gets 461. */
  readonly transports?: readonly ('tcp' | 'udp')[];
  /** Sender reports: at once and every 5 s with the true time, where nothing else is said. */
  readonly reports?: Partial<Reports>;
}

export interface CameraStats extends ViewerCounts {
  /** Viewers that play now, and all that ever did. */
  readonly viewers: number;
  readonly viewersEver: number;
  /** Bytes of hostile answers to DESCRIBE that left for a socket. */
  readonly hostileBytes: number;
}

export class FakeCamera {
  readonly options: CameraOptions;
  clip: Clip;
  fault: Fault | null;
  readonly #clock: Clock;
  readonly #ids: Ids;
  #startIndex: number;
  readonly #viewers = new Set<Viewer>();
  readonly #counts = { frames: 0, packets: 0, bytes: 0, framesDropped: 0 };
  readonly #reports: Reports;
  hostileBytes = 0;
  #viewersEver = 0;
  #originMs = 0;
  #closed = false;
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: CameraOptions, clip: Clip, clock: Clock, ids: Ids) {
    this.options = options;
    this.clip = clip;
    this.fault = options.fault ?? null;
    this.#reports = { everyMs: 5_000, firstAfterMs: 0, clockAheadMs: 0, ...options.reports };
    this.#clock = clock;
    this.#ids = ids;
    this.#startIndex = lastKeyAt(clip, (options.startAtS ?? 0) * 90_000);
  }

  start(): void {
    this.#originMs = this.#clock.nowMs() - (this.options.runningForMs ?? 0);
    this.#running = this.#run().catch((error: unknown) => {
      process.stderr.write(`The fake camera ${this.options.path} stopped: ${sentenceOf(error)}\n`);
    });
  }

  get stats(): CameraStats {
    return { viewers: this.#viewers.size, viewersEver: this.#viewersEver, hostileBytes: this.hostileBytes, ...this.#counts };
  }

  /** Makes a viewer whose frames flow from `play` on. */
  newViewer(outlet: Outlet): Viewer {
    return new Viewer({ clip: this.clip, fault: this.fault, outlet, reports: this.#reports, counts: this.#counts, ids: this.#ids });
  }

  /** Changes what the sender reports say, with a report before the next frame. */
  setReports(change: Partial<Reports>): void {
    Object.assign(this.#reports, change);
    for (const viewer of this.#viewers) viewer.reportSoon();
  }

  /** Plays another clip from now on: in mid-stream to those who watch, unless its codec is another, which ends their connections as a restart would. */
  switchTo(clip: Clip): void {
    const sameCodec = clip.codec === this.clip.codec;
    this.clip = clip;
    this.#startIndex = 0;
    this.#originMs = this.#clock.nowMs();
    if (sameCodec) for (const viewer of this.#viewers) viewer.switchTo(clip);
    else this.drop();
    this.#wake.abort();
  }

  play(viewer: Viewer): void {
    const nowMs = this.#clock.nowMs();
    if (this.options.timeline === 'shared') viewer.begin(this.#startIndex, this.#originMs, nowMs);
    else viewer.begin(this.#startIndex, nowMs, nowMs);
    this.#viewers.add(viewer);
    this.#viewersEver++;
    this.#wake.abort();
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  /** Cuts every viewer's connection, as a camera does that loses its power. */
  drop(): void {
    for (const viewer of this.#viewers) viewer.cut();
    this.#viewers.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.abort();
    this.drop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#wake = new AbortController();
      const nowMs = this.#clock.nowMs();
      let nextMs = Number.POSITIVE_INFINITY;
      for (const viewer of this.#viewers) nextMs = Math.min(nextMs, viewer.sendDue(nowMs));
      if (nextMs === Number.POSITIVE_INFINITY) await aborted(this.#wake.signal);
      else await this.#clock.sleep(Math.max(1, nextMs - nowMs), this.#wake.signal);
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** Index of the last key frame decoded at or before `ticks` into the clip. */
export function lastKeyAt(clip: Clip, ticks: number): number {
  return Math.max(0, clip.units.findLastIndex((unit) => unit.key && unit.decode90k <= ticks % clip.loop90k));
}
