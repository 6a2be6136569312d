/** Live video without Redis and cameras, for tests of the console: tickets in memory, and viewers that a test speaks to. */
import type { LiveVideo } from '../console/server/parts.ts';
import type { LiveVariant, LiveViewer } from '../domain/live-video.ts';

export class HandLive implements LiveVideo {
  readonly viewers = new Map<LiveViewer, string>();
  readonly #tickets = new Map<string, string>();

  /** Makes every variant that is asked for, unless a test says otherwise. */
  refusal: Error | null = null;

  admit(): Promise<void> {
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve();
  }

  keepTicket(hash: string, ticket: string): Promise<void> {
    this.#tickets.set(hash, ticket);
    return Promise.resolve();
  }

  takeTicket(hash: string): Promise<string | null> {
    const ticket = this.#tickets.get(hash) ?? null;
    this.#tickets.delete(hash);
    return Promise.resolve(ticket);
  }

  watch(cameraId: string, variant: LiveVariant, viewer: LiveViewer): Promise<() => void> {
    this.viewers.set(viewer, `${cameraId} ${variant}`);
    return Promise.resolve(() => void this.viewers.delete(viewer));
  }
}
