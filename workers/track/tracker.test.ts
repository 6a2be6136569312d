/** Scenes with known truth: the same object must keep its id, another must not take it, and a restart must change nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box, Detection, ObjectClass, Track } from '../../domain/detection.ts';
import { advance, freshTrackerState, TRACKER_DEFAULTS, type TrackerState } from './tracker.ts';

const START_MS = 1_760_000_000_000;
const seen = (box: Box, score = 0.9, label: ObjectClass = 'person'): Detection => ({ label, score, box });
const person = (x: number, y = 100): Box => ({ x, y, w: 40, h: 100 });

interface Shot {
  readonly atMs: number;
  readonly detections: readonly Detection[];
}

/** Plays shots (times from 0) and returns the tracks after each. */
function play(shots: readonly Shot[], through: (state: TrackerState) => TrackerState = (s) => s): Track[][] {
  let state = freshTrackerState(START_MS);
  return shots.map(({ atMs, detections }) => {
    const next = advance(through(state), detections, START_MS + atMs);
    state = next.state;
    return next.tracks;
  });
}

const every = (stepMs: number, frames: number, at: (frame: number) => Detection[]): Shot[] => Array.from({ length: frames }, (_, i) => ({ atMs: i * stepMs, detections: at(i) }));
const ids = (tracks: readonly Track[]): number[] => tracks.map((t) => t.trackId);

test('a walker who stops from one frame to the next, and puts his feet together, keeps his id', () => {
  const stepping = (i: number): Box => ({ x: 100 + 20 * i - 20, y: 100, w: 40, h: 100 });
  const standing: Box = { x: 100 + 20 * 12 - 9, y: 100, w: 18, h: 100 };
  const tracks = play(every(200, 30, (i) => [seen(i < 12 ? stepping(i) : standing)]));
  expect(new Set(tracks.flatMap(ids)).size).toBe(1);
  expect(tracks.slice(1).flat().every((t) => t.state === 'confirmed')).toBe(true);
});

describe('a life', () => {
  test('is tentative at first sight, confirmed at the second, lost when missed, and then given up', () => {
    const shots = [
      { atMs: 0, detections: [seen(person(0))] },
      { atMs: 200, detections: [seen(person(5))] },
      { atMs: 400, detections: [] },
      { atMs: 400 + TRACKER_DEFAULTS.maxLostMs, detections: [] },
      { atMs: 401 + TRACKER_DEFAULTS.maxLostMs, detections: [] },
    ];
    expect(play(shots).map((tracks) => tracks.map((t) => t.state))).toEqual([['tentative'], ['confirmed'], ['lost'], ['lost'], []]);
  });
  test('ends at once when the second look shows nothing', () => {
    expect(play([{ atMs: 0, detections: [seen(person(0))] }, { atMs: 200, detections: [] }])[1]).toEqual([]);
  });
  test('does not begin on a weak score', () => {
    expect(play(every(200, 3, () => [seen(person(0), 0.5)])).flat()).toEqual([]);
  });
  test('tells when it was first and last seen', () => {
    const last = play([...every(200, 5, () => [seen(person(0))]), { atMs: 1000, detections: [] }]).at(-1)!;
    expect(last).toMatchObject([{ firstSeenAtMs: START_MS, lastSeenAtMs: START_MS + 800, state: 'lost' }]);
  });
});

