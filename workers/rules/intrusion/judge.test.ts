/** Scenes of one or two tracks, drawn frame by frame, and the frames in which each must be found. */
import { describe, expect, test } from 'vitest';
import type { ObjectClass, Track } from '../../../domain/detection.ts';
import type { IntrusionRule } from '../../../domain/rule.ts';
import { RULE_BASICS, SHANGHAI, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { Breach, Place, RuleState, Seen } from '../contract.ts';
import { judgeRule } from '../table.ts';
import { insidePolygon, standsAt } from '../zone.ts';
import { SCENES } from './scenes.ts';

const FRAME = { widthPx: 1000, heightPx: 500, plane: null, lens: { location: { lon: 0, lat: 0 } }, thumbnail: null };
/** The right half of the picture's lower half. */
const ZONE: Place = { named: { id: 'yard', name: 'Yard' }, points: [[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]] };
const START_MS = Date.parse('2026-11-23T12:00:00+08:00');
const STEP_MS = 200;

const ruleOf = (inertiaFrames: number, more: Partial<IntrusionRule> = {}): IntrusionRule => ({
  ...RULE_BASICS, kind: 'intrusion', zoneId: 'yard', classes: ['person'], size: null, inertiaFrames, ...more,
});
const judged = (rule: IntrusionRule, state: RuleState | undefined, tracks: readonly Track[], atMs = START_MS, more: Partial<Seen> = {}): { state: RuleState | null; breaches: readonly Breach[] } =>
  judgeRule(rule, ZONE, state, { ...FRAME, tracks, ...more }, SHANGHAI, atMs);

function trackAt(trackId: number, footX: number, state: Track['state'] = 'confirmed', label: ObjectClass = 'person'): Track {
  return { trackId, label, box: { x: footX * 1000 - 20, y: 300, w: 40, h: 100 }, score: 0.8, state, firstSeenAtMs: START_MS, lastSeenAtMs: START_MS, stationarySinceMs: null };
}

/** Letters: I in the zone, o outside, - lost, t tentative inside, C a car inside, space not there. One text per track. */
function drawn(letter: string, trackId: number): Track[] {
  switch (letter) {
    case 'I': return [trackAt(trackId, 0.75)];
    case 'o': return [trackAt(trackId, 0.25)];
    case '-': return [trackAt(trackId, 0.75, 'lost')];
    case 't': return [trackAt(trackId, 0.75, 'tentative')];
    case 'C': return [trackAt(trackId, 0.75, 'confirmed', 'car')];
    default: return [];
  }
}

/** Plays the drawing; gives "frame:track" of each finding. The state goes through JSON after each frame, as it does in Redis. */
function found(drawing: readonly string[], rule: IntrusionRule, startMs = START_MS, stepMs = STEP_MS): string[] {
  let state: RuleState | undefined;
  const out: string[] = [];
  for (let frame = 0; frame < Math.max(...drawing.map((d) => d.length)); frame++) {
    const tracks = drawing.flatMap((d, i) => drawn(d[frame] ?? ' ', i + 1));
    const now = judged(rule, state, tracks, startMs + frame * stepMs);
    state = now.state ? (JSON.parse(JSON.stringify(now.state)) as RuleState) : undefined;
    out.push(...now.breaches.map(({ about }) => `${frame}:${about.kind === 'track' ? about.trackId : about.kind}`));
  }
  return out;
}

describe('somebody cut off by the picture', () => {
  const all: Place = { named: ZONE.named, points: [[0, 0], [1, 0], [1, 1], [0, 1]] };
  const foundWith = (box: Track['box'], label: ObjectClass = 'person'): number => {
    let state: RuleState | undefined;
    return [0, 1, 2, 3].flatMap((frame) => {
      const now = judgeRule(ruleOf(3, { classes: ['person', 'truck'] }), all, state, { ...FRAME, tracks: [{ ...trackAt(1, 0.5, 'confirmed', label), box }] }, SHANGHAI, START_MS + frame * STEP_MS);
      state = now.state ?? undefined;
      return now.breaches;
    }).length;
  };
  test.each([
    ['an arm from the upper left corner', { x: 0, y: 2, w: 200, h: 380 }, 0],
    ['an arm from the upper right corner', { x: 830, y: -4, w: 168, h: 300 }, 0],
    ['a hand from above', { x: 300, y: 0, w: 350, h: 200 }, 0],
    ['a head cut off above', { x: 400, y: 0, w: 150, h: 400 }, 1],
    ['somebody on the left, coming in', { x: 0, y: 200, w: 60, h: 200 }, 1],
    ['somebody right before the camera', { x: 0, y: 0, w: 600, h: 500 }, 1],
  ])('%s', (_, box, n) => expect(foundWith(box)).toBe(n));
  test('a lorry shows its wheels wherever it is cut off', () => expect(foundWith({ x: 0, y: 0, w: 800, h: 400 }, 'truck')).toBe(1));
});

describe('scenes', () => testScenes(ruleOf(3), ZONE, SCENES));

describe('with an inertia of three frames', () => {
  test.each([
    ['somebody comes in and stays', ['ooIIIIIIII'], ['4:1']],
    ['somebody only cuts the corner', ['ooIIoooIIoo'], []],
    ['jitter on the border before it is told', ['IoIoIIoIII'], ['9:1']],
    ['jitter on the border after it is told', ['IIIoIooIIIIoI'], ['2:1']],
    ['a second visit, after three frames out', ['IIIoooIII'], ['2:1', '8:1']],
    ['two frames out are not out', ['IIIooIIIII'], ['2:1']],
    ['two people, each told once', ['IIIIIII', 'oIIIIII'], ['2:1', '3:2']],
    ['hidden while counting', ['II--II'], ['4:1']],
    ['hidden after it was told', ['III------III'], ['2:1']],
    ['given up, and another comes', ['III--   ', '     III'], ['2:1', '7:2']],
    ['an id that vanishes for a moment', ['III  III'], ['2:1']],
    ['tentative frames do not count', ['tIII'], ['3:1']],
    ['a car where only persons matter', ['CCCCC'], []],
    ['lost on the first frame it is known', ['---III'], ['5:1']],
    ['nobody at all', ['     '], []],
  ])('%s', (_, drawing, expected) => expect(found(drawing, ruleOf(3))).toEqual(expected));
});

test('an inertia of one frame finds at once, and one frame out ends the visit', () => {
  expect(found(['oIIoI'], ruleOf(1))).toEqual(['1:1', '4:1']);
});

test('cars are found where the rule names cars', () => {
  expect(found(['CCC', 'III'], ruleOf(2, { classes: ['car', 'truck'] }))).toEqual(['1:1']);
});

test('a visit is named by its first frame, so that two visits of a track differ', () => {
  let state: RuleState | undefined;
  const since: number[] = [];
  [...'oIIooII'].forEach((letter, frame) => {
    const now = judged(ruleOf(2), state, drawn(letter, 1), START_MS + frame * STEP_MS);
    state = now.state ?? undefined;
    since.push(...now.breaches.map(({ sinceMs }) => (sinceMs - START_MS) / STEP_MS));
  });
  expect(since).toEqual([1, 5]);
});

describe('schedules', () => {
  const night = ruleOf(2, { schedules: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '06:00' }] });
  test('nothing is found by day', () => {
    expect(found(['IIIIIIII'], night)).toEqual([]);
  });
  test('who already stands there when the rule comes into force is found then', () => {
    expect(found(['IIIIIIII'], night, Date.parse('2026-11-23T21:59:58+08:00'), 500)).toEqual(['5:1']);
  });
  test('who still stands there the next night is found again', () => {
    expect(found(['IIIIII'], night, Date.parse('2026-11-23T22:00:00+08:00'), 6 * 3_600_000)).toEqual(['1:1', '5:1']);
  });
});

