/** Who is proposed, in which order and why; and why nobody is. */
import { describe, expect, test } from 'vitest';
import type { LonLat } from '../domain/geo.ts';
import type { Severity } from '../domain/gravity.ts';
import type { Patrol, PatrolState } from '../domain/patrol.ts';
import { choiceLine, choosePatrol, type ChoiceQuestion } from './choose.ts';

const NOW_MS = 1_800_000_000_000;
const PLACE: LonLat = { lon: 116.39, lat: 39.91 };
/** A point so many metres north of the place. */
const north = (m: number): LonLat => ({ lon: PLACE.lon, lat: PLACE.lat + m / 111_195 });

interface Sketch {
  team?: string;
  m?: number | null;
  ageS?: number;
  orders?: number;
  max?: number;
  duty?: boolean;
  skills?: string[];
}

/** `{ a: { m: 300 } }` is patrol a, on duty, 300 m away, seen 10 s ago, with room for an order. */
function ask(sketch: Record<string, Sketch>, changes: Partial<ChoiceQuestion> = {}): ChoiceQuestion {
  const patrols = Object.entries(sketch).map(([id, s]): Patrol => ({ id, name: id, teamId: s.team ?? 'home', deviceId: id, skills: s.skills ?? [], maxOrders: s.max ?? 3 }));
  const states = Object.entries(sketch).map(([patrolId, s]): PatrolState => {
    const m = s.m === undefined ? 100 : s.m;
    return { patrolId, onDuty: s.duty ?? true, position: m === null ? null : north(m), fixAtMs: m === null ? null : NOW_MS - (s.ageS ?? 10) * 1000, accuracyM: 5, cellCode: null, openOrders: s.orders ?? 0 };
  });
  return { patrols, states, at: PLACE, measuredFrom: 'place', responsibleTeamId: 'home', severity: 'Moderate', tried: [], skill: null, nowMs: NOW_MS, ...changes };
}

const said = (question: ChoiceQuestion): string => choosePatrol(question).candidates.map((c) => `${c.patrolId} ${c.reason.code}`).join(', ');

describe('the order of candidates', () => {
  test.each<[string, Record<string, Sketch>, string]>([
    ['the nearest of one team', { a: { m: 900 }, b: { m: 300 }, c: { m: 600 } }, 'b nearest, c responsible, a responsible'],
    ['the responsible team although 400 m farther', { a: { m: 700 }, b: { m: 300, team: 'other' } }, 'a responsible, b nearest'],
    ['another team when 600 m nearer', { a: { m: 900 }, b: { m: 300, team: 'other' } }, 'b nearest, a responsible'],
    ['the free one before the busy one 300 m nearer', { a: { m: 100, orders: 1 }, b: { m: 400 } }, 'b responsible, a nearest'],
    ['the busy one when the free one is 500 m farther', { a: { m: 100, orders: 1 }, b: { m: 600 } }, 'a nearest, b responsible'],
    ['a fresh position before a nearer stale one', { a: { m: 50, ageS: 301 }, b: { m: 2000, team: 'other' } }, 'b nearest, a stale-position'],
    ['five minutes are still fresh', { a: { m: 50, ageS: 300 }, b: { m: 2000 } }, 'a nearest, b responsible'],
    ['a stale position before none', { a: { m: null }, b: { m: 5000, ageS: 3600 } }, 'b stale-position, a no-position'],
    ['among strangers by distance', { a: { m: 700, team: 'x' }, b: { m: 300, team: 'y' } }, 'b nearest, a farther'],
    ['alike in all: by id', { b: {}, a: {} }, 'a nearest, b nearest'],
  ])('%s', (_, sketch, expected) => {
    expect(said(ask(sketch))).toBe(expected);
  });

  test.each<[Severity, string]>([
    ['Severe', 'a responsible, b nearest'],
    ['Extreme', 'b nearest, a responsible'],
  ])('the home advantage when it is %s', (severity, expected) => {
    expect(said(ask({ a: { m: 700 }, b: { m: 300, team: 'other' } }, { severity }))).toBe(expected);
  });

  test('without a place: by team and load, and it says so', () => {
    const question = ask({ a: { team: 'other' }, b: { orders: 1 }, c: {} }, { at: null, measuredFrom: null });
    expect(said(question)).toBe('c place-unknown, b place-unknown, a place-unknown');
    expect(choosePatrol(question).candidates[0]).toMatchObject({ distanceM: null, reason: { measuredFrom: null } });
  });

  test('the reason has the figures', () => {
    const [first] = choosePatrol(ask({ a: { m: 240, ageS: 12 }, b: { m: 900 } })).candidates;
    expect(first).toEqual({ patrolId: 'a', distanceM: 240, positionAgeS: 12, stale: false, openOrders: 0, responsible: true, reason: { code: 'nearest', rank: 1, of: 2, measuredFrom: 'place' } });
    expect(choiceLine(first!)).toBe('rank=1/2 code=nearest distance_m=240 position_age_s=12 open_orders=0 responsible=yes stale=no');
  });

  test('and says what is unknown', () => {
    const [only] = choosePatrol(ask({ a: { m: null, team: 'other' } })).candidates;
    expect(choiceLine(only!)).toBe('rank=1/1 code=no-position distance_m=unknown position_age_s=unknown open_orders=0 responsible=no stale=no');
  });
});

describe('the shortfall', () => {
  test.each<[string, Record<string, Sketch>, Partial<ChoiceQuestion>, string, string]>([
    ['a site without patrols', {}, {}, 'NoPatrols', ''],
    ['everybody off duty', { a: { duty: false }, b: { duty: false } }, {}, 'NoneOnDuty', ''],
    ['nobody can do it', { a: { skills: ['dog'] }, b: {} }, { skill: 'boat' }, 'NoneWithSkill', ''],
    ['everybody was tried', { a: {}, b: { duty: false } }, { tried: ['a'] }, 'AllTried', ''],
    ['everybody is busy', { a: { orders: 3 }, b: { orders: 1, max: 1 } }, {}, 'AllAtCapacity', ''],
    ['nobody has a position', { a: { m: null } }, {}, 'NoPosition', 'a no-position'],
    ['all positions are old', { a: { ageS: 900 }, b: { m: null } }, {}, 'PositionsStale', 'a stale-position, b no-position'],
  ])('%s', (_, sketch, changes, code, candidates) => {
    const question = ask(sketch, changes);
    expect(choosePatrol(question).shortfall?.code).toBe(code);
    expect(said(question)).toBe(candidates);
  });

  test('counts who was left after each test', () => {
    const sketch = { a: { duty: false }, b: {}, c: { skills: ['dog'] }, d: { skills: ['dog'], orders: 3 }, e: { skills: ['dog'], m: null }, f: { skills: ['dog'], ageS: 400 } };
    expect(choosePatrol(ask(sketch, { skill: 'dog', tried: ['c'] })).shortfall).toEqual({ code: 'PositionsStale', patrols: 6, onDuty: 5, withSkill: 4, untried: 3, withCapacity: 2, withPosition: 1, withFreshPosition: 0 });
  });

  test('there is none as long as one with a fresh position fits', () => {
    expect(choosePatrol(ask({ a: { orders: 3 }, b: { duty: false }, c: { m: 9000, team: 'other' } })).shortfall).toBeNull();
  });

  test('a patrol that never reported is off duty', () => {
    expect(choosePatrol({ ...ask({ a: {} }), states: [] }).shortfall?.code).toBe('NoneOnDuty');
  });
});
