/**
 * The camera stage: take a camera's newest frame, detect, track, judge, hand on.
 * Order of the durable steps: evidence, findings, state, frame done. Whatever dies between two of them, the next frame finds a
 * state that has not told the finding yet, tells it again under the same id, and the desk knows it already.
 */
import type { Camera } from '../../domain/camera.ts';
import type { Box, Detection, Track } from '../../domain/detection.ts';
import type { Finding } from '../../domain/finding.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import type { CameraRule } from '../../domain/rule.ts';
import type { Picture } from '../../models/picture.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { evidenceJpeg, redact, type FaceFinder, type PersonsInPicture } from '../evidence/redact.ts';
import { advance, TRACKER_DEFAULTS, type TrackerOptions } from '../track/tracker.ts';
import { makeFinding } from './finding.ts';
import { judgeFrame, watchesOf, type Told, type Watch } from './judge-frame.ts';
import { cameraState, readCameraState } from './state.ts';

/** Where frames wait; queue/frame-slot.ts satisfies it. */
export interface FrameSource {
  take(cameraId: string): Promise<{ readonly info: FrameInfo; readonly jpeg: Uint8Array } | null>;
  /** The frame counts as inferred. */
  done(info: FrameInfo): Promise<void>;
}

/** Where the state of cameras lies between frames, by camera id; queue/shelf.ts satisfies it. */
export interface TrackShelf {
  load(cameraId: string): Promise<unknown>;
  save(cameraId: string, state: unknown): Promise<void>;
}

/** The models; models/detector.ts satisfies it. */
export interface Eyes {
  decodeJpeg(jpeg: Uint8Array): Promise<Picture>;
  readonly objects: { detect(picture: Picture): Promise<Detection[]> };
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
}

export interface CameraStageDeps {
  readonly frames: FrameSource;
  readonly shelf: TrackShelf;
  readonly eyes: Eyes;
  readonly findings: FindingSink;
  readonly evidence: EvidenceTray;
  readonly site: CameraSite;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What became of one call, for logs and benches. */
export type FrameOutcome = 'no-frame' | 'unreadable' | 'repeated' | { readonly detections: number; readonly tracks: number; readonly findings: number };

export interface CameraStage {
  /**
   * Works on the camera's newest frame. Never in parallel for one camera (the queue sees to that).
   * Throws when a model or a durable step fails: the frame then does not count as inferred and the state is as before.
   */
  process(cameraId: string): Promise<FrameOutcome>;
}

type Step = 'decode' | 'detect' | 'track' | 'judge' | 'redact' | 'evidence' | 'frame';

/** Builds the stage; solves ground planes, and warns of rules that name no zone. Nothing is started. */
export function createCameraStage(deps: CameraStageDeps): CameraStage {
  const watches = watchesOf(deps.site, deps.log);
  return { process: (cameraId) => timed(deps, 'frame', () => processFrame(deps, watches.get(cameraId) ?? [], cameraId)) };
}

async function processFrame(deps: CameraStageDeps, watches: readonly Watch[], cameraId: string): Promise<FrameOutcome> {
  const taken = await deps.frames.take(cameraId);
  if (!taken) return 'no-frame';
  const { info, jpeg } = taken;
  const { state, forgotten } = readCameraState(await deps.shelf.load(cameraId), info.capturedAtMs);
  if (forgotten) deps.log.warn({ camera: cameraId }, 'the kept tracks are of another version and are forgotten; objects in the picture get new ids');
  if (state.lastFrame === info.traceparent) {
    await deps.frames.done(info);
    return 'repeated';
  }
  const picture = await decode(deps, info, jpeg);
  if (!picture) {
    await deps.frames.done(info);
    return 'unreadable';
  }
  const detections = await timed(deps, 'detect', () => deps.eyes.objects.detect(picture));
  const tracked = await timed(deps, 'track', () => advance(state.tracker, detections, info.capturedAtMs, deps.site.tracking ?? TRACKER_DEFAULTS));
  // Boxes are in pixels of the decoded picture, whatever size the description claims.
  const frame = { ...info, widthPx: picture.widthPx, heightPx: picture.heightPx };
  const judged = await timed(deps, 'judge', () => judgeFrame(watches, state.rules, tracked.tracks, frame, deps.site.timeZone));
  await handOn(deps, judged.told, picture, frame, personsIn(detections, tracked.tracks));
  await deps.shelf.save(cameraId, cameraState(info.traceparent, tracked.state, judged.rules));
  await deps.frames.done(info);
  return { detections: detections.length, tracks: tracked.tracks.length, findings: judged.told.length };
}

/** Null for bytes that are no picture: the frame is spent, the next one may be sound. */
async function decode(deps: CameraStageDeps, info: FrameInfo, jpeg: Uint8Array): Promise<Picture | null> {
  try {
    return await timed(deps, 'decode', () => deps.eyes.decodeJpeg(jpeg));
  } catch (error) {
    deps.metrics.count('gridwarden_frames_unreadable_total', 'Frames whose JPEG could not be decoded.', { camera: info.cameraId });
    deps.log.warn({ camera: info.cameraId, seq: info.seq, reason: sentenceOf(error) }, 'a frame cannot be read and is passed over');
    return null;
  }
}

/** Evidence into the tray, then the finding out, one by one. Faces are looked for once, and only when there is something to tell. */
async function handOn(deps: CameraStageDeps, told: readonly Told[], picture: Picture, frame: FrameInfo, persons: PersonsInPicture): Promise<void> {
  if (told.length === 0) return;
  const redacted = await orNull(deps, frame, () => timed(deps, 'redact', () => redact(picture, persons, deps.eyes.faces)));
  for (const { watch, intrusion } of told) {
    const finding = makeFinding(watch, watch.rule, watch.zone, intrusion, frame);
    const evidenceKey = redacted && (await orNull(deps, frame, async () => {
      const jpeg = await timed(deps, 'evidence', () => evidenceJpeg(redacted, finding.box));
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

async function timed<T>(deps: CameraStageDeps, step: Step, work: () => T | Promise<T>): Promise<T> {
  const startedAtMs = deps.clock.nowMs();
  try {
    return await work();
  } finally {
    deps.metrics.observeMs('gridwarden_camera_stage_ms', 'Time a step of the camera stage took, milliseconds.', deps.clock.nowMs() - startedAtMs, { step });
  }
}
