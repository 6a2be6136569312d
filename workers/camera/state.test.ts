/** The kept state comes back as it was, its numbers rounded once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OBJECT_CLASSES, type Detection } from '../../domain/detection.ts';
import { advance, freshTrackerState, type TrackerState } from '../track/tracker.ts';
import { keptState, readCameraState, type CameraState } from './state.ts';

const START_MS = 1_760_000_000_000;
const px = fc.double({ min: 1, max: 900, noNaN: true });
const detection: fc.Arbitrary<Detection> = fc.record({ label: fc.constantFrom(...OBJECT_CLASSES), score: fc.double({ min: 0.1, max: 1, noNaN: true }), box: fc.record({ x: px, y: px, w: px, h: px }) });

function tracked(frames: readonly (readonly Detection[])[]): TrackerState {
  return frames.reduce((state, detections, i) => advance(state, detections, START_MS + i * 200).state, freshTrackerState(START_MS));
}

const throughRedis = (state: CameraState): CameraState => readCameraState(JSON.parse(JSON.stringify(keptState(state))), START_MS).state;

test('every track comes back with all that is known of it, to a thousandth; kept again it is the same to the last digit', () => {
  fc.assert(fc.property(fc.array(fc.array(detection, { maxLength: 6 }), { minLength: 1, maxLength: 6 }), (frames) => {
    const state: CameraState = { lastFrame: '00-f-01', tracker: tracked(frames), rules: { r1: { version: 'v1' } }, sightings: {} };
    const back = throughRedis(state);
    expect(throughRedis(back)).toEqual(back);
    expect({ ...back, tracker: { ...back.tracker, tracks: [] } }).toEqual({ ...state, tracker: { ...state.tracker, tracks: [] } });
    for (const [i, track] of state.tracker.tracks.entries()) expectNear(back.tracker.tracks[i], track);
  }));
});

/** The same keys and values everywhere, numbers within half a thousandth. */
function expectNear(found: unknown, wanted: unknown): void {
  if (typeof wanted === 'number') return void expect(Math.abs((found as number) - wanted)).toBeLessThan(0.000501);
  if (typeof wanted !== 'object' || wanted === null) return void expect(found).toBe(wanted);
  expect(Object.keys(found as object).sort()).toEqual(Object.keys(wanted).sort());
  for (const [key, value] of Object.entries(wanted)) expectNear((found as Record<string, unknown>)[key], value);
}
