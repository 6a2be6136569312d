/** What is kept of a camera between two frames: its tracks and what its rules remember, as one JSON document. */
import type { Axis } from '../track/kalman.ts';
import { freshTrackerState, type KeptTrack, TRACKER_STATE_VERSION, type TrackerState } from '../track/tracker.ts';
import type { RuleState } from '../rules/contract.ts';
import type { Sightings } from './sightings.ts';

const CAMERA_STATE_VERSION = 2;

export interface CameraState {
  readonly version: typeof CAMERA_STATE_VERSION;
  /** `traceparent` of the last frame that is in this state: the same frame handed in again changes nothing. */
  readonly lastFrame: string | null;
  readonly tracker: TrackerState;
  /** Rule id → its state, in the version its kind had; `judgeRule` forgets one that it cannot read. */
  readonly rules: Readonly<Record<string, RuleState>>;
  /** Empty where the camera is not surveyed. */
  readonly sightings: Sightings;
}

export function cameraState(lastFrame: string, tracker: TrackerState, rules: CameraState['rules'], sightings: Sightings): CameraState {
  return { version: CAMERA_STATE_VERSION, lastFrame, tracker: { ...tracker, tracks: tracker.tracks.map(rounded) }, rules, sightings };
}

/** Numbers of full length are most of what writing and reading the state costs; a thousandth of a pixel is finer than any detector. */
function rounded(track: KeptTrack): KeptTrack {
  const { motion: { cx, cy, aspect, h }, seenAt, anchor } = track;
  return {
    ...track,
    votes: Object.fromEntries(Object.entries(track.votes).map(([label, sum]) => [label, thousandth(sum)])),
    score: thousandth(track.score),
    motion: { cx: axis(cx, thousandth), cy: axis(cy, thousandth), aspect: axis(aspect, millionth), h: axis(h, thousandth) },
    seenAt: { x: thousandth(seenAt.x), y: thousandth(seenAt.y), w: thousandth(seenAt.w), h: thousandth(seenAt.h) },
    anchor: { ...anchor, cx: thousandth(anchor.cx), cy: thousandth(anchor.cy), h: thousandth(anchor.h) },
  };
}

const axis = ([position, speed, varPosition, covariance, varSpeed]: Axis, to: (value: number) => number): Axis => [to(position), to(speed), to(varPosition), to(covariance), to(varSpeed)];
const thousandth = (value: number): number => Math.round(value * 1e3) / 1e3;
/** Of the aspect, which is about 1: its variances are hundredths. */
const millionth = (value: number): number => Math.round(value * 1e6) / 1e6;

/**
 * The state as kept, or a fresh one where there is none. One written by another version of this program cannot be read
 * safely and is forgotten: objects in the picture get new ids, nothing else is lost. `forgotten` tells that this happened.
 */
export function readCameraState(kept: unknown, atMs: number): { state: CameraState; forgotten: boolean } {
  if (isCameraState(kept)) return { state: kept, forgotten: false };
  const fresh: CameraState = { version: CAMERA_STATE_VERSION, lastFrame: null, tracker: freshTrackerState(atMs), rules: {}, sightings: {} };
  return { state: fresh, forgotten: kept !== null && kept !== undefined };
}

/** We wrote it ourselves: the versions of its parts are proof enough of its shape. */
function isCameraState(kept: unknown): kept is CameraState {
  if (!isRecord(kept) || kept['version'] !== CAMERA_STATE_VERSION) return false;
  const { tracker, rules, sightings } = kept;
  if (!isRecord(tracker) || tracker['version'] !== TRACKER_STATE_VERSION || !Array.isArray(tracker['tracks'])) return false;
  return isRecord(rules) && Object.values(rules).every(isRecord) && isRecord(sightings);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
