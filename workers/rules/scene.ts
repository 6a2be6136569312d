/** Scenes for judging rules on: objects that walk along paths, written down as data and played into the tracks a tracker would give. */
import type { ObjectClass, Track } from '../../domain/detection.ts';
import type { SubjectInView } from '../../domain/finding.ts';
import type { CameraRule } from '../../domain/rule.ts';
import type { GroundPlane } from '../../grid/ground-plane.ts';
import type { RecordedFrame } from './dry-run.ts';
import { paintedThumbnail, type Painting } from './painting.ts';

export interface SceneObject {
  /** Default: person. */
  readonly label?: ObjectClass;
  /** Width and height of its box as fractions of the picture's height; default 0.1 × 0.25. */
  readonly size?: readonly [w: number, h: number];
  /** Second, and foot point as fractions of the picture: straight in between, not there before the first and after the last. */
  readonly path: readonly (readonly [atS: number, x: number, y: number])[];
  /** Nobody sees it then. It comes back under its id within the tracker's 4 s, and under another after. */
  readonly hidden?: readonly (readonly [fromS: number, toS: number])[];
  /** The tracker mistakes it for another from then on, and looks for the one it knew for 4 s more, as for any that it lost. */
  readonly newIdAtS?: readonly number[];
}

/** A scene, and what the rule must find in it: what, and between which seconds. */
export interface Scene<R extends CameraRule> {
  readonly name: string;
  /** Where it differs from the rule of the folder's other scenes. */
  readonly rule?: Partial<Omit<R, 'kind'>>;
  readonly objects: readonly SceneObject[];
  /** Where the rule looks at the picture itself. */
  readonly picture?: Painting;
  readonly untilS?: number;
  readonly finds: readonly (readonly [what: string, fromS: number, toS: number])[];
}

export interface Playing {
  /** Default: five a second. */
  readonly fps?: number;
  /** Boxes are moved and resized by up to this part of their height. */
  readonly jitter?: number;
  /** Numbers 0…1 for the jitter; any seeded generator. */
  readonly random?: () => number;
  /** Frames (by number) that never reach the worker. */
  readonly dropped?: (frame: number) => boolean;
  readonly startMs?: number;
  readonly mirrored?: boolean;
  readonly plane?: GroundPlane | null;
}

/** What there is to be seen in a scene. */
export type Stage = Pick<Scene<CameraRule>, 'objects' | 'picture' | 'untilS'>;

export const SCENE_WIDTH_PX = 960;
export const SCENE_HEIGHT_PX = 540;
/** A Monday noon in Shanghai. */
export const SCENE_START_MS = Date.parse('2026-11-23T12:00:00+08:00');
const LOST_FOR_S = 4;

/** The frames of a scene: the first of a track is tentative, hidden ones are lost for 4 s. */
export function played(scene: Stage, playing: Playing = {}): RecordedFrame[] {
  const { fps = 5, startMs = SCENE_START_MS, dropped = () => false, plane = null } = playing;
  const untilS = scene.untilS ?? Math.max(0, ...scene.objects.map(({ path }) => path.at(-1)?.[0] ?? 0));
  const births = new Map<number, number>();
  const frames: RecordedFrame[] = [];
  for (let frame = 0; frame <= Math.round(untilS * fps); frame++) {
    if (dropped(frame)) continue;
    const atS = frame / fps;
    const tracks = scene.objects.flatMap((object, n) => tracksOf(object, n, atS, startMs, births, playing));
    frames.push({ atMs: startMs + Math.round(atS * 1000), tracks, widthPx: SCENE_WIDTH_PX, heightPx: SCENE_HEIGHT_PX, plane, lens: { location: { lon: 0, lat: 0 } }, thumbnail: scene.picture ? paintedThumbnail(scene.picture, atS) : null });
  }
  return frames;
}

function tracksOf(object: SceneObject, n: number, atS: number, startMs: number, births: Map<number, number>, playing: Playing): Track[] {
  const hidden = object.hidden?.find(([fromS, toS]) => atS >= fromS && atS < toS);
  const idAt = (s: number): number => (n + 1) * 100 + (object.newIdAtS ?? []).filter((at) => at <= s).length + (object.hidden ?? []).filter(([fromS, toS]) => toS <= s && toS - fromS > LOST_FOR_S).length;
  const lost = (object.newIdAtS ?? []).filter((s) => s > 0 && s <= atS && atS - s <= LOST_FOR_S).map((s) => ({ trackId: idAt(s) - 1, lostAtS: s }));
  const now = footAt(object.path, atS) && !(hidden && atS - hidden[0] > LOST_FOR_S) ? [{ trackId: idAt(atS), lostAtS: hidden?.[0] ?? null }] : [];
  return [...now, ...lost].flatMap(({ trackId, lostAtS }) => trackOf(object, trackId, lostAtS, atS, startMs, births, playing) ?? []);
}

/** A track as it is seen now, or since `lostAtS` only looked for. */
function trackOf(object: SceneObject, trackId: number, lostAtS: number | null, atS: number, startMs: number, births: Map<number, number>, { jitter = 0, random = () => 0.5, mirrored = false }: Playing): Track | null {
  const foot = footAt(object.path, lostAtS ?? atS);
  if (!foot) return null;
  const atMs = startMs + Math.round(atS * 1000);
  const first = births.get(trackId);
  births.set(trackId, first ?? atMs);
  const [w, h] = (object.size ?? [0.1, 0.25]).map((part) => part * SCENE_HEIGHT_PX * (1 + jitter * (random() - 0.5))) as [number, number];
  const [dx, dy] = [jitter * h * (2 * random() - 1), jitter * h * (2 * random() - 1)];
  const x = (mirrored ? 1 - foot[0] : foot[0]) * SCENE_WIDTH_PX;
  return {
    trackId, label: object.label ?? 'person', score: 0.8, box: { x: x - w / 2 + dx, y: foot[1] * SCENE_HEIGHT_PX - h + dy, w, h },
    state: lostAtS !== null ? 'lost' : first === undefined ? 'tentative' : 'confirmed', firstSeenAtMs: first ?? atMs,
    lastSeenAtMs: lostAtS === null ? atMs : startMs + Math.round(lostAtS * 1000), stationarySinceMs: null,
  };
}

function footAt(path: SceneObject['path'], atS: number): readonly [x: number, y: number] | null {
  const next = path.findIndex(([s]) => s >= atS);
  const [after, before] = [path[next], path[Math.max(0, next - 1)]];
  if (!after || !before || atS < before[0]) return null;
  const part = after[0] === before[0] ? 1 : (atS - before[0]) / (after[0] - before[0]);
  return [before[1] + part * (after[1] - before[1]), before[2] + part * (after[2] - before[2])];
}

/** A subject as scenes name it: "person", "person to-left", "12 above 10", "left", "covered". */
export function inScene(about: SubjectInView): string {
  switch (about.kind) {
    case 'track':
      return about.crossing === null ? about.label : `${about.label} ${about.crossing}`;
    case 'count':
      return `${about.perM2 ?? about.count} ${about.direction} ${about.limit}`;
    case 'region':
      return about.change;
    case 'camera':
      return about.fault;
  }
}
