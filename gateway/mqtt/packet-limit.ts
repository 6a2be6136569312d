/**
 * Looks at the length of each MQTT packet before the parser gathers it. mqtt-packet keeps every byte of a packet until it is whole, up to
 * 256 MB, and aedes has no limit of its own: without this, one publish of 10 MB is 10 MB of memory, times as many clients as care to.
 */
import type { Socket } from 'node:net';

const PUBLISH = 3;
const CONNECT = 1;
/** What of the payload is kept for a person to look at. */
export const HEAD_BYTES = 8 * 1024;

export interface PacketLimits {
  /** For the first packet, while nobody is known: CONNECT with its will. */
  readonly firstPacketBytes: number;
  readonly packetBytes: number;
}

export interface TooLargePacket {
  /** "Remaining Length" of the packet [MQTT-2.2.3]. */
  readonly bytes: number;
  /** Null where it is no PUBLISH, or its topic was not at hand yet. */
  readonly topic: string | null;
  /** The first bytes of its payload, as far as they were at hand: at most HEAD_BYTES. */
  readonly head: Buffer;
}

/** Follows the packets through a stream of chunks without keeping any byte of it. */
export class PacketWatch {
  readonly #limits: PacketLimits;
  #toSkip = 0;
  #header: number[] = [];
  #first = true;
  /** A length that is none: the parser will say so, there is nothing more to follow. */
  #lost = false;

  constructor(limits: PacketLimits) {
    this.#limits = limits;
  }

  /** Null, or the first packet in the chunk that is too large and where in the chunk it begins (0 when it began in an earlier one). */
  look(chunk: Buffer): { at: number; packet: TooLargePacket } | null {
    let at = 0;
    let beganAt = 0;
    while (at < chunk.length && !this.#lost) {
      if (this.#toSkip > 0) {
        const step = Math.min(this.#toSkip, chunk.length - at);
        this.#toSkip -= step;
        at += step;
        continue;
      }
      if (this.#header.length === 0) beganAt = at;
      const byte = chunk[at++] as number;
      this.#header.push(byte);
      if (this.#header.length === 1 || (byte & 0x80) !== 0) {
        this.#lost = this.#header.length > 4;
        continue;
      }
      const bytes = lengthOf(this.#header);
      const type = (this.#header[0] as number) >> 4;
      const limit = this.#first || type === CONNECT ? this.#limits.firstPacketBytes : this.#limits.packetBytes;
      if (bytes > limit) return { at: beganAt, packet: { bytes, ...(type === PUBLISH ? publishHead(this.#header[0] as number, chunk.subarray(at)) : { topic: null, head: Buffer.alloc(0) }) } };
      this.#toSkip = bytes;
      this.#header = [];
      this.#first = false;
    }
    return null;
  }
}

/** Variable-length encoding, seven bits a byte, least first [MQTT-2.2.3]. */
function lengthOf(header: readonly number[]): number {
  return header.slice(1).reduce((sum, byte, i) => sum + (byte & 0x7f) * 128 ** i, 0);
}

function publishHead(firstByte: number, rest: Buffer): { topic: string | null; head: Buffer } {
  const topicBytes = rest.length >= 2 ? rest.readUInt16BE(0) : Number.POSITIVE_INFINITY;
  if (rest.length < 2 + topicBytes) return { topic: null, head: Buffer.alloc(0) };
  const messageIdBytes = (firstByte & 0x06) === 0 ? 0 : 2;
  const from = 2 + topicBytes + messageIdBytes;
  // Copied: a view would keep the whole chunk alive.
  return { topic: rest.toString('utf8', 2, 2 + topicBytes), head: Buffer.from(rest.subarray(from, from + HEAD_BYTES)) };
}

/**
 * Puts the watch into a socket. Every way of reading a Node stream goes through its `read()`, aedes' included, so what that does not
 * give out nobody gathers. The packets before the one too large are still given out, so that they are acknowledged and not sent again
 * with it for ever; then `refuse` is called once and the socket is destroyed.
 */
export function limitPackets(socket: Socket, limits: PacketLimits, refuse: (packet: TooLargePacket) => void): void {
  const watch = new PacketWatch(limits);
  const read = socket.read.bind(socket);
  let refused: TooLargePacket | null = null;
  const end = (packet: TooLargePacket): null => {
    if (!socket.destroyed) {
      socket.destroy();
      refuse(packet);
    }
    return null;
  };
  socket.read = (size?: number): Buffer | null => {
    if (refused) return end(refused);
    const chunk = read(size) as Buffer | null;
    if (chunk === null) return null;
    const found = watch.look(chunk);
    if (!found) return chunk;
    refused = found.packet;
    return found.at > 0 ? chunk.subarray(0, found.at) : end(refused);
  };
}
