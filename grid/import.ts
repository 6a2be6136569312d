/** A grid file becomes cells, whole or not at all: every problem of it is told at once, naming the cells. */
import { GB30428, type CellCodec } from '../domain/cell-code.ts';
import type { Cell } from '../domain/cell.ts';
import { GridwardenError } from '../platform/errors.ts';
import { borderNetwork, type Outline } from './borders.ts';
import { gapsOf } from './gaps.ts';
import { overlapsOf, type Overlap } from './overlaps.ts';
import { planeAt, type Plane } from './plane.ts';
import { boxOf } from './polygon.ts';
import { readFeatures, type CellDraft } from './read-features.ts';
import { placeName } from './ring.ts';

export interface GridImportOptions {
  /** Named in errors. */
  readonly file: string;
  /** Gaps are looked for in the grid as it stands at this moment and after each change planned later. */
  readonly nowMs: number;
  readonly codec?: CellCodec;
  /** IANA name; a date without a time begins at midnight there. Default UTC. */
  readonly timeZone?: string;
}

/** So many problems are written out; a file in the wrong projection has thousands that say the same. */
const PROBLEMS_SHOWN = 200;
/** Clipping stops after so many overlaps: the rest will look the same. */
const OVERLAPS_SHOWN = 150;
/** A planned change of the grid is checked like the present one, up to so many moments ahead. */
const MOMENTS_CHECKED = 12;

/**
 * Reads a GeoJSON FeatureCollection of Polygon features (WGS-84 or CGCS2000 degrees) with the properties `code`, `name`, `community`,
 * `street`, `district` (names), and optionally `team` (id), `validFrom`, `validTo` (ISO 8601). Throws GRID_UNREADABLE when it is
 * not that, and GRID_INVALID listing: bad codes, properties and dates; a code twice in force; rings open, crossing themselves,
 * without area or out of range; overlaps and gaps (see tolerances.ts); areas of one code with two names.
 */
export function importGrid(text: string, options: GridImportOptions): Cell[] {
  const { drafts, problems } = readFeatures(text, { file: options.file, codec: options.codec ?? GB30428, timeZone: options.timeZone ?? 'UTC' });
  const cells = drafts.flatMap((draft) => draft.cell ?? []);
  problems.push(...duplicateProblems(cells), ...nameProblems(cells), ...coverProblems(drafts, options.nowMs));
  if (problems.length > 0) throw new GridwardenError('GRID_INVALID', { file: options.file, problems: listed(problems) });
  return cells;
}

function listed(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map((problem) => `  ${problem}`);
  return [...shown, ...(problems.length > PROBLEMS_SHOWN ? [`  … and ${problems.length - PROBLEMS_SHOWN} more`] : [])].join('\n');
}

type Span = Pick<Cell, 'validFromMs' | 'validToMs'>;

function everTogether(a: Span, b: Span): boolean {
  return a.validFromMs < (b.validToMs ?? Infinity) && b.validFromMs < (a.validToMs ?? Infinity);
}

function duplicateProblems(cells: readonly Cell[]): string[] {
  return [...Map.groupBy(cells, (cell) => cell.code)].flatMap(([code, same]) => {
    const byStart = same.toSorted((a, b) => a.validFromMs - b.validFromMs);
    const twice = byStart.some((cell, i) => i > 0 && everTogether(byStart[i - 1]!, cell));
    return twice ? [`cell ${code}: the code is used by ${same.length} cells in force at the same time; give each its own, or end the older one with "validTo"`] : [];
  });
}

/** A community, street or district may change its name with time, but has one name at a time. */
function nameProblems(cells: readonly Cell[]): string[] {
  return (['community', 'street', 'district'] as const).flatMap((level) =>
    [...Map.groupBy(cells, (cell) => cell[level].code)].flatMap(([code, within]) => {
      const first = [...Map.groupBy(within, (cell) => cell[level].name).values()];
      const clash = pairs(first).find(([these, those]) => these.some((cell) => those.some((other) => everTogether(cell, other))));
      return clash ? [`${level} ${code} has two names: ${namedBy(clash[0], level)}, but ${namedBy(clash[1], level)}`] : [];
    }),
  );
}

