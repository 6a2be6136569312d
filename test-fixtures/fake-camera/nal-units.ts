/** NAL units and parameter sets of H.264 and H.265, as files keep them and as cameras send them. */

export const NAL_SPS = 7;
export const NAL_PPS = 8;
/** Type of an H.264 NAL unit (ITU-T H.264, 7.3.1). */
export const nalType = (nal: Buffer): number => (nal[0] ?? 0) & 0x1f;

/** Type of an H.265 NAL unit (ITU-T H.265, 7.3.1.2) and those of its parameter sets (table 7-1). */
export const hevcNalType = (nal: Buffer): number => ((nal[0] ?? 0) >> 1) & 0x3f;
export const HEVC_VPS = 32;
export const HEVC_SPS = 33;
export const HEVC_PPS = 34;

export interface ParameterSets {
  /** Bytes of the length before each NAL unit (ISO/IEC 14496-15), or null where start codes part them (Annex B). */
  readonly lengthBytes: number | null;
  /** Video, sequence and picture parameter sets; only H.265 has the first. */
  readonly vps: readonly Buffer[];
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
}

/** Splits an access unit: by lengths (ISO/IEC 14496-15, 5.3.3) or, where `lengthBytes` is null, by start codes (Annex B of either standard). */
export function splitNals(bytes: Buffer, lengthBytes: number | null): Buffer[] {
  if (lengthBytes === null) return splitAtStartCodes(bytes);
  const nals: Buffer[] = [];
  for (let at = 0; at + lengthBytes < bytes.length; ) {
    const length = bytes.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    if (length > 0) nals.push(bytes.subarray(at, at + length));
    at += length;
  }
  return nals;
}

function splitAtStartCodes(bytes: Buffer): Buffer[] {
  const START = Buffer.from([0, 0, 1]);
  const nals: Buffer[] = [];
  for (let at = bytes.indexOf(START); at >= 0; ) {
    const next = bytes.indexOf(START, at + 3);
    let end = next < 0 ? bytes.length : next;
    // A NAL unit never ends in a zero byte (7.4.1): what follows belongs to the next, longer start code.
    while (end > at + 3 && bytes[end - 1] === 0) end--;
    if (end > at + 3) nals.push(bytes.subarray(at + 3, end));
    at = next;
  }
  return nals;
}

/** Reads a stream's extradata: avcC or hvcC (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1), or Annex B where it does not begin with version 1. */
export function parameterSetsOf(codec: 'h264' | 'h265', extradata: Buffer): ParameterSets {
  if (extradata[0] !== 1) return sorted(codec, splitAtStartCodes(extradata), null);
  return codec === 'h264' ? readAvcC(extradata) : readHvcC(extradata);
}

function sorted(codec: 'h264' | 'h265', nals: readonly Buffer[], lengthBytes: number | null): ParameterSets {
  if (codec === 'h264') return { lengthBytes, vps: [], sps: nals.filter((n) => nalType(n) === NAL_SPS), pps: nals.filter((n) => nalType(n) === NAL_PPS) };
  const ofType = (type: number): Buffer[] => nals.filter((n) => hevcNalType(n) === type);
  return { lengthBytes, vps: ofType(HEVC_VPS), sps: ofType(HEVC_SPS), pps: ofType(HEVC_PPS) };
}

function readAvcC(extradata: Buffer): ParameterSets {
  const spsCount = (extradata[5] ?? 0) & 0x1f;
  const sps = readSets(extradata, 6, spsCount);
  const pps = readSets(extradata, sps.end + 1, extradata[sps.end] ?? 0);
  return { lengthBytes: ((extradata[4] ?? 3) & 3) + 1, vps: [], sps: sps.sets, pps: pps.sets };
}

function readHvcC(extradata: Buffer): ParameterSets {
  const found: Buffer[] = [];
  let at = 23;
  for (let arrays = extradata[22] ?? 0; arrays > 0; arrays--) {
    const { sets, end } = readSets(extradata, at + 3, extradata.readUInt16BE(at + 1));
    found.push(...sets);
    at = end;
  }
  return sorted('h265', found, ((extradata[21] ?? 3) & 3) + 1);
}

function readSets(extradata: Buffer, from: number, count: number): { sets: Buffer[]; end: number } {
  let at = from;
  const sets = Array.from({ length: count }, () => {
    const length = extradata.readUInt16BE(at);
    const set = Buffer.from(extradata.subarray(at + 2, at + 2 + length));
    at += 2 + length;
    return set;
  });
  return { sets, end: at };
}
