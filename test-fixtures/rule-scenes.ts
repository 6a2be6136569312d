/** Plays the scenes of a rule's folder, and what holds for every rule: state through JSON, shifted time, frames that were dropped. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CameraRule } from '../domain/rule.ts';
import type { Place, RuleState } from '../workers/rules/contract.ts';
import { dryRun, type RecordedFrame } from '../workers/rules/dry-run.ts';
import { inScene, played, SCENE_START_MS, type Playing, type Scene, type Stage } from '../workers/rules/scene.ts';
import { judgeRule, type SiteNow } from '../workers/rules/table.ts';

export const SHANGHAI: SiteNow = { timeZone: 'Asia/Shanghai', profile: null };

/** What every rule has, filled in. */
export const RULE_BASICS = { id: 'r1', name: 'Rule', version: 1, severity: 'Severe', schedules: [], profiles: [], cameraId: 'c1' } as const;

/** What the rule finds in a scene: "what" and the second. */
export function foundIn<R extends CameraRule>(rule: R, place: Place, scene: Stage, playing: Playing = {}, site = SHANGHAI): { what: string; atS: number }[] {
  const startMs = playing.startMs ?? SCENE_START_MS;
  return dryRun(rule, place, played(scene, playing), site).map(({ about, atMs }) => ({ what: inScene(about), atS: (atMs - startMs) / 1000 }));
}

/** Checks what was found against what the scene says, and says both when they differ. */
export function expectFound(found: readonly { what: string; atS: number }[], finds: Scene<CameraRule>['finds']): void {
  const fits = found.length === finds.length && found.every(({ what, atS }, i) => what === finds[i]![0] && atS >= finds[i]![1] && atS <= finds[i]![2]);
  if (!fits) expect(found.map(({ what, atS }) => `${what} at ${atS} s`)).toEqual(finds.map(([what, fromS, toS]) => `${what} between ${fromS} and ${toS} s`));
}

/** As a tracker's boxes jitter on good footage: a standard deviation of some 3 % of their height. */
const ORDINARY_JITTER = 0.06;

/** One test per scene, and the laws that hold for every rule on every scene of its. */
export function testScenes<R extends CameraRule>(rule: R, place: Place, scenes: readonly Scene<R>[], { fps = 5, runs = 40 } = {}): void {
  test.each(scenes.map((scene) => [scene.name, scene] as const))('%s', (_, scene) => {
    expectFound(foundIn({ ...rule, ...scene.rule }, place, scene, { fps }), scene.finds);
  });

  const anyScene = fc.constantFrom(...scenes);
  const seed = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  const count = (scene: Scene<R>, playing: Playing): string[] => foundIn({ ...rule, ...scene.rule }, place, scene, playing).map(({ what }) => what);

  test('the state through JSON after each frame finds the same', () => {
    fc.assert(fc.property(anyScene, seed, (scene, s) => {
      const frames = played(scene, { fps, jitter: ORDINARY_JITTER, random: seeded(s) });
      expect(throughJson({ ...rule, ...scene.rule }, place, frames)).toEqual(dryRun({ ...rule, ...scene.rule }, place, frames, SHANGHAI).map(({ about, sinceMs }) => ({ about, sinceMs })));
    }), { numRuns: runs });
  });

  test('the same scene at another time finds the same, that much later', () => {
    fc.assert(fc.property(anyScene, fc.integer({ min: 0, max: 86_400_000 }), (scene, laterMs) => {
      const later = foundIn({ ...rule, ...scene.rule }, place, scene, { fps, startMs: SCENE_START_MS + laterMs });
      expect(later).toEqual(foundIn({ ...rule, ...scene.rule }, place, scene, { fps }));
    }), { numRuns: Math.ceil(runs / 2) });
  });

  test('jitter and dropped frames add no finding', () => {
    fc.assert(fc.property(anyScene, seed, fc.constantFrom(0, 0.1, 0.3), fc.constantFrom(...(fps === 5 ? [3, 5, 10] : [fps])), (scene, s, lossRate, rate) => {
      const random = seeded(s);
      const losses = seeded(s + 1);
      const lost = Array.from({ length: 5000 }, () => losses() < lossRate);
      const found = count(scene, { fps: rate, jitter: ORDINARY_JITTER, random, dropped: (frame) => lost[frame] ?? false });
      expect(tally(found).filter(([what, n]) => n > (tally(scene.finds.map(([w]) => w)).find(([w]) => w === what)?.[1] ?? 0))).toEqual([]);
    }), { numRuns: runs });
  });
}

function throughJson(rule: CameraRule, place: Place, frames: readonly RecordedFrame[]): unknown[] {
  let kept: RuleState | undefined;
  return frames.flatMap(({ atMs, ...seen }) => {
    const { state, breaches } = judgeRule(rule, place, kept, seen, SHANGHAI, atMs);
    kept = state ? (JSON.parse(JSON.stringify(state)) as RuleState) : undefined;
    return breaches;
  });
}

function tally(words: readonly string[]): [string, number][] {
  return [...new Set(words)].map((word) => [word, words.filter((w) => w === word).length]);
}

/** Mulberry32: numbers 0…1 that only the seed decides. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
