/** The connection to a camera: opened within a time, and over TLS only to who can prove to be it. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../platform/clock.ts';
import type { RtspAddress } from './address.ts';
import { errorWords, NO_TLS } from './link-words.ts';

export interface ConnectOptions {
  /** Certificates (PEM) that may vouch for an rtsps:// camera, beside the system's; null for those alone. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Why there is no connection, in words for a person. */
export class LinkFailed extends Error {}

/** `take` is given what comes; the bytes may be reused after the call. Nothing is read before resume(). Throws LinkFailed. */
export async function connect(address: RtspAddress, options: ConnectOptions, take: (chunk: Buffer) => void): Promise<net.Socket> {
  const { timeoutMs, signal, clock } = options;
  if (signal.aborted) throw new LinkFailed('it was stopped');
  const socket = await socketTo(address, options.caFile, take);
  const over = new AbortController();
  const tooLong = clock.sleep(timeoutMs, AbortSignal.any([signal, over.signal])).then(() => {
    if (over.signal.aborted) return null;
    if (signal.aborted) throw new LinkFailed('it was stopped');
    // Whoever waits for a line of text answers nothing to what TLS begins with.
    throw new LinkFailed(address.secure && !socket.connecting ? `${NO_TLS}; nothing came within ${timeoutMs / 1000} s` : `it did not answer within ${timeoutMs / 1000} s`);
  });
  try {
    await Promise.race([once(socket, address.secure ? 'secureConnect' : 'connect'), tooLong]);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error instanceof LinkFailed ? error : new LinkFailed(errorWords(error), { cause: error });
  } finally {
    over.abort();
  }
}

async function socketTo({ secure, host, port }: RtspAddress, caFile: string | null, take: (chunk: Buffer) => void): Promise<net.Socket> {
  const socket = secure
    ? // Without a server name Node holds the certificate against the address itself.
      tls.connect({ host, port, secureContext: await trusting(caFile), ...(net.isIP(host) === 0 ? { servername: host } : {}) })
    : net.connect({ host, port, onread: intoOneBuffer(take) });
  socket.pause();
  socket.setNoDelay(true);
  if (secure) socket.on('data', take).pause();
  // From now on: a camera that goes away between two listeners would take the process with it.
  socket.on('error', () => undefined);
  return socket;
}

const READ_BYTES = 64 * 1024;

/** Where Node takes a new one for each chunk, as it must under TLS, the collector goes through the whole heap more often (measured: by a fifth). */
function intoOneBuffer(take: (chunk: Buffer) => void): net.OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback: (bytes) => {
      take(buffer.subarray(0, bytes));
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
