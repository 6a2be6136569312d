/** Tries rules on recorded tracks, for the console and for `npm run rules`: the worker's own judges, nobody alerted. */
import { checkTrial, type CheckedTrial, type WantedTrial } from '../config/trial.ts';
import type { Config } from '../config/schema.ts';
import { footPoint, type Track } from '../domain/detection.ts';
import type { PicturePoint } from '../domain/camera.ts';
import type { LoggedFrame, RecordedPath, RecordedPaths, TimeSpan, Trial, TrialFinding } from '../domain/trial.ts';
import { type GroundPlane, groundPlaneOf } from '../grid/ground-plane.ts';
import type { Clock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { TrackLogLimits } from '../queue/track-log.ts';
import { dryJudge } from '../workers/rules/dry-run.ts';
import { placeOfRule } from '../workers/rules/place.ts';
import { looksAtThumbnail } from '../workers/rules/table.ts';

/** Where tracks were recorded; queue/track-log.ts satisfies it. */
export interface RecordedTracks {
  read(cameraId: string, span: TimeSpan): AsyncIterable<LoggedFrame>;
}

export interface TrialDeps {
  readonly config: Config;
  readonly tracks: RecordedTracks;
  readonly clock: Clock;
}

/** What is kept of tracks, as the configuration bounds it. */
export function trackLogLimits({ tracks }: Config): TrackLogLimits {
  return { keepFrames: tracks.keepFrames, keepBytes: tracks.keepKb * 1024, keepMs: tracks.keepHours * 3_600_000 };
}

/** A trial is a question of a person who waits; the desk has more to do than to answer it. */
const MOST_MS = 5000;
const MOST_FINDINGS = 500;
const PAUSE_EVERY_FRAMES = 100;

/** Throws RULE_INVALID, RULE_NEEDS_PICTURES. */
export async function tryRule(wanted: WantedTrial, span: TimeSpan, { config, tracks, clock }: TrialDeps): Promise<Trial> {
  const { rule, camera } = checkTrial(wanted, config);
  if (looksAtThumbnail([rule])) throw new GridwardenError('RULE_NEEDS_PICTURES', { rule: rule.id, kind: rule.kind });
  const place = placeOfRule(rule, camera);
  if (!place) throw new GridwardenError('RULE_INVALID', { problems: '  - its zone or line is not there' });
  const profile = rule.profiles[0] ?? null;
  const judge = dryJudge(rule, place, { timeZone: config.site.timeZone, profile });
  const seen = { plane: planeOf(camera), lens: camera, thumbnail: null };
  const findings: TrialFinding[] = [];
  const overMs = clock.nowMs() + MOST_MS;
  let [frames, found, cutShort] = [0, 0, false];
  let first: LoggedFrame | null = null;
  let last: LoggedFrame | null = null;
  for await (const frame of tracks.read(camera.id, span)) {
    const said = judge({ ...frame, ...seen });
    findings.push(...said.slice(0, MOST_FINDINGS - findings.length).map(({ about, sinceMs, atMs }) => ({ atMs, sinceMs, about, where: place.named })));
    found += said.length;
    first ??= frame;
    last = frame;
    if (++frames % PAUSE_EVERY_FRAMES > 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if ((cutShort = clock.nowMs() > overMs)) break;
  }
  return { findings, found, frames, fromMs: first?.atMs ?? null, toMs: last?.atMs ?? null, widthPx: last?.widthPx ?? 0, heightPx: last?.heightPx ?? 0, cutShort, profile };
}

/** As for the worker: a survey that cannot be solved costs the metres, not the rule. */
function planeOf(camera: CheckedTrial['camera']): GroundPlane | null {
  try {
    return groundPlaneOf(camera);
  } catch {
    return null;
  }
}

const MOST_PATHS = 300;
const MOST_POINTS = 80;
/** A foot that moved less than this part of the picture draws no line. */
const STEP = 0.006;

interface Growing {
  readonly trackId: number;
  readonly label: Track['label'];
  readonly fromMs: number;
  toMs: number;
  readonly points: PicturePoint[];
}

/** Where everything went that was followed, as lines to be drawn. */
export async function recordedPaths(cameraId: string, span: TimeSpan, tracks: RecordedTracks): Promise<RecordedPaths> {
  const growing = new Map<number, Growing>();
  let frames = 0;
  let objects = 0;
  let first: LoggedFrame | null = null;
  let last: LoggedFrame | null = null;
  for await (const frame of tracks.read(cameraId, span)) {
    frames++;
    first ??= frame;
    last = frame;
    for (const track of frame.tracks) if (track.state === 'confirmed' && grow(growing, track, frame)) objects++;
    if (growing.size > 2 * MOST_PATHS) for (const id of [...growing.keys()].slice(0, MOST_PATHS)) growing.delete(id);
  }
  const paths = [...growing.values()].slice(-MOST_PATHS).map((path): RecordedPath => ({ ...path, points: thinned(path.points) }));
  return { frames, fromMs: first?.atMs ?? null, toMs: last?.atMs ?? null, picture: last && { widthPx: last.widthPx, heightPx: last.heightPx }, paths, objects };
}

/** True for one that was not there before. */
function grow(growing: Map<number, Growing>, { trackId, label, box }: Track, { atMs, widthPx, heightPx }: LoggedFrame): boolean {
  const foot = footPoint(box);
  const at: PicturePoint = [rounded(foot.x / widthPx), rounded(foot.y / heightPx)];
  const path = growing.get(trackId);
  if (!path) {
    growing.set(trackId, { trackId, label, fromMs: atMs, toMs: atMs, points: [at] });
    return true;
  }
  path.toMs = atMs;
  const before = path.points.at(-1);
  if (!before || Math.hypot(at[0] - before[0], at[1] - before[1]) >= STEP) path.points.push(at);
  return false;
}

const rounded = (part: number): number => Math.round(Math.min(1, Math.max(0, part)) * 1e4) / 1e4;

function thinned(points: readonly PicturePoint[]): readonly PicturePoint[] {
  if (points.length <= MOST_POINTS) return points;
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round((i * (points.length - 1)) / (MOST_POINTS - 1))]!);
}

/** What the console asks: one trial at a time, so that nobody's curiosity holds up alerts. */
export function consoleTrials(deps: TrialDeps): { tryRule(wanted: WantedTrial, span: TimeSpan): Promise<Trial>; paths(cameraId: string, span: TimeSpan): Promise<RecordedPaths> } {
  let busy = false;
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy) throw new GridwardenError('TRIAL_BUSY');
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
  return {
    tryRule: (wanted, span) => alone(() => tryRule(wanted, span, deps)),
    paths: (cameraId, span) => recordedPaths(cameraId, span, deps.tracks),
  };
}
