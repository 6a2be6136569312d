/** Where the patrols are: keeps the fixes that can be believed, and changes a patrol's cell only when that is sure. */
import type { PositionEvent } from '../domain/device.ts';
import { distanceM, type LonLat } from '../domain/geo.ts';
import type { Patrol, PatrolState } from '../domain/patrol.ts';
import type { CellLookup } from '../grid/cell-index.ts';
import { borderDistanceM } from '../grid/polygon.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { CaseStore } from './case-store.ts';

/** Why a fix was not kept, or what it did. */
export type PositionOutcome =
  | { readonly kind: 'moved'; readonly patrolId: string; readonly cellCode: string | null; readonly cellChanged: boolean }
  /** late: an older fix than the kept one, or the same again; jump: nobody goes that fast; inaccurate: the phone says so itself. */
  | { readonly kind: 'late' | 'jump' | 'inaccurate' | 'off-duty'; readonly patrolId: string }
  | { readonly kind: 'unknown-device'; readonly deviceId: string };

export interface PositionDesk {
  /** Takes fixes in the order of their arrival; one outcome for each. Safe to repeat: a fix taken twice is 'late'. */
  take(events: readonly PositionEvent[]): Promise<readonly PositionOutcome[]>;
  /** Off duty, a patrol's positions are neither used nor kept. Throws NOT_FOUND for an unknown patrol. */
  setOnDuty(patrolId: string, onDuty: boolean): Promise<void>;
}

export interface PositionDeskParts {
  readonly store: Pick<CaseStore, 'patrolStates' | 'savePosition' | 'setOnDuty'>;
  readonly cells: Pick<CellLookup, 'cellAt' | 'cell'>;
  readonly patrols: readonly Patrol[];
  readonly log: Log;
}

/** Faster than any patrol: beyond it, the position jumped and not the patrol. */
export const FASTEST_KMH = 200;
/** A fix by the phone mast alone says little about the street. */
export const WORST_ACCURACY_M = 500;
/** What a fix without an accuracy is taken to have: GPS between houses. */
const USUAL_ACCURACY_M = 30;
/** So many jumps in a row that agree with one another mean that the old position was the wrong one. */
const JUMPS_BELIEVED = 3;
/** GPS between houses leaps by 50 m (traccar/traccar#3609): less deep in a new cell, one fix proves nothing. */
const SURE_DEPTH_M = 60;
/** So many fixes running in the new cell, however near its border, prove the change. */
const FIXES_FOR_CHANGE = 2;

interface Fix {
  readonly at: LonLat;
  readonly fixAtMs: number;
  readonly accuracyM: number | null;
}

/** What is remembered of a patrol between two fixes. Lost with the process, which only delays a change by a fix. */
interface Memory {
  jumps: Fix[];
  /** The cell it seems to have gone to, and how many fixes said so. */
  nextCell: { code: string | null; fixes: number } | null;
}

export function createPositionDesk(parts: PositionDeskParts): PositionDesk {
  const memories = new Map<string, Memory>();
  const memoryOf = (patrolId: string): Memory => {
    const memory = memories.get(patrolId) ?? { jumps: [], nextCell: null };
    memories.set(patrolId, memory);
    return memory;
  };
  return {
    take: async (events) => {
      // Read anew for each batch: another desk may have taken the batch before.
      const states = new Map((await parts.store.patrolStates()).map((state) => [state.patrolId, state]));
      const outcomes: PositionOutcome[] = [];
      for (const event of events) {
        const patrol = parts.patrols.find((one) => one.deviceId === event.deviceId);
        outcomes.push(patrol ? await takeFix(event, patrol, states, memoryOf(patrol.id), parts) : { kind: 'unknown-device', deviceId: event.deviceId });
      }
      return outcomes;
    },
    setOnDuty: async (patrolId, onDuty) => {
      if (!parts.patrols.some((patrol) => patrol.id === patrolId)) throw new GridwardenError('NOT_FOUND', { what: 'patrol', id: patrolId });
      memories.delete(patrolId);
      await parts.store.setOnDuty(patrolId, onDuty);
    },
  };
}

