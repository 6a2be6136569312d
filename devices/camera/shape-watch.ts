/** Notices when a camera's stream takes another shape: other parameter sets, or another size of its JPEGs. */
import type { StreamCodec, StreamShape } from './coded-stream.ts';
import { annexB, type ParameterSets, type PictureFacts, pictureFacts, setsIn } from './parameter-sets.ts';

export class ShapeWatch {
  #shape: StreamShape;
  #reorderDepth: number | null;
  /** The sets in force; those of the description until the stream brings its own. */
  #sets: ParameterSets = { vps: [], sps: [], pps: [] };
  #fromStream = false;

  /** `extradata`: what the session's description told (Annex B), null where nothing. */
  constructor(codec: StreamCodec, extradata: Buffer | null) {
    const told = codec === 'mjpeg' || extradata === null ? Buffer.alloc(0) : extradata;
    if (codec !== 'mjpeg') this.#sets = setsIn(codec, told);
    const facts = pictureFacts(codec, told);
    this.#shape = shapeOf(codec, facts, codec === 'mjpeg' ? told : annexB(this.#sets));
    this.#reorderDepth = codec === 'mjpeg' ? 0 : (facts?.reorderDepth ?? null);
  }

  get shape(): StreamShape {
    return this.#shape;
  }

  /** How deep pictures are reordered; null where nothing tells. */
  get reorderDepth(): number | null {
    return this.#reorderDepth;
  }

  /** Looks at the bytes of a key frame's packet: the new shape where it brings one, else null. */
  changed(bytes: Buffer): StreamShape | null {
    const { codec } = this.#shape;
    return codec === 'mjpeg' ? this.#jpegChanged(bytes) : this.#setsChanged(codec, bytes);
  }

  #jpegChanged(bytes: Buffer): StreamShape | null {
    const facts = pictureFacts('mjpeg', bytes);
    if (facts === null || (facts.widthPx === this.#shape.widthPx && facts.heightPx === this.#shape.heightPx)) return null;
    return (this.#shape = shapeOf('mjpeg', facts, this.#shape.extradata));
  }

  /**
   * Other picture parameter sets alone make no new shape once the stream's own are known: they stand in the packets, where decoders find
   * them, and encoders that change them every few seconds are no reason to forget the ring.
   */
  #setsChanged(codec: 'h264' | 'hevc', bytes: Buffer): StreamShape | null {
    const brought = setsIn(codec, bytes);
    // Sets that cannot be read were damaged on their way: those in force still decode what comes after them.
    if (brought.sps.length === 0 || (this.#sets.sps.length > 0 && pictureFacts(codec, Buffer.from(annexB(brought))) === null)) return null;
    const first = !this.#fromStream;
    this.#fromStream = true;
    const sets = { vps: orElse(brought.vps, this.#sets.vps), sps: brought.sps, pps: orElse(brought.pps, this.#sets.pps) };
    const same = sameBytes(sets.sps, this.#sets.sps) && (!first || (sameBytes(sets.pps, this.#sets.pps) && sameBytes(sets.vps, this.#sets.vps)));
    if (same) return null;
    this.#sets = sets;
    const extradata = annexB(sets);
    const facts = pictureFacts(codec, Buffer.from(extradata));
    this.#reorderDepth = facts?.reorderDepth ?? null;
    return (this.#shape = shapeOf(codec, facts, extradata));
  }
}

function shapeOf(codec: StreamCodec, facts: PictureFacts | null, extradata: Uint8Array): StreamShape {
  return { codec, widthPx: facts?.widthPx ?? null, heightPx: facts?.heightPx ?? null, extradata };
}

const orElse = <T>(some: readonly T[], others: readonly T[]): readonly T[] => (some.length > 0 ? some : others);

function sameBytes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((nal, i) => Buffer.compare(nal, b[i] ?? new Uint8Array()) === 0);
}
