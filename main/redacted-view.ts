/** Live video of one camera with every face made unreadable: its fragments decoded, redacted at a reduced rate and encoded again, while somebody watches. */
import { FragmentPictures, type ClipPicture } from '../devices/camera/clip-frames.ts';
import { Fmp4Muxer } from '../devices/camera/fmp4.ts';
import { LibavEncoder } from '../devices/camera/libav-encoder.ts';
import type { LiveBegin, LiveViewer } from '../domain/live-video.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { StepLine } from '../platform/step-line.ts';
import type { LivePublisher } from '../queue/live-channel.ts';
import { LIVE_PACE, RedactStream, type RedactionEyes } from '../workers/evidence/redact-stream.ts';

const FPS = 8;
const MOST_WIDTH_PX = 960;
/** A picture that is this far behind what has arrived is decoded, since others lean on it, and not shown: what lags must catch up. */
const MOST_BEHIND_MS = 300;
/** Beyond it everything up to the next key frame is left out. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

type Step =
  | { readonly is: 'begin'; readonly begin: LiveBegin; readonly init: Uint8Array }
  | { readonly is: 'fragment'; readonly bytes: Uint8Array; readonly key: boolean; readonly zeroAtMs: number | undefined }
  | { readonly is: 'end' };

export interface RedactedViewParts {
  readonly cameraId: string;
  readonly eyes: RedactionEyes;
  readonly out: Pick<LivePublisher, 'begin' | 'fragment' | 'end'>;
  readonly log: Log;
}

/** Watches the plain video, and gives out the redacted one until stop(). */
export class RedactedView implements LiveViewer {
  readonly #parts: RedactedViewParts;
  readonly #line: StepLine<Step>;
  #life: Life | null = null;
  #failing = false;

  constructor(parts: RedactedViewParts) {
    this.#parts = parts;
    this.#line = new StepLine({ mostBytes: MOST_WAITING_BYTES, sizeOf: (step) => (step.is === 'fragment' ? { bytes: step.bytes.length, key: step.key } : null), take: (step) => this.#takeOrRestart(step) });
  }

  begin(begin: LiveBegin, init: Uint8Array): void {
    this.#line.push({ is: 'begin', begin, init });
  }

  fragment(bytes: Uint8Array, key: boolean, zeroAtMs?: number): void {
    this.#line.push({ is: 'fragment', bytes, key, zeroAtMs });
  }

  end(): void {
    this.#line.push({ is: 'end' });
  }

  /** Ends the redacted video; resolves when everything is freed. May be called twice. */
  async stop(): Promise<void> {
    await this.#line.stop();
    this.#close();
    await this.#parts.out.end();
  }

  async #takeOrRestart(step: Step): Promise<void> {
    try {
      await this.#take(step);
    } catch (error) {
      // Said once; with the next key frame it is begun anew.
      if (!this.#failing) this.#parts.log.warn({ camera: this.#parts.cameraId, reason: sentenceOf(error) }, 'faces cannot be made unreadable in live video; nothing of it is shown until they can');
      this.#failing = true;
      this.#life?.restart();
    }
  }

  async #take(step: Step): Promise<void> {
    switch (step.is) {
      case 'begin':
        this.#close();
        this.#life = new Life(this.#parts, step.begin, step.init);
        return;
      case 'end':
        this.#close();
        return this.#parts.out.end();
      case 'fragment':
        if (await this.#life?.take(step, this.#newest())) this.#failing = false;
    }
  }

  #newest(): Uint8Array | null {
    const newest = this.#line.waiting.findLast((step) => step.is === 'fragment');
    return newest?.bytes ?? null;
  }

  #close(): void {
    this.#life?.free();
    this.#life = null;
  }
}

/** What follows one beginning of the plain video. */
class Life {
  readonly #parts: RedactedViewParts;
  readonly #begin: LiveBegin;
  readonly #init: Uint8Array;
  #pictures: FragmentPictures | null = null;
  #stream: RedactStream;
  #encoder: LibavEncoder | null = null;
  #muxer: Fmp4Muxer | null = null;
  #dueMs = Number.NEGATIVE_INFINITY;
  #zeroAtMs: number;
  /** Where in the plain video's time the redacted one begins. */
  #startMs = 0;

  constructor(parts: RedactedViewParts, begin: LiveBegin, init: Uint8Array) {
    this.#parts = parts;
    this.#begin = begin;
    this.#init = init;
    this.#zeroAtMs = begin.zeroAtMs;
    this.#stream = new RedactStream(parts.eyes, LIVE_PACE);
  }

  /** True when a picture went out. `newest` is the last fragment that has arrived, null where that is this one. */
  async take({ bytes, key, zeroAtMs }: Extract<Step, { is: 'fragment' }>, newest: Uint8Array | null): Promise<boolean> {
    if (!this.#pictures && !key) return false;
    this.#zeroAtMs = zeroAtMs ?? this.#zeroAtMs;
    const pictures = (this.#pictures ??= await FragmentPictures.open(this.#init, MOST_WIDTH_PX));
    const newestMs = newest && pictures.timeOf(newest);
    let shown = false;
    for (const picture of await pictures.decode(bytes, (atMs) => (newestMs === null || newestMs - atMs <= MOST_BEHIND_MS) && this.#isDue(atMs))) {
      for (const shot of await this.#stream.push({ atMs: picture.atMs, picture })) {
        await this.#show({ ...shot.picture, atMs: shot.atMs, colours: picture.colours });
        shown = true;
      }
    }
    return shown;
  }

  /** Forgets what was decoded and found; goes on with the next key frame. What is shown goes on as it is. */
  restart(): void {
    this.#pictures?.free();
    this.#pictures = null;
    this.#stream = new RedactStream(this.#parts.eyes, LIVE_PACE);
  }

  free(): void {
    this.#pictures?.free();
    this.#encoder?.free();
    this.#muxer?.close();
  }

  #isDue(atMs: number): boolean {
    // Half a picture early is better than a whole one late.
    if (atMs < this.#dueMs - 500 / FPS) return false;
    this.#dueMs = Math.max(this.#dueMs, atMs) + 1000 / FPS;
    return true;
  }

  async #show(picture: ClipPicture): Promise<void> {
    const { out } = this.#parts;
    const encoder = (this.#encoder ??= await LibavEncoder.open({ widthPx: picture.widthPx, heightPx: picture.heightPx, purpose: 'live', fps: FPS, colours: picture.colours }));
    for (const packet of await encoder.encode(picture, picture.atMs)) {
      try {
        this.#muxer ??= await this.#begun(encoder, packet);
        out.fragment(await this.#muxer.fragment(packet), packet.key, this.#zeroAtMs + this.#startMs);
      } finally {
        packet.packet.free();
      }
    }
  }

  async #begun(encoder: LibavEncoder, first: Parameters<typeof Fmp4Muxer.open>[1]): Promise<Fmp4Muxer> {
    const muxer = await Fmp4Muxer.open(encoder.shape, first);
    this.#startMs = first.dtsMs;
    const { widthPx, heightPx } = encoder.shape;
    this.#parts.out.begin({ ...this.#begin, mime: muxer.mime, widthPx, heightPx, zeroAtMs: Math.round(this.#zeroAtMs + first.dtsMs) }, muxer.init);
    return muxer;
  }
}
