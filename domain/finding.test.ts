/** Findings of earlier versions in the words of this one, and what makes two findings one subject. */
import { expect, test } from 'vitest';
import { currentFinding, subjectOf, type CameraFinding, type EarlierCameraFinding } from './finding.ts';

const BASICS = {
  id: 'f1', ruleId: 'r1', ruleName: 'Nobody in the yard', ruleVersion: 2, severity: 'Severe', certainty: 'Likely', place: { basis: 'home-cell', at: null, homeCell: '110101001001001' },
  occurredAtMs: 1_760_000_000_000, receivedAtMs: 1_760_000_000_040, traceparent: '00-1-1-01', source: 'camera', cameraId: 'gate', evidenceKey: 'f1',
} as const;
const box = { x: 1, y: 2, w: 3, h: 4 };
const earlier: EarlierCameraFinding = { ...BASICS, zoneId: 'yard', zoneName: 'Yard', trackId: 7, label: 'person', score: 0.8, box };
const now: CameraFinding = { ...BASICS, ruleKind: 'intrusion', where: { id: 'yard', name: 'Yard' }, about: { kind: 'track', trackId: 7, label: 'person', score: 0.8, box, crossing: null }, sinceMs: BASICS.occurredAtMs };

test('a finding kept before there were subjects reads as one about a track', () => expect(currentFinding(earlier)).toEqual(now));
test('one of now is as it is', () => expect(currentFinding(now)).toBe(now));
test('the subject of a track is what it was, so that alerts of before go on', () => expect(subjectOf(now)).toBe('camera/gate/zone/yard/track/7'));
test('two bags in one zone are two subjects, one camera fault is one whatever the time', () => {
  const left = (sinceMs: number): string => subjectOf({ ...now, ruleKind: 'left-object', about: { kind: 'region', change: 'left', box }, sinceMs });
  expect(left(1)).not.toBe(left(2));
  const covered = (sinceMs: number): string => subjectOf({ ...now, ruleKind: 'tamper', where: null, about: { kind: 'camera', fault: 'covered' }, sinceMs });
  expect([covered(1), covered(2)]).toEqual(['camera/gate/covered', 'camera/gate/covered']);
});