function namedBy(cells: readonly Cell[], level: 'community' | 'street' | 'district'): string {
  return `"${cells[0]![level].name}" in ${nameSome(cells.map((cell) => `cell ${cell.code}`))}`;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  // A file with a different name in every cell is wrong at the first pair already.
  const some = items.slice(0, 50);
  return some.flatMap((a, i) => some.slice(i + 1).map((b): [T, T] => [a, b]));
}

function nameSome(labels: readonly string[]): string {
  return labels.length <= 4 ? labels.join(', ') : `${labels.slice(0, 3).join(', ')} and ${labels.length - 3} more`;
}

type Drawn = CellDraft & { readonly area: NonNullable<CellDraft['area']> };

function coverProblems(drafts: readonly CellDraft[], nowMs: number): string[] {
  const drawn = drafts.filter((draft): draft is Drawn => draft.area !== null);
  if (drawn.length === 0) return [];
  const box = boxOf(drawn.flatMap((draft) => draft.area.coordinates[0] ?? []));
  const plane = planeAt({ lon: (box.minX + box.maxX) / 2, lat: (box.minY + box.maxY) / 2 });
  const outlines = drawn.map((draft): Outline => draft.area.coordinates.map((ring) => ring.slice(0, -1).map(([lon, lat]) => plane.toM(lon, lat))));
  const overlaps = overlapsOf(outlines, borderNetwork(outlines), (i, j) => everTogether(drawn[i]!, drawn[j]!), OVERLAPS_SHOWN);
  const told = overlaps.map(({ pair: [i, j], areaM2, at }) => `${drawn[i]!.label} and ${drawn[j]!.label} overlap by ${squareMetres(areaM2)} near ${placeName(plane.toLonLat(at))}; let them share one border`);
  // A cell that could not be drawn would itself look like a gap, and among hundreds of overlaps gaps mean nothing.
  if (overlaps.length >= OVERLAPS_SHOWN) return [...told, 'further overlaps, and gaps, were not looked for yet: mend those above first'];
  if (drawn.length < drafts.length) return [...told, 'gaps were not looked for yet: mend the shapes above first'];
  return [...told, ...gapProblems(drawn, outlines, overlaps, plane, nowMs)];
}

function gapProblems(drawn: readonly Drawn[], outlines: readonly Outline[], overlaps: readonly Overlap[], plane: Plane, nowMs: number): string[] {
  const told = new Set<string>();
  for (const atMs of momentsOf(drawn, nowMs)) {
    const inForce = drawn.flatMap((draft, i) => (draft.validFromMs <= atMs && atMs < (draft.validToMs ?? Infinity) ? [i] : []));
    const place = new Map(inForce.map((i, position) => [i, position]));
    const together = overlaps.flatMap((overlap) => {
      const [i, j] = [place.get(overlap.pair[0]), place.get(overlap.pair[1])];
      return i === undefined || j === undefined ? [] : [{ ...overlap, pair: [i, j] as const }];
    });
    for (const gap of gapsOf(inForce.map((i) => outlines[i]!), together)) {
      const round = nameSome(gap.round.map((position) => drawn[inForce[position]!]!.label));
      told.add(`a gap of ${squareMetres(gap.areaM2)} near ${placeName(plane.toLonLat(gap.at))} belongs to no cell; it lies between ${round}: let them share one border, or draw the missing cell`);
    }
  }
  return [...told];
}

function momentsOf(drawn: readonly Drawn[], nowMs: number): number[] {
  const changes = drawn.flatMap((draft) => [draft.validFromMs, draft.validToMs ?? nowMs]).filter((atMs) => atMs > nowMs);
  return [nowMs, ...[...new Set(changes)].sort((a, b) => a - b)].slice(0, MOMENTS_CHECKED);
}

function squareMetres(areaM2: number): string {
  return areaM2 < 100 ? `${areaM2.toFixed(1)} m²` : `${Math.round(areaM2)} m²`;
}
