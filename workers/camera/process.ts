/**
 * The camera stage: take a camera's next frame, detect, track, judge, hand on.
 * Order of the durable steps: evidence, findings, then state and frame done as one. Whatever dies between two of them, the next frame
 * finds a state that has not told the finding yet, tells it again under the same id, and the desk knows it already.
 */
import type { Camera } from '../../domain/camera.ts';
import type { Box, Detection, Track } from '../../domain/detection.ts';
import { outlineOf, type Finding } from '../../domain/finding.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import type { CameraRule } from '../../domain/rule.ts';
import type { LoggedFrame } from '../../domain/trial.ts';
import { isSmall, rgbOf } from '../../models/small-picture.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { evidenceJpeg, redact, type FaceFinder, type PersonsInPicture } from '../evidence/redact.ts';
import { advance, TRACKER_DEFAULTS, type TrackerOptions } from '../track/tracker.ts';
import { type Around, makeFinding } from './finding.ts';
import { looksAtThumbnail } from '../rules/table.ts';
import { thumbnailOf } from '../rules/thumbnail.ts';
import { withSightings } from './sightings.ts';
import { judgeFrame, watchesOf, type Told, type Watch } from './judge-frame.ts';
import type { CloserLooks } from './closer-look.ts';
import { Sights, type ObjectEyes, type Sight, type TakenFrame } from './see.ts';
import { keptState, readCameraState, type CameraState } from './state.ts';
import { timed } from './timed.ts';

interface TakenWork {
  readonly frame: TakenFrame;
  readonly kept: unknown;
  /** How many more of the camera's frames wait; none unless said. */
  readonly waiting?: number;
  release?(): void;
}

/** Where frames wait, and what is kept of their cameras; queue/frame-slot.ts satisfies it. */
export interface FrameSource {
  /** The next frame, and what done() kept with one before it (null: nothing). Its pixels are looked at no more after release(). */
  take(cameraId: string): Promise<TakenWork | null>;
  /** The JPEG of a frame that was taken with a small picture only, until it is done. A source that always gives the JPEG needs none. */
  jpegOf?(info: FrameInfo): Promise<Uint8Array | null>;
  /** In one step the frame counts as inferred and `state`, which is JSON, is kept; without one what was kept stays. */
  done(info: FrameInfo, state?: unknown): Promise<void>;
}

/** The models; models/detector.ts satisfies it. */
export interface Eyes extends ObjectEyes {
  readonly faces: FaceFinder;
}

export interface FindingSink {
  findingMade(finding: Finding): Promise<void>;
}

export interface EvidenceTray {
  put(key: string, jpeg: Uint8Array): Promise<void>;
}

/** What the site says of its cameras. */
export interface CameraSite {
  readonly cameras: readonly Camera[];
  readonly rules: readonly CameraRule[];
  /** IANA name, for schedules. */
  readonly timeZone: string;
  readonly tracking?: TrackerOptions;
  readonly closerLooks?: CloserLooks;
}

