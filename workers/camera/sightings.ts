/** Where each track of a surveyed camera was really seen of late, for its speed over the ground. */
import type { Track } from '../../domain/detection.ts';
import type { TrackSpeed } from '../../domain/finding.ts';
import type { GroundPlane } from '../../grid/ground-plane.ts';
import { groundSpeed, type Sighting, SPEED_WINDOW_MS } from '../../grid/speed.ts';

/** Track id → its sightings, oldest first. Plain JSON, kept with the tracks. */
export type Sightings = Readonly<Record<string, readonly Sighting[]>>;

/** One frame further: what a lost track is expected to be is no sighting. */
export function withSightings(before: Sightings, tracks: readonly Track[], atMs: number): Sightings {
  return Object.fromEntries(tracks.map(({ trackId, box, lastSeenAtMs }) => {
    const recent = (before[trackId] ?? []).filter((s) => atMs - s.atMs <= SPEED_WINDOW_MS && s.atMs < atMs);
    return [trackId, lastSeenAtMs === atMs ? [...recent, { atMs, box: rounded(box) }] : recent];
  }));
}

export function speedOf(sightings: readonly Sighting[] | undefined, plane: GroundPlane | null, picture: { readonly widthPx: number; readonly heightPx: number }): TrackSpeed | null {
  const speed = plane && groundSpeed(plane, sightings ?? [], picture);
  return speed && { kmh: tenth(speed.speedKmh), errorKmh: tenth(speed.errorKmh), headingDeg: Math.round(speed.headingDeg) % 360 };
}

/** A tenth of a pixel is finer than any detector, and a third of the bytes. */
const rounded = ({ x, y, w, h }: Sighting['box']): Sighting['box'] => ({ x: tenth(x), y: tenth(y), w: tenth(w), h: tenth(h) });
const tenth = (value: number): number => Math.round(value * 10) / 10;
