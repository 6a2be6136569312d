/** RTSP as it comes over a connection, taken apart: messages, and the packets of RTP and RTCP between them (RFC 2326, 10.12). */

/** A description of a stream has one or two thousand bytes. */
export const MAX_BODY_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** A dollar, the channel, and the length of what follows. */
const MEDIA_HEADER = 4;
const DOLLAR = 0x24;
/** Nobody sets up more than audio, video and what they draw over it; a dollar in rubbish is often followed by a higher one. */
const MOST_CHANNEL = 7;
/** How messages begin: answers, and the requests that a camera may make (RFC 2326, table 2; RFC 7826, table 7). Other words are rubbish. */
const BEGINNINGS = ['RTSP/1.0 ', 'RTSP/1.1 ', 'OPTIONS ', 'ANNOUNCE ', 'GET_PARAMETER ', 'SET_PARAMETER ', 'REDIRECT ', 'TEARDOWN ', 'PLAY_NOTIFY '].map((word) => Buffer.from(word, 'latin1'));
/** First bytes of messages and packets, by their value. */
const MAY_BEGIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte === DOLLAR || BEGINNINGS.some(([first]) => first === byte) ? 1 : 0));
const FIRST_CAPACITY = 64 * 1024;

/** What the camera said is no stream, in words for a person. */
export class RtspRefused extends Error {}

export interface RtspMessage {
  /** Null for a request of the camera's own. */
  readonly status: number | null;
  readonly firstLine: string;
  /** By names in lower case; a header may come more than once. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export interface WireListener {
  message(message: RtspMessage): void;
  /** `packet` may be reused after the call. */
  media(channel: number, packet: Buffer): void;
}

/** Rubbish between messages is passed over: cameras leave some there. */
export class RtspWire {
  readonly #listener: WireListener;
  /** What came and is not whole yet, in a buffer that is kept. */
  #held = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;

  constructor(listener: WireListener) {
    this.#listener = listener;
  }

  /** `chunk` may be reused after the call. Throws RtspRefused. */
  push(chunk: Buffer): void {
    const bytes = this.#length === 0 ? chunk : this.#append(chunk);
    let at = 0;
    while (at < bytes.length) {
      const taken = bytes[at] === DOLLAR ? this.#media(bytes, at) : this.#text(bytes, at);
      if (taken === 0) break;
      at += taken;
    }
    this.#keep(bytes, at);
  }

  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    this.#reserve(length);
    chunk.copy(this.#held, this.#length);
    return this.#held.subarray(0, length);
  }

  #keep(bytes: Buffer, from: number): void {
    const left = bytes.subarray(from);
    this.#reserve(left.length);
    // Within one buffer too: copy() minds the overlap.
    left.copy(this.#held);
    this.#length = left.length;
  }

  #reserve(length: number): void {
    if (this.#held.length >= length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#held.length));
    this.#held.copy(larger, 0, 0, this.#length);
    this.#held = larger;
  }

  /** Bytes taken; 0 where more have to come. */
  #media(bytes: Buffer, at: number): number {
    if (bytes.length - at < MEDIA_HEADER) return 0;
    const channel = bytes.readUInt8(at + 1);
    if (channel > MOST_CHANNEL) return 1;
    const end = at + MEDIA_HEADER + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return 0;
    this.#listener.media(channel, bytes.subarray(at + MEDIA_HEADER, end));
    return end - at;
  }

  /** No text is made of rubbish: a camera may send a megabyte of it in a second. */
  #text(bytes: Buffer, at: number): number {
    for (const word of BEGINNINGS) {
      const same = sameBytes(bytes, at, word);
      if (same === word.length) return this.#message(bytes, at);
      if (at + same === bytes.length) return 0;
    }
    let end = at + 1;
    while (end < bytes.length && MAY_BEGIN[bytes[end] ?? 0] === 0) end++;
    return end - at;
  }

  #message(bytes: Buffer, at: number): number {
    const text = bytes.toString('latin1', at, at + MAX_HEADER_BYTES);
    const end = /\r?\n\r?\n/.exec(text);
    if (!end) {
      if (text.length < MAX_HEADER_BYTES) return 0;
      throw new RtspRefused('the header of its answer never ends');
    }
    const [firstLine = '', ...lines] = text.slice(0, end.index).split(/\r?\n/);
    const headers = headersOf(lines);
    const headerBytes = end.index + end[0].length;
    const whole = headerBytes + bodyBytesOf(headers);
    if (bytes.length - at < whole) return 0;
    const status = /^RTSP\/1\.\d (\d{3})\b/.exec(firstLine)?.[1];
    this.#listener.message({ status: status === undefined ? null : Number(status), firstLine, headers, body: bytes.toString('utf8', at + headerBytes, at + whole) });
    return whole;
  }
}

/** How many bytes from `at` on are those of `word`. */
function sameBytes(bytes: Buffer, at: number, word: Buffer): number {
  let same = 0;
  while (same < word.length && bytes[at + same] === word[same]) same++;
  return same;
}

function headersOf(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    if (line.startsWith('$')) throw new RtspRefused('what it answers is not a usable RTSP description');
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    if (before) before.push(value);
    else headers.set(name, [value]);
  }
  return headers;
}

function bodyBytesOf(headers: ReadonlyMap<string, readonly string[]>): number {
  const told = headers.get('content-length') ?? [];
  const bytes = Number(told[0] ?? 0);
  if (told.length > 1 || !(bytes <= MAX_BODY_BYTES)) throw new RtspRefused('what it answers is far larger than a description of a stream');
  return Math.max(0, Math.floor(bytes));
}
