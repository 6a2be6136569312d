/** Where a camera sends its datagrams: a pair of ports for RTP and RTCP (RFC 3550, 11) that hear nobody else. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { LinkFailed } from './connect.ts';

const TRIES = 50;
/** A key frame comes in one burst; the kernel gives no more than net.core.rmem_max. */
const BUFFER_BYTES = 1024 * 1024;

export interface FromCamera {
  rtp(packet: Buffer): void;
  rtcp(packet: Buffer): void;
}

export class Datagrams {
  readonly #rtp: dgram.Socket;
  readonly #rtcp: dgram.Socket;
  readonly #from: string;
  /** Where the camera listens, as it said; null where it did not. */
  #to: readonly [rtp: number, rtcp: number] | null = null;

  private constructor(rtp: dgram.Socket, rtcp: dgram.Socket, from: string, take: FromCamera) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#from = from;
    // The camera's ports are not held against it: many send from others than they say. Its address is known from the connection.
    rtp.on('message', (packet, { address }) => void (plain(address) === from && take.rtp(packet)));
    rtcp.on('message', (packet, { address }) => void (plain(address) === from && take.rtcp(packet)));
    for (const socket of [rtp, rtcp]) socket.on('error', () => undefined);
  }

  /** An even port and the next one, on the address that the camera's connection ends at. */
  static async open(camera: net.Socket, take: FromCamera): Promise<Datagrams> {
    const [own, from] = [plain(camera.localAddress ?? ''), plain(camera.remoteAddress ?? '')];
    for (let tries = 0; ; tries++) {
      const rtp = await bound(own, 0);
      const { port } = rtp.address();
      const rtcp = port % 2 === 0 ? await bound(own, port + 1).catch(() => null) : null;
      if (rtcp) return new Datagrams(rtp, rtcp, from, take);
      rtp.close();
      if (tries === TRIES) throw new LinkFailed('no pair of ports is free here for its datagrams');
    }
  }

  get ports(): readonly [number, number] {
    return [this.#rtp.address().port, this.#rtcp.address().port];
  }

  /** `to`: the camera's ports. Something sent there opens the way back through what stands between. */
  begin(to: readonly [number, number], opening: Buffer): void {
    this.#to = to;
    this.#rtp.send(opening, to[0], this.#from);
  }

  report(rtcp: Buffer): void {
    if (this.#to) this.#rtcp.send(rtcp, this.#to[1], this.#from);
  }

  close(): void {
    this.#rtp.close();
    this.#rtcp.close();
  }
}

async function bound(address: string, port: number): Promise<dgram.Socket> {
  const socket = dgram.createSocket({ type: net.isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: BUFFER_BYTES });
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** An IPv4 address as it is, where a socket for both kinds writes it as one of IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:/i, '');
