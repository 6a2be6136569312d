/** Reads GeoJSON (RFC 7946) into drafts of cells, noting every problem instead of stopping at the first. */
import type { CellCodec } from '../domain/cell-code.ts';
import type { Cell } from '../domain/cell.ts';
import type { Polygon, Ring } from '../domain/geo.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { readRing, shapeProblem } from './ring.ts';
import { ringsContain, signedArea2 } from './polygon.ts';
import { momentOf } from './moment.ts';

/** One feature as far as it could be read. */
export interface CellDraft {
  /** How the problems call it: its code, or its number in the file. */
  readonly label: string;
  /** Null when a property is missing or wrong; the shape may still be good. */
  readonly cell: Cell | null;
  /** Null when the drawing is not usable. */
  readonly area: Polygon | null;
  readonly validFromMs: number;
  readonly validToMs: number | null;
}

export interface ReadOptions {
  /** Named in errors. */
  readonly file: string;
  readonly codec: CellCodec;
  /** IANA name; a date without a time begins at midnight there. */
  readonly timeZone: string;
}

/** Throws GRID_UNREADABLE when the text is no feature collection at all. */
export function readFeatures(text: string, options: ReadOptions): { readonly drafts: CellDraft[]; readonly problems: string[] } {
  const features = featuresOf(text, options.file);
  const problems: string[] = [];
  const drafts = features.map((feature, index) => readFeature(feature, index + 1, options, problems));
  return { drafts, problems };
}

/** Names under which WGS-84 and CGCS2000 (the same to within a decimetre) are written in a `crs` member. */
const DEGREES_ON_EARTH = /(CRS84|EPSG:+4326|EPSG:+4490|EPSG::4326|EPSG::4490)$/i;

function featuresOf(text: string, file: string): unknown[] {
  const unreadable = (why: string, cause?: unknown): GridwardenError => new GridwardenError('GRID_UNREADABLE', { file, why }, cause);
  const root = parseJson(text, unreadable);
  if (!isRecord(root) || root['type'] !== 'FeatureCollection') throw unreadable(`it is not a GeoJSON FeatureCollection (its "type" is ${JSON.stringify(isRecord(root) ? root['type'] : root)?.slice(0, 40) ?? 'missing'})`);
  if (!Array.isArray(root['features']) || root['features'].length === 0) throw unreadable('its "features" list is missing or empty; a grid needs at least one cell');
  const crs = isRecord(root['crs']) && isRecord(root['crs']['properties']) ? root['crs']['properties']['name'] : undefined;
  if (crs !== undefined && !DEGREES_ON_EARTH.test(String(crs))) throw unreadable(`its coordinates are in ${String(crs)}; export it in WGS-84 or CGCS2000 degrees (EPSG:4326 or EPSG:4490)`);
  return root['features'];
}

function parseJson(text: string, unreadable: (why: string, cause?: unknown) => GridwardenError): unknown {
  try {
    // Windows tools put a byte order mark in front, which JSON.parse refuses.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw unreadable(`it is not JSON (${sentenceOf(error)})`, error);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readFeature(feature: unknown, number: number, options: ReadOptions, problems: string[]): CellDraft {
  const properties = isRecord(feature) && isRecord(feature['properties']) ? feature['properties'] : {};
  const label = typeof properties['code'] === 'string' && properties['code'] !== '' ? `cell ${properties['code']}` : `feature ${number}`;
  const tell = (problem: string): null => {
    problems.push(`${label}: ${problem}`);
    return null;
  };
  const area = readArea(isRecord(feature) ? feature['geometry'] : null, tell);
  const words = readWords(properties, options.codec, tell);
  const validity = readValidity(properties, options.timeZone, tell);
  const times = validity ?? { validFromMs: 0, validToMs: null };
  return { label, area, ...times, cell: words && area && validity ? { ...words, area, ...validity } : null };
}

type Tell = (problem: string) => null;

function readArea(geometry: unknown, tell: Tell): Polygon | null {
  const type = isRecord(geometry) ? geometry['type'] : undefined;
  if (!isRecord(geometry) || type !== 'Polygon' || !Array.isArray(geometry['coordinates']) || geometry['coordinates'].length === 0) {
    return tell(`its geometry is ${typeof type === 'string' ? type : 'missing'}; a cell is one Polygon`);
  }
  const rings = geometry['coordinates'].map(readRing);
  const wrong = rings.find((ring) => typeof ring === 'string') ?? rings.map((ring) => (typeof ring === 'string' ? null : shapeProblem(ring))).find((problem) => problem !== null);
  if (typeof wrong === 'string') return tell(wrong);
  const [outer, ...holes] = rings as Ring[];
  if (outer && holes.some((hole) => leaves(hole, outer))) return tell('a hole of it is not wholly inside its outer ring');
  return { type: 'Polygon', coordinates: (rings as Ring[]).map((ring, i) => (signedArea2(ring) > 0 === (i === 0) ? ring : ring.toReversed())) };
}

/** With no corner of the hole outside and none of the outer ring within the hole, the two cannot cross. */
function leaves(hole: Ring, outer: Ring): boolean {
  return hole.some(([lon, lat]) => !ringsContain([outer], lon, lat)) || outer.some(([lon, lat]) => ringsContain([hole], lon, lat));
}

type Words = Pick<Cell, 'code' | 'name' | 'community' | 'street' | 'district' | 'teamId'>;

/** Further properties are let be: every drawing program adds its own. */
function readWords(properties: Record<string, unknown>, codec: CellCodec, tell: Tell): Words | null {
  const code = readCode(properties['code'], codec, tell);
  const text = (field: string): string | null => {
    const value = properties[field];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : tell(`"${field}" is ${value === undefined ? 'missing' : JSON.stringify(value)}; write its name as text`);
  };
  const [name, community, street, district] = [text('name'), text('community'), text('street'), text('district')];
  const team = properties['team'] ?? null;
  if (team !== null && (typeof team !== 'string' || team === '')) return tell(`"team" is ${JSON.stringify(team)}; write a team's id as text, or leave it out`);
  if (code === null || name === null || community === null || street === null || district === null) return null;
  const levels = codec.levelsOf(code);
  return {
    code,
    name,
    community: { code: levels.community, name: community },
    street: { code: levels.street, name: street },
    district: { code: levels.district, name: district },
    teamId: team,
  };
}

function readCode(code: unknown, codec: CellCodec, tell: Tell): string | null {
  if (code === undefined || code === null || code === '') return tell('"code" is missing');
  if (typeof code !== 'string') return tell(`"code" is ${JSON.stringify(code)?.slice(0, 40)}; write it as text, so that no digit is lost`);
  const parts = codec.parse(code);
  return typeof parts === 'string' ? tell(`its code is not valid: ${parts} (scheme ${codec.name})`) : code;
}

function readValidity(properties: Record<string, unknown>, timeZone: string, tell: Tell): { validFromMs: number; validToMs: number | null } | null {
  const read = (field: string): number | null | undefined => {
    const value = properties[field] ?? null;
    if (value === null) return null;
    const moment = typeof value === 'string' ? momentOf(value, timeZone) : null;
    if (moment !== null) return moment;
    tell(`"${field}" is ${JSON.stringify(value)}; write a date as 2026-01-31, or with time and zone as 2026-01-31T08:00:00+08:00`);
    return undefined;
  };
  const [from, to] = [read('validFrom'), read('validTo')];
  if (from === undefined || to === undefined) return null;
  if (to !== null && to <= (from ?? 0)) return tell('"validTo" is not after "validFrom"');
  return { validFromMs: from ?? 0, validToMs: to };
}
