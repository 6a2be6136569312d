/** Payloads of H.264 of every kind that RFC 6184 knows without interleaving, made by hand; of real pictures see nal-pictures.test.ts. */
import { describe, expect, test } from 'vitest';
import { codedPackets } from '../../test-fixtures/coded-clip.ts';
import { splitNals } from '../../test-fixtures/fake-camera/nal-units.ts';
import { h264UnitKind, H264Units } from './h264-units.ts';

const [SPS, PPS] = [Buffer.from('6742c01eda0280bfe5', 'hex'), Buffer.from('68ce0fc8', 'hex')];
const IDR = Buffer.concat([Buffer.of(0x65, 0x88), Buffer.alloc(40, 0x11)]);
const SECOND_SLICE = Buffer.concat([Buffer.of(0x65, 0x40), Buffer.alloc(10, 0x22)]);
const sized = (...nals: readonly Buffer[]): Buffer => Buffer.concat(nals.flatMap((nal) => [Buffer.of(nal.length >> 8, nal.length & 0xff), nal]));
const fragments = (nal: Buffer, pieces: number, b = false): Buffer[] => {
  const size = Math.ceil((nal.length - 1) / pieces);
  return Array.from({ length: pieces }, (_, i) => {
    const flags = (i === 0 ? 0x80 : 0) | (i === pieces - 1 ? 0x40 : 0);
    const order = b && i === 0 ? Buffer.of(0x12, 0x34) : Buffer.alloc(0);
    return Buffer.concat([Buffer.of(((nal[0] ?? 0) & 0xe0) | (b && i === 0 ? 29 : 28), flags | ((nal[0] ?? 0) & 0x1f)), order, nal.subarray(1 + i * size, 1 + (i + 1) * size)]);
  });
};

/** The units of the one picture that these payloads make. */
function unitsOf(payloads: readonly Buffer[], lostAt = -1): Buffer[] {
  const pictures: Buffer[] = [];
  const units = new H264Units(({ bytes }) => pictures.push(Buffer.from(bytes)));
  payloads.forEach((payload, i) => units.push(payload, { timestamp: 1, marker: i === payloads.length - 1, lost: i === lostAt }));
  expect(pictures.length).toBeLessThanOrEqual(1);
  return splitNals(pictures[0] ?? Buffer.alloc(0), null);
}

describe('payloads', () => {
  const whole = [SPS, PPS, IDR, SECOND_SLICE];
  test.each([
    ['single units', whole],
    ['STAP-A', [Buffer.concat([Buffer.of(0x78), sized(...whole)])]],
    ['STAP-B', [Buffer.concat([Buffer.of(0x79, 0xab, 0xcd), sized(SPS, PPS)]), Buffer.concat([Buffer.of(0x79, 0xab, 0xce), sized(IDR, SECOND_SLICE)])]],
    ['FU-A', [SPS, PPS, ...fragments(IDR, 3), ...fragments(SECOND_SLICE, 2)]],
    ['FU-A in one piece, which the standard forbids', [SPS, PPS, ...fragments(IDR, 1), SECOND_SLICE]],
    ['FU-B', [SPS, PPS, ...fragments(IDR, 3, true), ...fragments(SECOND_SLICE, 2, true)]],
    ['with nothing in them, and with units of no length', [Buffer.concat([Buffer.of(0x78), sized(SPS, Buffer.alloc(0), PPS)]), Buffer.of(0x78), Buffer.of(0x7c), Buffer.of(0x7c, 0x00), IDR, SECOND_SLICE]],
    ['of kinds that nobody knows', [Buffer.of(0x00, 1, 2), ...whole, Buffer.of(0x7a, 0, 0, 1, 0x65), Buffer.of(0x7b, 5), Buffer.of(0x7e, 1), Buffer.of(0x7f, 1)]],
  ])('%s', (_, payloads) => {
    expect(unitsOf(payloads)).toEqual(whole);
  });

  test('an aggregate that is cut off gives its whole units', () => {
    const aggregate = Buffer.concat([Buffer.of(0x78), sized(SPS, PPS, IDR, SECOND_SLICE)]);
    for (let length = 1; length <= aggregate.length; length++) {
      const units = unitsOf([aggregate.subarray(0, length)]);
      expect(units).toEqual(units.length === 0 ? [] : whole.slice(0, units.length));
      expect(units.length).toBe([sized(SPS, PPS, IDR), sized(SPS, PPS, IDR, SECOND_SLICE)].filter((part) => length >= 1 + part.length).length + (length >= 1 + sized(SPS, PPS, IDR).length ? 2 : 0));
    }
  });

  test('a unit whose beginning, middle or end is missing is left out, and one that begins before the end of another ends it', () => {
    const [first, middle, last] = fragments(IDR, 3) as [Buffer, Buffer, Buffer];
    expect(unitsOf([SPS, middle, last, SECOND_SLICE], 1)).toEqual([SPS, SECOND_SLICE]);
    expect(unitsOf([SPS, first, last, SECOND_SLICE], 2)).toEqual([SPS, SECOND_SLICE]);
    expect(unitsOf([SPS, first, middle, SECOND_SLICE], 3)).toEqual([SPS, SECOND_SLICE]);
    expect(unitsOf([SPS, first, middle, SECOND_SLICE])).toEqual([SPS, SECOND_SLICE]);
    expect(unitsOf([SPS, first, middle, first, middle, last])).toEqual([SPS, IDR]);
  });
});

