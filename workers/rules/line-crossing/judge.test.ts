/** Who crosses a line, and who does not: scenes, jitter on the line, feet that are hidden, and the picture in a mirror. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foundIn, RULE_BASICS, seeded, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { Track } from '../../../domain/detection.ts';
import type { LineCrossingRule } from '../../../domain/rule.ts';
import type { Place } from '../contract.ts';
import { dryRun } from '../dry-run.ts';
import { inScene, played } from '../scene.ts';
import { SCENES } from './scenes.ts';

const RULE: LineCrossingRule = { ...RULE_BASICS, kind: 'line-crossing', lineId: 'gate', direction: 'both', classes: ['person'], size: null, inertiaFrames: 2 };
const LINE: Place = { named: { id: 'gate', name: 'Gate' }, points: [[0.5, 0.95], [0.5, 0.35]] };

describe('scenes', () => testScenes(RULE, LINE, SCENES));

test('standing on the line, however it jitters within a tenth of the height: nothing', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: -0.01, max: 0.01, noNaN: true }), (seed, off) => {
    const still = { objects: [{ path: [[0, 0.3, 0.7], [3, 0.5 + off, 0.7], [120, 0.5 + off, 0.7]] as const }] };
    expect(foundIn(RULE, LINE, still, { jitter: 0.1, random: seeded(seed) }).length).toBeLessThanOrEqual(1);
  }), { numRuns: 30 });
});

test('one walk across is one crossing at any speed, height of the picture and jitter', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 3, max: 20, noNaN: true }), fc.double({ min: 0.45, max: 0.85, noNaN: true }), fc.constantFrom(3, 5, 8), (seed, seconds, y, fps) => {
    const walk = { objects: [{ path: [[0, 0.15, y], [seconds, 0.85, y]] as const }] };
    expect(foundIn(RULE, LINE, walk, { jitter: 0.08, random: seeded(seed), fps }).map(({ what }) => what)).toEqual(['person to-right']);
  }), { numRuns: 60 });
});

test('the picture in a mirror has the mirrored direction', () => {
  const mirrored: Place = { ...LINE, points: LINE.points.map(([x, y]) => [1 - x, y] as const) };
  for (const scene of SCENES.filter(({ rule }) => rule?.direction === undefined)) {
    const turned = foundIn(RULE, mirrored, scene, { mirrored: true });
    const swapped = foundIn(RULE, LINE, scene).map(({ what, atS }) => ({ what: what.replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left')), atS }));
    expect(turned, scene.name).toEqual(swapped);
  }
});

test('a line drawn from its other end has the other sides', () => {
  const reversed: Place = { ...LINE, points: [...LINE.points].reverse() };
  expect(foundIn(RULE, reversed, SCENES[0]!).map(({ what }) => what)).toEqual(['person to-left']);
});

test('a box that jumps over the line for one frame, its feet hidden, has not crossed', () => {
  const lying: Place = { ...LINE, points: [[0.1, 0.6], [0.9, 0.6]] };
  const frames = played({ objects: [{ path: [[0, 0.3, 0.7], [10, 0.6, 0.7]] }] }).map((frame, i) => ({
    ...frame,
    tracks: frame.tracks.map((t): Track => (i % 7 === 3 ? { ...t, box: { ...t.box, h: t.box.h / 2 } } : t)),
  }));
  expect(dryRun(RULE, lying, frames, { timeZone: 'Asia/Shanghai', profile: null }).map(({ about }) => inScene(about))).toEqual([]);
});

test('one who passes behind another on the line, whose box runs into that one for three frames, has not crossed', () => {
  const behind = { objects: [{ size: [0.08, 0.2] as const, path: [[0, 0.2, 0.3], [8, 0.8, 0.3]] as const }, { path: [[0, 0.5, 0.45], [8, 0.5, 0.45]] as const }] };
  const frames = played(behind).map((frame) => ({
    ...frame,
    tracks: frame.tracks.map((t): Track => (t.trackId === 100 && Math.abs(t.box.x + t.box.w / 2 - 480) < 24 ? { ...t, box: { ...t.box, h: t.box.h * 1.8 } } : t)),
  }));
  expect(dryRun(RULE, LINE, frames, { timeZone: 'Asia/Shanghai', profile: null }).map(({ about }) => inScene(about))).toEqual([]);
});

describe('arm profiles', () => {
  const night = { ...RULE, profiles: ['night', 'away'] };
  test.each([[null, 0], ['home', 0], ['night', 1], ['away', 1]])('the site in %s: %i', (profile, n) => {
    expect(foundIn(night, LINE, SCENES[0]!, {}, { timeZone: 'Asia/Shanghai', profile })).toHaveLength(n);
  });
  test('a rule that names none is in force in all', () => {
    expect(foundIn(RULE, LINE, SCENES[0]!, {}, { timeZone: 'Asia/Shanghai', profile: 'home' })).toHaveLength(1);
  });
});
