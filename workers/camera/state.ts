/** What is kept of a camera between two frames: its tracks and what its rules remember, as one JSON document. */
import type { ObjectClass } from '../../domain/detection.ts';
import type { Axis } from '../track/kalman.ts';
import { freshTrackerState, type KeptTrack, TRACKER_STATE_VERSION, type TrackerState } from '../track/tracker.ts';
import type { RuleState } from '../rules/contract.ts';
import type { Sightings } from './sightings.ts';

const CAMERA_STATE_VERSION = 3;

export interface CameraState {
  /** `traceparent` of the last frame that is in this state: the same frame handed in again changes nothing. */
  readonly lastFrame: string | null;
  readonly tracker: TrackerState;
  /** Rule id → its state, in the version its kind had; `judgeRule` forgets one that it cannot read. */
  readonly rules: Readonly<Record<string, RuleState>>;
  /** Empty where the camera is not surveyed. */
  readonly sightings: Sightings;
}

/**
 * A track as it is written: scores and pixels in whole thousandths, which are finer than any detector, and the aspect, which is about 1
 * with variances of hundredths, in whole millionths. Whole numbers in a row take half the bytes and time of fractions with a name each.
 */
interface PackedTrack extends Pick<KeptTrack, 'trackId' | 'state' | 'label' | 'votes' | 'firstSeenAtMs' | 'lastSeenAtMs' | 'lostSinceMs'> {
  readonly stayedSinceMs: number;
  /** Score; motion: centre x, centre y, height (an axis each); the box where it was last seen; its place (centre and height). */
  readonly thousandths: readonly number[];
  readonly aspectMillionths: readonly number[];
}

/** The state as it is written. */
export interface KeptCameraState extends Omit<CameraState, 'tracker'> {
  readonly version: typeof CAMERA_STATE_VERSION;
  readonly tracker: Omit<TrackerState, 'tracks'> & { readonly tracks: readonly PackedTrack[] };
}

export function keptState({ lastFrame, tracker, rules, sightings }: CameraState): KeptCameraState {
  return { version: CAMERA_STATE_VERSION, lastFrame, tracker: { ...tracker, tracks: tracker.tracks.map(packed) }, rules, sightings };
}

function packed(track: KeptTrack): PackedTrack {
  const { trackId, state, label, firstSeenAtMs, lastSeenAtMs, lostSinceMs, motion: { cx, cy, aspect, h }, seenAt, anchor } = track;
  const numbers = [track.score, ...cx, ...cy, ...h, seenAt.x, seenAt.y, seenAt.w, seenAt.h, anchor.cx, anchor.cy, anchor.h];
  return {
    trackId, state, label, votes: eachVote(track.votes, toThousandths), firstSeenAtMs, lastSeenAtMs, lostSinceMs, stayedSinceMs: anchor.sinceMs,
    thousandths: numbers.map(toThousandths), aspectMillionths: aspect.map((value) => Math.round(value * 1e6)),
  };
}

function unpacked({ trackId, state, label, votes, firstSeenAtMs, lastSeenAtMs, lostSinceMs, stayedSinceMs, thousandths, aspectMillionths }: PackedTrack): KeptTrack {
  const at = (i: number): number => fromThousandths(thousandths[i]!);
  const axisAt = (i: number): Axis => [at(i), at(i + 1), at(i + 2), at(i + 3), at(i + 4)];
  return {
    trackId, state, label, votes: eachVote(votes, fromThousandths), score: at(0),
    motion: { cx: axisAt(1), cy: axisAt(6), aspect: aspectMillionths.map((value) => value / 1e6) as unknown as Axis, h: axisAt(11) },
    seenAt: { x: at(16), y: at(17), w: at(18), h: at(19) },
    firstSeenAtMs, lastSeenAtMs, lostSinceMs, anchor: { cx: at(20), cy: at(21), h: at(22), sinceMs: stayedSinceMs },
  };
}

const toThousandths = (value: number): number => Math.round(value * 1e3);
const fromThousandths = (value: number): number => value / 1e3;

function eachVote(votes: KeptTrack['votes'], to: (sum: number) => number): KeptTrack['votes'] {
  const changed: Partial<Record<ObjectClass, number>> = {};
  for (const label of Object.keys(votes) as ObjectClass[]) changed[label] = to(votes[label]!);
  return changed;
}

/**
 * The state as kept, or a fresh one where there is none. One written by another version of this program cannot be read
 * safely and is forgotten: objects in the picture get new ids, nothing else is lost. `forgotten` tells that this happened.
 */
export function readCameraState(kept: unknown, atMs: number): { state: CameraState; forgotten: boolean } {
  if (isKeptState(kept)) {
    const { lastFrame, tracker, rules, sightings } = kept;
    return { state: { lastFrame, tracker: { ...tracker, tracks: tracker.tracks.map(unpacked) }, rules, sightings }, forgotten: false };
  }
  const fresh: CameraState = { lastFrame: null, tracker: freshTrackerState(atMs), rules: {}, sightings: {} };
  return { state: fresh, forgotten: kept !== null && kept !== undefined };
}

/** We wrote it ourselves: the versions of its parts are proof enough of its shape. */
function isKeptState(kept: unknown): kept is KeptCameraState {
  if (!isRecord(kept) || kept['version'] !== CAMERA_STATE_VERSION) return false;
  const { tracker, rules, sightings } = kept;
  if (!isRecord(tracker) || tracker['version'] !== TRACKER_STATE_VERSION || !Array.isArray(tracker['tracks'])) return false;
  return isRecord(rules) && Object.values(rules).every(isRecord) && isRecord(sightings);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
