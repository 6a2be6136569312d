/** The last seconds of a camera's stream as it was sent: bounded by time and bytes, in whole groups of pictures. */
import type { CodedPacket, PacketHistory, PacketTap, StreamShape } from './coded-stream.ts';

export interface RingLimits {
  readonly seconds: number;
  readonly bytes: number;
}

/** A key frame and all that leans on it. */
interface Group {
  readonly packets: CodedPacket[];
  bytes: number;
}

/**
 * Both limits hold after every packet. What is too much goes in whole groups, the oldest first, since the rest of a group is of no use
 * without its key frame; a group that is too much by itself goes too, and nothing is remembered until the next key frame.
 * The packets are libav's references: keeping one copies no bytes.
 */
export class PacketRing implements PacketHistory {
  readonly #limits: RingLimits;
  readonly #listeners = new Set<PacketTap>();
  #groups: Group[] = [];
  #bytes = 0;
  #shape: StreamShape | null = null;
  #closed = false;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  get shape(): StreamShape | null {
    return this.#shape;
  }

  get newestAtMs(): number | null {
    return this.#groups.at(-1)?.packets.at(-1)?.capturedAtMs ?? null;
  }

  /** What it holds now; its oldest packet was taken at `sinceMs`. */
  get held(): { readonly packets: number; readonly bytes: number; readonly sinceMs: number | null } {
    const packets = this.#groups.reduce((sum, group) => sum + group.packets.length, 0);
    return { packets, bytes: this.#bytes, sinceMs: this.#groups[0]?.packets[0]?.capturedAtMs ?? null };
  }

  /** A session begins, or its stream changes shape: times of before and after cannot be compared, so what was kept goes. */
  begin(shape: StreamShape): void {
    this.#forget();
    this.#shape = shape;
    for (const listener of this.#listeners) listener.shape(shape);
  }

  /** Keeps a reference of its own, and shows the packet to whoever listens. */
  keep(packet: CodedPacket): void {
    this.#remember(packet);
    for (const listener of this.#listeners) listener.packet(packet);
  }

  /** The session is over; what was kept stays until another begins. */
  ended(): void {
    for (const listener of this.#listeners) listener.ended();
  }

  from(atMs: number): CodedPacket[] {
    const begin = Math.max(0, this.#groups.findLastIndex(({ packets }) => (packets[0]?.capturedAtMs ?? Infinity) <= atMs));
    const clones = this.#groups.slice(begin).flatMap(({ packets }) => packets.map(cloned));
    // Without memory for one of them the others cannot be decoded.
    if (clones.every((clone) => clone !== null)) return clones;
    for (const clone of clones) clone?.packet.free();
    return [];
  }

  tap(listener: PacketTap): () => void {
    this.#listeners.add(listener);
    if (this.#shape) listener.shape(this.#shape);
    return () => void this.#listeners.delete(listener);
  }

  /** Frees all; from then on nothing is kept. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#forget();
  }

  #remember(packet: CodedPacket): void {
    if (this.#closed || (!packet.key && this.#groups.length === 0)) return;
    const kept = cloned(packet);
    if (kept === null) return this.#forget();
    if (packet.key) this.#groups.push({ packets: [], bytes: 0 });
    const group = this.#groups.at(-1)!;
    group.packets.push(kept);
    group.bytes += packet.bytes;
    this.#bytes += packet.bytes;
    while (this.#isTooMuch()) this.#drop();
  }

  #isTooMuch(): boolean {
    const oldest = this.#groups[0]?.packets[0];
    if (!oldest) return false;
    // A clock set back is as far away as one set forward.
    return this.#bytes > this.#limits.bytes || Math.abs((this.newestAtMs ?? 0) - oldest.capturedAtMs) > this.#limits.seconds * 1000;
  }

  #drop(): void {
    const group = this.#groups.shift();
    for (const { packet } of group?.packets ?? []) packet.free();
    this.#bytes -= group?.bytes ?? 0;
  }

  #forget(): void {
    while (this.#groups.length > 0) this.#drop();
  }
}

/** A reference of one's own to the same bytes; null where there is no memory for it. */
export function cloned(coded: CodedPacket): CodedPacket | null {
  const packet = coded.packet.clone();
  return packet && { ...coded, packet };
}
