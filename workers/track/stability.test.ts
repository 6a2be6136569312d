/** On streets with exact truth: tracks outlive restarts, frames that are shed, and a camera that shakes. */
import { describe, expect, test } from 'vitest';
import { judge, productFollower, type Follower } from '../../bench/tracking/follow.ts';
import { generatedStretch, type Filming, type Stretch } from '../../bench/tracking/generated.ts';
import { GREEDY, greedyFollower, PATIENT_GREEDY } from '../../bench/tracking/peers.ts';
import { scoreOf, type TrackingScore } from '../../bench/tracking/score.ts';
import type { Marked } from '../../bench/tracking/sequence.ts';
import { kindOf } from './associate.ts';
import { advance, freshTrackerState } from './tracker.ts';

const STILL: Filming = { crowded: false, fps: 5, shaking: false, dropping: false };
const street = generatedStretch(21, STILL);
const score = (stretch: Stretch, follower: Follower = productFollower()): TrackingScore => scoreOf([judge(stretch, follower)]);
const whole = score(street);

/** Keeps its state in memory, as a worker would that is never replaced. */
function unbroken(): Follower {
  let state = freshTrackerState(Date.UTC(2026, 0, 1));
  return (detections, atMs): Marked[] => {
    const next = advance(state, detections, Date.UTC(2026, 0, 1) + atMs);
    state = next.state;
    return next.tracks.filter((t) => t.state === 'confirmed').map(({ trackId, label, box }) => ({ id: String(trackId), kind: kindOf(label), box }));
  };
}

// A frame that comes twice is skipped before it gets here (workers/camera/process.ts).
describe('a worker that is replaced', () => {
  test('after every frame changes nothing at all', () => {
    const [replaced, kept] = [productFollower(), unbroken()];
    for (const { detections, atMs } of street.shots) expect(replaced(detections, atMs)).toEqual(kept(detections, atMs));
  });
  test('before it could save, so that the frame is lost, costs next to nothing', () => {
    const lossy = { ...street, shots: street.shots.filter((_, i) => i % 10 !== 9) };
    expect(score(lossy).idf1).toBeGreaterThan(whole.idf1 - 0.08);
  });
});

describe('on a generated street', () => {
  test('identities are kept far better than by greedy overlap', () => {
    expect(whole.hota).toBeGreaterThan(0.6);
    for (const peer of [GREEDY, PATIENT_GREEDY]) expect(whole.hota).toBeGreaterThan(score(street, greedyFollower(peer)).hota + 0.1);
  });
  test('a third of the frames shed, and a second and a half now and then, leave most identities', () => {
    const dropping = score(generatedStretch(21, { ...STILL, dropping: true }));
    expect(dropping.idf1).toBeGreaterThan(0.75 * whole.idf1);
    expect(dropping.mota).toBeGreaterThan(0.6);
  });
  test('a shaking camera leaves most identities', () => {
    expect(score(generatedStretch(21, { ...STILL, shaking: true })).idf1).toBeGreaterThan(0.75 * whole.idf1);
  });
});
