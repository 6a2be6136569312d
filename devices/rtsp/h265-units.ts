/** RTP payloads of H.265 (RFC 7798), as a camera sends them that was not asked to interleave. */
import { NalPictures, type UnitKind, withoutStartCode } from './nal-pictures.ts';
import type { GivePicture, PayloadFormat, RtpPayload } from './payload.ts';

/** Types of payloads beyond NAL units (RFC 7798, 4.4). */
const [AGGREGATE, FRAGMENT, LAST_NAL_TYPE] = [48, 49, 47];
/** Types of slices, and among them those of pictures that lean on none before (H.265, table 7-1). */
const [LAST_SLICE, FIRST_IRAP, LAST_IRAP, SPS] = [31, 16, 23, 33];
const HEADER_BYTES = 2;
const [STARTS, ENDS] = [0x80, 0x40];

export class H265Units implements PayloadFormat {
  readonly #pictures: NalPictures;
  readonly #header = Buffer.alloc(HEADER_BYTES);

  constructor(give: GivePicture) {
    this.#pictures = new NalPictures(h265UnitKind, give);
  }

  push(payload: Buffer, about: RtpPayload): void {
    const bytes = withoutStartCode(payload);
    this.#pictures.begin(about);
    if (about.lost) this.#pictures.abandonUnit();
    const [first, second, fu] = bytes;
    if (first === undefined || second === undefined) return this.#pictures.end(about);
    const type = typeOf(first);
    if (type === FRAGMENT) this.#fragment(bytes.subarray(HEADER_BYTES + 1), first, second, fu ?? 0);
    else if (type === AGGREGATE) this.#pictures.unitsBehindSizes(bytes.subarray(HEADER_BYTES));
    else if (type <= LAST_NAL_TYPE) this.#pictures.unit(bytes);
    this.#pictures.end(about);
  }

  /** Section 4.4.3: layer and temporal id stay where they are, the type moved into the third byte. */
  #fragment(piece: Buffer, first: number, second: number, fu: number): void {
    if ((fu & STARTS) !== 0) {
      this.#header[0] = (first & 0x81) | ((fu & 0x3f) << 1);
      this.#header[1] = second;
      this.#pictures.beginUnit();
      this.#pictures.append(this.#header);
    }
    this.#pictures.append(piece);
    if ((fu & ENDS) !== 0) this.#pictures.endUnit();
  }
}

const typeOf = (first: number): number => (first >> 1) & 0x3f;

/** What a NAL unit of H.265 is to the picture it belongs to. */
export function h265UnitKind(unit: Buffer): UnitKind {
  const type = typeOf(unit[0] ?? 0);
  const slice = type <= LAST_SLICE;
  // first_slice_segment_in_pic_flag (7.3.6.1).
  return { slice, key: type >= FIRST_IRAP && type <= LAST_IRAP, goesOn: slice && ((unit[HEADER_BYTES] ?? 0x80) & 0x80) === 0, sets: type === SPS, intra: false };
}
