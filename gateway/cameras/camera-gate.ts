/**
 * Says of one camera which packets are worth decoding: key frames only while nothing moves, and when something does, all that was sent
 * since the picture before, and then everything until it is over. Pure: it is told of packets and pictures, and answers with orders.
 *
 *   idle ──a key frame shows a change, or packet sizes do──▶ active ──nothing moves──▶ hold ──3 s──▶ idle at the next key frame
 *
 * Between two key frames an idle camera sees nothing. Where that would last longer than `maxBlindMs`, everything is decoded, idle or not,
 * unless the sizes of packets have shown that they tell when something moves.
 */
import type { StreamCodec } from '../../devices/camera/coded-stream.ts';
import type { GatePolicy, Mask } from '../../domain/camera.ts';
import type { Box } from '../../domain/detection.ts';
import { MotionGate } from './motion-gate.ts';
import { PacketTrigger } from './packet-trigger.ts';

export interface CameraGateOptions {
  /** False: everything is decoded and every picture passes. */
  readonly motionGate: boolean;
  readonly stillEveryMs: number;
  readonly maxBlindMs: number;
  readonly masks: readonly Mask[];
  /** So far back can be looked; what lies further apart than this cannot wait for a packet's size. */
  readonly rememberedMs: number;
}

export interface PacketSeen {
  readonly key: boolean;
  readonly bytes: number;
  readonly capturedAtMs: number;
}

/** What to decode from now on; with a time, all pictures after it come (again) first. */
export interface GateOrder {
  readonly decode: 'key-frames' | 'everything';
  readonly againFromMs: number | null;
}

export interface GateVerdict {
  /** Whether the picture goes to a worker. One that comes again after the order is obeyed need not be handed on before. */
  readonly pass: boolean;
  /** Where something moves; undefined where nobody looked. */
  readonly moving: readonly Box[] | undefined;
  readonly order: GateOrder | null;
}

const HOLD_MS = 3000;
/** Key frames "every 2 s" come a little later now and then. */
const LATE_SHARE = 0.1;
/** So many of the last intervals between key frames count: encoders that stretch them where nothing moves are judged by the longest. */
const INTERVALS = 5;
/** A packet's size tells of motion that has begun before it. */
const BEFORE_TRIGGER_MS = 1000;
/** While packet sizes are believed, what moves unnoticed is looked for this long in each such time, or it would never be known. */
const PROBE = { everyMs: 60_000, forMs: 8000 };
/**
 * So long key frames must do after packets were shed: what is late or lost makes key frames look rarer than they are, and decoding everything
 * for that would keep up the overload that made them late (seen with 64 cameras that began at once).
 */
const RELIEF_MS = 10_000;
/** How long a wake-up by packet sizes waits for pictures that bear it out. */
const PROVE_MS = 1500;

export class CameraGate {
  readonly #options: CameraGateOptions;
  /** What it has learnt of the camera's encoder outlives sessions. */
  readonly #trigger = new PacketTrigger();
  #motion: MotionGate;
  /** As it was before the last picture that was looked at while idle. */
  #before: MotionGate | null = null;
  #codec: StreamCodec | null = null;
  #state: GatePolicy['state'] = 'idle';
  #decodes: GatePolicy['decodes'] = 'everything';
  #keyEveryMs: number[] = [];
  #lastKeyAtMs: number | null = null;
  #lastPacketAtMs: number | null = null;
  #anyKey = false;
  #rare = false;
  #lastSeenAtMs = -Infinity;
  #wokenAtMs = -Infinity;
  #proveUntilMs = -Infinity;
  #probedAtMs = -Infinity;
  #relievedUntilMs = -Infinity;

  constructor(options: CameraGateOptions) {
    this.#options = options;
    this.#motion = this.#freshMotion();
  }

  /** A session begins; what to decode of it: everything for as long as motion is held, for what goes on there then was seen by nobody. */
  begin(codec: string): GatePolicy['decodes'] {
    this.#codec = codec as StreamCodec;
    this.#motion = this.#freshMotion();
    this.#before = null;
    this.#state = this.#options.motionGate ? 'hold' : 'idle';
    this.#keyEveryMs = [];
    this.#lastKeyAtMs = this.#lastPacketAtMs = null;
    this.#anyKey = this.#rare = false;
    this.#lastSeenAtMs = this.#wokenAtMs = this.#proveUntilMs = this.#probedAtMs = this.#relievedUntilMs = -Infinity;
    this.#decodes = 'everything';
    return this.#decodes;
  }

  get policy(): GatePolicy {
    return {
      state: this.#state,
      decodes: this.#decodes,
      because: this.#because(),
      keyEveryMs: this.#keyEveryMs.length === 0 ? null : Math.max(...this.#keyEveryMs),
      packetTrigger: this.#trigger.state,
    };
  }

