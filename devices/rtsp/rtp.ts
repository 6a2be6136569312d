/** Packets of RTP in their order (RFC 3550, 5.1): what is late waits for, what is lost is told, and what was received is counted. */
import type { RtpPayload } from './payload.ts';

const FIXED_HEADER = 12;
/** Datagrams overtake each other by a few places at most; what takes longer than this is lost. */
const MOST_WAITING = 64;
const LATEST_MS = 100;
/** A step further on than the one or back than the other is neither loss nor lateness but another numbering: the camera began anew (RFC 3550, A.1). */
const [MOST_DROPOUT, MOST_MISORDER] = [3000, 100];

export type TakePayload = (bytes: Buffer, about: RtpPayload) => void;

/** For a receiver report (RFC 3550, 6.4.1). */
export interface Reception {
  readonly ssrc: number;
  /** With how often the 16 bits went round above. */
  readonly highestSequence: number;
  readonly lostPackets: number;
  readonly receivedPackets: number;
  /** In units of the stream's clock. */
  readonly jitter: number;
}

interface Waiting {
  readonly packet: Buffer;
  readonly sequence: number;
  readonly sinceMs: number;
}

/** Of one stream. `ordered` where the connection keeps the order: then nothing waits. */
export class RtpStream {
  readonly #payloadType: number;
  readonly #ticksPerMs: number;
  readonly #ordered: boolean;
  readonly #take: TakePayload;
  #ssrc: number | null = null;
  /** The sequence number due next, going on over 16 bits. */
  #due = 0;
  #firstSequence = 0;
  #received = 0;
  #lost = false;
  #waiting: Waiting[] = [];
  #jitter = 0;
  #transit: number | null = null;

  constructor({ payloadType, clockRate, ordered }: { readonly payloadType: number; readonly clockRate: number; readonly ordered: boolean }, take: TakePayload) {
    this.#payloadType = payloadType;
    this.#ticksPerMs = clockRate / 1000;
    this.#ordered = ordered;
    this.#take = take;
  }

  /** Null until a packet came. */
  get reception(): Reception | null {
    if (this.#ssrc === null) return null;
    const lostPackets = Math.max(0, this.#due - this.#firstSequence - this.#received);
    return { ssrc: this.#ssrc, highestSequence: this.#due - 1, lostPackets, receivedPackets: this.#received, jitter: Math.round(this.#jitter) };
  }

  /** `packet` may be reused after the call. What is no RTP of this stream is passed over. */
  push(packet: Buffer, nowMs: number): void {
    if (packet.length < FIXED_HEADER || packet.readUInt8(0) >> 6 !== 2 || (packet.readUInt8(1) & 0x7f) !== this.#payloadType) return;
    const sequence = this.#placed(packet.readUInt16BE(2), packet.readUInt32BE(8));
    this.#measureJitter(packet.readUInt32BE(4), nowMs);
    if (sequence < this.#due) return;
    this.#received++;
    if (sequence === this.#due || this.#ordered) this.#passOn(packet, sequence);
    else this.#wait(packet, sequence, nowMs);
    this.#passOnWaiting(nowMs);
  }

  /** The sequence number as it goes on from the one due; another source or another numbering begins anew. */
  #placed(sequence16: number, ssrc: number): number {
    const step = ((sequence16 - this.#due) << 16) >> 16;
    if (ssrc === this.#ssrc && step <= MOST_DROPOUT && step >= -MOST_MISORDER) return this.#due + step;
    this.#lost = this.#ssrc !== null;
    [this.#ssrc, this.#received, this.#transit, this.#waiting] = [ssrc, 0, null, []];
    return (this.#due = this.#firstSequence = sequence16);
  }

  #wait(packet: Buffer, sequence: number, sinceMs: number): void {
    const after = this.#waiting.findIndex((each) => each.sequence >= sequence);
    if (this.#waiting[after]?.sequence === sequence) return void this.#received--;
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { packet: Buffer.from(packet), sequence, sinceMs });
  }

  #passOnWaiting(nowMs: number): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const longEnough = this.#waiting.length > MOST_WAITING || this.#waiting.some(({ sinceMs }) => nowMs - sinceMs > LATEST_MS);
      if (first.sequence > this.#due && !longEnough) return;
      this.#waiting.shift();
      this.#passOn(first.packet, first.sequence);
    }
  }

  #passOn(packet: Buffer, sequence: number): void {
    const lost = this.#lost || sequence !== this.#due;
    this.#due = sequence + 1;
    const payload = payloadOf(packet);
    // A packet that cannot be read is as good as lost.
    this.#lost = payload === null;
    if (payload) this.#take(payload, { timestamp: packet.readUInt32BE(4), marker: packet.readUInt8(1) >= 0x80, lost });
  }

  /** RFC 3550, A.8. */
  #measureJitter(timestamp: number, nowMs: number): void {
    const transit = (Math.round(nowMs * this.#ticksPerMs) - timestamp) | 0;
    if (this.#transit !== null) this.#jitter += (Math.abs((transit - this.#transit) | 0) - this.#jitter) / 16;
    this.#transit = transit;
  }
}

/** Behind the sources that contributed and a header extension, before the padding. */
function payloadOf(packet: Buffer): Buffer | null {
  const first = packet.readUInt8(0);
  let from = FIXED_HEADER + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (packet.length < from + 4) return null;
    from += 4 + 4 * packet.readUInt16BE(from + 2);
  }
  const padding = (first & 0x20) !== 0 ? packet.readUInt8(packet.length - 1) : 0;
  return from + padding > packet.length ? null : packet.subarray(from, packet.length - padding);
}