describe('identity', () => {
  test('is kept by a walker at 5, 2 and at irregular frames a second', () => {
    for (const times of [[0, 200, 400, 600, 800, 1000], [0, 500, 1000, 1500, 2000], [0, 80, 700, 780, 1400, 2400]]) {
      const played = play(times.map((atMs) => ({ atMs, detections: [seen(person(0.06 * atMs))] })));
      expect(new Set(played.flatMap(ids)).size, String(times)).toBe(1);
    }
  });

  test('is kept by two who cross', () => {
    const played = play(every(100, 41, (i) => [seen(person(10 * i, 100)), seen(person(400 - 10 * i, 110), 0.85)]));
    const [a, b] = played[1]!;
    const last = new Map(played.at(-1)!.map((t) => [t.trackId, t.box]));
    expect(last.size).toBe(2);
    expect(last.get(a!.trackId)!.x).toBeGreaterThan(380);
    expect(last.get(b!.trackId)!.x).toBeLessThan(20);
  });

  test('of a newcomer is kept where the ghost of a lost one passes over him', () => {
    const played = play(every(200, 24, (i) => [...(i < 6 ? [seen(person(15 * i))] : []), ...(i >= 8 ? [seen(person(210))] : [])]));
    const newcomer = played[10]!.find((t) => t.box.x > 200 && t.state === 'confirmed')!;
    expect(played.at(-1)!.find((t) => t.state === 'confirmed')!.trackId).toBe(newcomer.trackId);
  });

  test('survives being hidden behind another who walks the other way', () => {
    const hidden = (i: number): boolean => i >= 16 && i <= 24;
    const played = play(every(100, 41, (i) => [seen(person(10 * i, 100)), ...(hidden(i) ? [] : [seen(person(400 - 10 * i, 105))])]));
    const [, behind] = played[1]!;
    expect(played[20]!.find((t) => t.trackId === behind!.trackId)!.state).toBe('lost');
    const found = played.at(-1)!.find((t) => t.trackId === behind!.trackId);
    expect(found).toMatchObject({ state: 'confirmed' });
    expect(found!.box.x).toBeLessThan(20);
    expect(played.at(-1)).toHaveLength(2);
  });

  test('is rescued through frames in which the detector is unsure', () => {
    const played = play(every(200, 12, (i) => [seen(person(8 * i), i >= 4 && i < 9 ? 0.15 : 0.9)]));
    expect(new Set(played.flatMap(ids)).size).toBe(1);
    expect(played.slice(1).flat().every((t) => t.state === 'confirmed')).toBe(true);
  });

  test('is found again by a weak detection shortly after it was lost, and not later', () => {
    const lostFor = (ms: number): Track[] => play([...every(200, 3, () => [seen(person(0))]), { atMs: 600, detections: [] }, { atMs: 400 + ms, detections: [seen(person(0), 0.3)] }]).at(-1)!;
    expect(lostFor(600)).toMatchObject([{ state: 'confirmed' }]);
    expect(lostFor(1600)).toMatchObject([{ state: 'lost' }]);
  });

  test('is never handed out twice, also not when the state was lost', () => {
    const first = play(every(200, 4, (i) => [seen(person(600 * (i % 2)))]));
    const firstIds = first.flatMap(ids);
    const again = advance(freshTrackerState(START_MS + 60_000), [seen(person(0))], START_MS + 60_000);
    expect(Math.min(...ids(again.tracks))).toBeGreaterThan(Math.max(...firstIds));
  });

  test('is kept through a pause of the motion gate and dropped after a long one', () => {
    const before = every(200, 5, () => [seen(person(300))]);
    const shortly = play([...before, { atMs: 60_000, detections: [seen(person(300))] }]);
    expect(ids(shortly.at(-1)!)).toEqual(ids(shortly[1]!));
    const long = play([...before, { atMs: 800 + TRACKER_DEFAULTS.forgetAfterMs + 1, detections: [seen(person(300))] }]);
    expect(ids(long.at(-1)!)).not.toEqual(ids(long[1]!));
  });

  test('outlives a clock that is set back', () => {
    const played = play([{ atMs: 0, detections: [seen(person(0))] }, { atMs: 200, detections: [seen(person(4))] }, { atMs: -5000, detections: [seen(person(8))] }, { atMs: -4800, detections: [seen(person(12))] }]);
    expect(new Set(played.flatMap(ids)).size).toBe(1);
    const lost = [{ atMs: 0, detections: [seen(person(0))] }, { atMs: 200, detections: [seen(person(4))] }, { atMs: 400, detections: [] }];
    const givenUp = play([...lost, { atMs: -900_000, detections: [] }, { atMs: -900_000 + TRACKER_DEFAULTS.maxLostMs + 1, detections: [] }]);
    expect(givenUp.map((tracks) => tracks.length)).toEqual([1, 1, 1, 1, 0]);
  });
});

describe('a camera that moves', () => {
  const street = [0, 150, 330, 520, 640].map((x, i) => person(x, 80 + 30 * (i % 3)));
  const knocked = (i: number): [number, number] => (i < 6 ? [0, 0] : i < 12 ? [55, -20] : [-30, 10]);

  test('takes no ids away and gives none to others', () => {
    const played = play(every(200, 18, (i) => street.map((box, n) => seen({ ...box, x: box.x + knocked(i)[0] + n * i, y: box.y + knocked(i)[1] }))));
    const started = ids(played[1]!);
    for (const tracks of played.slice(1)) expect(ids(tracks)).toEqual(started);
    expect(played.at(-1)!.map((t) => Math.round(t.box.x))).toEqual(street.map((box, n) => box.x - 30 + 17 * n));
  });
  test('leaves what stands standing', () => {
    const played = play(every(500, 18, (i) => street.map((box) => seen({ ...box, x: box.x + knocked(i)[0], y: box.y + knocked(i)[1] }))));
    expect(played.at(-1)!.map((t) => t.stationarySinceMs)).toEqual(street.map(() => START_MS));
  });
});

describe('births', () => {
  test('ask the score of the class where it has one', () => {
    const detections = [seen(person(0), 0.5), seen({ x: 300, y: 0, w: 160, h: 80 }, 0.5, 'car'), seen({ x: 600, y: 0, w: 160, h: 80 }, 0.9, 'bus')];
    const { tracks } = advance(freshTrackerState(START_MS), detections, START_MS, { ...TRACKER_DEFAULTS, birthScores: { person: 0.45, bus: 0.95 } });
    expect(tracks.map((t) => t.label)).toEqual(['person']);
  });
});

