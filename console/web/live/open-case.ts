/** The alert that lies open before the operator with its case: read, kept current, and moved. */
import type { AlertRow } from '../../../domain/alert.ts';
import type { CaseDetail, Move, Stage } from '../../../domain/case.ts';
import { ApiError, api } from '../api/client.ts';
import type { AlertAnswer, MoveRequest } from '../api/contract.ts';
import { session } from './session.ts';
import { newerRow, rowWithCase, situation, withAlerts } from './situation.ts';
import { createStore } from './store.ts';

/** What the panel has to say beside the facts. `changed`: the actor and what they did, null where history does not tell. */
export type Notice =
  | { readonly kind: 'changed'; readonly actor: string | null; readonly what: CaseDetail['history'][number]['what'] | null }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'moved'; readonly move: Move }
  | { readonly kind: 'not-now'; readonly move: Move; readonly stage: Stage; readonly assignee: string | null };

export interface OpenCase {
  readonly alertId: string | null;
  readonly answer: AlertAnswer | null;
  readonly failed: unknown;
  readonly busy: boolean;
  readonly notice: Notice | null;
}

const CLOSED: OpenCase = { alertId: null, answer: null, failed: null, busy: false, notice: null };
export const openCase = createStore<OpenCase>(CLOSED);

let reading: AbortController | null = null;
let read: Promise<void> = Promise.resolve();

/** Opens an alert (null closes). Of two quick openings only the last one's answer is shown. */
export async function open(alertId: string | null): Promise<void> {
  if (alertId === openCase.get().alertId && openCase.get().failed === null) return;
  reading?.abort();
  openCase.set({ ...CLOSED, alertId });
  read = alertId === null ? Promise.resolve() : readAlert(alertId);
  await read;
}

/** Resolves when the alert that was opened last is here or has failed: a key pressed meanwhile is not lost. */
export const opened = (): Promise<void> => read;

async function readAlert(alertId: string): Promise<void> {
  const mine = (reading = new AbortController());
  try {
    const answer = await api.alert(alertId, mine.signal);
    // What the stream told while the answer was on its way may be newer than the answer.
    const { alerts } = situation.get();
    const alert = newerRow(alerts.get(alertId), answer.alert);
    const others = answer.others.map((row) => newerRow(alerts.get(row.id), row));
    if (openCase.get().alertId === alertId) openCase.update((now) => ({ ...now, answer: { ...answer, alert, others }, failed: null }));
    situation.update((now) => withAlerts(now, [alert, ...others]));
  } catch (error) {
    if (!mine.signal.aborted) openCase.update((now) => ({ ...now, failed: error }));
  }
}

/** After the line was down: what was missed of the open case must show before anybody moves on. */
export async function reread(): Promise<void> {
  const { alertId } = openCase.get();
  if (alertId !== null) await readAlert(alertId);
}

/** An alert as the stream tells it: more findings or late evidence of the open one, or another alert of its case. */
export function takeAlert(heard: AlertRow): void {
  openCase.update((now) => {
    if (!now.answer || heard.caseId !== now.answer.case.id) return now;
    const { alert, others } = now.answer;
    if (heard.id === alert.id) return { ...now, answer: { ...now.answer, alert: newerRow(alert, heard) } };
    const known = others.find((row) => row.id === heard.id);
    const rest = known ? others.map((row) => (row === known ? newerRow(known, heard) : row)) : [...others, heard];
    return { ...now, answer: { ...now.answer, others: rest } };
  });
}

/** A case as the stream or a move's answer tells it: taken if it is ours and newer. */
export function takeCase(work: CaseDetail): void {
  openCase.update((now) => {
    if (!now.answer || now.answer.case.id !== work.id || work.version < now.answer.case.version) return now;
    return { ...now, answer: { ...now.answer, case: work, alert: rowWithCase(now.answer.alert, work), others: now.answer.others.map((row) => rowWithCase(row, work)) } };
  });
}

/** Every row of the list that belongs to this case shows its new stage at once, stream or no stream. */
function showInList(work: CaseDetail): void {
  situation.update((now) => {
    const alerts = new Map(now.alerts);
    for (const row of now.alerts.values()) alerts.set(row.id, rowWithCase(row, work));
    return { ...now, alerts };
  });
}

/** Who moved the case between the version we saw and now, other than ourselves: the newest such line of its history. */
function lastByOthers(work: CaseDetail, me: string): CaseDetail['history'][number] | undefined {
  return work.history.toSorted((a, b) => b.atMs - a.atMs).find((line) => line.actor !== `operator/${me}`);
}

async function afterConflict(alertId: string): Promise<Notice> {
  await readAlert(alertId);
  const work = openCase.get().answer?.case;
  const line = work && lastByOthers(work, session.get().me?.operator.name ?? '');
  return { kind: 'changed', actor: line?.actor ?? null, what: line?.what ?? null };
}

/** True when the server took the move. The case is never shown moved before that. */
export async function moveCase(move: Omit<MoveRequest, 'seenVersion'>): Promise<boolean> {
  const { answer, alertId, busy } = openCase.get();
  if (!answer || alertId === null || busy) return false;
  openCase.update((now) => ({ ...now, busy: true, notice: null }));
  let notice: Notice;
  try {
    const work = await api.move(answer.case.id, { ...move, seenVersion: answer.case.version });
    takeCase(work);
    showInList(work);
    notice = { kind: 'moved', move: move.move };
  } catch (error) {
    const changed = error instanceof ApiError && error.code === 'CASE_CHANGED';
    notice = changed ? await afterConflict(alertId) : { kind: 'error', error };
  }
  openCase.update((now) => (now.alertId === alertId ? { ...now, busy: false, notice } : now));
  return notice.kind === 'moved';
}

export function tell(notice: Notice | null): void {
  openCase.update((now) => ({ ...now, notice }));
}
