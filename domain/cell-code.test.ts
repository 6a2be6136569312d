/** Codes of both schemes, good and bad, as one table. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { CELL_CODECS, CJT349, GB30428, codecNamed } from './cell-code.ts';

const STATED = /^\d{6}[0-5]\d{2}\d{3}(?!000)\d{3}$/;

describe('15 digits of GB/T 30428.1', () => {
  test.each([
    ['110101001001002', { division: '110101', street: '001', community: '001', cell: '002' }],
    ['110101599999999', { division: '110101', street: '599', community: '999', cell: '999' }],
    ['110101001001000', 'digits 13–15 (cell) are 000; cells are numbered from 001'],
    ['110101600001001', 'digits 7–9 (street) are 600; streets, towns and townships run from 001 to 599'],
    ['11010100100100', 'it has 14 digits; write 15'],
    ['1101010010010021', 'it has 16 digits; write 15'],
    ['110101 001 001 002', 'it may have digits only, without spaces or signs; write 15 digits'],
    ['１１０１０１００１００１００２', 'it may have digits only, without spaces or signs; write 15 digits'],
    ['', 'it has 0 digits; write 15'],
  ])('%s', (code, expected) => {
    expect(GB30428.parse(code)).toEqual(expected);
  });

  test('community, street and district are its prefixes', () => {
    expect(GB30428.levelsOf('110101001002003')).toEqual({ community: '110101001002', street: '110101001', district: '110101' });
    expect(GB30428.areaPath('110101001002003')).toBe('110101001002003');
  });

  test('accepts exactly what the stated pattern accepts', () => {
    const almost = fc.oneof(fc.stringMatching(/^\d{15}$/), fc.stringMatching(/^\d{13,17}$/), fc.stringMatching(/^\d{12}00\d$/), fc.string());
    fc.assert(fc.property(almost, (code) => (typeof GB30428.parse(code) !== 'string') === STATED.test(code)), { numRuns: 1000 });
  });
});

describe('20 digits of CJ/T 349-2010', () => {
  test('the area begins behind the managed object', () => {
    expect(CJT349.parse('01020311010100100203')).toEqual({ division: '110101', street: '001', community: '002', cell: '03' });
    expect(CJT349.levelsOf('01020311010100100203')).toEqual({ community: '110101001002', street: '110101001', district: '110101' });
    expect(CJT349.areaPath('01020311010100100203')).toBe('11010100100203');
  });

  test('a code of the other scheme is refused', () => {
    expect(CJT349.parse('110101001001002')).toBe('it has 15 digits; write 20');
  });
});

test('a scheme is found by its name', () => {
  for (const codec of CELL_CODECS) expect(codecNamed(codec.name)).toBe(codec);
  expect(codecNamed('gb-t-30428')).toBeNull();
});
