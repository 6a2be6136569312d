/**
 * Follows the objects of one camera from frame to frame: ByteTrack's association of every detection box, high scores first and
 * then low ones (Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022, algorithm 1).
 * Pure: the state is plain JSON that goes to Redis after every frame, so any worker can take the next one.
 *
 * What differs from ByteTrack, and what each gave on generated streets at 2 and 5 fps (HOTA, `npm run bench -- tracking`): calmer
 * motion +.016 (kalman.ts); the picture's own shift taken out first, −.003 while it is still and +.16 while it shakes (shift.ts);
 * lost ones pay a little more +.007 (associate.ts); weak boxes find again whom they belonged to a moment ago +.008; second sights
 * may be farther off +.008; tracks are shown nearer to the seen box +.012;
 * who stops is sought where he was last seen +.013, while it shakes +.005 (looser or longer −.02: it is then somebody else).
 * Tried and left out: the filter's own distance (Mahalanobis) beside overlap −.015, in its place −.06 (on the clip of a crowded
 * street +.013 and −.02); first speeds by kind .000; patience of 2.5 s or 6 s with the lost −.001; a looser limit in the first
 * association −.016; wider buffers −.002, narrower −.007. Not tried: appearance, for no features of persons are computed (invariant 5).
 */
import type { Box, Detection, ObjectClass, Track } from '../../domain/detection.ts';
import { assign } from './assign.ts';
import { costs, kindOf } from './associate.ts';
import { boxOf, correct, firstMotion, predict, shifted, type Motion } from './kalman.ts';
import { commonShift, type Shift } from './shift.ts';

export interface TrackerOptions {
  /** Detections from this score on are matched first, and with tracks that were lost. */
  readonly highScore: number;
  /** Detections below this score are not looked at; those between keep a known track alive (occlusion, blur). */
  readonly lowScore: number;
  /** A new track starts only from this score on. */
  readonly birthScore: number;
  /** Where a class needs another score to begin a track than `birthScore`. */
  readonly birthScores?: Readonly<Partial<Record<ObjectClass, number>>>;
  /** How long after the first frame that missed it a track is given up. */
  readonly maxLostMs: number;
  /** Something that has not left its place for this long counts as stationary. */
  readonly stationaryAfterMs: number;
  /** After a pause of this length between two frames nothing is known any more: all tracks are dropped. */
  readonly forgetAfterMs: number;
}

export const TRACKER_DEFAULTS: TrackerOptions = {
  highScore: 0.5,
  lowScore: 0.1,
  birthScore: 0.55,
  maxLostMs: 4000,
  stationaryAfterMs: 5000,
  forgetAfterMs: 120_000,
};

/** One followed object as it is kept; what others may know of it is a {@link Track}. */
export interface KeptTrack {
  readonly trackId: number;
  readonly state: Track['state'];
  readonly label: ObjectClass;
  /** Scores gathered per label, fading: the label is a vote, so that one frame's "truck" does not rename a car. */
  readonly votes: Readonly<Partial<Record<ObjectClass, number>>>;
  readonly score: number;
  readonly motion: Motion;
  /** Where it was last seen, pixels; whoever stops is still there when the filter has walked on. */
  readonly seenAt: Box;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  /** The first frame that missed it. Counted from there, not from the last sight: no frame, no miss. */
  readonly lostSinceMs: number | null;
  /** Where it has stayed (centre and height, pixels), and since when. */
  readonly anchor: { readonly cx: number; readonly cy: number; readonly h: number; readonly sinceMs: number };
}

/** Raised whenever the shape or meaning of the state changes. */
export const TRACKER_STATE_VERSION = 2;

export interface TrackerState {
  readonly version: typeof TRACKER_STATE_VERSION;
  readonly nextTrackId: number;
  /** Time of the last frame; null before the first. */
  readonly atMs: number | null;
  readonly tracks: readonly KeptTrack[];
}

