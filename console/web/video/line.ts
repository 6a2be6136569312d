/** The line of one live view: a ticket, a socket, and again after a pause when it breaks; while the page is hidden there is none. */
import type { LiveVariant, LiveWord } from '../../../domain/live-video.ts';
import { ApiError, api } from '../api/client.ts';
import { leave } from '../live/session.ts';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** A line that held this long was good: the next try comes soon. */
const GOOD_MS = 10_000;
/** A camera sends some pictures a second; after so long without any the person is told. */
const SILENT_MS = 4000;

export type LineState =
  | { readonly kind: 'connecting' | 'playing' | 'silent' | 'away' | 'reconnecting' | 'unplayable' }
  | { readonly kind: 'refused'; readonly error: ApiError };

export interface LineSink {
  state(state: LineState): void;
  /** `mime` is one this browser plays. */
  begin(mime: string, variant: LiveVariant, zeroAtMs: number): void;
  /** From here on time 0 of the video is said to be then. */
  clock(zeroAtMs: number): void;
  bytes(bytes: ArrayBuffer): void;
}

interface Wanted {
  readonly cameraId: string;
  readonly alertId: string | null;
}

/** What ended one socket. `plain-unplayable`: this browser cannot play what the camera sends, but may what is made of it. */
type Ended = 'broken' | 'over' | 'plain-unplayable' | 'unplayable';

export class Line {
  readonly #wanted: Wanted;
  readonly #sink: LineSink;
  readonly #stop: AbortSignal;
  /** Ends the socket of now, and the next follows at once. */
  #anew = new AbortController();
  #redactedOnly = false;

  constructor(wanted: Wanted, sink: LineSink, stop: AbortSignal) {
    this.#wanted = wanted;
    this.#sink = sink;
    this.#stop = stop;
  }

  /** The player could not go on: begins anew. */
  again(): void {
    this.#anew.abort();
  }

  /** Until `stop`, or until there is no way to see this camera. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#stop.aborted; ) {
      this.#sink.state({ kind: failures === 0 || document.hidden ? 'connecting' : 'reconnecting' });
      await untilShown(this.#stop);
      if (this.#stop.aborted) return;
      const startedAtMs = Date.now();
      const ended = await this.#once();
      if (ended === 'final' || this.#stop.aborted) return;
      if (ended === 'at-once' || document.hidden) continue;
      failures = Date.now() - startedAtMs > GOOD_MS ? 1 : failures + 1;
      // A refusal stands there to be read until the next try.
      if (ended === 'broken') this.#sink.state({ kind: 'reconnecting' });
      const longestMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
      await pause(longestMs * (0.5 + Math.random() / 2), this.#stop);
    }
  }

  async #once(): Promise<'final' | 'at-once' | 'broken' | 'refused'> {
    const { cameraId, alertId } = this.#wanted;
    let ticket: string;
    try {
      ({ ticket } = await api.liveTicket(cameraId, { ...(this.#redactedOnly && { variant: 'redacted' as const }), ...(alertId !== null && { purpose: `alert ${alertId}` }) }, this.#stop));
    } catch (error) {
      return this.#refused(error);
    }
    switch (await this.#watch(ticket)) {
      case 'over':
        return 'at-once';
      case 'plain-unplayable':
        this.#redactedOnly = true;
        return 'at-once';
      case 'unplayable':
        this.#sink.state({ kind: 'unplayable' });
        return 'final';
      case 'broken':
        return 'broken';
    }
  }

  #refused(error: unknown): 'final' | 'broken' | 'refused' {
    if (!(error instanceof ApiError) || error.code === 'OFFLINE') return 'broken';
    if (error.status === 401) leave();
    this.#sink.state({ kind: 'refused', error });
    // Too many views: some may be closed meanwhile.
    return error.status === 429 || error.status >= 500 ? 'refused' : 'final';
  }

  #watch(ticket: string): Promise<Ended> {
    const socket = new WebSocket(`/api/live/${encodeURIComponent(ticket)}`);
    socket.binaryType = 'arraybuffer';
    this.#anew = new AbortController();
    return new Promise((resolve) => {
      let silent = 0;
      const heard = (): void => {
        window.clearTimeout(silent);
        silent = window.setTimeout(() => this.#sink.state({ kind: 'silent' }), SILENT_MS);
      };
      const end = (how: Ended): void => {
        window.clearTimeout(silent);
        document.removeEventListener('visibilitychange', onHidden);
        for (const signal of [this.#stop, this.#anew.signal]) signal.removeEventListener('abort', onAbort);
        socket.onmessage = socket.onclose = null;
        socket.close();
        resolve(how);
      };
      const onAbort = (): void => end('broken');
      const onHidden = (): void => void (document.hidden && end('broken'));
      heard();
      document.addEventListener('visibilitychange', onHidden);
      for (const signal of [this.#stop, this.#anew.signal]) signal.addEventListener('abort', onAbort, { once: true });
      socket.onclose = () => end('broken');
      socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
        heard();
        if (typeof data !== 'string') return this.#sink.bytes(data);
        const ended = this.#word(JSON.parse(data) as LiveWord);
        if (ended) end(ended);
      };
    });
  }

  #word(word: LiveWord): Ended | null {
    switch (word.kind) {
      case 'begin':
        if (word.mime === null || !MediaSource.isTypeSupported(word.mime)) return word.variant === 'plain' ? 'plain-unplayable' : 'unplayable';
        this.#sink.begin(word.mime, word.variant, word.zeroAtMs);
        return null;
      case 'clock':
        this.#sink.clock(word.zeroAtMs);
        return null;
      case 'end':
        this.#sink.state({ kind: 'away' });
        return null;
      case 'over':
        return 'over';
    }
  }
}

function untilShown(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden && !stop.aborted) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    stop.addEventListener('abort', look, { once: true });
    look();
  });
}

function pause(forMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, forMs);
    stop.addEventListener('abort', () => (window.clearTimeout(timer), resolve()), { once: true });
  });
}
