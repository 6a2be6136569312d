/** The coded pictures in a fragment (moof and mdat) of one stream, with their times (ISO/IEC 14496-12, 8.8). */

export interface Sample {
  readonly bytes: Uint8Array;
  /** In the stream's time scale. */
  readonly ptsTicks: number;
}

interface BoxInFile {
  readonly type: string;
  readonly from: number;
  readonly to: number;
}

/** tfhd and trun: which fields are there. */
const TFHD = { baseDataOffset: 0x1, description: 0x2, duration: 0x8, size: 0x10 } as const;
const TRUN = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 } as const;

/** Throws an Error (a RangeError where it is cut short) for what is no such fragment. */
export function samplesOf(fragment: Uint8Array): Sample[] {
  const bytes = Buffer.from(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  const top = boxes(bytes, 0, bytes.length);
  const moof = one(top, 'moof');
  const traf = one(boxes(bytes, moof.from, moof.to), 'traf');
  const inTraf = boxes(bytes, traf.from, traf.to);
  const usual = defaults(bytes, one(inTraf, 'tfhd'));
  const tfdt = one(inTraf, 'tfdt');
  let dtsTicks = bytes[tfdt.from] === 1 ? Number(bytes.readBigUInt64BE(tfdt.from + 4)) : bytes.readUInt32BE(tfdt.from + 4);
  const samples: Sample[] = [];
  let at = one(top, 'mdat').from;
  for (const { durationTicks, size, compositionTicks } of run(bytes, one(inTraf, 'trun'), usual)) {
    if (at + size > bytes.length) throw new RangeError('the fragment is cut short');
    samples.push({ bytes: bytes.subarray(at, at + size), ptsTicks: dtsTicks + compositionTicks });
    at += size;
    dtsTicks += durationTicks;
  }
  return samples;
}

/** Writes into the fragment when its first picture is decoded. Throws as samplesOf. */
export function setDecodeTime(fragment: Buffer, dtsTicks: bigint): void {
  const moof = one(boxes(fragment, 0, fragment.length), 'moof');
  const traf = one(boxes(fragment, moof.from, moof.to), 'traf');
  const tfdt = one(boxes(fragment, traf.from, traf.to), 'tfdt');
  if (fragment[tfdt.from] === 1) fragment.writeBigUInt64BE(dtsTicks, tfdt.from + 4);
  else fragment.writeUInt32BE(Number(dtsTicks), tfdt.from + 4);
}

interface Entry {
  readonly durationTicks: number;
  readonly size: number;
  readonly compositionTicks: number;
}

function* run(bytes: Buffer, trun: BoxInFile, usual: Pick<Entry, 'durationTicks' | 'size'>): Generator<Entry> {
  const version = bytes.readUInt8(trun.from);
  const flags = bytes.readUIntBE(trun.from + 1, 3);
  const count = bytes.readUInt32BE(trun.from + 4);
  let at = trun.from + 8 + (flags & TRUN.dataOffset ? 4 : 0) + (flags & TRUN.firstFlags ? 4 : 0);
  const field = (flag: number): number | null => (flags & flag ? bytes.readUInt32BE((at += 4) - 4) : null);
  for (let i = 0; i < count; i++) {
    const durationTicks = field(TRUN.duration) ?? usual.durationTicks;
    const size = field(TRUN.size) ?? usual.size;
    field(TRUN.flags);
    const composition = field(TRUN.composition) ?? 0;
    yield { durationTicks, size, compositionTicks: version === 0 ? composition : composition | 0 };
  }
}

function defaults(bytes: Buffer, tfhd: BoxInFile): Pick<Entry, 'durationTicks' | 'size'> {
  const flags = bytes.readUIntBE(tfhd.from + 1, 3);
  let at = tfhd.from + 8 + (flags & TFHD.baseDataOffset ? 8 : 0) + (flags & TFHD.description ? 4 : 0);
  const field = (flag: number): number => (flags & flag ? bytes.readUInt32BE((at += 4) - 4) : 0);
  return { durationTicks: field(TFHD.duration), size: field(TFHD.size) };
}

function boxes(bytes: Buffer, from: number, to: number): BoxInFile[] {
  const found: BoxInFile[] = [];
  for (let at = from; at < to; ) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > to) throw new RangeError('the fragment is cut short');
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), from: at + 8, to: at + size });
    at += size;
  }
  return found;
}

function one(all: readonly BoxInFile[], type: string): BoxInFile {
  const found = all.find((box) => box.type === type);
  if (!found) throw new Error(`the fragment has no ${type}`);
  return found;
}
