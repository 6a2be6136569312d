/** One finding per parked vehicle, however long, whatever hides it, whatever its id. */
import { describe, expect, test } from 'vitest';
import { RULE_BASICS, SHANGHAI, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { Track } from '../../../domain/detection.ts';
import type { ParkedRule } from '../../../domain/rule.ts';
import type { Place } from '../contract.ts';
import { dryRun } from '../dry-run.ts';
import { played } from '../scene.ts';
import { SCENES } from './scenes.ts';

const RULE: ParkedRule = { ...RULE_BASICS, kind: 'parked', zoneId: 'kerb', classes: ['car', 'bus', 'truck'], size: null, forS: 20 };
const KERB: Place = { named: { id: 'kerb', name: 'Kerb' }, points: [[0, 0.5], [1, 0.5], [1, 1], [0, 1]] };
const stays = SCENES[0]!;

describe('scenes', () => testScenes(RULE, KERB, SCENES));

const altered = (alter: (track: Track, frame: number) => Track[]): number =>
  dryRun(RULE, KERB, played(stays).map((frame, i) => ({ ...frame, tracks: frame.tracks.flatMap((t) => alter(t, i)) })), SHANGHAI).length;

test('people standing before it hide its lower half for a quarter of a minute: still one', () => {
  expect(altered((t, i) => [i > 200 && i < 280 ? { ...t, box: { ...t.box, h: t.box.h * 0.6 } } : t])).toBe(1);
});
test('its box jumps for a second now and then: still one', () => {
  expect(altered((t, i) => [i % 50 < 5 ? { ...t, box: { ...t.box, x: t.box.x + t.box.w } } : t])).toBe(1);
});
test('found twice in each frame, as a car and as a truck: still one', () => {
  expect(altered((t) => [t, { ...t, trackId: t.trackId + 1000, label: 'truck', box: { ...t.box, x: t.box.x + 8, h: t.box.h * 1.1 } }])).toBe(1);
});
test('called a truck from time to time: still one', () => {
  expect(altered((t, i) => [i % 7 === 0 ? { ...t, label: 'truck' } : t])).toBe(1);
});
test('after a pause of five minutes without frames it is told, and after another one not again', () => {
  const frames = played(stays);
  const later = frames.slice(60).map((f, i) => ({ ...f, atMs: f.atMs + 300_000 + (i > 200 ? 300_000 : 0) }));
  expect(dryRun(RULE, KERB, [...frames.slice(0, 60), ...later], SHANGHAI)).toHaveLength(1);
});
