/** The list's order: grave open alerts first and all of them, then the newest, never more than can be shown. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertRow } from '../../../domain/alert.ts';
import { STAGES } from '../../../domain/case.ts';
import { SEVERITIES } from '../../../domain/gravity.ts';
import { isPinned, keepBounded, newerRow } from '../live/situation.ts';
import { areasOf } from './areas.ts';
import { arrange, fits, freshIds, MAX_ROWS, NO_FILTER, severityRank } from './arrange.ts';

function row(change: Partial<AlertRow> = {}): AlertRow {
  const place = { basis: 'home-cell', at: null, cellCode: '110101001001001', errorM: null, nearCells: [] } as const;
  const facts = { ruleId: 'r', ruleName: 'R', ruleVersion: 1, occurredAtMs: 0, receivedAtMs: 0, traceparent: '' };
  return {
    ...facts, id: 'a', caseId: 'k', source: 'sos', subject: 's', place, severity: 'Minor', urgency: 'Expected', certainty: 'Observed', filedAtMs: 0, lastFindingAtMs: 0, findings: 1,
    finding: { ...facts, id: 'f', source: 'sos', severity: 'Minor', certainty: 'Observed', deviceId: 'd', place: { basis: 'home-cell', at: null, homeCell: null } },
    evidence: [], caseStage: 'reported', caseVersion: 1, assignee: null, cellName: null, ...change,
  };
}

const rows = fc
  .array(fc.record({ severity: fc.constantFrom(...SEVERITIES), caseStage: fc.constantFrom(...STAGES), filedAtMs: fc.integer({ min: 0, max: 1000 }) }), { maxLength: 300 })
  .map((changes) => changes.map((change, i) => row({ ...change, id: `a${i}` })));

describe('arrange', () => {
  test('pinned are the grave open ones, gravest first; the rest is newest first; at most 200', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const byId = new Map(all.map((each) => [each.id, each]));
        const { pinned, rest } = arrange(all, NO_FILTER);
        const pinnedRows = pinned.map((id) => byId.get(id)!);
        const restRows = rest.map((id) => byId.get(id)!);
        expect(pinned.length + rest.length).toBe(Math.min(all.length, MAX_ROWS));
        expect(pinned.length).toBe(Math.min(all.filter(isPinned).length, MAX_ROWS));
        expect(pinnedRows.every(isPinned)).toBe(true);
        expect(pinnedRows.map((each) => severityRank(each.severity))).toEqual(pinnedRows.map((each) => severityRank(each.severity)).toSorted((a, b) => a - b));
        expect(restRows.map((each) => each.filedAtMs)).toEqual(restRows.map((each) => each.filedAtMs).toSorted((a, b) => b - a));
      }),
    );
  });

  test('filters by subtree, source and stage', () => {
    const east = row();
    expect(fits(east, { ...NO_FILTER, cell: '110101001' })).toBe(true);
    expect(fits(east, { ...NO_FILTER, cell: '110101002' })).toBe(false);
    expect(fits(row({ place: { ...east.place, cellCode: null } }), { ...NO_FILTER, cell: '110101' })).toBe(false);
    expect(fits(east, { ...NO_FILTER, source: 'camera' })).toBe(false);
    expect(fits(row({ caseStage: 'closed' }), { ...NO_FILTER, stage: 'open' })).toBe(false);
    expect(fits(row({ caseStage: 'handling' }), { ...NO_FILTER, stage: 'handling' })).toBe(true);
  });

  test('what came after the list was settled waits, however much it is', () => {
    const many = new Map(Array.from({ length: 500 }, (_, i) => [`a${i}`, row({ id: `a${i}` })]));
    expect(freshIds(many, NO_FILTER, new Set(['a0', 'a1']))).toHaveLength(498);
    expect(freshIds(many, { ...NO_FILTER, source: 'camera' }, new Set())).toEqual([]);
  });
});

describe('what is known of an alert', () => {
  test('an older telling never wins over a newer one, part by part', () => {
    const worked = row({ caseVersion: 4, caseStage: 'handling', assignee: 'lin', findings: 2 });
    const late = row({ caseVersion: 1, caseStage: 'reported', findings: 9 });
    expect(newerRow(worked, late)).toMatchObject({ caseVersion: 4, caseStage: 'handling', assignee: 'lin', findings: 9 });
    expect(newerRow(late, worked)).toMatchObject({ caseVersion: 4, caseStage: 'handling', assignee: 'lin', findings: 9 });
  });

  test('memory is bounded, and grave open alerts are never let go', () => {
    const alerts = new Map<string, AlertRow>();
    for (let i = 0; i < 2000; i++) alerts.set(`a${i}`, row({ id: `a${i}`, filedAtMs: i, severity: i < 50 ? 'Extreme' : 'Minor' }));
    keepBounded(alerts);
    expect(alerts.size).toBe(600);
    expect([...alerts.values()].filter(isPinned)).toHaveLength(50);
    expect(alerts.has('a1999')).toBe(true);
  });
});

test('the areas of the grid are a tree, parents right before their children', () => {
  const level = (code: string) => ({ code, name: code });
  const cell = (code: string) => ({
    type: 'Feature' as const,
    geometry: { type: 'Polygon' as const, coordinates: [] },
    properties: { code, name: code, community: level(code.slice(0, 12)), street: level(code.slice(0, 9)), district: level(code.slice(0, 6)), teamId: null },
  });
  const areas = areasOf([cell('110101002001001'), cell('110101001001002'), cell('110101001001001')]);
  expect(areas.map((area) => [area.depth, area.code])).toEqual([
    [0, '110101'], [1, '110101001'], [2, '110101001001'], [3, '110101001001001'], [3, '110101001001002'],
    [1, '110101002'], [2, '110101002001'], [3, '110101002001001'],
  ]);
});
