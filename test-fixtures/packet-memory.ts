/** Coded packets without libav, for tests of who holds how many and frees them: every reference is counted. */
import type { Packet } from 'node-av/lib';
import type { CodedPacket } from '../devices/camera/coded-stream.ts';

export interface WantedPacket {
  readonly key: boolean;
  readonly atMs: number;
  readonly bytes: number;
}

export class PacketMemory {
  /** References that are not freed. */
  alive = 0;
  aliveBytes = 0;

  /** A packet with one reference, which the caller frees. */
  coded({ key, atMs, bytes }: WantedPacket): CodedPacket {
    return { packet: this.#reference(bytes), key, ptsMs: atMs, dtsMs: atMs, capturedAtMs: atMs, clock: 'arrival', bytes };
  }

  #reference(bytes: number): Packet {
    this.alive++;
    this.aliveBytes += bytes;
    let freed = false;
    const free = (): void => {
      if (freed) throw new Error('freed twice');
      freed = true;
      this.alive--;
      this.aliveBytes -= bytes;
    };
    return { clone: () => this.#reference(bytes), free } as unknown as Packet;
  }
}

/** A packet as a source gives it out: it lives for the length of the call. */
export function lentPacket(memory: PacketMemory, wanted: WantedPacket, to: (packet: CodedPacket) => void): void {
  const coded = memory.coded(wanted);
  to(coded);
  coded.packet.free();
}
