/** Findings against truth: one finding per line, of the right kind, in its seconds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObjectClass } from '../../domain/detection.ts';
import type { CameraFinding } from '../../domain/finding.ts';
import type { CameraRuleKind } from '../../domain/rule.ts';
import type { Tally} from './score.ts';
import { hold, tallyInto, TOLERANCE_S } from './score.ts';
import { START_MS } from './watching.ts';

const found = (atS: number, label: ObjectClass = 'person', ruleId = 'r'): CameraFinding => ({
  id: `f${atS}`, source: 'camera', ruleKind: 'intrusion', ruleId, ruleName: ruleId, ruleVersion: 1, severity: 'Severe', certainty: 'Likely',
  place: { basis: 'home-cell', at: null, homeCell: null }, occurredAtMs: START_MS + atS * 1000, receivedAtMs: START_MS + atS * 1000, traceparent: '',
  cameraId: 'staged', where: null, sinceMs: START_MS, evidenceKey: null,
  about: { kind: 'track', trackId: 1, label, score: 0.9, box: { x: 0, y: 0, w: 1, h: 1 }, crossing: null },
});
const due = (fromS: number, toS: number, what = 'person', ruleId = 'r') => ({ ruleId, what, fromS, toS });
const counts = ({ right, wrong, missed }: ReturnType<typeof hold>): number[] => [right.length, wrong.length, missed.length];

describe('a finding is right', () => {
  test('within the seconds of a line and the tolerance beside them', () => {
    expect(counts(hold([due(10, 12)], [found(10 - TOLERANCE_S)]))).toEqual([1, 0, 0]);
    expect(counts(hold([due(10, 12)], [found(12 + TOLERANCE_S)]))).toEqual([1, 0, 0]);
    expect(counts(hold([due(10, 12)], [found(12.1 + TOLERANCE_S)]))).toEqual([0, 1, 1]);
  });

  test('once for each line', () => {
    expect(counts(hold([due(10, 12)], [found(10), found(11)]))).toEqual([1, 1, 0]);
    expect(counts(hold([due(10, 12), due(10, 12)], [found(10), found(11)]))).toEqual([2, 0, 0]);
  });

  test('about the same kind of object, whatever name the detector gives it, by the same rule', () => {
    expect(counts(hold([due(10, 12, 'car')], [found(11, 'truck')]))).toEqual([1, 0, 0]);
    expect(counts(hold([due(10, 12, 'car')], [found(11, 'bicycle')]))).toEqual([0, 1, 1]);
    expect(counts(hold([due(10, 12)], [found(11, 'person', 'other')]))).toEqual([0, 1, 1]);
  });
});

test('every finding is right or wrong, every line met or missed, and no choice of lines would meet more', () => {
  const seconds = fc.integer({ min: 0, max: 12 });
  fc.assert(fc.property(fc.array(fc.tuple(seconds, seconds), { maxLength: 5 }), fc.array(seconds, { maxLength: 5 }), (windows, times) => {
    const lines = windows.map(([from, length]) => due(from, from + length));
    const [right = 0, wrong = 0, missed = 0] = counts(hold(lines, times.map((s) => found(s))));
    expect([right + wrong, right + missed]).toEqual([times.length, lines.length]);
    expect(right).toBe(mostMet(lines, times));
  }));
});

/** By trying all ways. */
function mostMet(lines: readonly { fromS: number; toS: number }[], [first, ...rest]: readonly number[]): number {
  if (first === undefined) return 0;
  const without = mostMet(lines, rest);
  return lines.reduce((best, { fromS, toS }, i) => (first >= fromS - TOLERANCE_S && first <= toS + TOLERANCE_S ? Math.max(best, 1 + mostMet(lines.toSpliced(i, 1), rest)) : best), without);
}

test('tallies go to the kind of the rule; what never had to be found has no recall', () => {
  const tallies = new Map<CameraRuleKind, Tally>();
  tallyInto(tallies, [{ id: 'r', kind: 'intrusion' }, { id: 'c', kind: 'crowd' }], hold([due(1, 2), due(20, 21)], [found(1), found(9)]));
  const intrusion = tallies.get('intrusion');
  expect([intrusion?.precision, intrusion?.recall]).toEqual([0.5, 0.5]);
  expect([tallies.get('crowd')?.precision, tallies.get('crowd')?.recall]).toEqual([null, null]);
});
