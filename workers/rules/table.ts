/** Every kind of camera rule and its judge: a new kind is a folder and one line here. */
import type { CameraRule, CameraRuleKind } from '../../domain/rule.ts';
import type { Breach, Place, RuleKind, RuleState, Seen } from './contract.ts';
import { absence } from './absence/judge.ts';
import { crowd } from './crowd/judge.ts';
import { intrusion } from './intrusion/judge.ts';
import { leftObject } from './left-object/judge.ts';
import { lineCrossing } from './line-crossing/judge.ts';
import { loitering } from './loitering/judge.ts';
import { parked } from './parked/judge.ts';
import { removedObject } from './removed-object/judge.ts';
import { inForce } from './schedule.ts';
import { tamper } from './tamper/judge.ts';
import { wrongWay } from './wrong-way/judge.ts';

type RuleOf<K extends CameraRuleKind> = Extract<CameraRule, { kind: K }>;

const KINDS: { readonly [K in CameraRuleKind]: RuleKind<RuleOf<K>, RuleState> } = {
  intrusion: erased(intrusion),
  'line-crossing': erased(lineCrossing),
  loitering: erased(loitering),
  crowd: erased(crowd),
  absence: erased(absence),
  'wrong-way': erased(wrongWay),
  parked: erased(parked),
  'left-object': erased(leftObject),
  'removed-object': erased(removedObject),
  tamper: erased(tamper),
};

/** A kind whose judge takes a kept state of any kind: `judgeRule` hands it none but its own. */
function erased<R extends CameraRule, S extends RuleState>(kind: RuleKind<R, S>): RuleKind<R, RuleState> {
  return { ...kind, judge: (rule, place, state, seen, atMs) => kind.judge(rule, place, state as S | null, seen, atMs) };
}

const kindOf = (rule: CameraRule): RuleKind<CameraRule, RuleState> => KINDS[rule.kind] as RuleKind<CameraRule, RuleState>;

/** What the site is like when a frame is judged: its time zone (IANA), and the arm profile it is in, null where it has none. */
export interface SiteNow {
  readonly timeZone: string;
  readonly profile: string | null;
}

/**
 * Judges one frame by one rule. A state that another kind or version kept is forgotten. While the rule is not in force nothing is
 * found and nothing kept, but for kinds that learn: so whoever already stands there when it comes into force is found then.
 */
export function judgeRule(rule: CameraRule, place: Place, kept: RuleState | undefined, seen: Omit<Seen, 'armed'>, site: SiteNow, atMs: number): { state: RuleState | null; breaches: readonly Breach[] } {
  const kind = kindOf(rule);
  const armed = isArmed(rule, site, atMs);
  if (!armed && !kind.learnsUnarmed) return { state: null, breaches: [] };
  const state = kept?.version === kind.stateVersion ? kept : null;
  const judged = kind.judge(rule, place, state, { ...seen, armed }, atMs);
  return { state: judged.state, breaches: armed ? judged.breaches : [] };
}

/** Whether any rule among these looks at the picture's thumbnail. */
export function looksAtThumbnail(rules: readonly CameraRule[]): boolean {
  return rules.some((rule) => kindOf(rule).looksAtThumbnail);
}

function isArmed({ profiles, schedules }: CameraRule, { profile, timeZone }: SiteNow, atMs: number): boolean {
  return (profiles.length === 0 || (profile !== null && profiles.includes(profile))) && inForce(schedules, atMs, timeZone);
}
