/** One session with an RTSP camera: packets are read as they come and kept, those that are wanted decoded, and given out as pictures at a configured rate. */
import { Frame } from 'node-av/lib';
import { GridwardenError } from '../../platform/errors.ts';
import type { CameraPicture, CameraSession, CameraSessionOptions, SessionCounts } from './camera-session.ts';
import type { CodedPacket, StreamClock, StreamShape } from './coded-stream.ts';
import { DecodeLine, type InLine } from './decode-line.ts';
import { FramePace } from './frame-pace.ts';
import { type OpenDecoder, type PictureDecoder, StreamDecoder } from './libav-decoder.ts';
import { PictureMaker } from './libav-picture.ts';
import { isShape, openPackets, type PacketSource } from './packet-source.ts';

/** So many packets may lie in a decoder, pictures to be, when a camera falls silent. */
const MAX_HELD_BACK = 17;
/** Where key frames come more often than this, as they all do in motion JPEG, not each is decoded while only key frames are wanted. */
const KEY_FRAMES_PER_S = 2;

/** Opens a camera. Errors: CAMERA_UNREACHABLE, CAMERA_NO_VIDEO, CAMERA_CODEC; none of them holds the URL. */
export async function openRtsp(url: string, options: CameraSessionOptions, openDecoder: OpenDecoder = (shape) => StreamDecoder.open(shape)): Promise<CameraSession> {
  const session = new LibavSession(await openPackets(url, { transport: 'tcp', caFile: null, ...options, noPacketMs: options.noPictureMs }), options, openDecoder);
  session.begin();
  return session;
}

/** What is to be known of a picture that comes out of the decoder. */
interface About {
  readonly capturedAtMs: number;
  readonly ptsMs: number;
  /** Nothing leans on it and it was chosen before it was decoded. */
  readonly alone: boolean;
}

/**
 * Two things run beside each other: #read takes packets as they come, whatever else is slow, into the ring and into the line of those
 * to be decoded; next() decodes from that line. A wake() replaces the line by what the ring remembers.
 */
class LibavSession implements CameraSession {
  readonly #source: PacketSource;
  readonly #options: CameraSessionOptions;
  readonly #maker: PictureMaker;
  readonly #line: DecodeLine;
  readonly #frame = new Frame();
  readonly #over = new AbortController();
  readonly #counts = { packets: 0, undecodable: 0, decoded: 0, given: 0 };
  #clock: StreamClock | null = null;
  readonly #open: OpenDecoder;
  #decoder: PictureDecoder<About> | null = null;
  #decoderAge = 0;
  #pace: FramePace;
  readonly #keyPace = new FramePace(KEY_FRAMES_PER_S);
  #reading: Promise<void> = Promise.resolve();
  #busy: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;
  #ended: GridwardenError | null = null;
  #something = Promise.withResolvers<void>();
  /** Counts the calls of wake(): what was begun before one is of no use after it. */
  #age = 0;
  #afterMs = -Infinity;
  #lastCapturedAtMs = -Infinity;
  /** When the first packet was decoded that no picture came of since, and how many there were; null when all is well. */
  #fruitless: { sinceMs: number; packets: number; undecodable: number } | null = null;
  #given = 0;

  constructor(source: PacketSource, options: CameraSessionOptions, openDecoder: OpenDecoder) {
    this.#source = source;
    this.#options = options;
    this.#open = openDecoder;
    this.#pace = new FramePace(options.detectFps);
    this.#maker = new PictureMaker(options.maxWidthPx, options.lumaWidthPx);
    this.#line = new DecodeLine(options.clock);
  }

  begin(): void {
    this.#frame.alloc();
    this.#options.ring?.begin(this.#source.shape);
    this.#reading = this.#read();
    void this.#watchdog();
  }

  get codec(): string {
    return this.#source.shape.codec;
  }

  get clock(): StreamClock | null {
    return this.#clock;
  }

  get cameraAheadMs(): number | null {
    return this.#source.cameraAheadMs;
  }