async function takeFix(event: PositionEvent, patrol: Patrol, states: Map<string, PatrolState>, memory: Memory, parts: PositionDeskParts): Promise<PositionOutcome> {
  const patrolId = patrol.id;
  const state = states.get(patrolId);
  if (!state?.onDuty) return { kind: 'off-duty', patrolId };
  // A phone whose clock runs ahead would make every later fix look late.
  const fix: Fix = { at: event.fix, fixAtMs: Math.min(event.occurredAtMs, event.receivedAtMs), accuracyM: event.accuracyM };
  const problem = disbelief(fix, state, memory);
  if (problem) {
    parts.log.debug({ patrol: patrolId, event: event.id, problem, accuracyM: fix.accuracyM }, 'a position was not taken');
    return { kind: problem, patrolId };
  }
  const cellCode = settledCell(fix, state, memory, parts.cells);
  const newest = await parts.store.savePosition({ patrolId, ...fix, receivedAtMs: event.receivedAtMs, cellCode });
  if (!newest) return { kind: 'late', patrolId };
  states.set(patrolId, { ...state, position: fix.at, fixAtMs: fix.fixAtMs, accuracyM: fix.accuracyM, cellCode });
  return { kind: 'moved', patrolId, cellCode, cellChanged: cellCode !== state.cellCode };
}

function disbelief(fix: Fix, state: PatrolState, memory: Memory): 'late' | 'jump' | 'inaccurate' | null {
  if (state.fixAtMs !== null && fix.fixAtMs <= state.fixAtMs) return 'late';
  if (fix.accuracyM !== null && fix.accuracyM > WORST_ACCURACY_M) return 'inaccurate';
  const last = state.position && state.fixAtMs !== null ? { at: state.position, fixAtMs: state.fixAtMs, accuracyM: state.accuracyM } : null;
  if (!last || canBeReached(last, fix)) {
    memory.jumps = [];
    return null;
  }
  const before = memory.jumps.at(-1);
  if (before && fix.fixAtMs <= before.fixAtMs) return 'late';
  memory.jumps = before && canBeReached(before, fix) ? [...memory.jumps, fix] : [fix];
  if (memory.jumps.length < JUMPS_BELIEVED) return 'jump';
  memory.jumps = [];
  return null;
}

/** Could a patrol have got from one fix to the other, given that each may be off by its accuracy? */
function canBeReached(from: Fix, to: Fix): boolean {
  const slackM = (from.accuracyM ?? USUAL_ACCURACY_M) + (to.accuracyM ?? USUAL_ACCURACY_M);
  const wayM = distanceM(from.at, to.at) - slackM;
  return wayM <= (FASTEST_KMH / 3.6) * ((to.fixAtMs - from.fixAtMs) / 1000);
}

/** The cell the patrol counts as in: the new one only when the fix lies deep in it, or two running say so. */
function settledCell(fix: Fix, state: PatrolState, memory: Memory, cells: PositionDeskParts['cells']): string | null {
  const seen = cells.cellAt(fix.at, fix.fixAtMs);
  const code = seen?.code ?? null;
  const known = state.cellCode !== null && cells.cell(state.cellCode, fix.fixAtMs) !== null;
  if (code === state.cellCode || (!known && seen)) {
    memory.nextCell = null;
    return code;
  }
  const fixes = memory.nextCell?.code === code ? memory.nextCell.fixes + 1 : 1;
  const deepEnough = seen !== null && borderDistanceM(seen.area, fix.at) > Math.max(fix.accuracyM ?? USUAL_ACCURACY_M, SURE_DEPTH_M);
  memory.nextCell = deepEnough || fixes >= FIXES_FOR_CHANGE ? null : { code, fixes };
  return memory.nextCell === null ? code : state.cellCode;
}
