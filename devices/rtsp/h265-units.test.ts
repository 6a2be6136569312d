/** Payloads of H.265 of every kind that RFC 7798 knows without interleaving, made by hand; of real pictures see nal-pictures.test.ts. */
import { describe, expect, test } from 'vitest';
import { splitNals } from '../../test-fixtures/fake-camera/nal-units.ts';
import { h265UnitKind, H265Units } from './h265-units.ts';

const unit = (type: number, ...rest: readonly number[]): Buffer => Buffer.of(type << 1, 0x01, ...rest);
const [VPS, SPS, PPS] = [unit(32, 0x0c, 1), unit(33, 1, 1), unit(34, 0xc1)];
// Of another layer and temporal id: both are in the two bytes that fragments keep.
const IDR = Buffer.concat([Buffer.of((19 << 1) | 1, 0x4b, 0xaf), Buffer.alloc(40, 0x11)]);
const SECOND_SLICE = unit(19, 0x20, 1, 2, 3);
const sized = (...nals: readonly Buffer[]): Buffer => Buffer.concat(nals.flatMap((nal) => [Buffer.of(nal.length >> 8, nal.length & 0xff), nal]));
const fragments = (nal: Buffer, pieces: number): Buffer[] => {
  const size = Math.ceil((nal.length - 2) / pieces);
  const [first = 0, second = 0] = nal;
  return Array.from({ length: pieces }, (_, i) => {
    const flags = (i === 0 ? 0x80 : 0) | (i === pieces - 1 ? 0x40 : 0);
    return Buffer.concat([Buffer.of((first & 0x81) | (49 << 1), second, flags | ((first >> 1) & 0x3f)), nal.subarray(2 + i * size, 2 + (i + 1) * size)]);
  });
};

function picturesOf(payloads: readonly Buffer[], lostAt = -1): { units: Buffer[]; key: boolean }[] {
  const pictures: { units: Buffer[]; key: boolean }[] = [];
  const units = new H265Units(({ bytes, key }) => pictures.push({ units: splitNals(Buffer.from(bytes), null), key }));
  payloads.forEach((payload, i) => units.push(payload, { timestamp: 1, marker: i === payloads.length - 1, lost: i === lostAt }));
  expect(pictures.length).toBeLessThanOrEqual(1);
  return pictures;
}

describe('payloads', () => {
  const whole = [VPS, SPS, PPS, IDR, SECOND_SLICE];
  const aggregate = Buffer.concat([Buffer.of(48 << 1, 1), sized(...whole)]);
  test.each([
    ['single units', whole],
    ['aggregated', [aggregate]],
    ['aggregated in two', [Buffer.concat([Buffer.of(48 << 1, 1), sized(VPS, SPS, PPS)]), Buffer.concat([Buffer.of(48 << 1, 1), sized(IDR, SECOND_SLICE)])]],
    ['fragments', [VPS, SPS, PPS, ...fragments(IDR, 4), ...fragments(SECOND_SLICE, 2)]],
    ['with nothing in them, and with units of no length', [Buffer.concat([Buffer.of(48 << 1, 1), sized(VPS, Buffer.alloc(0), SPS)]), Buffer.of(48 << 1, 1), Buffer.of(49 << 1, 1), Buffer.of(49 << 1, 1, 0), PPS, IDR, SECOND_SLICE]],
    ['of kinds that nobody knows', [...whole, Buffer.of(50 << 1, 1, 0, 0), Buffer.of(63 << 1, 1, 5)]],
  ])('%s', (_, payloads) => {
    expect(picturesOf(payloads)).toEqual([{ units: whole, key: true }]);
  });

  test('a unit whose beginning, middle or end is missing is left out', () => {
    const [first, middle, last] = fragments(IDR, 3) as [Buffer, Buffer, Buffer];
    const left = [{ units: [SPS, SECOND_SLICE], key: true }];
    expect(picturesOf([SPS, middle, last, SECOND_SLICE], 1)).toEqual(left);
    expect(picturesOf([SPS, first, last, SECOND_SLICE], 2)).toEqual(left);
    expect(picturesOf([SPS, first, middle, SECOND_SLICE], 3)).toEqual(left);
    expect(picturesOf([SPS, first, middle, SECOND_SLICE])).toEqual(left);
    expect(picturesOf([SPS, first, last], 2)).toEqual([]);
  });
});

test('a decoder may begin with the kinds of pictures that lean on none, and only parts of pictures make a picture', () => {
  for (let type = 0; type < 64; type++) {
    const slice = type < 32;
    expect(h265UnitKind(unit(type, 0x80))).toMatchObject({ slice, key: type >= 16 && type <= 23, goesOn: false });
    expect(h265UnitKind(unit(type, 0x7f)).goesOn).toBe(slice);
    expect(h265UnitKind(unit(type)).goesOn).toBe(false);
  }
});
