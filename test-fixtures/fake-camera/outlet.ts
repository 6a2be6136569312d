/** Where a viewer's packets go: into its RTSP connection (RFC 2326, 10.12), or as datagrams beside it (RFC 3550, 11). */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { RubbishSource } from './fault.ts';

export interface Outlet {
  /** What stands in the Transport header of the answer to SETUP. */
  readonly transport: string;
  /** Interleaved channels of RTP and RTCP; datagrams have none, but the frames that `write` takes are told apart by them. */
  readonly channels: readonly [number, number];
  /** Whole interleaved frames, or of a broken camera anything else. */
  write(framed: Buffer): void;
  readonly unreadBytes: number;
  readonly gone: boolean;
  /** Ends the connection when all is sent; cuts it at once. */
  end(): void;
  cut(): void;
}

export class TcpOutlet implements Outlet {
  readonly transport: string;
  readonly channels: readonly [number, number];
  readonly #socket: Socket;

  constructor(socket: Socket, channels: readonly [number, number]) {
    this.#socket = socket;
    this.channels = channels;
    this.transport = `RTP/AVP/TCP;unicast;interleaved=${channels.join('-')}`;
  }

  get unreadBytes(): number {
    return this.#socket.writableLength;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  write(framed: Buffer): void {
    this.#socket.write(framed);
  }

  end(): void {
    this.#socket.destroySoon();
  }

  cut(): void {
    this.#socket.destroy();
  }
}

const FRAME_HEADER = 4;

/** Datagrams to the viewer's two ports; its RTSP connection stays open beside them, and ends them by closing. */
export class UdpOutlet implements Outlet {
  readonly transport: string;
  readonly channels = [0, 1] as const;
  readonly #socket: Socket;
  readonly #ports: UdpPorts;
  readonly #clientPorts: readonly [number, number];
  readonly #lost: number;
  readonly #dice = new RubbishSource(7);

  /** `lost`: this part of the RTP packets is left out, always the same ones. */
  constructor(socket: Socket, ports: UdpPorts, clientPorts: readonly [number, number], lost: number) {
    this.#socket = socket;
    this.#ports = ports;
    this.#clientPorts = clientPorts;
    this.#lost = lost;
    this.transport = `RTP/AVP;unicast;client_port=${clientPorts.join('-')};server_port=${ports.rtpPort}-${ports.rtpPort + 1}`;
  }

  readonly unreadBytes = 0;

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  write(framed: Buffer): void {
    const host = this.#socket.remoteAddress?.replace(/^::ffff:/, '');
    if (host === undefined) return;
    for (let at = 0; at + FRAME_HEADER <= framed.length; ) {
      const packet = framed.subarray(at + FRAME_HEADER, at + FRAME_HEADER + framed.readUInt16BE(at + 2));
      const rtcp = framed[at + 1] === this.channels[1];
      if (rtcp || (this.#dice.bytes(1)[0] ?? 0) >= this.#lost * 256) this.#ports.send(packet, rtcp, this.#clientPorts[rtcp ? 1 : 0], host);
      at += FRAME_HEADER + packet.length;
    }
  }

  end(): void {
    this.#socket.destroySoon();
  }

  cut(): void {
    this.#socket.destroy();
  }
}

/** An even port for RTP and the next one for RTCP (RFC 3550, 11), which all viewers of a server share. */
export class UdpPorts {
  readonly rtpPort: number;
  readonly #rtp: dgram.Socket;
  readonly #rtcp: dgram.Socket;

  private constructor(rtp: dgram.Socket, rtcp: dgram.Socket) {
    this.rtpPort = rtp.address().port;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    // What viewers send here (receiver reports, packets that open a way through a NAT) is nothing to a camera.
    for (const socket of [rtp, rtcp]) socket.on('error', () => undefined);
  }

  static async open(host: string): Promise<UdpPorts> {
    for (let attempt = 0; attempt < 50; attempt++) {
      const rtp = await bound(host, 0);
      const port = rtp?.address().port ?? 1;
      const rtcp = port % 2 === 0 ? await bound(host, port + 1) : null;
      if (rtp && rtcp) return new UdpPorts(rtp, rtcp);
      rtp?.close();
    }
    throw new Error(`No pair of free UDP ports was found on ${host}.`);
  }

  send(packet: Buffer, rtcp: boolean, port: number, host: string): void {
    // Nobody listening any more is ordinary; the callback keeps it from being an event.
    (rtcp ? this.#rtcp : this.#rtp).send(packet, port, host, () => undefined);
  }

  close(): void {
    this.#rtp.close();
    this.#rtcp.close();
  }
}

async function bound(host: string, port: number): Promise<dgram.Socket | null> {
  const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
  socket.bind(port, host);
  try {
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return null;
  }
}
