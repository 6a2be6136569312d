/** Lets through what RTSP is (RFC 2326) and no more than a camera needs to say, before libav reads it. */

/** A description of a stream has one or two thousand bytes; libav itself would take 2 GB (measured: it allocates what Content-Length says). */
export const MAX_BODY_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** Channel, and length of the frame, behind a dollar (10.12). */
const FRAME_HEADER = 4;
/** libav passes over shorter frames without their payload, and reads that as if it were text. */
const LEAST_FRAME = 8;
const MOST_CHANNEL = 7;
const DOLLAR = 0x24;
/** A response, or a request of the camera's own. */
const BEGINS_MESSAGE = /^(?:RTSP\/1\.\d |[A-Z_]{4,20} )/;
const LONGEST_BEGIN = 21;

/** What the camera said is no stream, in words for a person. */
export class RtspRefused extends Error {}

/**
 * Bytes of the camera in, bytes for libav out. Rubbish between messages is left out. A redirection is refused: libav would follow it
 * anywhere and with the password. Throws RtspRefused.
 */
export class RtspGuard {
  /** Where RTP comes from when not inside this connection: libav takes its peer, which is us. */
  readonly #mediaFrom: string | null;
  #rest: Buffer = Buffer.alloc(0);
  /** So many bytes of a frame or body are still to come. */
  #passing = 0;
  #setUp = false;

  constructor(mediaFrom: string | null) {
    this.#mediaFrom = mediaFrom;
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    const out: Buffer[] = [];
    let at = 0;
    /** What lies between here and `at` goes out as it is. */
    let from = 0;
    const flush = (until: number): void => void (until > from && out.push(bytes.subarray(from, until)));
    while (at < bytes.length) {
      if (this.#passing > 0) {
        const passed = Math.min(this.#passing, bytes.length - at);
        this.#passing -= passed;
        at += passed;
        continue;
      }
      const next = this.#unit(bytes, at);
      if (next === 'more') break;
      if (next.whole > 0) this.#passing = next.whole;
      if (next.instead === null && next.skip === 0) continue;
      flush(at);
      if (next.instead) out.push(next.instead);
      at += next.skip;
      from = at;
    }
    flush(at);
    this.#rest = Buffer.from(bytes.subarray(at));
    return out.length === 1 && out[0] ? out[0] : Buffer.concat(out);
  }

  /** What begins at `at`: so many bytes to pass on whole, or to leave out, or text to send instead of those left out. */
  #unit(bytes: Buffer, at: number): Unit | 'more' {
    const left = bytes.length - at;
    if (bytes[at] === DOLLAR) {
      if (left < FRAME_HEADER) return 'more';
      const length = bytes.readUInt16BE(at + 2);
      if ((bytes[at + 1] ?? 255) > MOST_CHANNEL) return SKIP_ONE;
      return length < LEAST_FRAME ? { whole: 0, skip: Math.min(left, FRAME_HEADER), instead: null } : { whole: FRAME_HEADER + length, skip: 0, instead: null };
    }
    const begin = bytes.toString('latin1', at, at + LONGEST_BEGIN);
    if (!BEGINS_MESSAGE.test(begin)) return left < LONGEST_BEGIN && /^[A-Z_]+(?:\/1?\.?\d?)?$/.test(begin) ? 'more' : SKIP_ONE;
    return this.#message(bytes, at);
  }

  #message(bytes: Buffer, at: number): Unit | 'more' {
    // Lines end as libav ends them: at \n, and \r counts nowhere.
    const text = bytes.toString('latin1', at, at + MAX_HEADER_BYTES);
    const end = /\n\r*\n/.exec(text);
    if (!end) {
      if (text.length < MAX_HEADER_BYTES) return 'more';
      throw new RtspRefused('the header of its answer never ends');
    }
    const length = end.index + end[0].length;
    const lines = text.slice(0, length).replaceAll('\r', '').split('\n');
    if (/^RTSP\/1\.\d 3\d\d/.test(lines[0] ?? '')) throw new RtspRefused('it sends us to another address; write that one into the configuration');
    this.#setUp ||= lines.some((line) => /^transport:/i.test(line));
    // libav found nothing to set up in the description and asked to play all the same; the camera's answer to that says nothing.
    if (!this.#setUp && /^RTSP\/1\.\d 45[45]/.test(lines[0] ?? '')) throw new RtspRefused('what it answers is not a usable RTSP description');
    if (lines.some((line) => line.startsWith('$'))) throw new RtspRefused('what it answers is not a usable RTSP description');
    this.#passing = bodyBytes(lines);
    return { whole: 0, skip: length, instead: Buffer.from(this.#withSource(answerable(lines)).join('\r\n'), 'latin1') };
  }

  #withSource(lines: readonly string[]): readonly string[] {
    if (this.#mediaFrom === null) return lines;
    const source = `;source=${this.#mediaFrom}`;
    return lines.map((line) => (/^transport:/i.test(line) ? `${line.replace(/;source=[^;,]*/gi, '')}${source}` : line));
  }
}

interface Unit {
  readonly whole: number;
  readonly skip: number;
  readonly instead: Buffer | null;
}

const SKIP_ONE: Unit = { whole: 0, skip: 1, instead: null };

/** libav knows Digest with MD5 alone (RFC 2617), and gives up on both where a camera offers SHA-256 (RFC 7616) behind it. */
function answerable(lines: readonly string[]): readonly string[] {
  const asks = lines.filter((line) => /^www-authenticate:/i.test(line));
  const unknown = asks.filter((line) => /\bdigest\b/i.test(line) && /\balgorithm\s*=\s*"?(?!MD5(?:-sess)?\b)\w/i.test(line));
  if (unknown.length === 0) return lines;
  if (unknown.length === asks.length) throw new RtspRefused('it wants Digest with SHA-256, which is not spoken here; let it offer Digest with MD5 too, or Basic over rtsps://');
  return lines.filter((line) => !unknown.includes(line));
}

function bodyBytes(lines: readonly string[]): number {
  const told = lines.filter((line) => /^content-length:/i.test(line)).map((line) => Number.parseInt(line.slice(15).trim(), 10));
  const bytes = Math.max(0, ...told.map((n) => (Number.isNaN(n) ? 0 : n)));
  if (bytes > MAX_BODY_BYTES || told.length > 1) throw new RtspRefused('what it answers is far larger than a description of a stream');
  return bytes;
}
