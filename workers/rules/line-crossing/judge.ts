/** Line crossing: who goes over the line between its two ends, told once per crossing and by direction. */
import type { PicturePoint } from '../../../domain/camera.ts';
import type { Crossing, LineCrossingRule } from '../../../domain/rule.ts';
import { concerns, showsFeet } from '../concern.ts';
import { aboutTrack, type Breach, type Judged, type Place, type RuleKind, type Seen } from '../contract.ts';
import { follow, followed, stepMs, type Followed } from '../follow.ts';

type Side = 'left' | 'right';

/** Where one object stands about the line. */
interface Stand extends Followed {
  /** The side on which it was last settled; null before it was. */
  readonly side: Side | null;
  /** Frames running clearly on the other side (or, before the first, on one side), and since when. */
  readonly other: { readonly side: Side; readonly frames: number; readonly sinceMs: number } | null;
  /** Where its foot last was clearly on that side, pixels. */
  readonly from: readonly [x: number, y: number] | null;
}

export interface LineCrossingState {
  readonly version: 'line-crossing/2';
  readonly atMs: number;
  readonly stands: readonly Stand[];
}

/** Half the width of the band about the line in which nobody is on either side, in heights of the box: more than boxes jitter. */
const BAND = 0.12;

/**
 * An object has crossed when it was settled on one side and stands clearly on the other (outside a band about the line) for
 * `inertiaFrames` frames running, and the straight way from where it last stood clearly on the one side to where it settled on the other
 * goes over between the line's ends. Jitter within the band, and a box that jumps for a moment because something hides the feet or
 * another person's box runs into it, are no crossings; going round an end is none either.
 */
function judge(rule: LineCrossingRule, place: Place, state: LineCrossingState | null, seen: Seen, atMs: number): Judged<LineCrossingState> {
  const [from, to] = place.points;
  if (!from || !to) return { state: { version: 'line-crossing/2', atMs, stands: [] }, breaches: [] };
  const line = lineIn(from, to, seen);
  const at = follow(state?.stands ?? [], seen.tracks, stepMs(state?.atMs ?? null, atMs));
  const stands: Stand[] = at.unseen;
  const breaches: Breach[] = [];
  for (const { track, entry } of at.seen) {
    if (!entry && !concerns(rule, track, seen)) continue;
    const stand = moved(entry, followed(track, entry, atMs, seen), line, rule.inertiaFrames, atMs);
    stands.push(stand.now);
    const crossing = stand.settled && entry?.from ? crossingOf(line, entry.from, stand.now) : null;
    if (crossing && (rule.direction === 'both' || rule.direction === crossing) && concerns(rule, track, seen) && showsFeet(track, seen)) {
      breaches.push({ about: aboutTrack(track, crossing), sinceMs: stand.sinceMs });
    }
  }
  return { state: { version: 'line-crossing/2', atMs, stands }, breaches };
}

/** A line in pixels. */
interface PixelLine {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

function lineIn(from: PicturePoint, to: PicturePoint, { widthPx, heightPx }: Seen): PixelLine {
  const [x, y] = [from[0] * widthPx, from[1] * heightPx];
  return { x, y, dx: to[0] * widthPx - x, dy: to[1] * heightPx - y };
}

/** Distance from the endless line in pixels: positive to the right of who walks along it in the picture, whose y points down. */
function distancePx({ x, y, dx, dy }: PixelLine, [px, py]: readonly [number, number]): number {
  return (dx * (py - y) - dy * (px - x)) / Math.hypot(dx, dy);
}

/** Where along the line the way from one point to another goes over it, or null when it does not. */
function wentOver(line: PixelLine, before: readonly [number, number], now: readonly [number, number]): number | null {
  const [d0, d1] = [distancePx(line, before), distancePx(line, now)];
  if (d0 >= 0 === d1 >= 0) return null;
  const part = d0 / (d0 - d1);
  const [x, y] = [before[0] + part * (now[0] - before[0]), before[1] + part * (now[1] - before[1])];
  return ((x - line.x) * line.dx + (y - line.y) * line.dy) / (line.dx ** 2 + line.dy ** 2);
}

/** The stand one seen frame later, whether it settled on another side in this frame, and since when it stands there. */
function moved(stand: Stand | undefined, now: Followed, line: PixelLine, inertiaFrames: number, atMs: number): { now: Stand; settled: boolean; sinceMs: number } {
  const { box } = now;
  // The foot as it is: at the edge of the picture too, only the way it goes matters.
  const foot = [box.x + box.w / 2, box.y + box.h] as const;
  const distance = distancePx(line, foot);
  const clearly = Math.abs(distance) < BAND * box.h ? null : distance > 0 ? 'right' : 'left';
  const side = stand?.side ?? null;
  const other = clearly === null || clearly === side ? null : { side: clearly, frames: (stand?.other?.side === clearly ? stand.other.frames : 0) + 1, sinceMs: stand?.other?.side === clearly ? stand.other.sinceMs : atMs } as const;
  const settled = other !== null && other.frames >= inertiaFrames;
  return {
    now: { ...now, side: settled ? other.side : side, other: settled ? null : other, from: settled || (clearly !== null && clearly === side) ? foot : (stand?.from ?? null) },
    settled,
    sinceMs: other?.sinceMs ?? atMs,
  };
}

/** Which way it crossed, having settled on another side than it came from; null when it went round an end. */
function crossingOf(line: PixelLine, from: readonly [number, number], { side, from: to }: Stand): Crossing | null {
  const over = to && wentOver(line, from, to);
  if (side === null || over === null || over < 0 || over > 1) return null;
  return side === 'left' ? 'to-left' : 'to-right';
}

export const lineCrossing: RuleKind<LineCrossingRule, LineCrossingState> = { stateVersion: 'line-crossing/2', judge, looksAtThumbnail: false, learnsUnarmed: false };
