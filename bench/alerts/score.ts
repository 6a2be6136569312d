/** Findings held against what had to be found: what was right, what was one too many, what was missed. */
import type { ObjectClass } from '../../domain/detection.ts';
import type { CameraFinding, SubjectInView } from '../../domain/finding.ts';
import type { CameraRuleKind } from '../../domain/rule.ts';
import type { MustFind } from '../../test-fixtures/staged-scenes/stage.ts';
import { kindOf } from '../../workers/track/associate.ts';
import { secondsOf } from './watching.ts';

/** A finding may come so much before or after the seconds in which it is due. */
export const TOLERANCE_S = 1.5;

export interface Held {
  readonly right: readonly CameraFinding[];
  readonly wrong: readonly CameraFinding[];
  readonly missed: readonly MustFind[];
}

/** What a finding is about in one or two words, as the truth names it. */
export function subjectWord(about: SubjectInView): string {
  switch (about.kind) {
    case 'track':
      return about.crossing === null ? about.label : `${about.label} ${about.crossing}`;
    case 'count':
      return about.direction;
    case 'region':
      return about.change;
    case 'camera':
      return about.fault;
  }
}

/** Each finding answers at most one line of the truth, of those it fits the one that closes first; the second for one line is one too many. */
export function hold(mustFind: readonly MustFind[], found: readonly CameraFinding[]): Held {
  const open = [...mustFind].sort((a, b) => a.toS - b.toS);
  const right: CameraFinding[] = [];
  const wrong: CameraFinding[] = [];
  for (const finding of [...found].sort((a, b) => a.occurredAtMs - b.occurredAtMs)) {
    const at = open.findIndex((must) => fits(must, finding));
    if (at >= 0) open.splice(at, 1);
    (at >= 0 ? right : wrong).push(finding);
  }
  return { right, wrong, missed: open };
}

function fits({ ruleId, what, fromS, toS }: MustFind, finding: CameraFinding): boolean {
  const atS = secondsOf(finding);
  return finding.ruleId === ruleId && alike(what, subjectWord(finding.about)) && atS >= fromS - TOLERANCE_S && atS <= toS + TOLERANCE_S;
}

/** A car that is called a truck is found all the same: the tracker lets labels change within a kind. */
function alike(wanted: string, found: string): boolean {
  const [[label, way], [foundLabel, foundWay]] = [wanted.split(' '), found.split(' ')];
  if (label === foundLabel) return way === foundWay;
  return way === foundWay && isLabel(label) && isLabel(foundLabel) && kindOf(label) === kindOf(foundLabel);
}

const isLabel = (word: string | undefined): word is ObjectClass => word !== undefined && ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck'].includes(word);

/** Counts over several pieces of footage. */
export class Tally {
  right = 0;
  wrong = 0;
  missed = 0;

  add(right: number, wrong: number, missed: number): void {
    this.right += right;
    this.wrong += wrong;
    this.missed += missed;
  }

  /** Of the findings, how many were right; null where there are none. */
  get precision(): number | null {
    return this.right + this.wrong === 0 ? null : this.right / (this.right + this.wrong);
  }

  /** Of what had to be found, how much was; null where there was nothing to find. */
  get recall(): number | null {
    return this.right + this.missed === 0 ? null : this.right / (this.right + this.missed);
  }
}

/** Sorts one piece's findings and misses by the kind of their rule. */
export function tallyInto(tallies: Map<CameraRuleKind, Tally>, rules: readonly { readonly id: string; readonly kind: CameraRuleKind }[], { right, wrong, missed }: Held): void {
  for (const kind of new Set(rules.map((rule) => rule.kind))) {
    const ids = new Set(rules.filter((rule) => rule.kind === kind).map(({ id }) => id));
    const count = (all: readonly { readonly ruleId: string }[]): number => all.filter(({ ruleId }) => ids.has(ruleId)).length;
    const tally = tallies.get(kind) ?? new Tally();
    tally.add(count(right), count(wrong), count(missed));
    tallies.set(kind, tally);
  }
}
