/** Coded pictures of H.264 or H.265, put together of their NAL units as a decoder takes them (Annex B of either standard). */
import type { GivePicture, RtpPayload } from './payload.ts';

/** What the first bytes of a NAL unit tell of it. */
export interface UnitKind {
  /** It holds part of a picture; without one there is no picture. */
  readonly slice: boolean;
  /** A decoder may begin with the picture that it belongs to. */
  readonly key: boolean;
  /** A part of the picture that is not its first. */
  readonly goesOn: boolean;
  /** It tells how the pictures from here on are coded. */
  readonly sets: boolean;
  /** The first part of a picture that is coded by itself. */
  readonly intra: boolean;
}

const START_CODE = Buffer.of(0, 0, 0, 1);
const SHORT_START_CODE = Buffer.of(0, 0, 1);
const FIRST_CAPACITY = 128 * 1024;
/** An 8K key frame at the highest quality stays far below. */
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;

/**
 * The packets of one picture bear one time, and the last of them a mark (RFC 6184, 5.1; RFC 7798, 4.1). Where the mark is believed, a
 * picture is given out one frame interval sooner than where its end is told by the next one's beginning. Some cameras mark every part of
 * a picture: those are found out, and from then on the next one's beginning tells.
 */
export class NalPictures {
  readonly #give: GivePicture;
  readonly #kindOf: (unit: Buffer) => UnitKind;
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;
  /** Where the unit in work begins; null between units. */
  #unitAt: number | null = null;
  #timestamp = 0;
  #slices = 0;
  #key = false;
  #sets = false;
  #lastGiven: number | null = null;
  #marksBelieved = true;

  /** `kindOf` is given a unit without its start code. */
  constructor(kindOf: (unit: Buffer) => UnitKind, give: GivePicture) {
    this.#kindOf = kindOf;
    this.#give = give;
  }

  /** Before the units of each packet. */
  begin({ timestamp }: RtpPayload): void {
    if (timestamp === this.#timestamp) return;
    this.abandonUnit();
    // Parameter sets sent apart, with a time of their own, belong to the picture that follows.
    if (this.#slices > 0) this.#giveOut();
    this.#key = false;
    this.#timestamp = timestamp;
  }

  /** After the units of each packet. */
  end({ marker }: RtpPayload): void {
    if (marker && this.#marksBelieved && this.#unitAt === null && this.#slices > 0) this.#giveOut();
  }

  unit(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.beginUnit();
    this.append(bytes);
    this.endUnit();
  }

  /** Several in one packet (RFC 6184, 5.7.1; RFC 7798, 4.4.2). */
  unitsBehindSizes(bytes: Buffer): void {
    for (let at = 0; at + 2 < bytes.length; ) {
      const end = at + 2 + bytes.readUInt16BE(at);
      if (end > bytes.length) return;
      this.unit(bytes.subarray(at + 2, end));
      at = end;
    }
  }

  /** A unit that comes in fragments: append() them, then endUnit(). */
  beginUnit(): void {
    this.abandonUnit();
    this.#unitAt = this.#length;
    this.#put(START_CODE);
  }

  append(bytes: Buffer): void {
    if (this.#unitAt !== null) this.#put(bytes);
  }

  endUnit(): void {
    if (this.#unitAt === null) return;
    const unit = this.#bytes.subarray(this.#unitAt + START_CODE.length, this.#length);
    const kind = this.#kindOf(unit);
    // The picture was taken for whole because of its mark, and here is more of it.
    if (kind.slice && kind.goesOn && this.#slices === 0 && this.#lastGiven === this.#timestamp) {
      this.#marksBelieved = false;
      return this.abandonUnit();
    }
    this.#unitAt = null;
    this.#note(kind);
    if (!kind.slice) this.#noteWithin(unit);
  }

  /** Some cameras send parameter sets and picture as one unit, start codes and all. */
  #noteWithin(unit: Buffer): void {
    for (let at = unit.indexOf(SHORT_START_CODE); at >= 0; at = unit.indexOf(SHORT_START_CODE, at + 1)) {
      const kind = this.#kindOf(unit.subarray(at + SHORT_START_CODE.length));
      this.#note(kind);
      if (kind.slice) return;
    }
  }

  #note({ slice, key, sets, intra }: UnitKind): void {
    if (slice) this.#slices++;
    this.#sets ||= sets;
    // Not every encoder marks what can be begun with (IDR): one that coded by itself and tells the parameters anew means it.
    this.#key ||= key || (intra && this.#sets);
  }

  /** Leaves out the unit in work: something of it is lost. */
  abandonUnit(): void {
    if (this.#unitAt !== null) this.#length = this.#unitAt;
    this.#unitAt = null;
  }

  #giveOut(): void {
    this.#lastGiven = this.#timestamp;
    const [length, key] = [this.#length, this.#key];
    this.#forget();
    this.#give({ bytes: this.#bytes.subarray(0, length), key, timestamp: this.#timestamp });
  }

  #forget(): void {
    [this.#length, this.#slices, this.#key, this.#sets, this.#unitAt] = [0, 0, false, false, null];
  }

  #put(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > MAX_PICTURE_BYTES) return this.#forget();
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(MAX_PICTURE_BYTES, Math.max(length, 2 * this.#bytes.length)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length);
    this.#length = length;
  }
}

/** A payload as it should be: some cameras leave the start code in front of it. */
export function withoutStartCode(payload: Buffer): Buffer {
  if (payload[0] !== 0 || payload[1] !== 0) return payload;
  const at = payload.subarray(0, START_CODE.length).indexOf(SHORT_START_CODE);
  return at < 0 ? payload : payload.subarray(at + SHORT_START_CODE.length);
}
