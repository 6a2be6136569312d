/** A bare RTSP client for tests: talks over one socket and keeps answers and interleaved frames apart. */
import net from 'node:net';

export class InterleavedClient {
  readonly #socket: net.Socket;
  #held = Buffer.alloc(0);
  /** Interleaved frames as they came, with their four bytes of header. */
  readonly frames: Buffer[] = [];
  readonly #answers: string[] = [];
  #arrived: () => void = () => undefined;
  ended = false;

  constructor(port: number) {
    this.#socket = net.connect(port, '127.0.0.1');
    this.#socket.on('data', (bytes) => {
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
      while (this.#takeOne());
      this.#arrived();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.ended = true;
      this.#arrived();
    });
  }

  /** Sends the text as it is and gives the next answer; an empty text when the other side closed instead. */
  async say(text: string): Promise<string> {
    this.#socket.write(text, 'latin1');
    await this.until(() => this.#answers.length > 0 || this.ended);
    return this.#answers.shift() ?? '';
  }

  /** SETUP on channels 0 and 1, then PLAY. */
  async play(url: string): Promise<void> {
    const answer = await this.say(`SETUP ${url}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n`);
    const session = /Session: ([^;\r]+)/.exec(answer)?.[1] ?? '';
    const playing = await this.say(`PLAY ${url} RTSP/1.0\r\nCSeq: 2\r\nSession: ${session}\r\n\r\n`);
    if (!playing.startsWith('RTSP/1.0 200 ')) throw new Error(`PLAY was refused: ${playing}`);
  }

  /** Resolves when the condition holds, looked at after each arrival. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#arrived = resolve));
  }

  /** Reads nothing more, so that what is sent piles up at the sender. */
  stopReading(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  #takeOne(): boolean {
    if (this.#held[0] === 0x24) return this.#take(this.#held.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#held.readUInt16BE(2), (bytes) => this.frames.push(bytes));
    const head = this.#held.indexOf('\r\n\r\n');
    if (head < 0) return false;
    const bodyBytes = Number(/Content-Length: (\d+)/.exec(this.#held.toString('latin1', 0, head))?.[1] ?? 0);
    return this.#take(head + 4 + bodyBytes, (bytes) => this.#answers.push(bytes.toString('latin1')));
  }

  #take(end: number, keep: (bytes: Buffer) => void): boolean {
    if (this.#held.length < end) return false;
    keep(this.#held.subarray(0, end));
    this.#held = this.#held.subarray(end);
    return true;
  }
}
