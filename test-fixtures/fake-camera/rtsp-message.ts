/** RTSP 1.0 messages (RFC 2326) as bytes: finds requests in a stream of bytes and writes answers. */

export interface RtspRequest {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface RtspResponse {
  readonly status: number;
  /** A list stands for a header that comes several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  461: 'Unsupported transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'RTSP Version not supported',
};
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 64 * 1024;

/** Collects bytes as they arrive and gives whole requests; interleaved binary frames from the client (receiver reports) are passed over. */
export class RequestReader {
  #held: Buffer = Buffer.alloc(0);

  /** The requests that became whole with `bytes`. Null in the list stands for one that is no RTSP: the connection cannot be read on. */
  push(bytes: Buffer): (RtspRequest | null)[] {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const found: (RtspRequest | null)[] = [];
    while (this.#held.length > 0) {
      const taken = this.#take();
      if (taken === 'incomplete') break;
      if (taken !== 'frame') found.push(taken);
      if (taken === null) break;
    }
    return found;
  }

  #take(): RtspRequest | 'frame' | 'incomplete' | null {
    if (this.#held[0] === 0x24) {
      const frameBytes = this.#held.length < 4 ? 4 : 4 + this.#held.readUInt16BE(2);
      if (this.#held.length < frameBytes) return 'incomplete';
      this.#held = this.#held.subarray(frameBytes);
      return 'frame';
    }
    const headEnd = this.#held.indexOf('\r\n\r\n');
    if (headEnd < 0) return this.#held.length > MAX_HEAD_BYTES ? null : 'incomplete';
    const request = parseHead(this.#held.toString('utf8', 0, headEnd));
    const bodyBytes = Number(request?.headers.get('content-length') ?? 0);
    if (request === null || !(bodyBytes >= 0 && bodyBytes <= MAX_BODY_BYTES)) return null;
    const end = headEnd + 4 + bodyBytes;
    if (this.#held.length < end) return 'incomplete';
    this.#held = this.#held.subarray(end);
    return request;
  }
}

function parseHead(head: string): RtspRequest | null {
  const [first = '', ...lines] = head.split('\r\n');
  const start = /^([A-Z_]+) (\S+) RTSP\/(\d\.\d)$/.exec(first);
  if (!start) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return null;
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method: start[1] ?? '', url: start[2] ?? '', version: start[3] ?? '', headers };
}

/** The answer's bytes; CSeq is repeated as asked (RFC 2326, 12.17). */
export function formatResponse(response: RtspResponse, cseq: string | undefined): string {
  const lines = [`RTSP/1.0 ${response.status} ${REASONS[response.status] ?? 'Unknown'}`];
  if (cseq !== undefined) lines.push(`CSeq: ${cseq}`);
  lines.push('Server: Gridwarden fake camera');
  for (const [name, values] of Object.entries(response.headers ?? {})) for (const value of [values].flat()) lines.push(`${name}: ${value}`);
  if (response.body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(response.body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${response.body ?? ''}`;
}
