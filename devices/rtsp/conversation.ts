/** Requests to a camera and its answers over one connection (RFC 2326), with what it sends between them. */
import type net from 'node:net';
import { LinkFailed } from './connect.ts';
import { errorWords } from './link-words.ts';
import type { RtspLogin } from './rtsp-login.ts';
import { RtspRefused, RtspWire, type RtspMessage } from './wire.ts';

/** What we call ourselves to cameras. */
const USER_AGENT = 'Gridwarden';
/** Requests of the camera's own that ask for nothing. */
const HARMLESS = /^(?:OPTIONS|GET_PARAMETER|SET_PARAMETER) /;

/** How often a request is asked in all: once without a login, once with it, once with a younger nonce. */
const MOST_TRIES = 3;

/** Words for a status that is no success (RFC 2326, 11). */
export function statusWords(status: number): string {
  if (status < 300) return NOT_USABLE;
  if (status < 400) return 'it sends us to another address; write that one into the configuration';
  if (status === 401) return 'it refused the user name and password';
  if (status === 403) return 'it forbids access to this stream';
  if (status === 404) return 'it has no stream under this path';
  if (status === 461) return WRONG_TRANSPORT;
  return status >= 500 ? 'it reports an error of its own (RTSP 5xx)' : 'it refused (RTSP 4xx): often it has too many viewers at once';
}

export const WRONG_TRANSPORT = 'it does not send its video this way; write the other one of transport: tcp and transport: udp';
export const NOT_USABLE = 'what it answers is not a usable RTSP description';

export interface ConversationParts {
  readonly login: RtspLogin;
  /** RTP and RTCP between the messages; `packet` may be reused after the call. */
  media(channel: number, packet: Buffer): void;
  /** Once, when nothing more will come; why, in words for a person. */
  over(why: string): void;
}

interface Request {
  readonly cseq: number;
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #wire: RtspWire;
  readonly #waiting = new Map<number, PromiseWithResolvers<RtspMessage>>();
  #socket: net.Socket | null = null;
  #count = 0;
  #told: Request | null = null;
  #over: string | null = null;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#wire = new RtspWire({ message: (message) => this.#heard(message), media: parts.media });
  }

  /** For connect(). */
  readonly take = (chunk: Buffer): void => {
    if (this.#over !== null) return;
    try {
      this.#wire.push(chunk);
    } catch (error) {
      if (!(error instanceof RtspRefused || error instanceof LinkFailed)) throw error;
      this.end(error.message);
    }
  };

  begin(socket: net.Socket): void {
    this.#socket = socket;
    socket.on('error', (error) => this.end(errorWords(error)));
    socket.on('end', () => this.end('the connection was closed'));
    socket.on('close', () => this.end('the connection was closed'));
    socket.resume();
  }

  /** The answer 2xx. Throws LinkFailed for any other, and where the connection ends before. */
  async ask(method: string, uri: string, headers: Readonly<Record<string, string>> = {}): Promise<RtspMessage> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#exchange(method, uri, headers);
      const status = answer.status ?? 0;
      if (status >= 200 && status < 300) return answer;
      if (status !== 401 || tries === MOST_TRIES || !this.#mayTryAgain(answer)) throw new LinkFailed(statusWords(status));
    }
  }

  /** Sends a request whose answer nobody waits for; once more where its nonce was too old. */
  tell(method: string, uri: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#told = { cseq: this.#write(method, uri, headers), method, uri, headers };
  }

  send(bytes: Buffer): void {
    if (this.#over === null) this.#socket?.write(bytes);
  }

  /** Nothing that comes is listened to any more. */
  end(why: string): void {
    if (this.#over !== null) return;
    this.#over = why;
    for (const { reject } of this.#waiting.values()) reject(new LinkFailed(why));
    this.#waiting.clear();
    this.#parts.over(why);
  }

  #mayTryAgain(answer: RtspMessage): boolean {
    try {
      return this.#parts.login.challenged(answer.headers.get('www-authenticate') ?? []);
    } catch (error) {
      if (error instanceof RtspRefused) throw new LinkFailed(error.message);
      throw error;
    }
  }

  #exchange(method: string, uri: string, headers: Readonly<Record<string, string>>): Promise<RtspMessage> {
    if (this.#over !== null) return Promise.reject(new LinkFailed(this.#over));
    const answer = Promise.withResolvers<RtspMessage>();
    this.#waiting.set(this.#write(method, uri, headers), answer);
    return answer.promise;
  }

  #write(method: string, uri: string, headers: Readonly<Record<string, string>>): number {
    const cseq = ++this.#count;
    const authorization = this.#parts.login.authorization(method, uri);
    const all = { CSeq: String(cseq), 'User-Agent': USER_AGENT, ...(authorization === null ? {} : { Authorization: authorization }), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.send(Buffer.from(`${method} ${uri} RTSP/1.0\r\n${lines.join('')}\r\n`, 'utf8'));
    return cseq;
  }

  #heard(message: RtspMessage): void {
    const cseq = message.headers.get('cseq')?.[0];
    if (message.status === null) return this.#answer(message.firstLine, cseq);
    // Some cameras forget to count: then it is the answer to what was asked first.
    const number = cseq === undefined ? (this.#waiting.keys().next().value ?? this.#told?.cseq ?? 0) : Number.parseInt(cseq, 10);
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (waiting) waiting.resolve(message);
    else if (number === this.#told?.cseq) this.#tellAgain(message, this.#told);
  }

  #tellAgain(answer: RtspMessage, { method, uri, headers }: Request): void {
    this.#told = null;
    if (answer.status === 401 && this.#mayTryAgain(answer)) this.#write(method, uri, headers);
  }

  #answer(request: string, cseq: string | undefined): void {
    this.send(Buffer.from(`RTSP/1.0 ${HARMLESS.test(request) ? '200 OK' : '501 Not Implemented'}\r\n${cseq === undefined ? '' : `CSeq: ${cseq}\r\n`}\r\n`, 'latin1'));
  }
}
