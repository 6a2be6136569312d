/** RTP payloads of H.264 (RFC 6184), as a camera sends them that was not asked to interleave. */
import { NalPictures, type UnitKind, withoutStartCode } from './nal-pictures.ts';
import type { GivePicture, PayloadFormat, RtpPayload } from './payload.ts';

/** Types of payloads beyond NAL units (RFC 6184, table 1). */
const [STAP_A, STAP_B, FU_A, FU_B] = [24, 25, 28, 29];
const LAST_NAL_TYPE = 23;
/** Types of NAL units (H.264, table 7-1). */
const [SLICE, PARTITION_A, IDR, SEI, SPS] = [1, 2, 5, 6, 7];
const RECOVERY_POINT = 6;
const DON_BYTES = 2;
const [STARTS, ENDS] = [0x80, 0x40];

export class H264Units implements PayloadFormat {
  readonly #pictures: NalPictures;
  readonly #header = Buffer.alloc(1);

  constructor(give: GivePicture) {
    this.#pictures = new NalPictures(h264UnitKind, give);
  }

  push(payload: Buffer, about: RtpPayload): void {
    const bytes = withoutStartCode(payload);
    this.#pictures.begin(about);
    if (about.lost) this.#pictures.abandonUnit();
    const [indicator, fu] = bytes;
    if (indicator === undefined) return this.#pictures.end(about);
    const type = indicator & 0x1f;
    if (type === FU_A || type === FU_B) this.#fragment(bytes.subarray(type === FU_B && ((fu ?? 0) & STARTS) !== 0 ? 2 + DON_BYTES : 2), indicator, fu ?? 0);
    else if (type === STAP_A || type === STAP_B) this.#pictures.unitsBehindSizes(bytes.subarray(type === STAP_B ? 1 + DON_BYTES : 1));
    else if (type > 0 && type <= LAST_NAL_TYPE) this.#pictures.unit(bytes);
    this.#pictures.end(about);
  }

  /** Section 5.8: the unit's own header is spread over the first two bytes. */
  #fragment(piece: Buffer, indicator: number, fu: number): void {
    if ((fu & STARTS) !== 0) {
      this.#header[0] = (indicator & 0xe0) | (fu & 0x1f);
      this.#pictures.beginUnit();
      this.#pictures.append(this.#header);
    }
    this.#pictures.append(piece);
    if ((fu & ENDS) !== 0) this.#pictures.endUnit();
  }
}

/** What a NAL unit of H.264 is to the picture it belongs to. */
export function h264UnitKind(unit: Buffer): UnitKind {
  const type = (unit[0] ?? 0) & 0x1f;
  const slice = type === SLICE || type === PARTITION_A || type === IDR;
  // A slice begins with the number of its first macroblock and its type, Exp-Golomb coded (7.3.3): for the first of all one set bit, then the
  // type, of which 2 and 7 are I (table 7-6).
  const begin = unit[1] ?? 0x80;
  const intra = type === SLICE && ((begin & 0xf0) === 0xb0 || begin === 0x88);
  return { slice, key: type === IDR || (type === SEI && tellsRecoveryPoint(unit)), goesOn: slice && (begin & 0x80) === 0, sets: type === SPS, intra };
}

/** Of streams that are refreshed bit by bit and have no key frame proper: what decoding may begin with (7.3.2.3.1, D.2.8). */
function tellsRecoveryPoint(sei: Buffer): boolean {
  for (let at = 1; at + 2 < sei.length; ) {
    let [type, size] = [0, 0];
    while (sei[at] === 0xff) (type += 0xff), at++;
    type += sei[at++] ?? 0;
    while (sei[at] === 0xff) (size += 0xff), at++;
    size += sei[at++] ?? 0;
    if (type === RECOVERY_POINT) return true;
    at += size;
  }
  return false;
}
