/** Cuts clips in a camera host: what a camera's history remembers of the time before, and what follows, until the time after is over. */
import type { CodedPacket, PacketHistory } from '../../devices/camera/coded-stream.ts';
import { mp4Of, playable } from '../../devices/camera/mp4-clip.ts';
import { cloned } from '../../devices/camera/packet-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HostAsk, MediaMade } from './host-messages.ts';

/** Where made stills and clips are laid for other processes. */
export interface Tray {
  put(key: string, bytes: Uint8Array): Promise<void>;
}

/** A camera's stream for stills and clips: its main stream where it has one. Null for a camera that is not this host's. */
export type HistoryOf = (cameraId: string) => PacketHistory | null;

export interface ClipDeskParts {
  readonly historyOf: HistoryOf;
  readonly tray: Tray;
  readonly clock: Clock;
  /** A clip that would be larger ends there. */
  readonly mostBytes: number;
  /** What clips in the making hold together; most of it is the cameras' own memory still. Beyond it they end there. */
  readonly mostHeldBytes: number;
  readonly signal: AbortSignal;
}

/** So long after its time a packet may arrive: cameras and networks hold some back. */
const LATE_MS = 3000;

export class ClipDesk {
  readonly #parts: ClipDeskParts;
  #heldBytes = 0;
  /** One clip is put together after the other: each holds its bytes twice. */
  #muxing: Promise<unknown> = Promise.resolve();

  constructor(parts: ClipDeskParts) {
    this.#parts = parts;
  }

  /**
   * The clip, in the tray. It begins with the last key frame before `fromMs` that is remembered, and ends at `toMs`, or before where the stream ends,
   * changes its shape or is too large. Rejects with a sentence where nothing of that time is remembered.
   */
  async cut(cameraId: string, { alertId, fromMs, toMs }: Extract<HostAsk, { kind: 'clip' }>): Promise<MediaMade> {
    const history = this.#parts.historyOf(cameraId);
    if (!history?.shape) throw new Error('nothing of its stream is remembered');
    const { shape } = history;
    const gathered = new Gathered(toMs, this.#parts.mostBytes, (bytes) => (this.#heldBytes += bytes) <= this.#parts.mostHeldBytes);
    try {
      await this.#gather(history, gathered, fromMs);
      const packets = gathered.untilEnd();
      const [first, last] = [playable(packets)[0], packets.at(-1)];
      if (!first || !last || last.capturedAtMs < fromMs) throw new Error('nothing of that time is remembered');
      const key = `${alertId}-clip`;
      await this.#oneAtATime(async () => this.#parts.tray.put(key, await mp4Of(shape, packets)));
      return { key, takenAtMs: Math.round(first.capturedAtMs) };
    } finally {
      this.#heldBytes -= gathered.free();
    }
  }

  async #gather(history: PacketHistory, gathered: Gathered, fromMs: number): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    for (const packet of history.from(fromMs)) {
      if (over.signal.aborted) packet.packet.free();
      else if (!gathered.add(packet)) end();
    }
    // No packet can come in between: nothing is awaited.
    let told = 0;
    const stop = history.tap({
      // The first call says the shape that there is.
      shape: () => (told++ > 0 ? end() : undefined),
      packet: (packet) => {
        if (over.signal.aborted) return;
        const own = cloned(packet);
        if (!own || !gathered.add(own)) end();
      },
      ended: end,
    });
    try {
      const { clock, signal } = this.#parts;
      if (!over.signal.aborted) await clock.sleep(Math.max(0, gathered.toMs - clock.nowMs()) + LATE_MS, AbortSignal.any([over.signal, signal]));
    } finally {
      stop();
    }
  }

  #oneAtATime(work: () => Promise<void>): Promise<void> {
    const done = this.#muxing.then(work);
    this.#muxing = done.catch(() => undefined);
    return done;
  }
}

/** Packets of one clip in the making, each a reference of its own. */
class Gathered {
  readonly toMs: number;
  readonly #mostBytes: number;
  readonly #mayHold: (bytes: number) => boolean;
  readonly #packets: CodedPacket[] = [];
  #bytes = 0;

  constructor(toMs: number, mostBytes: number, mayHold: (bytes: number) => boolean) {
    this.toMs = toMs;
    this.#mostBytes = mostBytes;
    this.#mayHold = mayHold;
  }

  /** Takes the packet over; false when it was the last: the time is over, or the clip is too large. */
  add(packet: CodedPacket): boolean {
    this.#packets.push(packet);
    this.#bytes += packet.bytes;
    const room = this.#mayHold(packet.bytes);
    return room && this.#bytes < this.#mostBytes && packet.capturedAtMs <= this.toMs;
  }

  /** In decoding order, so that each has what it leans on; the last taken in time is the last. */
  untilEnd(): readonly CodedPacket[] {
    const within = this.#packets.slice(0, this.#packets.findLastIndex(({ capturedAtMs }) => capturedAtMs <= this.toMs) + 1);
    let bytes = 0;
    return within.filter((packet) => (bytes += packet.bytes) <= this.#mostBytes);
  }

  /** Answers how many bytes it held. */
  free(): number {
    for (const { packet } of this.#packets) packet.free();
    return this.#bytes;
  }
}
