/** With a detector that is never wrong, tracker and rules find on the staged streets what their truth lists, and nothing else. */
import { AV_LOG_FATAL } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { beforeAll, describe, expect, test } from 'vitest';
import { CAMERA_RULE_KINDS } from '../../domain/rule.ts';
import { STAGED_SCENES } from '../../test-fixtures/staged-scenes/all.ts';
import { watchedClips } from '../../test-fixtures/staged-scenes/clips.ts';
import { isStaging } from '../../test-fixtures/staged-scenes/stage.ts';
import { placeOfRule } from '../../workers/rules/place.ts';
import { looksAtThumbnail } from '../../workers/rules/table.ts';
import { clipFootage, stagedFootage } from './footage.ts';
import { hold, subjectWord } from './score.ts';
import { EXACT_BOXES, secondsOf, watchAll } from './watching.ts';

/** Small, and drawn only where a rule looks at the picture itself: what rules make of boxes does not depend on it. */
const BOXES_ONLY = { widthPx: 320, fps: 5, drawn: false } as const;
const PICTURES = { widthPx: 480, fps: 3, drawn: true } as const;

const SCRIPTED = STAGED_SCENES.filter(({ staging }) => isStaging(staging));

describe('exact boxes', () => {
  beforeAll(() => Log.setLevel(AV_LOG_FATAL));

  for (const scene of SCRIPTED) {
    test(scene.name, { timeout: 300_000 }, async () => {
      const plain = stagedFootage(scene, BOXES_ONLY);
      const footage = looksAtThumbnail(plain.rules) ? stagedFootage(scene, PICTURES) : plain;
      const [found] = await watchAll(footage, [EXACT_BOXES]);
      const { right, wrong, missed } = hold(scene.mustFind, found ?? []);
      expect(wrong.map((finding) => `${finding.ruleId} ${subjectWord(finding.about)} at ${secondsOf(finding)} s`)).toEqual([]);
      expect(missed).toEqual([]);
      expect(right).toHaveLength(scene.mustFind.length);
    });
  }
});

test('every kind of rule has a street on which it must find something, and the seeds are for evaluation', () => {
  const tried = SCRIPTED.flatMap(({ rules, mustFind }) => mustFind.map(({ ruleId }) => rules.find(({ id }) => id === ruleId)?.kind));
  expect(CAMERA_RULE_KINDS.filter((kind) => !tried.includes(kind))).toEqual([]);
  expect(STAGED_SCENES.every(({ seed }) => seed >= 900_000)).toBe(true);
  expect(new Set(STAGED_SCENES.map(({ name }) => name)).size).toBe(STAGED_SCENES.length);
});

test('every rule of scenes and clips has its place, and every line of the truth its rule and its seconds', () => {
  for (const footage of [...STAGED_SCENES.map((scene) => stagedFootage(scene, BOXES_ONLY)), ...watchedClips().map((clip) => clipFootage(clip, clip.clip))]) {
    for (const rule of footage.rules) expect(placeOfRule(rule, footage.camera), `${footage.name}: ${rule.id}`).not.toBeNull();
    for (const { ruleId, fromS, toS } of footage.mustFind) {
      expect(footage.rules.map(({ id }) => id), footage.name).toContain(ruleId);
      expect(fromS >= 0 && fromS < toS && toS <= footage.lengthS, `${footage.name}: ${ruleId} ${fromS}`).toBe(true);
    }
  }
});
