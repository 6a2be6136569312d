/** A rule as it is being drawn: what it asks for by kind, the request that tries it, and the YAML for the configuration. */
import type { Line, PicturePoint, Zone } from '../../../domain/camera.ts';
import type { ObjectClass } from '../../../domain/detection.ts';
import type { CameraRuleKind, Crossing } from '../../../domain/rule.ts';

/** Kinds that look at boxes only; the others need pictures, which are not recorded. */
export const TRIED_KINDS = ['intrusion', 'line-crossing', 'loitering', 'crowd', 'absence', 'wrong-way', 'parked'] as const satisfies readonly CameraRuleKind[];
export type TriedKind = (typeof TRIED_KINDS)[number];

/** The numbers a kind asks for, with what they begin at and their least. */
export const NUMBERS = {
  intrusion: { inertiaFrames: [3, 1] },
  'line-crossing': { inertiaFrames: [2, 1] },
  loitering: { forS: [60, 0] },
  crowd: { atLeast: [5, 1], forS: [5, 0] },
  absence: { fewerThan: [1, 1], forS: [60, 0] },
  'wrong-way': { forS: [1, 0], overHeights: [1, 0.1] },
  parked: { forS: [60, 0] },
} as const satisfies Record<TriedKind, Partial<Record<NumberField, readonly [begins: number, least: number]>>>;
export type NumberField = 'inertiaFrames' | 'forS' | 'atLeast' | 'fewerThan' | 'overHeights';

export interface Draft {
  readonly cameraId: string;
  readonly kind: TriedKind;
  readonly name: string;
  readonly classes: readonly ObjectClass[];
  readonly numbers: Readonly<Partial<Record<NumberField, number>>>;
  readonly direction: Crossing | 'both';
  readonly zone: Zone;
  readonly line: Line;
  /** The allowed way. */
  readonly arrow: readonly [PicturePoint, PicturePoint];
}

export const NEW_ZONE: Omit<Zone, 'name'> = { id: 'new-zone', polygon: [[0.3, 0.45], [0.7, 0.45], [0.75, 0.85], [0.25, 0.85]] };
export const NEW_LINE: Omit<Line, 'name'> = { id: 'new-line', points: [[0.2, 0.65], [0.8, 0.65]] };

const isVehicleRule = (kind: TriedKind): boolean => kind === 'parked' || kind === 'wrong-way';

/** A fresh draft; `keep` is the one before, whose place stays. */
export function draftOf(kind: TriedKind, name: string, keep: Pick<Draft, 'cameraId' | 'zone' | 'line' | 'arrow'>): Draft {
  const { cameraId, zone, line, arrow } = keep;
  const numbers = Object.fromEntries(Object.entries(NUMBERS[kind]).map(([field, [begins]]) => [field, begins]));
  return { cameraId, kind, name, classes: isVehicleRule(kind) ? ['car', 'bus', 'truck', 'motorcycle'] : ['person'], numbers, direction: 'both', zone, line, arrow };
}

export const onLine = ({ kind }: Pick<Draft, 'kind'>): boolean => kind === 'line-crossing';

/** A thousandth of the picture is finer than any hand. */
const rounded = ([x, y]: PicturePoint): PicturePoint => [Math.round(x * 1000) / 1000, Math.round(y * 1000) / 1000];

/** The rule as it would stand in the configuration. */
export function ruleOf(draft: Draft): Record<string, unknown> {
  const { kind, name, cameraId, classes, numbers } = draft;
  return {
    id: `${cameraId}-${kind}`.slice(0, 64),
    name,
    severity: 'Moderate',
    kind,
    cameraId,
    ...(onLine(draft) ? { lineId: draft.line.id, direction: draft.direction } : { zoneId: draft.zone.id }),
    classes,
    ...numbers,
    ...(kind === 'wrong-way' ? { allowed: draft.arrow.map(rounded) } : {}),
  };
}

/** Its place, as it would stand under its camera. */
export function placesOf(draft: Draft): { readonly zones: readonly Zone[] } | { readonly lines: readonly Line[] } {
  const { zone, line } = draft;
  if (!onLine(draft)) return { zones: [{ ...zone, polygon: zone.polygon.map(rounded) }] };
  return { lines: [{ ...line, points: [rounded(line.points[0]), rounded(line.points[1])] }] };
}

/** To be put into the configuration, and what `npm run rules -- dry-run` takes as it is. JSON's text and lists are YAML's, too. */
export function yamlOf(draft: Draft): string {
  const places = Object.entries(placesOf(draft)).map(([list, entries]) => `${list}:   # cameras: ${draft.cameraId}\n${(entries as readonly object[]).map(entry).join('')}`);
  return `${places.join('')}rules:\n${entry(ruleOf(draft))}`;
}

function entry(value: object): string {
  return Object.entries(value).map(([key, part], i) => `${i === 0 ? '  - ' : '    '}${key}: ${plain(part)}\n`).join('');
}

/** Ids stand without quotes, as in the example; all else as JSON, with room behind commas. */
function plain(value: unknown): string {
  if (typeof value === 'string' && /^[a-z][a-z-]*$/i.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)) return value;
  return Array.isArray(value) ? `[${value.map(plain).join(', ')}]` : JSON.stringify(value);
}