  /** The session shed packets because decoding fell behind. */
  overloaded(): GateOrder | null {
    if (!this.#options.motionGate || this.#lastPacketAtMs === null) return null;
    this.#relievedUntilMs = this.#lastPacketAtMs + RELIEF_MS;
    this.#keyEveryMs = [];
    return this.#decodes === 'everything' ? this.#sleep() : null;
  }

  /** Every packet, as it comes. */
  packet({ key, bytes, capturedAtMs: atMs }: PacketSeen): GateOrder | null {
    this.#lastPacketAtMs = atMs;
    this.#noteKey(key, atMs);
    if (!this.#options.motionGate) return null;
    const maySleep = this.#maySleep(atMs);
    const outlier = this.#rare && !key && this.#trigger.packet(bytes, atMs, this.#state === 'idle');
    if (this.#decodes === 'everything') return this.#state === 'idle' && key && maySleep ? this.#sleep() : null;
    // Nothing was seen since the last key frame: what came after it is looked at too.
    if (!maySleep) return this.#wake(this.#lastSeenAtMs);
    if (this.#rare && key && atMs - this.#probedAtMs >= PROBE.everyMs) {
      this.#probedAtMs = atMs;
      return this.#wake(atMs);
    }
    if (!outlier) return null;
    this.#state = 'active';
    this.#proveUntilMs = atMs + PROVE_MS;
    return this.#wake(Math.max(this.#lastSeenAtMs, atMs - BEFORE_TRIGGER_MS));
  }

  /** Every picture that the session gives, as small luma. */
  picture(luma: Uint8Array, widthPx: number, heightPx: number, atMs: number): GateVerdict {
    if (!this.#options.motionGate) return { pass: true, moving: undefined, order: null };
    if (atMs <= this.#lastSeenAtMs) this.#lookBack();
    const idleLook = this.#decodes === 'key-frames';
    if (idleLook) this.#before = this.#motion.copy();
    const beforeMs = this.#lastSeenAtMs;
    const { reason, pass, moving } = this.#motion.decide(luma, widthPx, heightPx, atMs);
    // The first picture of a session shows no motion, whatever goes on.
    const first = beforeMs === -Infinity;
    if (first) this.#motion.openUntil(atMs);
    this.#lastSeenAtMs = atMs;
    if (this.#rare) this.#trigger.look(reason === 'motion', atMs);
    this.#state = reason === 'motion' || atMs < Math.max(this.#wokenAtMs, this.#proveUntilMs) ? 'active' : reason === 'hold' || first ? 'hold' : 'idle';
    return { pass, moving, order: this.#orderAfter(reason === 'motion', idleLook, beforeMs, atMs) };
  }

  #orderAfter(moves: boolean, idleLook: boolean, beforeMs: number, atMs: number): GateOrder | null {
    if (idleLook && moves) {
      this.#wokenAtMs = atMs;
      return this.#wake(beforeMs);
    }
    return !idleLook && this.#state === 'idle' && this.#maySleep(atMs) ? this.#sleep() : null;
  }

  /** Pictures of before the one that woke it come: it goes back to what it knew then, and all of them pass. */
  #lookBack(): void {
    this.#motion = this.#before ?? this.#freshMotion();
    this.#before = null;
    this.#motion.openUntil(this.#wokenAtMs);
  }

  #wake(againFromMs: number): GateOrder {
    this.#decodes = 'everything';
    return { decode: 'everything', againFromMs };
  }

  #sleep(): GateOrder {
    this.#decodes = 'key-frames';
    return { decode: 'key-frames', againFromMs: null };
  }

  /** Whether key frames alone, or with them packet sizes, keep it from being blind for too long. */
  #maySleep(atMs: number): boolean {
    if (atMs < this.#relievedUntilMs) {
      this.#rare = false;
      return true;
    }
    const waitedMs = atMs - (this.#lastKeyAtMs ?? atMs);
    this.#rare = Math.max(waitedMs, ...this.#keyEveryMs) > this.#options.maxBlindMs * (1 + LATE_SHARE);
    const probes = Math.abs(atMs - this.#probedAtMs) < PROBE.forMs;
    return !this.#rare || (this.#trigger.state === 'on' && !probes && waitedMs < this.#options.rememberedMs - BEFORE_TRIGGER_MS);
  }

  #noteKey(key: boolean, atMs: number): void {
    // Before the first key frame the first packet stands for it: what waits for one is blind too.
    if (!key) this.#lastKeyAtMs ??= atMs;
    else {
      if (this.#anyKey) this.#keyEveryMs = [...this.#keyEveryMs, Math.abs(atMs - (this.#lastKeyAtMs ?? atMs))].slice(-INTERVALS);
      this.#lastKeyAtMs = atMs;
      this.#anyKey = true;
    }
  }

  #because(): GatePolicy['because'] {
    if (!this.#options.motionGate) return 'gate-off';
    if ((this.#lastPacketAtMs ?? -Infinity) < this.#relievedUntilMs) return 'overload';
    if (this.#codec === 'mjpeg') return 'every-picture-a-key';
    if (!this.#rare) return 'keys-often-enough';
    return this.#trigger.state === 'on' ? 'packet-sizes' : 'keys-too-rare';
  }

  #freshMotion(): MotionGate {
    const { stillEveryMs, masks } = this.#options;
    return new MotionGate({ stillEveryMs, masks, holdMs: HOLD_MS });
  }
}
