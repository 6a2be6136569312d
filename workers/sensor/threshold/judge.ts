/**
 * The threshold rule with hysteresis and a minimum duration, judged over the runs of a sensor's recent readings. Pure.
 *
 * A reading is `beyond` the limit, `calm` (back at or past `clear`), or `between`. Readings that follow each other in one of these
 * make a run, and the state is the last few runs: so a reading that comes late, twice or out of order is put where it belongs in time
 * and the runs are looked at anew. That changes nothing unless it fills a gap, and a spike whose job was delayed by a killed worker is
 * still found. From one calm run to the next is one stretch, and of a stretch at most one finding is made. Readings older than the
 * oldest run that is kept (sixteen changes of zone back) are let go.
 */
import type { ThresholdRule } from '../../../domain/rule.ts';

const MAX_RUNS = 16;
/** One per stretch is enough; what late readings leave over must not grow for ever. */
const MAX_TOLD = 2 * MAX_RUNS;

type Zone = 'calm' | 'between' | 'beyond';

/** Which event a reading came with. */
export interface Origin {
  readonly eventId: string;
  readonly value: number;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  readonly traceparent: string;
}

export interface Reading extends Origin {
  /** Outside its hours a rule can calm down but not begin. */
  readonly inForce: boolean;
}

export interface Run {
  readonly zone: Zone;
  readonly fromMs: number;
  readonly toMs: number;
  /** The readings at its ends, of a run beyond the limit: the first names the finding, the last is what a silent sensor still holds. */
  readonly ends: { readonly first: Origin; readonly last: Origin } | null;
}

export interface ThresholdState {
  /** In the order of time. */
  readonly runs: readonly Run[];
  /** When the breaches began of which findings were made. */
  readonly toldMs: readonly number[];
  /** Whether the stretch that the oldest run continues was told of already. */
  readonly toldBefore: boolean;
  /** The runs up to here were let go, and with them every reading that is older. Null while all are kept. */
  readonly forgottenUntilMs: number | null;
}

export const NEW_STATE: ThresholdState = { runs: [], toldMs: [], toldBefore: false, forgottenUntilMs: null };

/** A breach that has now to be told. */
export interface Breach {
  readonly start: Origin;
  /** Its latest value. */
  readonly value: number;
  /** When what completed it reached us. */
  readonly receivedAtMs: number;
}

export interface Verdict {
  readonly state: ThresholdState;
  readonly breaches: readonly Breach[];
  /** When to look again although the sensor may say nothing new; null when nothing is pending. */
  readonly wakeAtMs: number | null;
}

/** Judges one reading. A state that is returned unchanged is the same object. */
export function judgeReading(rule: ThresholdRule, state: ThresholdState, reading: Reading): Verdict {
  const placed = place(state, reading, zoneOf(rule, reading));
  if (!placed) return { state, breaches: [], wakeAtMs: pendingUntilMs(rule, state) };
  const breaches: Breach[] = [];
  const toldMs = [...placed.toldMs];
  for (const stretch of stretchesOf(placed.runs)) {
    if (wasTold(placed, stretch)) continue;
    const breach = stretch.runs.find((run) => run.ends && run.toMs - run.fromMs >= rule.forMs);
    if (!breach?.ends) continue;
    toldMs.push(breach.fromMs);
    breaches.push({ start: breach.ends.first, value: breach.ends.last.value, receivedAtMs: reading.receivedAtMs });
  }
  const next = shortened({ ...placed, toldMs: toldMs.toSorted((a, b) => a - b).slice(-MAX_TOLD) });
  return { state: next, breaches, wakeAtMs: pendingUntilMs(rule, next) };
}

/**
 * Judges the silence: at `dueAtMs` the last run has been beyond the limit for long enough if nothing contradicted it. A wake-up that
 * no longer fits (the breach ended, or another began) changes nothing.
 */
export function judgeDue(rule: ThresholdRule, state: ThresholdState, dueAtMs: number, inForce: boolean): Verdict {
  const last = state.runs.at(-1);
  if (!inForce || !last?.ends || pendingUntilMs(rule, state) !== dueAtMs) return { state, breaches: [], wakeAtMs: null };
  const breach = { start: last.ends.first, value: last.ends.last.value, receivedAtMs: dueAtMs };
  return { state: { ...state, toldMs: [...state.toldMs, last.fromMs] }, breaches: [breach], wakeAtMs: null };
}

/**
 * When the last run, if the sensor falls silent, will have been beyond the limit for long enough; null when it is not, or was told of.
 * Counted from its arrival on our clock: the device's clock may run behind, and a backlog sent late is no time that has passed.
 */
