/** A vendor's ffmpeg as a decoder: coded packets into its standard input, raw pictures out of its standard output, and nothing of the camera's address to it. */
import { type ChildProcess, execFile } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import type { StreamCodec, StreamShape } from './coded-stream.ts';
import { PACKET_TIME_BASE } from './decoders.ts';
import { NotNut, NutPictures, type RawPicture } from './nut-pictures.ts';

export interface FfmpegChoice {
  /** Path, or a name to be found in PATH. */
  readonly program: string;
  /** Stand before -i. {codec} stands for h264, hevc or mjpeg, for vendors who name a decoder for each: "{codec}_rkmpp". */
  readonly inputOptions: readonly string[];
}

export interface DecodeOrder {
  readonly shape: StreamShape;
  /** Pictures a second that are given out; the others are dropped by the program before it scales them. */
  readonly fps: number;
  readonly maxWidthPx: number;
}

/** Why the program cannot be used, in words for a person. */
export class FfmpegFailed extends Error {}

const FOURCC: Readonly<Record<StreamCodec, string>> = { h264: 'H264', hevc: 'HEVC', mjpeg: 'MJPG' };
/** Two pictures and a bit wait here; more wait in the pipe and in the program, which then takes no more packets. */
const MOST_WAITING = 2;
const INPUT_BYTES = 256 * 1024;
const STDERR_LINES = 20;
const MOST_WORDS = 160;
const ANSWER_MS = 10_000;
/** The same choice as FramePace makes, so that both take the same pictures: a credit that grows with the stream's time. */
const paced = (fps: number): string => `select='st(0,if(eq(n,0),1,ld(0)+clip(t-ld(1),0,10)*${fps}));st(1,t);if(gte(ld(0),0.95),1+0*st(0,min(ld(0)-1,0.9)),0)'`;

/** What each program said of itself; asking takes it a short life. */
const asked = new Map<string, Promise<void>>();

/** Whether the program can be started and knows what is asked of it. Throws FfmpegFailed; asked once, and again after a failure. */
export async function checkFfmpeg(program: string): Promise<void> {
  const known = asked.get(program) ?? ask(program);
  asked.set(program, known);
  await known.catch((error: unknown) => {
    asked.delete(program);
    throw error;
  });
}

/** Not by fluent-ffmpeg, which remembers the answer of the first program it ever asked as that of all. */
async function ask(program: string): Promise<void> {
  const formats = await new Promise<string>((resolve, reject) => {
    execFile(program, ['-hide_banner', '-formats'], { timeout: ANSWER_MS, maxBuffer: 2 ** 20, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error) reject(new FfmpegFailed(error.killed ? 'it does not answer' : whyNotStarted(error)));
      else resolve(stdout);
    });
  });
  if (!/^\s*D\w* +ivf\b/m.test(formats) || !/^\s*D?E\w* +nut\b/m.test(formats)) throw new FfmpegFailed('it is no ffmpeg, or one without the formats ivf and nut');
}

/**
 * One run of the program. It ends with its input: when whoever holds this dies, however suddenly, the pipes close and it ends too.
 * What it writes is not waited for but taken by take(); `woken` is called when there is something, when it takes packets again, and at its end.
 */
export class FfmpegProgram {
  readonly #input = new PassThrough({ highWaterMark: INPUT_BYTES });
  readonly #woken: () => void;
  readonly #nut = new NutPictures(PACKET_TIME_BASE.den);
  readonly #command: ffmpeg.FfmpegCommand;
  readonly #ended = Promise.withResolvers<void>();
  readonly #said: string[] = [];
  #child: ChildProcess | null = null;
  #waiting: RawPicture[] = [];
  #taken: (() => void) | null = null;
  #failed: FfmpegFailed | null = null;
  #stopped = false;