/** Limits on the cost of a pair, as in ByteTrack's own code: first, second (low scores) and third (tentative) association. */
const FIRST_LIMIT = 0.8;
const SECOND_LIMIT = 0.5;
const THIRD_LIMIT = 0.8;
/** And of finding somebody again where he was last seen, while that is so recent that nobody else will have come to stand there. */
const STOPPED_LIMIT = 0.4;
const STOPPED_MS = 1000;
/** So long after it was last seen a weak detection is still enough to find a track again: behind a passer-by scores fall. */
const WEAKLY_FOUND_MS = 1000;
/** Part of the seen box in the box that is shown; the rest is the filter's, which trembles less and lags more. */
const SHOWN_AS_SEEN = 0.6;
const VOTE_FADES_TO = 0.9;
/** Leaving one's place: moved, or changed in height, by more than this fraction of one's height. */
const PLACE_RADIUS = 0.2;
const IDS_COUNT_FROM_MS = Date.UTC(2020, 0, 1);

/**
 * The state of a camera never seen before. Ids count on from the second of the start: a camera whose state was lost must not
 * hand out an id a second time, for an alert is filed once per rule, track and window.
 */
export function freshTrackerState(atMs: number): TrackerState {
  return { version: TRACKER_STATE_VERSION, nextTrackId: Math.max(1, Math.floor((atMs - IDS_COUNT_FROM_MS) / 1000)), atMs: null, tracks: [] };
}

/**
 * One frame further. `detections` are those of the frame taken at `atMs`, boxes in pixels of that frame; a time before the last
 * frame's counts as no time passed. Returns the state to keep and every living track: tentative, confirmed and lost.
 * Detections without area or with values that are not finite are left out.
 */
export function advance(state: TrackerState, detections: readonly Detection[], atMs: number, options: TrackerOptions = TRACKER_DEFAULTS): { state: TrackerState; tracks: Track[] } {
  const sound = detections.filter(isSound);
  const high = sound.filter((d) => d.score >= options.highScore);
  const low = sound.filter((d) => d.score < options.highScore && d.score >= options.lowScore);
  const known = expectedAt(state, high, atMs, options);
  const mayBeWeak = (t: KeptTrack): boolean => t.state === 'confirmed' || atMs - t.lastSeenAtMs <= WEAKLY_FOUND_MS;

  const first = pair(known.filter((t) => t.state !== 'tentative'), high, atMs, FIRST_LIMIT, true);
  const second = pair(first.aloneTracks.filter(mayBeWeak), low, atMs, SECOND_LIMIT, false);
  const unmatched = [...second.aloneTracks, ...first.aloneTracks.filter((t) => !mayBeWeak(t))];
  const stopped = pairWhereSeen(unmatched, first.aloneDetections, atMs);
  const third = pair(known.filter((t) => t.state === 'tentative'), stopped.aloneDetections, atMs, THIRD_LIMIT, true);
  const missed = stopped.aloneTracks
    .map((t) => ({ ...t, state: 'lost' as const, lostSinceMs: t.lostSinceMs ?? atMs }))
    .filter((t) => atMs - t.lostSinceMs <= options.maxLostMs);
  const born = third.aloneDetections
    .filter((d) => d.score >= (options.birthScores?.[d.label] ?? options.birthScore))
    .map((d, i) => newTrack(state.nextTrackId + i, d, atMs));
  // ByteTrack's code then drops one of two tracks that lie on each other. Left out: a lost one has had its pick of the detections
  // already, so what lies on it is as a rule somebody else walking by, who would lose his id.
  const matched = [...first.matched, ...second.matched, ...stopped.matched, ...third.matched];
  const seenAt = new Map(matched.map(({ track, detection }) => [track.trackId, detection.box]));
  const tracks = [...matched.map(({ track }) => track), ...missed, ...born].sort((a, b) => a.trackId - b.trackId);
  return {
    state: { version: TRACKER_STATE_VERSION, nextTrackId: state.nextTrackId + born.length, atMs, tracks },
    tracks: tracks.map((t) => shown(t, seenAt.get(t.trackId), atMs, options)),
  };
}

