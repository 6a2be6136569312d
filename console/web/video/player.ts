/** Plays fragments as they come, by Media Source Extensions: appends, chases the live edge, forgets what was seen. */
import { chase } from './live-edge.ts';

const LOOK_EVERY_MS = 100;
/** Seen pictures are kept for so long, so that the browser need not drop them in a hurry. */
const KEEP_S = 10;
/** A browser that takes nothing any more is given nothing more, either. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

export interface PlayerEvents {
  /** A new picture was shown. `lagS`: behind the newest one that is here. `takenAtS`: its time in the video. */
  readonly shown: (lagS: number, takenAtS: number) => void;
  /** The browser cannot go on with what it was given. */
  readonly failed: () => void;
}

export class Player {
  readonly #video: HTMLVideoElement;
  readonly #events: PlayerEvents;
  readonly #timer: number;
  #source: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #url = '';
  #waiting: ArrayBuffer[] = [];
  #waitingBytes = 0;
  #shownAtS = -1;

  constructor(video: HTMLVideoElement, events: PlayerEvents) {
    this.#video = video;
    this.#events = events;
    this.#timer = window.setInterval(() => this.#look(), LOOK_EVERY_MS);
    video.addEventListener('error', this.#onError);
  }

  /** Forgets what it played before; the next bytes are an init segment of this type. */
  begin(mime: string): void {
    this.#clear();
    const source = (this.#source = new MediaSource());
    this.#url = URL.createObjectURL(source);
    source.addEventListener('sourceopen', () => {
      if (this.#source !== source || this.#buffer) return;
      try {
        const buffer = (this.#buffer = source.addSourceBuffer(mime));
        buffer.addEventListener('updateend', () => this.#buffer === buffer && this.#append());
        this.#append();
      } catch {
        this.#events.failed();
      }
    });
    this.#video.src = this.#url;
    // Muted video may begin by itself; what keeps it from that (the page was closed meanwhile) is no fault.
    this.#video.play().catch(() => undefined);
  }

  take(bytes: ArrayBuffer): void {
    if (!this.#source) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes > MOST_WAITING_BYTES) return this.#events.failed();
    this.#append();
  }

  close(): void {
    window.clearInterval(this.#timer);
    this.#video.removeEventListener('error', this.#onError);
    this.#clear();
  }

  readonly #onError = (): void => {
    if (this.#source) this.#events.failed();
  };

  #clear(): void {
    this.#source = null;
    this.#buffer = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#shownAtS = -1;
    if (this.#url === '') return;
    URL.revokeObjectURL(this.#url);
    this.#url = '';
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  /** Everything that waits in one go: an append at a time is all a browser takes. */
  #append(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#waiting.length === 0) return;
    const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : joined(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      buffer.appendBuffer(bytes);
    } catch {
      // Full, or broken by what came before: begin anew.
      this.#events.failed();
    }
  }

  #look(): void {
    const { buffered, currentTime, playbackRate } = this.#video;
    const ranges = Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)] as const);
    const step = chase({ nowS: currentTime, rate: playbackRate, ranges });
    if (step.seekToS !== null) this.#video.currentTime = step.seekToS;
    if (step.rate !== playbackRate) this.#video.playbackRate = step.rate;
    if (this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && currentTime !== this.#shownAtS && step.lagS !== null) {
      this.#shownAtS = currentTime;
      this.#events.shown(step.lagS, currentTime);
    }
    const oldestS = ranges[0]?.[0] ?? 0;
    if (this.#buffer && !this.#buffer.updating && currentTime - oldestS > 2 * KEEP_S) this.#buffer.remove(0, currentTime - KEEP_S);
  }
}

function joined(parts: readonly ArrayBuffer[], bytes: number): ArrayBuffer {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole.buffer;
}