  constructor(choice: FfmpegChoice, order: DecodeOrder, woken: () => void) {
    this.#woken = woken;
    this.#input.on('drain', woken);
    this.#input.write(ivfHeader(order.shape));
    const out = new Writable({ highWaterMark: 1, write: (chunk: Buffer, _, done) => this.#came(chunk, done) });
    this.#command = ffmpeg(this.#input, { stdoutLines: STDERR_LINES })
      .setFfmpegPath(choice.program)
      .inputOptions('-loglevel', 'error', '-nostats', '-threads', '1', '-f', 'ivf', '-probesize', '32', '-analyzeduration', '1', '-copyts')
      // By name, as ffmpeg 5 knows no H.265 in IVF; a decoder that the site names comes later and counts.
      .inputOptions('-c:v', order.shape.codec, ...choice.inputOptions.map((option) => option.replaceAll('{codec}', order.shape.codec)))
      .outputOptions('-an', '-vf', `${paced(order.fps)},scale=w='trunc(min(iw,${order.maxWidthPx})/2)*2':h=-2:out_range=tv`, '-pix_fmt', 'yuv420p', '-c:v', 'rawvideo')
      .outputOptions('-enc_time_base', `1/${PACKET_TIME_BASE.den}`, '-flush_packets', '1', '-f', 'nut')
      .on('start', () => this.#started())
      .on('stderr', (line: string) => this.#hear(line))
      .on('error', (error: Error) => this.#over(error))
      .on('end', () => this.#over(null));
    this.#command.pipe(out);
  }

  /** The process; null before it is started and after it has ended. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get full(): boolean {
    return this.#input.writableNeedDrain;
  }

  /** `pts` in PACKET_TIME_BASE; it must rise as the stream's does. Not while it is full. */
  write(pts: number, ...bytes: readonly Uint8Array[]): void {
    if (this.#stopped || this.#failed) return;
    const header = Buffer.alloc(12);
    header.writeUInt32LE(bytes.reduce((sum, part) => sum + part.length, 0), 0);
    header.writeBigInt64LE(BigInt(pts), 4);
    // Copied: the packet's memory is libav's.
    this.#input.write(Buffer.concat([header, ...bytes]));
  }

  /** The next picture; null while there is none. Throws FfmpegFailed when there will be none any more. */
  take(): RawPicture | null {
    const picture = this.#waiting.shift() ?? null;
    if (this.#waiting.length < MOST_WAITING) this.#readOn();
    if (picture === null && this.#failed) throw this.#failed;
    return picture;
  }

  /** Ends the process at once, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#kill();
    this.#waiting = [];
    this.#readOn();
    await this.#ended.promise;
  }

  #readOn(): void {
    const taken = this.#taken;
    this.#taken = null;
    taken?.();
  }

  #kill(): void {
    this.#input.end();
    this.#child?.kill('SIGKILL');
  }

  #started(): void {
    // Not in its types: the way to know when the process is really gone.
    const child = (this.#command as unknown as { readonly ffmpegProc: ChildProcess }).ffmpegProc;
    this.#child = child;
    child.once('exit', () => {
      this.#child = null;
      this.#ended.resolve();
    });
    child.once('error', () => this.#ended.resolve());
    if (this.#stopped) this.#kill();
  }

  #came(chunk: Buffer, done: () => void): void {
    if (this.#stopped) return done();
    try {
      this.#waiting.push(...this.#nut.push(chunk));
    } catch (error) {
      this.#failed ??= new FfmpegFailed(`what it wrote cannot be read: ${error instanceof NotNut ? error.message : 'it is broken'}`);
      this.#kill();
      this.#woken();
      return done();
    }
    if (this.#waiting.length < MOST_WAITING) done();
    else this.#taken = done;
    if (this.#waiting.length > 0) this.#woken();
  }

  #hear(line: string): void {
    if (this.#said.length === STDERR_LINES) this.#said.shift();
    this.#said.push(line.slice(0, MOST_WORDS));
  }

  #over(error: Error | null): void {
    if (this.#child === null) this.#ended.resolve();
    this.#failed ??= new FfmpegFailed(error && this.#said.length === 0 && !/exited with code|killed with signal/.test(error.message) ? whyNotStarted(error) : `it ended by itself${this.#words()}`);
    this.#woken();
  }

  /** The last that it said, fit to be shown. */
  #words(): string {
    const last = this.#said.findLast((line) => line.trim() !== '');
    return last ? `, saying "${last.replace(/[^\x20-\x7e]+/g, ' ').replaceAll('"', "'").trim()}"` : '';
  }
}

function whyNotStarted(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOENT') return 'there is no such program';
  if (code === 'EACCES') return 'it may not be run';
  return `it cannot be started${typeof code === 'string' ? ` (${code})` : ''}`;
}

/** IVF: a frame's length, its time, its bytes, of any codec: the plainest container that ffmpeg reads from a pipe as it comes. */
function ivfHeader({ codec, widthPx, heightPx }: StreamShape): Buffer {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0, 'latin1');
  header.writeUInt16LE(header.length, 6);
  header.write(FOURCC[codec], 8, 'latin1');
  header.writeUInt16LE(widthPx ?? 0, 12);
  header.writeUInt16LE(heightPx ?? 0, 14);
  header.writeUInt32LE(PACKET_TIME_BASE.den, 16);
  header.writeUInt32LE(PACKET_TIME_BASE.num, 20);
  return header;
}