describe('a decoder may begin', () => {
  test.each([
    ['with an IDR slice', [IDR], true],
    ['not with another slice', [Buffer.of(0x41, 0x9a, 1)], false],
    ['not with parameter sets alone', [SPS, PPS, Buffer.of(0x41, 0x9a, 1)], false],
    ['at a recovery point', [Buffer.from('060601c480', 'hex'), Buffer.of(0x41, 0x9a, 1)], true],
    ['at a recovery point behind other messages, one of them long', [Buffer.concat([Buffer.from('060102aabb05ff01', 'hex'), Buffer.alloc(256, 6), Buffer.from('0601c480', 'hex')]), Buffer.of(0x41, 0x9a, 1)], true],
    ['not where a six stands inside another message', [Buffer.from('060504060606c480', 'hex'), Buffer.of(0x41, 0x9a, 1)], false],
    ['not where it stands inside a long one', [Buffer.concat([Buffer.from('0605ff01', 'hex'), Buffer.alloc(256, 6), Buffer.of(0x80)]), Buffer.of(0x41, 0x9a, 1)], false],
    ['not at messages that end early', [Buffer.from('06ffffff', 'hex'), Buffer.of(0x06), Buffer.of(0x41, 0x9a, 1)], false],
  ])('%s', (_, nals, key) => {
    const keys: boolean[] = [];
    const units = new H264Units((picture) => keys.push(picture.key));
    nals.forEach((nal, i) => units.push(nal, { timestamp: 1, marker: i === nals.length - 1, lost: false }));
    expect(keys).toEqual([key]);
  });

  test('at the recovery points of a real stream that is refreshed bit by bit', async () => {
    const { packets } = await codedPackets({ codec: 'h264', widthPx: 320, heightPx: 184, fps: 25, pictures: 21, gop: 10, parameters: 'intra-refresh=1' });
    const keys: boolean[] = [];
    const units = new H264Units((picture) => keys.push(picture.key));
    packets.forEach(({ packet }, timestamp) => {
      const nals = splitNals(Buffer.from(packet.data ?? []), null);
      nals.forEach((nal, i) => units.push(nal, { timestamp, marker: i === nals.length - 1, lost: false }));
      packet.free();
    });
    const idrs = packets.map(({ key }) => key);
    expect(keys).toHaveLength(21);
    expect(keys.filter(Boolean).length).toBe(3);
    expect(idrs.every((idr, i) => !idr || keys[i])).toBe(true);
  });

  test('not with a key frame of which only the parameter sets came', () => {
    const keys: boolean[] = [];
    const units = new H264Units((picture) => keys.push(picture.key));
    const recovery = Buffer.from('060601c480', 'hex');
    for (const nal of [SPS, PPS, recovery]) units.push(nal, { timestamp: 1, marker: false, lost: false });
    units.push(Buffer.of(0x41, 0x9a, 1), { timestamp: 2, marker: true, lost: true });
    expect(keys).toEqual([false]);
  });
});

test('parts of pictures are told apart from their beginnings', () => {
  expect(h264UnitKind(Buffer.of(0x65, 0x80))).toMatchObject({ slice: true, key: true, goesOn: false });
  expect(h264UnitKind(Buffer.of(0x65, 0x7f))).toMatchObject({ slice: true, key: true, goesOn: true });
  expect(h264UnitKind(Buffer.of(0x41, 0x40))).toMatchObject({ slice: true, key: false, goesOn: true });
  expect(h264UnitKind(Buffer.of(0x42, 0x9a))).toMatchObject({ slice: true, key: false, goesOn: false });
  expect(h264UnitKind(Buffer.of(0x41))).toMatchObject({ slice: true, key: false, goesOn: false });
  // Partitions B and C hold no picture of their own.
  for (const type of [3, 4, 6, 7, 8, 9, 12]) expect(h264UnitKind(Buffer.of(type, 0))).toMatchObject({ slice: false, key: false, goesOn: false });
});