describe('labels', () => {
  test('are voted on within a kind', () => {
    const labels: ObjectClass[] = ['car', 'car', 'truck', 'car', 'bus', 'truck', 'car'];
    const played = play(labels.map((label, i) => ({ atMs: 200 * i, detections: [seen({ x: 10 * i, y: 0, w: 160, h: 80 }, 0.8, label)] })));
    expect(played.map((tracks) => tracks.map((t) => t.label))).toEqual(labels.map(() => ['car']));
    expect(new Set(played.flatMap(ids)).size).toBe(1);
  });
  test('change when most frames say so', () => {
    const played = play(every(200, 10, (i) => [seen({ x: 0, y: 0, w: 160, h: 80 }, 0.8, i === 0 ? 'truck' : 'car')]));
    expect(played.at(-1)).toMatchObject([{ label: 'car' }]);
  });
  test('never join a person and a car', () => {
    const played = play(every(200, 6, (i) => [seen({ x: 0, y: 0, w: 60, h: 80 }, 0.9, i < 3 ? 'person' : 'car')]));
    expect(new Set(played.flatMap(ids)).size).toBe(2);
  });
});

describe('standing still', () => {
  test('is told after five seconds, since when it began, in spite of jitter', () => {
    const jitter = [0, 2, -2, 1, -1];
    const played = play(every(500, 30, (i) => [seen(person(i < 10 ? 20 * i : 200 + jitter[i % 5]!))]));
    expect(played[12]).toMatchObject([{ stationarySinceMs: null }]);
    const since = played.at(-1)![0]!.stationarySinceMs!;
    expect(since).toBeGreaterThanOrEqual(START_MS + 4500);
    expect(since).toBeLessThanOrEqual(START_MS + 6500);
  });
  test('ends with the first steps', () => {
    const played = play(every(500, 40, (i) => [seen(person(i < 30 ? 100 : 100 + 20 * (i - 30)))]));
    expect(played[29]![0]!.stationarySinceMs).toBe(START_MS);
    expect(played[34]![0]!.stationarySinceMs).toBeNull();
  });
});

describe('state', () => {
  const jumble = fc.array(
    fc.record({
      stepMs: fc.constantFrom(0, 40, 200, 1000, 5000),
      detections: fc.array(
        fc.record({
          label: fc.constantFrom<ObjectClass>('person', 'car', 'truck', 'bicycle'),
          score: fc.constantFrom(0.05, 0.2, 0.45, 0.6, 0.9),
          box: fc.record({ x: fc.integer({ min: 0, max: 300 }), y: fc.integer({ min: 0, max: 200 }), w: fc.integer({ min: 10, max: 120 }), h: fc.integer({ min: 10, max: 160 }) }),
        }),
        { maxLength: 6 },
      ),
    }),
    { maxLength: 20 },
  );
  const timed = (steps: { stepMs: number; detections: Detection[] }[]): Shot[] => {
    let atMs = 0;
    return steps.map(({ stepMs, detections }) => ({ atMs: (atMs += stepMs), detections }));
  };

  test('is plain JSON: a worker that takes over sees exactly what its predecessor would have seen', () => {
    fc.assert(
      fc.property(jumble, (steps) => {
        const direct = play(timed(steps));
        const restarted = play(timed(steps), (state) => JSON.parse(JSON.stringify(state)) as TrackerState);
        expect(JSON.stringify(restarted)).toBe(JSON.stringify(direct));
      }),
    );
  });

  test('never shows an id twice in one frame, nor one from the past under a new beginning', () => {
    fc.assert(
      fc.property(jumble, (steps) => {
        const beginnings = new Map<number, number>();
        for (const tracks of play(timed(steps))) {
          expect(new Set(ids(tracks)).size).toBe(tracks.length);
          for (const t of tracks) expect(beginnings.get(t.trackId) ?? t.firstSeenAtMs).toBe(t.firstSeenAtMs);
          for (const t of tracks) beginnings.set(t.trackId, t.firstSeenAtMs);
        }
      }),
    );
  });

  test('is not changed by what is handed in', () => {
    const { state } = advance(freshTrackerState(START_MS), [seen(person(0))], START_MS);
    const before = JSON.stringify(state);
    advance(state, [seen(person(5))], START_MS + 200);
    expect(JSON.stringify(state)).toBe(before);
  });
});

test('detections without area or number are left out', () => {
  const odd = [seen({ x: 0, y: 0, w: 0, h: 10 }), seen({ x: NaN, y: 0, w: 5, h: 10 }), seen(person(0), NaN)];
  expect(advance(freshTrackerState(START_MS), odd, START_MS).tracks).toEqual([]);
});
