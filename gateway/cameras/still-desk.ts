/** Makes stills in a camera host: the picture of a moment, decoded in full resolution from what the camera's history remembers. */
import type { CodedPacket, PacketHistory } from '../../devices/camera/coded-stream.ts';
import { type FullStill, stillOf } from '../../devices/camera/full-still.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HistoryOf, Tray } from './clip-desk.ts';
import type { HostAsk, MediaMade } from './host-messages.ts';

export interface StillDeskParts {
  readonly historyOf: HistoryOf;
  readonly tray: Tray;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A main stream may come somewhat later than the sub-stream in which something was seen. */
const LATE_MS = 1500;
/** What is further away shows another moment. */
const NEAR_MS = 3000;

export class StillDesk {
  readonly #parts: StillDeskParts;
  #making: Promise<unknown> = Promise.resolve();

  constructor(parts: StillDeskParts) {
    this.#parts = parts;
  }

  /** The still, in the tray, its faces as they are. One after the other. Rejects with a sentence where nothing of that time is remembered. */
  make(cameraId: string, { alertId, atMs }: Extract<HostAsk, { kind: 'still' }>): Promise<MediaMade> {
    const made = this.#making.then(() => this.#make(cameraId, alertId, atMs));
    this.#making = made.catch(() => undefined);
    return made;
  }

  async #make(cameraId: string, alertId: string, atMs: number): Promise<MediaMade> {
    const history = this.#parts.historyOf(cameraId);
    if (!history?.shape) throw new Error('nothing of its stream is remembered');
    await this.#until(history, atMs);
    const still = await stillIn(history, atMs);
    if (!still || Math.abs(still.takenAtMs - atMs) > NEAR_MS) throw new Error('no picture of that time can be decoded');
    const key = `${alertId}-still-plain`;
    await this.#parts.tray.put(key, still.jpeg);
    return { key, takenAtMs: Math.round(still.takenAtMs) };
  }

  /** Until the stream has come so far, or is over, or is awaited in vain. */
  async #until(history: PacketHistory, atMs: number): Promise<void> {
    if ((history.newestAtMs ?? 0) >= atMs) return;
    const here = new AbortController();
    const stop = history.tap({ shape: () => undefined, packet: ({ capturedAtMs }) => (capturedAtMs >= atMs ? here.abort() : undefined), ended: () => here.abort() });
    try {
      await this.#parts.clock.sleep(LATE_MS, AbortSignal.any([here.signal, this.#parts.signal]));
    } finally {
      stop();
    }
  }
}

async function stillIn(history: PacketHistory, atMs: number): Promise<FullStill | null> {
  const { shape } = history;
  const packets: CodedPacket[] = shape ? history.from(atMs) : [];
  try {
    return shape && packets.length > 0 ? await stillOf(shape, packets, atMs) : null;
  } finally {
    for (const { packet } of packets) packet.free();
  }
}
