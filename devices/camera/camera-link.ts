/** The connection to a camera: opened and checked here, and lent to libav over loopback. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { Transport } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { errorWords, NO_TLS } from './link-words.ts';
import { RtspGuard, RtspRefused } from './rtsp-guard.ts';

export interface LinkOptions {
  readonly cameraId: string;
  readonly transport: Transport;
  readonly caFile: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** RFC 2326, 3.2, and RFC 7826, 19.2. */
const PORTS = { rtsp: 554, rtsps: 322 } as const;
const MAX_FIRST_REQUEST_BYTES = 8192;
/** How long TEARDOWN may take to leave. */
const GOODBYE_MS = 300;

/**
 * Why not libav itself: over TLS it never checks who answers at an IP address (6.1.1, probed); it takes a description of any size
 * into memory, and follows redirections anywhere. Costs 0.05 % of a core at 4 Mbit/s, on a busy machine up to 0.2 %; demuxing costs 0.5 %.
 */
export class CameraLink {
  /** The camera's address as libav is to open it, user and password included. */
  readonly url: string;
  readonly transport: Transport;
  /** What libav has to call itself: nobody else on this machine knows it, so nobody else is let through. */
  readonly userAgent = `Gridwarden-${randomBytes(12).toString('hex')}`;
  readonly #camera: net.Socket;
  readonly #door: net.Server;
  readonly #clock: Clock;
  readonly #guard: RtspGuard;
  #libav: net.Socket | null = null;
  #trouble: string | null = null;
  #closed: Promise<void> | null = null;

  private constructor(camera: net.Socket, reader: Reader, door: net.Server, address: RtspAddress, { transport, clock }: LinkOptions) {
    // Datagrams would carry in the clear what the connection hides.
    this.transport = address.secure ? 'tcp' : transport;
    this.#camera = camera;
    this.#door = door;
    this.#clock = clock;
    this.url = `rtsp://${address.login}127.0.0.1:${(door.address() as net.AddressInfo).port}${address.path}`;
    this.#guard = new RtspGuard(this.transport === 'udp' ? (camera.remoteAddress ?? null) : null);
    reader.take = (chunk) => this.#fromCamera(chunk);
    this.#listen();
  }

  /** Connects, over TLS checks who answers, and waits for libav. Errors: CAMERA_UNREACHABLE. */
  static async open(url: string, options: LinkOptions): Promise<CameraLink> {
    const unreachable = (why: string): GridwardenError => new GridwardenError('CAMERA_UNREACHABLE', { camera: options.cameraId, why });
    const address = rtspAddress(url);
    if (!address) throw unreachable('its address is not an RTSP address; write rtsp://host:port/path');
    const reader: Reader = { take: () => true };
    const camera = await connect(address, options, reader).catch((error: unknown) => {
      throw unreachable(error instanceof LinkFailed ? error.message : errorWords(error));
    });
    const door = net.createServer();
    try {
      await once(door.listen(0, '127.0.0.1'), 'listening');
      return new CameraLink(camera, reader, door, address, options);
    } catch (error) {
      camera.destroy();
      door.close();
      throw error;
    }
  }

