/** Who should go: the on-duty patrols that fit, best first, each with the reason; or why nobody can be proposed. */
import type { Candidate, Choice, ChoiceReason, ReasonCode, Shortfall, ShortfallCode } from '../domain/choice.ts';
import { distanceM, type LonLat } from '../domain/geo.ts';
import type { Severity } from '../domain/gravity.ts';
import type { Patrol, PatrolState } from '../domain/patrol.ts';

export interface ChoiceQuestion {
  readonly patrols: readonly Patrol[];
  readonly states: readonly PatrolState[];
  readonly at: LonLat | null;
  readonly measuredFrom: ChoiceReason['measuredFrom'];
  readonly responsibleTeamId: string | null;
  readonly severity: Severity;
  /** Patrols that have an open order of this case, or declined it. */
  readonly tried: readonly string[];
  /** Only patrols with this skill; null asks for none. */
  readonly skill: string | null;
  readonly nowMs: number;
}

/** Phones report every 10–60 s on patrol; after five minutes a walking patrol may be 400 m from where it was seen. */
export const STALE_AFTER_S = 300;
/**
 * The responsible team knows the cell and will have to deal with it afterwards: it is sent unless somebody else is this much nearer.
 * Half a kilometre is some two minutes' ride; where life is at stake (Extreme) the nearest goes.
 */
export const RESPONSIBLE_IS_WORTH_M = 500;
/** An open order delays a patrol about as much as this way. */
export const OPEN_ORDER_COSTS_M = 400;

interface Runner extends Omit<Candidate, 'reason'> {
  readonly hasPosition: boolean;
}

/**
 * Order: fresh positions before stale ones before none; within these by distance, plus OPEN_ORDER_COSTS_M for each order that the
 * patrol already carries, plus RESPONSIBLE_IS_WORTH_M for patrols of other teams (not for Extreme); then by id.
 */
export function choosePatrol(question: ChoiceQuestion): Choice {
  const { runners, counts } = sieve(question);
  const ranked = runners.toSorted((a, b) => trust(a) - trust(b) || costM(a, question.severity) - costM(b, question.severity) || (a.patrolId < b.patrolId ? -1 : 1));
  const candidates = ranked.map(({ hasPosition, ...candidate }, i): Candidate => {
    const code = reasonOf({ hasPosition, ...candidate }, ranked);
    return { ...candidate, reason: { code, rank: i + 1, of: ranked.length, measuredFrom: question.measuredFrom } };
  });
  return { candidates, shortfall: shortfallOf(counts) };
}

/** Drops who does not fit, one test after the other, and counts who is left. */
function sieve(question: ChoiceQuestion): { runners: Runner[]; counts: Omit<Shortfall, 'code'> } {
  const states = new Map(question.states.map((state) => [state.patrolId, state]));
  const onDuty = question.patrols.filter((patrol) => states.get(patrol.id)?.onDuty === true);
  const withSkill = onDuty.filter((patrol) => question.skill === null || patrol.skills.includes(question.skill));
  const untried = withSkill.filter((patrol) => !question.tried.includes(patrol.id));
  const withCapacity = untried.filter((patrol) => (states.get(patrol.id)?.openOrders ?? 0) < patrol.maxOrders);
  const runners = withCapacity.flatMap((patrol) => runnerOf(patrol, states.get(patrol.id), question) ?? []);
  const located = runners.filter((runner) => runner.hasPosition);
  const counts = {
    patrols: question.patrols.length,
    onDuty: onDuty.length,
    withSkill: withSkill.length,
    untried: untried.length,
    withCapacity: withCapacity.length,
    withPosition: located.length,
    withFreshPosition: located.filter((runner) => !runner.stale).length,
  };
  return { runners, counts };
}

function runnerOf(patrol: Patrol, state: PatrolState | undefined, question: ChoiceQuestion): Runner | null {
  if (!state) return null;
  const hasPosition = state.position !== null && state.fixAtMs !== null;
  const positionAgeS = state.fixAtMs === null ? null : Math.max(0, Math.round((question.nowMs - state.fixAtMs) / 1000));
  return {
    patrolId: patrol.id,
    distanceM: state.position && question.at ? Math.round(distanceM(state.position, question.at)) : null,
    positionAgeS,
    stale: positionAgeS !== null && positionAgeS > STALE_AFTER_S,
    openOrders: state.openOrders,
    responsible: question.responsibleTeamId !== null && patrol.teamId === question.responsibleTeamId,
    hasPosition,
  };
}

function trust(runner: Runner): number {
  if (!runner.hasPosition) return 2;
  return runner.stale ? 1 : 0;
}

function costM(runner: Runner, severity: Severity): number {
  const strangerM = runner.responsible || severity === 'Extreme' ? 0 : RESPONSIBLE_IS_WORTH_M;
  return (runner.distanceM ?? 0) + runner.openOrders * OPEN_ORDER_COSTS_M + strangerM;
}

function reasonOf(runner: Runner, all: readonly Runner[]): ReasonCode {
  if (!runner.hasPosition) return 'no-position';
  if (runner.stale) return 'stale-position';
  if (runner.distanceM === null) return 'place-unknown';
  const nearestM = Math.min(...all.filter((other) => trust(other) === 0).map((other) => other.distanceM ?? Infinity));
  if (runner.distanceM === nearestM) return 'nearest';
  return runner.responsible ? 'responsible' : 'farther';
}

function shortfallOf(counts: Omit<Shortfall, 'code'>): Shortfall | null {
  if (counts.withFreshPosition > 0) return null;
  const code = ((): ShortfallCode => {
    if (counts.patrols === 0) return 'NoPatrols';
    if (counts.onDuty === 0) return 'NoneOnDuty';
    if (counts.withSkill === 0) return 'NoneWithSkill';
    if (counts.untried === 0) return 'AllTried';
    if (counts.withCapacity === 0) return 'AllAtCapacity';
    return counts.withPosition === 0 ? 'NoPosition' : 'PositionsStale';
  })();
  return { code, ...counts };
}

/** The choice in one line, kept with the order: `rank=1/3 code=nearest distance_m=240 position_age_s=12 open_orders=0 responsible=yes stale=no`. */
export function choiceLine(candidate: Candidate): string {
  const { reason } = candidate;
  const fields = {
    rank: `${reason.rank}/${reason.of}`,
    code: reason.code,
    distance_m: candidate.distanceM ?? 'unknown',
    position_age_s: candidate.positionAgeS ?? 'unknown',
    open_orders: candidate.openOrders,
    responsible: candidate.responsible ? 'yes' : 'no',
    stale: candidate.stale ? 'yes' : 'no',
  };
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(' ');
}
