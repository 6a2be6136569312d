/** One RTSP input of libav that can always be let go of: opened within a time, interrupted, closed, freed. */
import { AV_LOG_QUIET, AVERROR_EOF, AVERROR_EXIT, AVERROR_HTTP_FORBIDDEN, AVERROR_HTTP_NOT_FOUND, AVERROR_HTTP_OTHER_4XX, AVERROR_HTTP_SERVER_ERROR, AVERROR_HTTP_UNAUTHORIZED, AVERROR_INVALIDDATA } from 'node-av/constants';
import { Dictionary, FFmpegError, FormatContext, InputFormat, Log as LibavLog, type Packet, type Stream } from 'node-av/lib';
import type { Transport } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { CameraLink } from './camera-link.ts';

/** After an interrupt a blocked call ends within about 100 ms (libav polls at that pace); a name look-up never does. */
const INTERRUPT_AGAIN_MS = 100;
const INTERRUPT_TRIES = 12;
/** How long a read may still end by itself on close, so that the camera is told TEARDOWN: many free a session only then. */
const POLITE_MS = 300;

/** Of the socket's buffer; the kernel gives no more than net.core.rmem_max. */
const UDP_BUFFER_BYTES = 1024 * 1024;

export interface InputOptions {
  readonly cameraId: string;
  /** Longest wait for the answer to DESCRIBE, SETUP and PLAY together; also libav's limit for a silent socket. */
  readonly timeoutMs: number;
  /** TCP unless said. What comes over TLS (rtsps://) always comes inside that connection. */
  readonly transport?: Transport | undefined;
  /** Certificates (PEM) that may vouch for an rtsps:// camera, beside the system's. */
  readonly caFile?: string | null | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export class LibavInput {
  readonly #context: FormatContext;
  readonly #link: CameraLink;
  readonly #clock: Clock;
  #reading: Promise<number> | null = null;
  #closed: Promise<void> | null = null;

  private constructor(context: FormatContext, link: CameraLink, clock: Clock) {
    this.#context = context;
    this.#link = link;
    this.#clock = clock;
  }

  /** Opens and starts to play the video of `url`. Errors: CAMERA_UNREACHABLE. No error ever holds the URL. */
  static async open(url: string, options: InputOptions): Promise<LibavInput> {
    // libav writes whole URLs, passwords included, to standard error: what it has to say is in its return codes.
    LibavLog.setLevel(AV_LOG_QUIET);
    const { cameraId, clock, timeoutMs } = options;
    const startedAtMs = clock.nowMs();
    const link = await CameraLink.open(url, { ...options, transport: options.transport ?? 'tcp', caFile: options.caFile ?? null });
    const context = new FormatContext();
    context.allocContext();
    const opened = await openWithin(context, link, { ...options, timeoutMs: Math.max(1, timeoutMs - (clock.nowMs() - startedAtMs)) });
    const input = new LibavInput(context, link, clock);
    if (opened === 'abandoned' || opened < 0 || options.signal.aborted) {
      if (opened !== 'abandoned') await context.closeInput();
      await link.close();
      const why = options.signal.aborted ? 'it was stopped' : (link.trouble ?? whyNotOpened(opened, timeoutMs));
      throw new GridwardenError('CAMERA_UNREACHABLE', { camera: cameraId, why });
    }
    return input;
  }

  get streams(): Stream[] {
    return this.#context.streams;
  }

  get transport(): Transport {
    return this.#link.transport;
  }

  /** Why the connection broke, where more is known than libav's code says; in words for a person. */
  get trouble(): string | null {
    return this.#link.trouble;
  }

  /** Reads the next packet: 0 or libav's error code. One at a time. */
  read(into: Packet): Promise<number> {
    if (this.#closed) return Promise.resolve(AVERROR_EXIT);
    const reading = this.#context.readFrame(into).finally(() => (this.#reading = null));
    this.#reading = reading;
    return reading;
  }

  /** Makes a read in progress end with AVERROR_EXIT; what was opened stays open until close(). */
  interrupt(): void {
    if (!this.#closed) void this.#pressOn(this.#endOfRead());
  }

  /** Ends a read in progress (politely, then by interrupt) and frees everything. Takes at most about 2 s. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const over = this.#endOfRead();
    if (!over.aborted) await this.#clock.sleep(POLITE_MS, over);
    await this.#pressOn(over);
    // Freeing under a running read is a crash: then it is freed whenever the read ends.
    if (over.aborted) await this.#context.closeInput();
    else over.addEventListener('abort', () => void this.#context.closeInput(), { once: true });
    await this.#link.close();
  }

  /** An interrupt that comes before the read's own thread began is lost: it is sent until the read ends. */
  async #pressOn(over: AbortSignal): Promise<void> {
    for (let tries = 0; !over.aborted && tries < INTERRUPT_TRIES; tries++) {
      this.#context.interrupt();
      await this.#clock.sleep(INTERRUPT_AGAIN_MS, over);
    }
  }

  #endOfRead(): AbortSignal {
    const over = new AbortController();
    if (this.#reading) void this.#reading.catch(() => 0).finally(() => over.abort());
    else over.abort();
    return over.signal;
  }
}

async function openWithin(context: FormatContext, link: CameraLink, { timeoutMs, signal, clock }: InputOptions): Promise<number | 'abandoned'> {
  const options = Dictionary.fromObject({
    rtsp_transport: link.transport,
    user_agent: link.userAgent,
    // Audio is never read, but without it a camera that has nothing else could not be told from one that refuses.
    allowed_media_types: 'video+audio',
    // In microseconds. Somewhat longer than ours, so that a silent camera is told as such and not as one that answers rubbish.
    timeout: String((timeoutMs + 1000) * 1000),
    // Datagrams: a key frame comes in one burst, and only from whom it was agreed with. libav puts late ones in order for 100 ms.
    ...(link.transport === 'udp' ? { buffer_size: UDP_BUFFER_BYTES, rtsp_flags: 'filter_src' } : {}),
  });
  const settled = new AbortController();
  const giveUp = new AbortController();
  const onAbort = (): void => giveUp.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const opening = context.openInput(link.url, InputFormat.findInputFormat('rtsp'), options).finally(() => {
    options.free();
    settled.abort();
    giveUp.abort();
  });
  const letGo = async (): Promise<number | 'abandoned'> => {
    await clock.sleep(timeoutMs, giveUp.signal);
    for (let tries = 0; !settled.signal.aborted && tries < INTERRUPT_TRIES; tries++) {
      context.interrupt();
      await clock.sleep(INTERRUPT_AGAIN_MS, settled.signal);
    }
    if (settled.signal.aborted) return opening;
    // A name server that does not answer holds the thread for as long as the system's resolver likes: leave it, free it then.
    void opening.then(() => context.closeInput(), () => undefined);
    return 'abandoned';
  };
  const started = clock.nowMs();
  try {
    const result = await Promise.race([opening, letGo()]);
    const timedOut = !signal.aborted && clock.nowMs() - started >= timeoutMs;
    return timedOut && result !== 'abandoned' && result < 0 ? TIMED_OUT : result;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const TIMED_OUT = -110;
const WORDS: ReadonlyMap<number, string> = new Map<number, string>([
  [-111, 'nothing listens at its address (connection refused)'],
  [-113, 'there is no route to its address'],
  [-101, 'its network cannot be reached'],
  [-104, 'the connection was reset'],
  [TIMED_OUT, 'no answer in time'],
  [-93, 'it does not send its video this way; write the other one of transport: tcp and transport: udp'],
  [-32, 'the connection was closed'],
  [-5, 'the connection broke, or its name cannot be resolved'],
  [AVERROR_EOF, 'the connection was closed'],
  [AVERROR_INVALIDDATA, 'what it answered is not a usable RTSP description'],
  [AVERROR_HTTP_UNAUTHORIZED, 'it refused the user name and password'],
  [AVERROR_HTTP_FORBIDDEN, 'it forbids access to this stream'],
  [AVERROR_HTTP_NOT_FOUND, 'it has no stream under this path'],
  [AVERROR_HTTP_OTHER_4XX, 'it refused (RTSP 4xx): often it has too many viewers at once'],
  [AVERROR_HTTP_SERVER_ERROR, 'it reports an error of its own (RTSP 5xx)'],
]);

/** A libav error code in words for a person; never holds an address. */
export function libavWords(code: number): string {
  return WORDS.get(code) ?? FFmpegError.strerror(code);
}

function whyNotOpened(opened: number | 'abandoned', timeoutMs: number): string {
  if (opened === 'abandoned' || opened === TIMED_OUT) return `it did not answer within ${timeoutMs / 1000} s`;
  return libavWords(opened);
}
