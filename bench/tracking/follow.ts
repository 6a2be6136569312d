/** Lets a tracker follow a stretch and holds what it gives against the truth. */
import type { Box, Detection } from '../../domain/detection.ts';
import { kindOf } from '../../workers/track/associate.ts';
import { advance, freshTrackerState, TRACKER_DEFAULTS, type TrackerOptions } from '../../workers/track/tracker.ts';
import type { Stretch } from './generated.ts';
import { countSequence, type Counts } from './score.ts';
import { SAME_IOU, setAside, similarity, type JudgedFrame, type Marked } from './sequence.ts';

/** Takes the detections of one frame after the other and says who is where. */
export type Follower = (detections: readonly Detection[], atMs: number) => Marked[];

const START_MS = Date.UTC(2026, 0, 1);

/** The product's tracker; what it gives is what rules are told of: confirmed tracks. Its state goes through JSON after every frame, as through Redis. */
export function productFollower(options: TrackerOptions = TRACKER_DEFAULTS): Follower {
  let kept = JSON.stringify(freshTrackerState(START_MS));
  return (detections, atMs) => {
    const { state, tracks } = advance(JSON.parse(kept) as ReturnType<typeof freshTrackerState>, detections, START_MS + atMs, options);
    kept = JSON.stringify(state);
    return tracks.filter((t) => t.state === 'confirmed').map(({ trackId, label, box }) => ({ id: String(trackId), kind: kindOf(label), box }));
  };
}

export function judge(stretch: Stretch, follower: Follower): Counts {
  const frames = stretch.shots.map(({ atMs, truth, detections }): JudgedFrame => {
    const tracks = follower(detections, atMs);
    return setAside(truth, tracks.filter((track) => !(isIn(track.box, stretch.dontCare) && truth.every((t) => similarity(t, track) < SAME_IOU))));
  });
  return countSequence(frames);
}

/** Whether most of a box lies in one of the places. */
function isIn(box: Box, places: readonly Box[]): boolean {
  return places.some((place) => {
    const w = Math.min(box.x + box.w, place.x + place.w) - Math.max(box.x, place.x);
    const h = Math.min(box.y + box.h, place.y + place.h) - Math.max(box.y, place.y);
    return w > 0 && h > 0 && w * h > 0.5 * box.w * box.h;
  });
}