export interface CameraStageDeps {
  readonly frames: FrameSource;
  readonly eyes: Eyes;
  readonly findings: FindingSink;
  readonly evidence: EvidenceTray;
  readonly site: CameraSite;
  /** The arm profile the site is in, null where it has none. */
  readonly profile?: { now(): Promise<string | null> };
  /** Where tracks are recorded for trying rules on; it never rejects. */
  readonly recorder?: { record(cameraId: string, frame: LoggedFrame): Promise<void> };
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What became of one call, for logs and benches. */
export type FrameOutcome = 'no-frame' | 'unreadable' | 'repeated' | { readonly detections: number; readonly tracks: number; readonly findings: number };

export interface CameraStage {
  /**
   * Works on the camera's next frame. Never in parallel for one camera (the queue sees to that).
   * Throws when a model or a durable step fails: the frame then does not count as inferred and the state is as before.
   */
  process(cameraId: string): Promise<FrameOutcome>;
  /** Works on the camera's frames one after the other, in their order, until none waits or `most` are done. True when some still wait. Throws as process(). */
  processWaiting(cameraId: string, most: number): Promise<boolean>;
}

/** Builds the stage; solves ground planes, and warns of rules that name no zone. Nothing is started. */
export function createCameraStage(deps: CameraStageDeps): CameraStage {
  const watches = watchesOf(deps.site, deps.log);
  const { frames, eyes, clock, metrics } = deps;
  const sights = new Sights({ eyes, jpegOf: async (info) => (await frames.jpegOf?.(info)) ?? null, clock, metrics }, deps.site.closerLooks);
  const next = (cameraId: string): Promise<{ outcome: FrameOutcome; waiting: number }> => timed(deps, 'frame', () => processFrame(deps, sights, watches.get(cameraId) ?? [], cameraId));
  return {
    process: async (cameraId) => (await next(cameraId)).outcome,
    processWaiting: async (cameraId, most) => {
      for (let left = most; left > 0; left--) if ((await next(cameraId)).waiting === 0) return false;
      return true;
    },
  };
}

async function processFrame(deps: CameraStageDeps, sights: Sights, watches: readonly Watch[], cameraId: string): Promise<{ outcome: FrameOutcome; waiting: number }> {
  const taken = await deps.frames.take(cameraId);
  if (!taken) return { outcome: 'no-frame', waiting: 0 };
  try {
    return { outcome: await processTaken(deps, sights, watches, taken), waiting: taken.waiting ?? 0 };
  } finally {
    taken.release?.();
  }
}

async function processTaken(deps: CameraStageDeps, sights: Sights, watches: readonly Watch[], taken: TakenWork): Promise<FrameOutcome> {
  const { info } = taken.frame;
  const { cameraId } = info;
  const { state, forgotten } = readCameraState(taken.kept, info.capturedAtMs);
  if (forgotten) deps.log.warn({ camera: cameraId }, 'the kept tracks are of another version and are forgotten; objects in the picture get new ids');
  if (state.lastFrame === info.traceparent) {
    await deps.frames.done(info);
    return 'repeated';
  }
  const opened = await open(deps, sights, taken.frame);
  if (!opened) {
    await deps.frames.done(info);
    return 'unreadable';
  }
  const sight = await sights.look(opened);
  const { detections } = sight;
  const tracked = await timed(deps, 'track', () => advance(state.tracker, detections, info.capturedAtMs, tracking(deps)));
  const judged = await judge(deps, watches, state.rules, tracked.tracks, sight);
  const surveyed = watches.some(({ plane }) => plane);
  const sightings = surveyed ? withSightings(state.sightings, tracked.tracks, info.capturedAtMs) : {};
  await handOn(deps, judged.told, sight, personsIn(detections, tracked.tracks), { tracks: tracked.tracks, sightings });
  const { widthPx, heightPx, capturedAtMs: atMs } = sight.frame;
  // Sent together: recording costs no round trip of its own.
  await Promise.all([deps.recorder?.record(cameraId, { atMs, widthPx, heightPx, tracks: tracked.tracks }), deps.frames.done(info, keptState({ lastFrame: info.traceparent, tracker: tracked.state, rules: judged.rules, sightings }))]);
  return { detections: detections.length, tracks: tracked.tracks.length, findings: judged.told.length };
}

/** The detector's own thresholds say what may begin a track, where its scores are calibrated. */
function tracking({ site, eyes }: CameraStageDeps): TrackerOptions {
  return site.tracking ?? { ...TRACKER_DEFAULTS, birthScores: eyes.objects.alertFrom ?? {} };
}

async function judge(deps: CameraStageDeps, watches: readonly Watch[], states: CameraState['rules'], tracks: readonly Track[], { frame, seen }: Sight): Promise<ReturnType<typeof judgeFrame>> {
  const profile = (await deps.profile?.now()) ?? null;
  return timed(deps, 'judge', () => {
    const thumbnail = looksAtThumbnail(watches.map(({ rule }) => rule)) ? thumbnailOf(isSmall(seen) ? rgbOf(seen) : seen) : null;
    return judgeFrame(watches, states, { tracks, widthPx: frame.widthPx, heightPx: frame.heightPx, thumbnail }, { timeZone: deps.site.timeZone, profile }, frame.capturedAtMs);
  });
}

/** Null for bytes that are no picture: the frame is spent, the next one may be sound. */
async function open(deps: CameraStageDeps, sights: Sights, taken: TakenFrame): Promise<Omit<Sight, 'detections'> | null> {
  try {
    return await sights.open(taken);
  } catch (error) {
    const { cameraId: camera, seq } = taken.info;
    deps.metrics.count('gridwarden_frames_unreadable_total', 'Frames whose JPEG could not be decoded.', { camera });
    deps.log.warn({ camera, seq, reason: sentenceOf(error) }, 'a frame cannot be read and is passed over');
    return null;
  }
}

/** Evidence into the tray, then the finding out, one by one. Faces are looked for once, and only when there is something to tell. */
async function handOn(deps: CameraStageDeps, told: readonly Told[], { frame, whole }: Sight, persons: PersonsInPicture, around: Around): Promise<void> {
  if (told.length === 0) return;
  const redacted = await orNull(deps, frame, async () => {
    const picture = await whole();
    return timed(deps, 'redact', () => redact(picture, persons, deps.eyes.faces));
  });
  for (const { watch, breach } of told) {
    const finding = makeFinding(watch, watch.rule, watch.place, breach, frame, around);
    const evidenceKey = redacted && (await orNull(deps, frame, async () => {
      const jpeg = await timed(deps, 'evidence', () => evidenceJpeg(redacted, outlineOf(finding.about)));
      await deps.evidence.put(finding.id, jpeg);
      return finding.id;
    }));
    await deps.findings.findingMade({ ...finding, evidenceKey });
    deps.metrics.count('gridwarden_camera_findings_total', 'Findings of camera rules.', { camera: frame.cameraId, rule: watch.rule.id });
  }
}

/** From here on a detection counts as a person whose head is covered. YOLOX-nano is this sure of most that stand free. */
const SEEN_FROM = 0.3;

/** Where to look closer for faces: persons seen, however unsure, and persons expected where none was seen. */
function personsIn(detections: readonly Detection[], tracks: readonly Track[]): PersonsInPicture {
  const persons = (all: readonly (Detection | Track)[]): Box[] => all.filter(({ label }) => label === 'person').map(({ box }) => box);
  return { persons: persons([...detections, ...tracks]), seen: persons([...detections.filter(({ score }) => score >= SEEN_FROM), ...tracks]) };
}

/** A finding goes out without a picture rather than not at all, and never with one whose faces can be read (invariant 6). */
async function orNull<T>(deps: CameraStageDeps, frame: FrameInfo, make: () => Promise<T>): Promise<T | null> {
  try {
    return await make();
  } catch (error) {
    deps.metrics.count('gridwarden_evidence_failed_total', 'Findings that went out without a picture.', { camera: frame.cameraId });
    deps.log.error({ camera: frame.cameraId, seq: frame.seq, reason: sentenceOf(error), error }, 'no evidence picture could be made; the finding goes out without one');
    return null;
  }
}
