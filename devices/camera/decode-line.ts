/** The packets of a camera that wait to be decoded, of those that are wanted: in order, bounded, and what is too much counted. */
import type { Clock } from '../../platform/clock.ts';
import type { CodedPacket, StreamCodec, StreamShape } from './coded-stream.ts';
import { Overload } from './overload.ts';
import { cloned } from './packet-ring.ts';

/** Whether a codec knows nothing but pictures that can be decoded by themselves. */
export const isEveryPictureAKey = (codec: StreamCodec): boolean => codec === 'mjpeg';

export interface InLine {
  /** A reference of the line's own; whoever takes it from the line frees it. */
  readonly coded: CodedPacket;
  readonly shape: StreamShape;
  /** To be decoded by itself; otherwise together with those around it. */
  readonly alone: boolean;
  /** Nothing before it may be leant on. */
  readonly begins: boolean;
  readonly sinceMs: number;
}

export class DecodeLine {
  readonly #clock: Clock;
  readonly #overload = new Overload();
  #waiting: InLine[] = [];
  #bytes = 0;
  #shed = 0;
  #takes: 'key-frames' | 'everything' = 'everything';
  /** Packets that lean on others are of no use until the next key frame. A new session takes them: some cameras never send one. */
  #broken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get takes(): 'key-frames' | 'everything' {
    return this.#takes;
  }

  /** Packets that were wanted and did not get their turn. */
  get shed(): number {
    return this.#shed;
  }

  get first(): InLine | null {
    return this.#waiting[0] ?? null;
  }

  takeKeyFrames(): void {
    this.#takes = 'key-frames';
    this.#broken = true;
  }

  /** Everything from now on: first `packets` (which it owns from then on) in place of all that waited, then what comes. */
  begin(shape: StreamShape, packets: readonly CodedPacket[]): void {
    this.free();
    this.#takes = 'everything';
    this.#broken = packets.length === 0;
    this.#overload.lookBack((packets.at(-1)?.capturedAtMs ?? 0) - (packets[0]?.capturedAtMs ?? 0));
    for (const [i, packet] of packets.entries()) this.#push(packet, shape, isEveryPictureAKey(shape.codec), i === 0);
  }

  /** A packet has come: it waits, if it is wanted, as a reference of the line's own. */
  add(shape: StreamShape, packet: CodedPacket): void {
    const { shedding } = this.#overload;
    const alone = this.#takes === 'key-frames' || shedding || isEveryPictureAKey(shape.codec);
    if (!packet.key && (alone || this.#broken)) {
      if (this.#takes === 'everything') this.#shed++;
      return;
    }
    const own = cloned(packet);
    if (own === null) {
      this.#broken = true;
      this.#shed++;
      return;
    }
    this.#push(own, shape, alone, this.#broken);
    if (!alone) this.#broken = false;
    const waitedMs = this.#clock.nowMs() - (this.first?.sinceMs ?? 0);
    if (this.#overload.isTooMuch({ waitedMs, bytes: this.#bytes })) this.#shedAll();
  }

  /** The first leaves the line; its reference goes with it. */
  takeFirst(): void {
    this.#bytes -= this.#waiting.shift()?.coded.bytes ?? 0;
    if (this.#waiting.length === 0) this.#overload.caughtUp();
  }

  /** Frees all that waits. */
  free(): void {
    for (const { coded } of this.#waiting) coded.packet.free();
    this.#waiting = [];
    this.#bytes = 0;
  }

  #push(coded: CodedPacket, shape: StreamShape, alone: boolean, begins: boolean): void {
    this.#waiting.push({ coded, shape, alone, begins, sinceMs: this.#clock.nowMs() });
    this.#bytes += coded.bytes;
  }

  /** All but the newest key frame, so that something of now is seen. */
  #shedAll(): void {
    const newest = this.#waiting.findLast(({ coded }) => coded.key);
    const rest = this.#waiting.filter((one) => one !== newest);
    this.#shed += rest.length;
    for (const { coded } of rest) coded.packet.free();
    this.#waiting = newest ? [{ ...newest, alone: true, begins: true, sinceMs: this.#clock.nowMs() }] : [];
    this.#bytes = newest?.coded.bytes ?? 0;
    this.#broken = true;
    if (!newest) this.#overload.caughtUp();
  }
}