/** The known tracks where they should be now, moved with the picture where that has moved as a whole. */
function expectedAt(state: TrackerState, high: readonly Detection[], atMs: number, options: TrackerOptions): KeptTrack[] {
  const stepMs = state.atMs === null ? 0 : Math.max(0, atMs - state.atMs);
  if (stepMs > options.forgetAfterMs) return [];
  const known = state.tracks.map((t) => ({ ...notAfter(t, atMs), motion: predict(t.motion, stepMs, t.state === 'lost') }));
  const shift = commonShift(
    known.filter((t) => t.state === 'confirmed').map((t) => ({ kind: kindOf(t.label), box: boxOf(t.motion) })),
    high.map(({ label, box }) => ({ kind: kindOf(label), box })),
  );
  return shift ? known.map((t) => withPicture(t, shift)) : known;
}

/** What moved with the picture has not left its place. */
function withPicture(track: KeptTrack, { dx, dy }: Shift): KeptTrack {
  const { anchor, seenAt } = track;
  return { ...track, motion: shifted(track.motion, dx, dy), seenAt: { ...seenAt, x: seenAt.x + dx, y: seenAt.y + dy }, anchor: { ...anchor, cx: anchor.cx + dx, cy: anchor.cy + dy } };
}

/** Where the clock was set back, a track's times are too: one lost "in the future" would not be given up for hours. */
function notAfter(track: KeptTrack, atMs: number): KeptTrack {
  if (track.lastSeenAtMs <= atMs && (track.lostSinceMs ?? atMs) <= atMs) return track;
  const { firstSeenAtMs, lastSeenAtMs, lostSinceMs, anchor } = track;
  return {
    ...track,
    firstSeenAtMs: Math.min(firstSeenAtMs, atMs),
    lastSeenAtMs: Math.min(lastSeenAtMs, atMs),
    lostSinceMs: lostSinceMs === null ? null : Math.min(lostSinceMs, atMs),
    anchor: { ...anchor, sinceMs: Math.min(anchor.sinceMs, atMs) },
  };
}

interface Paired {
  readonly matched: { readonly track: KeptTrack; readonly detection: Detection }[];
  readonly aloneTracks: readonly KeptTrack[];
  readonly aloneDetections: readonly Detection[];
}

function pair(tracks: readonly KeptTrack[], detections: readonly Detection[], atMs: number, limit: number, withScore: boolean): Paired {
  if (tracks.length === 0 || detections.length === 0) return { matched: [], aloneTracks: tracks, aloneDetections: detections };
  const candidates = tracks.map((t) => ({ kind: kindOf(t.label), box: boxOf(t.motion), unseenMs: atMs - t.lastSeenAtMs, lost: t.state === 'lost' }));
  const found = assign(costs(candidates, detections, withScore), detections.length, limit);
  return {
    matched: found.pairs.map(([row, column]) => ({ track: seen(tracks[row]!, detections[column]!, atMs), detection: detections[column]! })),
    aloneTracks: found.aloneRows.map((row) => tracks[row]!),
    aloneDetections: found.aloneColumns.map((column) => detections[column]!),
  };
}

/**
 * Whoever stops at once is left behind by the filter: those still unmatched are sought where they were last seen (observation-centric
 * recovery; Cao, Pang, Weng, Khirodkar, Kitani, "Observation-Centric SORT", CVPR 2023, §4.3).
 */