  /** Why the camera's side of the connection ended or was ended, where it was not by an ordinary close. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Lets go of both sides; what libav said last still leaves. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#door.close();
    const gone = new AbortController();
    this.#camera.once('close', () => gone.abort());
    if (this.#libav?.closed === false) await this.#clock.sleep(GOODBYE_MS, closeOf(this.#libav));
    this.#camera.end(() => this.#camera.destroy());
    if (!this.#camera.closed) await this.#clock.sleep(GOODBYE_MS, gone.signal);
    this.#camera.destroy();
    this.#libav?.destroy();
  }

  #listen(): void {
    this.#camera.setNoDelay(true);
    this.#camera.on('error', (error) => (this.#trouble ??= errorWords(error)));
    this.#camera.on('end', () => this.#libav?.end());
    this.#camera.on('close', () => {
      this.#door.close();
      this.#libav?.destroySoon();
    });
    this.#door.on('connection', (socket) => this.#admit(socket));
  }

  /** Whether nothing of the chunk is needed any more: what was written usually leaves at once. */
  #fromCamera(chunk: Buffer): boolean {
    const libav = this.#libav;
    try {
      if (!libav || libav.destroyed) this.#camera.destroy();
      else {
        const bytes = this.#guard.push(chunk);
        // The one bound on memory: while libav does not read, the camera is not read either.
        if (bytes.length > 0 && !libav.write(bytes)) this.#camera.pause();
      }
    } catch (error) {
      if (!(error instanceof RtspRefused)) throw error;
      this.#trouble ??= error.message;
      this.#camera.destroy();
    }
    return libav === null || libav.writableLength === 0;
  }

  /** Takes the one connection whose first request bears our name. */
  #admit(socket: net.Socket): void {
    let first = Buffer.alloc(0);
    const listen = (chunk: Buffer): void => {
      first = Buffer.concat([first, chunk]);
      const whole = first.includes('\r\n\r\n');
      if (!whole && first.length < MAX_FIRST_REQUEST_BYTES) return;
      socket.off('data', listen);
      if (!whole || this.#libav || !first.includes(`User-Agent: ${this.userAgent}\r\n`)) return void socket.destroy();
      this.#lend(socket, first);
    };
    socket.on('error', () => socket.destroy());
    socket.on('data', listen);
  }

  #lend(libav: net.Socket, first: Buffer): void {
    this.#libav = libav;
    this.#door.close();
    if (this.#camera.destroyed) return void libav.destroy();
    libav.setNoDelay(true);
    libav.on('drain', () => this.#camera.resume());
    libav.on('close', () => this.#camera.end());
    this.#camera.write(first);
    libav.pipe(this.#camera);
    this.#camera.resume();
  }
}

/** Takes what the camera sent; false where the chunk is needed for longer than the call. */
interface Reader {
  take(chunk: Buffer): boolean;
}

interface RtspAddress {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** `user:password@` as it was written, or nothing. */
  readonly login: string;
  /** Path and query, from the slash on. */
  readonly path: string;
}

/** Null where `url` is none. */
function rtspAddress(url: string): RtspAddress | null {
  const parts = /^(rtsps?):\/\/([^/?#]*@)?[^/?#]*(.*)$/is.exec(url);
  if (!parts || !URL.canParse(url)) return null;
  const { hostname, port } = new URL(url);
  const secure = parts[1]?.toLowerCase() === 'rtsps';
  if (hostname === '') return null;
  return { secure, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? PORTS[secure ? 'rtsps' : 'rtsp'] : Number(port), login: parts[2] ?? '', path: parts[3] ?? '' };
}

/** Why there is no connection, in words. */
class LinkFailed extends Error {}

async function connect(address: RtspAddress, { caFile, timeoutMs, signal, clock }: LinkOptions, reader: Reader): Promise<net.Socket> {
  const { host, port, secure } = address;
  if (signal.aborted) throw new LinkFailed('it was stopped');
  // Without a server name Node holds the certificate against the address itself.
  const socket = secure ? tls.connect({ host, port, secureContext: await trusting(caFile), ...(net.isIP(host) === 0 ? { servername: host } : {}) }) : net.connect({ host, port, onread: intoOneBuffer(reader) });
  // Nothing is read before libav is there to take it.
  socket.pause();
  if (secure) socket.on('data', (chunk: Buffer) => void reader.take(chunk));
  // From now on: a camera that goes away between two listeners would take the process with it.
  socket.on('error', () => undefined);
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const tooLong = clock.sleep(timeoutMs, stop).then(() => {
    if (over.signal.aborted) return null;
    if (signal.aborted) throw new LinkFailed('it was stopped');
    // Whoever waits for a line of text answers nothing to what TLS begins with.
    throw new LinkFailed(secure && !socket.connecting ? `${NO_TLS}; nothing came within ${timeoutMs / 1000} s` : `it did not answer within ${timeoutMs / 1000} s`);
  });
  try {
    await Promise.race([once(socket, secure ? 'secureConnect' : 'connect'), tooLong]);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    over.abort();
  }
}

const READ_BYTES = 64 * 1024;

/** Where Node takes a new one for each chunk, as it must under TLS, the collector goes through the whole heap more often (measured: by a fifth). */
function intoOneBuffer(reader: Reader): net.OnReadOpts {
  let buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer: () => buffer,
    callback: (bytes) => {
      if (!reader.take(buffer.subarray(0, bytes))) buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      return true;
    },
  };
}

let known: { readonly key: string; readonly context: tls.SecureContext } | null = null;

/** Whom to believe: the system's authorities, and those of `caFile`. Reading some hundred certificates takes 40 ms: done again only when the file changed. */
async function trusting(caFile: string | null): Promise<tls.SecureContext> {
  const failed = (): never => {
    throw new LinkFailed('the file of certificate authorities (video.caFile) cannot be read');
  };
  const key = caFile === null ? '' : `${caFile} ${(await stat(caFile).catch(failed)).mtimeMs}`;
  if (known?.key === key) return known.context;
  const own = caFile === null ? [] : [await readFile(caFile, 'utf8').catch(failed)];
  try {
    // Node passes over what is no certificate without a word.
    own.forEach((text) => new X509Certificate(text));
    // A partial chain: a site may trust one camera's certificate without the authority above it.
    const context = tls.createSecureContext({ ca: [...new Set(tls.getCACertificates('system')), ...own], allowPartialTrustChain: true });
    known = { key, context };
    return context;
  } catch {
    return failed();
  }
}

function closeOf(socket: net.Socket): AbortSignal {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  return closed.signal;
}
