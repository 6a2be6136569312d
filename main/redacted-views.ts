/** The cameras whose redacted live video this machine makes: those that somebody watches, as many as it can, each made by one machine only. */
import type { LiveViewer } from '../domain/live-video.ts';
import type { RedactorStatus } from '../domain/redaction.ts';
import type { Clock } from '../platform/clock.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { LivePublisher } from '../queue/live-channel.ts';
import type { RedactionEyes } from '../workers/evidence/redact-stream.ts';
import { RedactedView } from './redacted-view.ts';

/** Often enough that a claim (queue/live-claim.ts) never runs out while its camera is watched. */
const EVERY_MS = 2000;

export interface RedactedViewsParts {
  readonly cameraIds: readonly string[];
  readonly mostCameras: number;
  /** A sentence where there are no models: then nothing is made, and whoever asks is told. */
  readonly eyes: RedactionEyes | string;
  /** `LiveWants` of queue/live-channel.ts, for the redacted variant. */
  readonly wants: { follow(cameraIds: readonly string[], changed: (cameraId: string, wanted: boolean) => void): Promise<void>; close(): void };
  readonly claims: { claim(cameraId: string): Promise<boolean>; release(cameraId: string): Promise<void> };
  /** The plain video of a camera. Answers how to stop. */
  watchPlain(cameraId: string, viewer: LiveViewer): Promise<() => void>;
  outOf(cameraId: string): Pick<LivePublisher, 'begin' | 'fragment' | 'end'>;
  post(status: RedactorStatus): Promise<void>;
  readonly env: { readonly clock: Clock; readonly log: Log };
}

interface Made {
  readonly view: RedactedView;
  readonly unwatch: () => void;
}

export class RedactedViews {
  readonly #parts: RedactedViewsParts;
  readonly #wanted = new Set<string>();
  readonly #made = new Map<string, Made>();
  readonly #stop = new AbortController();
  #tending: Promise<void> = Promise.resolve();
  #looping: Promise<void> = Promise.resolve();

  constructor(parts: RedactedViewsParts) {
    this.#parts = parts;
  }

  /** Rejects when Redis refuses. */
  async start(): Promise<void> {
    const { wants, cameraIds } = this.#parts;
    await this.#post();
    await wants.follow(cameraIds, (cameraId, wanted) => {
      if (wanted) this.#wanted.add(cameraId);
      else this.#wanted.delete(cameraId);
      this.#tend();
    });
    this.#looping = this.#loop();
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#parts.wants.close();
    this.#wanted.clear();
    this.#tend();
    await Promise.all([this.#tending, this.#looping]);
  }

  async #loop(): Promise<void> {
    for (;;) {
      await this.#parts.env.clock.sleep(EVERY_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#tend();
      await this.#tending;
    }
  }

  /** One at a time: what is made becomes what is wanted. */
  #tend(): void {
    this.#tending = this.#tending
      .then(() => this.#tended())
      .catch((error: unknown) => this.#parts.env.log.warn({ reason: sentenceOf(error) }, 'redacted live video cannot be looked after; tried again'));
  }

  async #tended(): Promise<void> {
    const { eyes, mostCameras, claims } = this.#parts;
    for (const cameraId of [...this.#made.keys()]) if (!this.#wanted.has(cameraId) || !(await claims.claim(cameraId))) await this.#end(cameraId);
    if (typeof eyes !== 'string') {
      for (const cameraId of this.#wanted) {
        if (this.#made.has(cameraId) || this.#made.size >= mostCameras) continue;
        if (await claims.claim(cameraId)) await this.#begin(cameraId, eyes);
      }
    }
    await this.#post();
  }

  async #begin(cameraId: string, eyes: RedactionEyes): Promise<void> {
    const { outOf, watchPlain, env } = this.#parts;
    const view = new RedactedView({ cameraId, eyes, out: outOf(cameraId), log: env.log });
    this.#made.set(cameraId, { view, unwatch: await watchPlain(cameraId, view) });
  }

  async #end(cameraId: string): Promise<void> {
    const made = this.#made.get(cameraId);
    this.#made.delete(cameraId);
    made?.unwatch();
    await made?.view.stop();
    await this.#parts.claims.release(cameraId);
  }

  #post(): Promise<void> {
    const { eyes, mostCameras, env } = this.#parts;
    return this.#parts.post({ atMs: env.clock.nowMs(), cameraIds: [...this.#made.keys()], mostCameras, trouble: typeof eyes === 'string' ? eyes : null });
  }
}
