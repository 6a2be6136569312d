/** How the code of a cell is written: schemes that can be exchanged, one table of them. */

/** The digits of a code, apart. */
export interface CellCodeParts {
  readonly division: string;
  readonly street: string;
  readonly community: string;
  readonly cell: string;
}

/** Codes of the areas a cell lies in; each is a prefix of the next finer one, and of `areaPath`. */
export interface CellCodeLevels {
  readonly community: string;
  readonly street: string;
  readonly district: string;
}

export interface CellCodec {
  readonly name: string;
  /** The parts of a code, or one sentence telling what is wrong with it. */
  parse(code: string): CellCodeParts | string;
  /** Of a code that `parse` accepts. */
  levelsOf(code: string): CellCodeLevels;
  /** The digits from division to cell, so that "lies under" is `startsWith` in every scheme. */
  areaPath(code: string): string;
}

/**
 * 15 digits: division 6 (GB/T 2260), street 3 (GB/T 10114: 001–099 streets, 100–199 towns, 200–399 townships, 400–599 combined
 * units), community 3, cell 3 from 001, numbered west→east, north→south (GB/T 30428.1; DB11/T 2157-2023). It has no check digit.
 */
export const GB30428: CellCodec = {
  name: 'gb-t-30428-15',
  parse: (code) => {
    const wrongDigits = problemOfDigits(code, 15);
    if (wrongDigits) return wrongDigits;
    if (!/^[0-5]/.test(code.slice(6))) return `digits 7–9 (street) are ${code.slice(6, 9)}; streets, towns and townships run from 001 to 599`;
    if (code.endsWith('000')) return 'digits 13–15 (cell) are 000; cells are numbered from 001';
    return { division: code.slice(0, 6), street: code.slice(6, 9), community: code.slice(9, 12), cell: code.slice(12) };
  },
  levelsOf: (code) => levelsOfPath(code),
  areaPath: (code) => code,
};

/**
 * 20 digits of CJ/T 349-2010 (digital community): 1–6 managed object, 7–12 division, 13–15 street, 16–18 community, 19–20 sequence
 * (00 where the community is not split). The area begins only at digit 7.
 */
export const CJT349: CellCodec = {
  name: 'cj-t-349-20',
  parse: (code) => {
    const wrongDigits = problemOfDigits(code, 20);
    if (wrongDigits) return wrongDigits;
    return { division: code.slice(6, 12), street: code.slice(12, 15), community: code.slice(15, 18), cell: code.slice(18) };
  },
  levelsOf: (code) => levelsOfPath(code.slice(6)),
  areaPath: (code) => code.slice(6),
};

export const CELL_CODECS: readonly CellCodec[] = [GB30428, CJT349];

/** The scheme of that name, or null: the caller names the ones there are (`CELL_CODECS`). */
export function codecNamed(name: string): CellCodec | null {
  return CELL_CODECS.find((codec) => codec.name === name) ?? null;
}

function problemOfDigits(code: string, digits: number): string | null {
  if (/[^0-9]/.test(code)) return `it may have digits only, without spaces or signs; write ${digits} digits`;
  return code.length === digits ? null : `it has ${code.length} digits; write ${digits}`;
}

function levelsOfPath(path: string): CellCodeLevels {
  return { community: path.slice(0, 12), street: path.slice(0, 9), district: path.slice(0, 6) };
}
