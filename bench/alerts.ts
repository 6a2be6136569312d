/**
 * How right the findings are, from the pixel to the finding: precision and recall per rule on staged streets and on real clips whose
 * truth a person listed (test-fixtures/staged-scenes), for our own weights, for YOLOX-nano + YuNet, and for the exact boxes of the staged
 * streets, which judge tracker and rules alone. A finding is right when it is the first for a line of the truth: same rule, same kind of
 * subject, within the seconds that the line gives or 1.5 s beside them. Without `../shared` there are no clips and no reference pair.
 */
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import type { CameraRuleKind } from '../domain/rule.ts';
import { STAGED_SCENES } from '../test-fixtures/staged-scenes/all.ts';
import { watchedClips } from '../test-fixtures/staged-scenes/clips.ts';
import { findShared } from '../test-fixtures/shared-data.ts';
import { clipFootage, stagedFootage, type Footage } from './alerts/footage.ts';
import { openPairs } from './alerts/pairs.ts';
import { hold, subjectWord, Tally, tallyInto, TOLERANCE_S, type Held } from './alerts/score.ts';
import { EXACT_BOXES, secondsOf, watchAll, type Seer } from './alerts/watching.ts';
import type { Goal, Measure } from './measured.ts';

const DETECTOR_GOAL = 0.9;

type Source = Footage['source'] | 'apart';

/** One seer's counts on one kind of footage. */
class Sheet {
  readonly perRule = new Map<CameraRuleKind, Tally>();
  readonly all = new Tally();
  hours = 0;

  add({ rules, lengthS }: Footage, held: Held): void {
    tallyInto(this.perRule, rules, held);
    this.all.add(held.right.length, held.wrong.length, held.missed.length);
    this.hours += lengthS / 3600;
  }

  figures(): Record<string, unknown> {
    return { ...ratesOf(this.all), falseAlarmsPerCameraHour: round(this.all.wrong / this.hours), cameraHours: round(this.hours), perRule: Object.fromEntries([...this.perRule].map(([kind, tally]) => [kind, ratesOf(tally)])) };
  }
}

const say = (line: string): void => void process.stderr.write(`alerts: ${line}\n`);
const round = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(3)));
const ratesOf = (tally: Tally): Record<string, number | null> => ({ precision: round(tally.precision), recall: round(tally.recall), right: tally.right, wrong: tally.wrong, missed: tally.missed });

export const measure: Measure = async () => {
  Log.setLevel(AV_LOG_ERROR);
  const { pairs, missing } = await openPairs();
  const { clips, skipped } = clipsAtHand();
  const sheets = new Map<string, Map<Source, Sheet>>();
  try {
    for (const footage of [...STAGED_SCENES.map((scene) => stagedFootage(scene)), ...clips]) {
      const seers: Seer[] = footage.source === 'staged' ? [EXACT_BOXES, ...pairs] : pairs;
      if (seers.length === 0) continue;
      const found = await watchAll(footage, seers);
      seers.forEach((seer, i) => {
        const held = hold(footage.mustFind, found[i] ?? []);
        tell(footage, seer, held);
        sheetOf(sheets, seer.name, footage.apart ? 'apart' : footage.source).add(footage, held);
      });
    }
  } finally {
    for (const pair of pairs) await pair.close();
  }
  const nameOf = (role: 'ours' | 'reference'): string => pairs.find((pair) => pair.role === role)?.name ?? '';
  return {
    figures: {
      toleranceS: TOLERANCE_S,
      scenes: STAGED_SCENES.length,
      clips: clips.length,
      ...(skipped.length > 0 ? { skipped: `not under ../shared/clips, so not judged: ${skipped.join(', ')}` } : {}),
      ...(Object.keys(missing).length > 0 ? { notJudged: missing } : {}),
      detectors: Object.fromEntries([...sheets].map(([name, sources]) => [name, Object.fromEntries([...sources].map(([source, sheet]) => [source, sheet.figures()]))])),
    },
    goals: [
      ...goalsFor('exact boxes on staged scenes', sheets.get(EXACT_BOXES.name)?.get('staged'), 1),
      ...goalsFor('yolox-nano + yunet-n on clips', sheets.get(nameOf('reference'))?.get('clips'), DETECTOR_GOAL),
      ...goalsFor('our own weights on staged scenes', sheets.get(nameOf('ours'))?.get('staged'), DETECTOR_GOAL),
    ],
  };
};

function clipsAtHand(): { clips: Footage[]; skipped: string[] } {
  const all = watchedClips().map((clip) => ({ clip, file: findShared(`clips/${clip.clip}`) }));
  return { clips: all.flatMap(({ clip, file }) => (file ? [clipFootage(clip, file)] : [])), skipped: all.filter(({ file }) => !file).map(({ clip }) => clip.clip) };
}

function sheetOf(sheets: Map<string, Map<Source, Sheet>>, name: string, source: Source): Sheet {
  const sources = sheets.get(name) ?? new Map<Source, Sheet>();
  sheets.set(name, sources);
  const sheet = sources.get(source) ?? new Sheet();
  sources.set(source, sheet);
  return sheet;
}

function tell(footage: Footage, { name }: Seer, { right, wrong, missed }: Held): void {
  const tooMany = wrong.map((finding) => `${finding.ruleKind} ${subjectWord(finding.about)} at ${secondsOf(finding).toFixed(1)} s`);
  const tooFew = missed.map(({ ruleId, what, fromS, toS }) => `${ruleId} ${what} ${fromS}–${toS} s`);
  say(`${footage.name}, ${name}: ${right.length} right${tooMany.length > 0 ? `; one too many: ${tooMany.join(', ')}` : ''}${tooFew.length > 0 ? `; missed: ${tooFew.join(', ')}` : ''}`);
}

function goalsFor(name: string, sheet: Sheet | undefined, goal: number): Goal[] {
  return [
    { name: `precision, ${name}`, value: round(sheet?.all.precision ?? null), op: '>=', goal },
    { name: `recall, ${name}`, value: round(sheet?.all.recall ?? null), op: '>=', goal },
  ];
}