  get counts(): SessionCounts {
    return { ...this.#counts, shed: this.#line.shed };
  }

  watch(what: 'key-frames' | 'everything'): void {
    if (what === 'key-frames') this.#line.takeKeyFrames();
    else if (this.#line.takes === 'key-frames') this.wake(this.#options.ring?.newestAtMs ?? -Infinity);
  }

  wake(fromMs: number): boolean {
    const remembered = this.#closed || this.#ended ? [] : (this.#options.ring?.from(fromMs) ?? []);
    this.#age++;
    this.#line.begin(this.#source.shape, remembered);
    this.#pace = new FramePace(this.#options.detectFps);
    if (remembered.length === 0) return false;
    this.#afterMs = this.#lastCapturedAtMs = fromMs;
    this.#notify();
    return true;
  }

  next(): Promise<CameraPicture> {
    return this.#exclusively(() => this.#next());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#over.abort();
    this.#notify();
    await this.#source.stop();
    await this.#reading;
    await this.#source.close();
    // Nothing of libav may be freed under a call that still runs in its thread.
    await this.#busy.catch(() => undefined);
    this.#line.free();
    this.#maker.free();
    await this.#decoder?.free();
    this.#frame.free();
  }

  /** Reads to the end of the stream; it never waits for anything but the camera. */
  async #read(): Promise<void> {
    try {
      for (;;) {
        const came = await this.#source.next();
        if (this.#closed) break;
        if (isShape(came)) this.#options.ring?.begin(came);
        else this.#arrived(came);
      }
    } catch (error) {
      this.#end(error instanceof GridwardenError ? error : this.#streamEnded(error instanceof Error ? error.message : String(error)));
    }
    this.#options.ring?.ended();
  }

  #arrived(packet: CodedPacket): void {
    this.#counts.packets++;
    this.#clock = packet.clock;
    this.#line.add(this.#source.shape, packet);
    // Whoever listens to the ring may call wake(): the line must hold this packet before, or it would come twice.
    this.#options.ring?.keep(packet);
    this.#notify();
  }

  /** libav's contexts are not to be entered twice, and not to be freed while entered. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#closed) throw this.#streamEnded('it was closed here');
      return work();
    };
    const result = this.#busy.then(run, run);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  async #next(): Promise<CameraPicture> {
    // The time between two calls is not the camera's.
    if (this.#fruitless) this.#fruitless.sinceMs = Math.max(this.#fruitless.sinceMs, this.#options.clock.nowMs());
    for (;;) {
      const age = this.#age;
      const due = this.#decoderAge === age ? this.#receiveDue() : null;
      const picture = due && (await this.#picture(due.capturedAtMs));
      // What a wake() meanwhile begins with comes before it.
      if (picture && age !== this.#age) continue;
      if (picture) {
        this.#counts.given++;
        return picture;
      }
      if (this.#closed) throw this.#streamEnded('it was closed here');
      const first = this.#line.first;
      if (first && !this.#decoder?.full) await this.#decode(first);
      // What it holds back waits for pictures that are no longer wanted: the next one comes with the next key frame, which leans on none.
      else if (!first && this.#line.takes === 'key-frames' && this.#decoder?.holds) this.#decoder.drain();
      else if (this.#ended) throw this.#ended;
      else await this.#something.promise;
    }
  }

  /** Takes decoded pictures until one is due; null when the decoder wants more. The picture is then in #frame. */
  #receiveDue(): About | null {
    for (;;) {
      const out = this.#decoder?.receive(this.#frame) ?? null;
      if (out === null) return null;
      this.#counts.decoded++;
      this.#fruitless = null;
      const { about } = out;
      if (about === null || about.capturedAtMs <= this.#afterMs) continue;
      if (!about.alone && !this.#pace.take(about.ptsMs, about.capturedAtMs)) continue;
      // Pictures that are shown in another order than they were sent in bear the times of their sending where the camera tells none.
      this.#lastCapturedAtMs = Math.max(about.capturedAtMs, this.#lastCapturedAtMs + 1);
      return { ...about, capturedAtMs: this.#lastCapturedAtMs };
    }
  }

  /** One step towards the next picture: makes the decoder ready for the first in line, or gives it that. */
  async #decode({ coded, shape, alone, begins }: InLine): Promise<void> {
    if (this.#decoder && this.#decoderAge !== this.#age) this.#decoder.reset();
    this.#decoderAge = this.#age;
    if (this.#decoder?.holds && (alone || begins || this.#decoder.shape !== shape)) return this.#decoder.drain();
    if (this.#decoder?.shape !== shape) return this.#openDecoder(shape);
    this.#line.takeFirst();
    if (alone && !this.#isDue(coded)) return coded.packet.free();
    this.#fruitless ??= { sinceMs: this.#options.clock.nowMs(), packets: 0, undecodable: 0 };
    this.#fruitless.packets++;
    const taken = await this.#decoder.send(coded, { capturedAtMs: coded.capturedAtMs, ptsMs: coded.ptsMs, alone }, alone).finally(() => coded.packet.free());
    if (!taken) {
      this.#counts.undecodable++;
      this.#fruitless.undecodable++;
    }
    if (alone) this.#decoder.drain();
  }

  /** What is decoded by itself is chosen before. */
  #isDue({ ptsMs, capturedAtMs }: CodedPacket): boolean {
    if (this.#line.takes === 'key-frames') return this.#keyPace.take(ptsMs, capturedAtMs);
    return capturedAtMs > this.#afterMs && this.#pace.take(ptsMs, capturedAtMs);
  }

  async #openDecoder(shape: StreamShape): Promise<void> {
    await this.#decoder?.free();
    this.#decoder = null;
    this.#decoder = await this.#open<About>(shape, () => this.#notify());
  }

  async #picture(capturedAtMs: number): Promise<CameraPicture> {
    const number = ++this.#given;
    const { bytes, widthPx: lumaWidthPx, heightPx: lumaHeightPx } = await this.#maker.luma(this.#frame);
    const ofThisOne = <T>(make: () => Promise<T>): Promise<T> =>
      this.#exclusively(() => {
        if (number !== this.#given) throw new Error('the picture was asked for after the next one: it is gone');
        return make();
      });
    return {
      capturedAtMs,
      ...this.#maker.sizeOf(this.#frame),
      luma: bytes,
      lumaWidthPx,
      lumaHeightPx,
      jpeg: () => ofThisOne(() => this.#maker.jpeg(this.#frame)),
      small: (into) => ofThisOne(() => this.#maker.small(into)),
    };
  }

  /** A camera without packets is seen by the source; one whose packets make no picture is seen here. */
  async #watchdog(): Promise<void> {
    const { clock, noPictureMs } = this.#options;
    while (!this.#over.signal.aborted) {
      const leftMs = (this.#fruitless?.sinceMs ?? clock.nowMs()) + noPictureMs - clock.nowMs();
      if (leftMs <= 0) {
        this.#end(this.#whyStalled());
        return this.#source.interrupt();
      }
      await clock.sleep(leftMs, this.#over.signal);
    }
  }

  #whyStalled(): GridwardenError {
    const { cameraId: camera, noPictureMs } = this.#options;
    const forS = `for ${noPictureMs / 1000} s`;
    const { packets, undecodable } = this.#fruitless ?? { packets: 0, undecodable: 0 };
    if (undecodable === 0 && packets <= MAX_HELD_BACK) return this.#streamEnded(`nothing came that makes a picture, ${forS}`);
    return new GridwardenError('CAMERA_DECODE', { camera, why: `no picture could be made of ${packets} packets running, ${forS}` });
  }

  /** The first reason holds: what is read after it fails because of it. */
  #end(why: GridwardenError): void {
    this.#ended ??= why;
    this.#notify();
  }

  #streamEnded(why: string): GridwardenError {
    return new GridwardenError('CAMERA_STREAM_ENDED', { camera: this.#options.cameraId, why });
  }

  #notify(): void {
    this.#something.resolve();
    this.#something = Promise.withResolvers<void>();
  }
}
