/** A camera's packets remuxed for browsers while somebody watches: nothing is decoded, and a second viewer costs nothing here. */
import type { CodedPacket, PacketHistory, PacketTap, StreamShape } from '../../devices/camera/coded-stream.ts';
import { Fmp4Muxer } from '../../devices/camera/fmp4.ts';
import type { LiveBegin } from '../../domain/live-video.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import { StepLine } from '../../platform/step-line.ts';

/** Where the video goes: `LivePublisher` of queue/live-channel.ts. No call waits. */
export interface LiveOut {
  begin(begin: LiveBegin, init: Uint8Array): void;
  fragment(bytes: Uint8Array, key: boolean, zeroAtMs?: number): void;
  end(): Promise<void>;
}

/** Packets that wait for the muxer; beyond it (this process is overloaded) everything up to the next key frame is left out. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** The libav packet of a step is ours. */
type Step = { readonly is: 'shape'; readonly shape: StreamShape } | { readonly is: 'packet'; readonly packet: CodedPacket } | { readonly is: 'ended' };

/** One camera that somebody watches, from start() to stop(). It is not started again: make another. */
export class LiveTap implements PacketTap {
  readonly #cameraId: string;
  readonly #out: LiveOut;
  readonly #log: Log;
  readonly #line: StepLine<Step>;
  #untap: (() => void) | null = null;
  #shape: StreamShape | null = null;
  #muxer: Fmp4Muxer | null = null;
  /** Of the stream's own time: where the video's begins. */
  #zeroMs = 0;
  #failing = false;

  constructor(cameraId: string, out: LiveOut, log: Log) {
    this.#cameraId = cameraId;
    this.#out = out;
    this.#log = log;
    this.#line = new StepLine({ mostBytes: MOST_WAITING_BYTES, sizeOf: (step) => (step.is === 'packet' ? step.packet : null), take: (step) => this.#take(step), leftOut: (step) => void (step.is === 'packet' && step.packet.packet.free()) });
  }

  /** Begins with the last key frame remembered, so that nobody waits for the next one. */
  start(history: PacketHistory): void {
    if (this.#line.stopped || this.#untap) return;
    // Between these two nothing can arrive: both are done in one go.
    this.#untap = history.tap(this);
    if (history.newestAtMs !== null) for (const packet of history.from(history.newestAtMs)) this.#line.push({ is: 'packet', packet });
  }

  shape(shape: StreamShape): void {
    this.#line.push({ is: 'shape', shape });
  }

  packet(packet: CodedPacket): void {
    const clone = packet.packet.clone();
    if (clone) this.#line.push({ is: 'packet', packet: { ...packet, packet: clone } });
  }

  ended(): void {
    this.#line.push({ is: 'ended' });
  }

  /** Ends the video; resolves when everything is freed. May be called twice. */
  async stop(): Promise<void> {
    this.#untap?.();
    await this.#line.stop();
    this.#close();
    await this.#out.end();
  }

  async #take(step: Step): Promise<void> {
    switch (step.is) {
      case 'shape':
        this.#close();
        this.#shape = step.shape;
        return;
      case 'ended':
        this.#close();
        return this.#out.end();
      case 'packet':
        return this.#mux(step.packet);
    }
  }

  async #mux(packet: CodedPacket): Promise<void> {
    try {
      this.#muxer ??= await this.#begun(packet);
      if (this.#muxer) this.#out.fragment(await this.#muxer.fragment(packet), packet.key, packet.key ? this.#zeroAtMs(packet) : undefined);
      if (this.#muxer) this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ camera: this.#cameraId, reason: sentenceOf(error) }, 'live video cannot be made of what this camera sends; tried again at its next key frame');
      this.#failing = true;
      this.#close();
    } finally {
      packet.packet.free();
    }
  }

  /** Null until a key frame comes. */
  async #begun(packet: CodedPacket): Promise<Fmp4Muxer | null> {
    if (!packet.key || this.#shape === null) return null;
    const muxer = await Fmp4Muxer.open(this.#shape, packet);
    const { widthPx, heightPx } = this.#shape;
    this.#zeroMs = packet.dtsMs;
    this.#out.begin({ mime: muxer.mime, widthPx, heightPx, zeroAtMs: this.#zeroAtMs(packet) }, muxer.init);
    return muxer;
  }

  #zeroAtMs({ capturedAtMs, ptsMs }: CodedPacket): number {
    return Math.round(capturedAtMs - (ptsMs - this.#zeroMs));
  }

  #close(): void {
    this.#muxer?.close();
    this.#muxer = null;
  }
}

/** Who is wanted: `LiveWants` of queue/live-channel.ts. */
export interface Wants {
  follow(cameraIds: readonly string[], changed: (cameraId: string, wanted: boolean) => void): Promise<void>;
  close(): void;
}

export interface LiveTapsParts {
  readonly cameraIds: readonly string[];
  /** Null where nothing is remembered of this camera. */
  historyOf(cameraId: string): PacketHistory | null;
  outOf(cameraId: string): LiveOut;
  readonly wants: Wants;
  readonly log: Log;
}

/** The live taps of a camera host: one per camera that somebody wants to see, for as long as they do. */
export class LiveTaps {
  readonly #parts: LiveTapsParts;
  readonly #taps = new Map<string, LiveTap>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(parts: LiveTapsParts) {
    this.#parts = parts;
  }

  /** Rejects when Redis refuses. */
  start(): Promise<void> {
    return this.#parts.wants.follow(this.#parts.cameraIds, (cameraId, wanted) => (wanted ? this.#tap(cameraId) : this.#untap(cameraId)));
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#parts.wants.close();
    for (const cameraId of this.#taps.keys()) this.#untap(cameraId);
    await Promise.all(this.#stopping);
  }

  #tap(cameraId: string): void {
    const history = this.#parts.historyOf(cameraId);
    if (!history || this.#taps.has(cameraId)) return;
    const tap = new LiveTap(cameraId, this.#parts.outOf(cameraId), this.#parts.log);
    this.#taps.set(cameraId, tap);
    tap.start(history);
  }

  #untap(cameraId: string): void {
    const tap = this.#taps.get(cameraId);
    this.#taps.delete(cameraId);
    if (!tap) return;
    const stopping: Promise<void> = tap.stop().finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }
}