export function pendingUntilMs(rule: ThresholdRule, state: ThresholdState): number | null {
  const stretch = stretchesOf(state.runs).at(-1);
  const last = stretch?.runs.at(-1);
  if (!stretch || !last?.ends || wasTold(state, stretch)) return null;
  return last.ends.first.receivedAtMs + rule.forMs;
}

function zoneOf(rule: ThresholdRule, { value, inForce }: Reading): Zone {
  const above = rule.direction === 'above';
  if (above ? value > rule.limit : value < rule.limit) return inForce ? 'beyond' : 'between';
  return (above ? value <= rule.clear : value >= rule.clear) ? 'calm' : 'between';
}

/** The state with the reading in its place in time, or null when it says nothing new or is too old. */
function place(state: ThresholdState, reading: Reading, zone: Zone): ThresholdState | null {
  const { runs, forgottenUntilMs } = state;
  const atMs = reading.occurredAtMs;
  if (forgottenUntilMs !== null && atMs <= forgottenUntilMs) return null;
  if (runs.some((run) => run.zone === zone && run.fromMs <= atMs && atMs <= run.toMs)) return null;
  const before = runs.filter((run) => run.toMs <= atMs);
  const around = runs.find((run) => run.fromMs < atMs && atMs < run.toMs);
  const after = runs.filter((run) => run.fromMs >= atMs && !before.includes(run));
  const { inForce: _, ...origin } = reading;
  const fresh: Run = { zone, fromMs: atMs, toMs: atMs, ends: zone === 'beyond' ? { first: origin, last: origin } : null };
  const [head, tail] = around ? halvesOf(around) : [[], []];
  return { ...state, runs: joined([...before, ...head, fresh, ...tail, ...after]) };
}

/** A run that a late reading falls into becomes two. Its readings between the ends are not kept: each half has the end that is known. */
function halvesOf({ zone, fromMs, toMs, ends }: Run): [Run[], Run[]] {
  return [
    [{ zone, fromMs, toMs: fromMs, ends: ends && { first: ends.first, last: ends.first } }],
    [{ zone, fromMs: toMs, toMs, ends: ends && { first: ends.last, last: ends.last } }],
  ];
}

/** Neighbours in one zone become one run. */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (last?.zone !== run.zone) {
      result.push(run);
      continue;
    }
    // A reading that comes late and was earlier must not put off the wake-up that is already set.
    const receivedAtMs = Math.min(last.ends?.first.receivedAtMs ?? 0, run.ends?.first.receivedAtMs ?? 0);
    const ends = last.ends && run.ends && { first: { ...last.ends.first, receivedAtMs }, last: run.ends.last };
    result[result.length - 1] = { ...last, toMs: run.toMs, ends };
  }
  return result;
}

/** Runs that follow each other without a calm one between, and the calm times on both sides. */
interface Stretch {
  readonly runs: Run[];
  /** Null for the oldest: what was before it is not known any more, or never was. */
  readonly calmUntilMs: number | null;
  calmFromMs: number;
}

/** The oldest stretch is always there, though it may be empty; so is the one after the last calm run. */
function stretchesOf(runs: readonly Run[]): Stretch[] {
  let stretch: Stretch = { runs: [], calmUntilMs: null, calmFromMs: Number.POSITIVE_INFINITY };
  const result = [stretch];
  for (const run of runs) {
    if (run.zone !== 'calm') {
      stretch.runs.push(run);
      continue;
    }
    stretch.calmFromMs = run.fromMs;
    stretch = { runs: [], calmUntilMs: run.toMs, calmFromMs: Number.POSITIVE_INFINITY };
    result.push(stretch);
  }
  return result;
}

/** By time, not by run: a breach that was told of may meanwhile lie in a run that late readings have cut or joined. */
function wasTold(state: ThresholdState, { runs, calmUntilMs, calmFromMs }: Stretch): boolean {
  if (calmUntilMs === null && state.toldBefore) return true;
  return state.toldMs.some((ms) => ((calmUntilMs ?? Number.NEGATIVE_INFINITY) < ms && ms < calmFromMs) || runs.some((run) => run.fromMs <= ms && ms <= run.toMs));
}

function shortened(state: ThresholdState): ThresholdState {
  const dropped = state.runs.slice(0, Math.max(0, state.runs.length - MAX_RUNS));
  const last = dropped.at(-1);
  if (!last) return state;
  const stretch = stretchesOf(state.runs).find(({ runs }) => runs.includes(last));
  return {
    runs: state.runs.slice(dropped.length),
    toldMs: state.toldMs.filter((ms) => ms > last.toMs),
    toldBefore: stretch !== undefined && wasTold(state, stretch),
    forgottenUntilMs: last.toMs,
  };
}
