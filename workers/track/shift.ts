/**
 * How far the picture as a whole has moved: a mast sways, somebody knocks the camera, a dome turns a little. Told from boxes alone,
 * for pixels are not at hand here: the one shift that lays many tracks on detections at once (a vote, as in Fischler, Bolles,
 * "Random Sample Consensus", Communications of the ACM 24, 1981, with every near pair as a hypothesis instead of random ones).
 */
import { iou, type Box } from '../../domain/detection.ts';
import type { Kind } from './associate.ts';

export interface Placed {
  readonly kind: Kind;
  readonly box: Box;
}

export interface Shift {
  readonly dx: number;
  readonly dy: number;
}

/** With fewer tracks, a shift of the picture cannot be told from a walk. */
const LEAST_TRACKS = 3;
/** So many tracks vote; more would only cost time. */
const MOST_VOTERS = 16;
/** Farthest and least shift, in median heights of the voters. Lesser ones are trembling boxes, and the filter takes them. */
const REACH = 1.5;
const LEAST_SHIFT = 0.1;
/** A shift must lay the tracks better on the detections than none does, by this much of overlap per voter. */
const LEAST_GAIN = 0.1;
/** What still overlaps by this much after the shift has moved with the picture; half of the voters must have. */
const FOLLOWS_IOU = 0.4;
/** Only boxes of about one height can be one object: factor e^±0.3. */
const LOG_HEIGHT_RANGE = 0.3;

/** The shift in pixels from where objects are expected to where they are seen, or null where none shows. */
export function commonShift(expected: readonly Placed[], seen: readonly Placed[]): Shift | null {
  if (expected.length < LEAST_TRACKS || seen.length < LEAST_TRACKS) return null;
  const voters = spread(expected);
  const medianH = median(voters.map((v) => v.box.h));
  const reach = REACH * medianH;
  const near = voters.map(({ kind, box }) => seen.filter((s) => s.kind === kind && Math.abs(midX(s.box) - midX(box)) < reach + box.w && Math.abs(midY(s.box) - midY(box)) < reach + box.h).map((s) => s.box));

  let best: Shift = { dx: 0, dy: 0 };
  let most = fit(voters, near, best) + LEAST_GAIN * voters.length;
  voters.forEach(({ box }, i) => {
    for (const s of near[i]!) {
      const shift = offset(box, s);
      if (Math.hypot(shift.dx, shift.dy) > reach || Math.abs(Math.log(s.h / box.h)) > LOG_HEIGHT_RANGE) continue;
      const fitted = fit(voters, near, shift, most);
      if (fitted > most) [best, most] = [shift, fitted];
    }
  });
  const followed = voters.flatMap(({ box }, i) => {
    const there = moved(box, best);
    const nearest = near[i]!.reduce<Box | null>((a, s) => (iou(there, s) > (a ? iou(there, a) : FOLLOWS_IOU) ? s : a), null);
    return nearest ? [offset(box, nearest)] : [];
  });
  if (followed.length < Math.max(LEAST_TRACKS, voters.length / 2)) return null;
  const shift = { dx: median(followed.map((o) => o.dx)), dy: median(followed.map((o) => o.dy)) };
  return Math.hypot(shift.dx, shift.dy) > LEAST_SHIFT * medianH ? shift : null;
}

/**
 * Overlap of each shifted voter with the box that it then overlaps most, added up; it may stop where that can no longer exceed `atLeast`.
 * Runs for every hypothesis: it makes no garbage but the moved boxes.
 */
function fit(voters: readonly Placed[], near: readonly (readonly Box[])[], shift: Shift, atLeast = 0): number {
  let sum = 0;
  for (let i = 0; i < voters.length && sum + voters.length - i > atLeast; i++) {
    const box = moved(voters[i]!.box, shift);
    let best = 0;
    for (const s of near[i]!) best = Math.max(best, iou(box, s));
    sum += best;
  }
  return sum;
}

const moved = (box: Box, { dx, dy }: Shift): Box => ({ x: box.x + dx, y: box.y + dy, w: box.w, h: box.h });
const midX = (box: Box): number => box.x + box.w / 2;
const midY = (box: Box): number => box.y + box.h / 2;

/** From centre to centre. */
const offset = (from: Box, to: Box): Shift => ({ dx: midX(to) - midX(from), dy: midY(to) - midY(from) });

/** At most so many of the list, evenly taken from it. */
function spread(list: readonly Placed[]): readonly Placed[] {
  if (list.length <= MOST_VOTERS) return list;
  return Array.from({ length: MOST_VOTERS }, (_, i) => list[Math.floor((i * list.length) / MOST_VOTERS)]!);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