describe('standing in a zone', () => {
  test('is judged by the feet, not by the head', () => {
    const tall = { ...trackAt(1, 0.75), box: { x: 730, y: 0, w: 40, h: 240 } };
    expect(judged(ruleOf(1), undefined, [tall]).breaches).toEqual([]);
    const feetIn = { ...tall, box: { ...tall.box, h: 260 } };
    expect(judged(ruleOf(1), undefined, [feetIn]).breaches).toHaveLength(1);
  });
  test('includes feet that the edge of the picture cuts off', () => {
    for (const box of [{ x: 700, y: 200, w: 40, h: 300 }, { x: 700, y: 200, w: 40, h: 400 }, { x: 990, y: 200, w: 100, h: 300 }]) {
      expect(insidePolygon(standsAt(box, FRAME), ZONE.points), JSON.stringify(box)).toBe(true);
    }
  });
  test('follows a polygon with a bay', () => {
    const u = [[0, 0], [1, 0], [1, 1], [0.7, 1], [0.7, 0.3], [0.3, 0.3], [0.3, 1], [0, 1]] as const;
    expect(insidePolygon([0.5, 0.8], u)).toBe(false);
    expect(insidePolygon([0.15, 0.8], u)).toBe(true);
    expect(insidePolygon([0.5, 0.15], u)).toBe(true);
  });
});