function pairWhereSeen(tracks: readonly KeptTrack[], detections: readonly Detection[], atMs: number): Paired {
  const may = tracks.filter((t) => atMs - t.lastSeenAtMs <= STOPPED_MS);
  if (may.length === 0 || detections.length === 0) return { matched: [], aloneTracks: tracks, aloneDetections: detections };
  const candidates = may.map((t) => ({ kind: kindOf(t.label), box: t.seenAt, unseenMs: 0, lost: false }));
  const found = assign(costs(candidates, detections, false), detections.length, STOPPED_LIMIT);
  return {
    matched: found.pairs.map(([row, column]) => ({ track: seen(may[row]!, detections[column]!, atMs), detection: detections[column]! })),
    aloneTracks: [...tracks.filter((t) => !may.includes(t)), ...found.aloneRows.map((row) => may[row]!)],
    aloneDetections: found.aloneColumns.map((column) => detections[column]!),
  };
}

/** A known track seen again. Being seen twice confirms it. */
function seen(track: KeptTrack, detection: Detection, atMs: number): KeptTrack {
  const motion = correct(track.motion, detection.box);
  const votes = voted(track.votes, detection);
  const [cx, cy, h] = [motion.cx[0], motion.cy[0], motion.h[0]];
  const { anchor } = track;
  const radiusPx = PLACE_RADIUS * anchor.h;
  const stayed = Math.hypot(cx - anchor.cx, cy - anchor.cy) <= radiusPx && Math.abs(h - anchor.h) <= radiusPx;
  return {
    ...track,
    state: 'confirmed',
    label: leading(votes, track.label),
    votes,
    score: detection.score,
    motion,
    seenAt: detection.box,
    lastSeenAtMs: atMs,
    lostSinceMs: null,
    anchor: stayed ? anchor : { cx, cy, h, sinceMs: atMs },
  };
}

function newTrack(trackId: number, { label, score, box }: Detection, atMs: number): KeptTrack {
  const motion = firstMotion(box);
  return {
    trackId,
    state: 'tentative',
    label,
    votes: { [label]: score },
    score,
    motion,
    seenAt: box,
    firstSeenAtMs: atMs,
    lastSeenAtMs: atMs,
    lostSinceMs: null,
    anchor: { cx: motion.cx[0], cy: motion.cy[0], h: motion.h[0], sinceMs: atMs },
  };
}

function voted(votes: KeptTrack['votes'], { label, score }: Detection): KeptTrack['votes'] {
  const faded: Partial<Record<ObjectClass, number>> = {};
  for (const name of Object.keys(votes) as ObjectClass[]) faded[name] = votes[name]! * VOTE_FADES_TO;
  faded[label] = (faded[label] ?? 0) + score;
  return faded;
}

/** The label with most votes; on a tie the one it has. */
function leading(votes: KeptTrack['votes'], present: ObjectClass): ObjectClass {
  return (Object.keys(votes) as ObjectClass[]).reduce((best, label) => (votes[label]! > (votes[best] ?? 0) ? label : best), present);
}

function shown(track: KeptTrack, seenAt: Box | undefined, atMs: number, options: TrackerOptions): Track {
  const { trackId, label, score, state, firstSeenAtMs, lastSeenAtMs, anchor } = track;
  const stationarySinceMs = atMs - anchor.sinceMs >= options.stationaryAfterMs ? anchor.sinceMs : null;
  const believed = boxOf(track.motion);
  return { trackId, label, box: seenAt ? between(believed, seenAt, SHOWN_AS_SEEN) : believed, score, state, firstSeenAtMs, lastSeenAtMs, stationarySinceMs };
}

function between(a: Box, b: Box, part: number): Box {
  const mix = (from: number, to: number): number => from + (to - from) * part;
  return { x: mix(a.x, b.x), y: mix(a.y, b.y), w: mix(a.w, b.w), h: mix(a.h, b.h) };
}

function isSound({ score, box }: Detection): boolean {
  return Number.isFinite(score) && Number.isFinite(box.x) && Number.isFinite(box.y) && box.w > 0 && box.w < Infinity && box.h > 0 && box.h < Infinity;
}
