/** What the operator has before them: the filter, the chosen row, and a list that does not move under their hand. */
import { readMatching } from '../live/link.ts';
import { open, openCase } from '../live/open-case.ts';
import { situation } from '../live/situation.ts';
import { createStore } from '../live/store.ts';
import { type Arrangement, type Filter, NO_FILTER, arrange, freshIds, sameArrangement } from './arrange.ts';

export const filter = createStore<Filter>(NO_FILTER);
export const selected = createStore<string | null>(null);

export interface ShownList extends Arrangement {
  /** Alerts that wait while the operator is in the list. */
  readonly fresh: readonly string[];
}
export const shown = createStore<ShownList>({ pinned: [], rest: [], fresh: [] });

const POINTER_HOLD_MS = 8000;
const KEYS_HOLD_MS = 4000;
let heldUntilMs = 0;
let scrolled = false;
let release = 0;
/** What was known when the list was last put in order. */
let settled: ReadonlySet<string> = new Set();

function settle(): void {
  settled = new Set(situation.get().alerts.keys());
  const wanted = arrange(situation.get().alerts.values(), filter.get());
  if (!sameArrangement(wanted, shown.get()) || shown.get().fresh.length > 0) shown.set({ ...wanted, fresh: [] });
}

function follow(): void {
  if (!scrolled && Date.now() >= heldUntilMs) return settle();
  const now = shown.get();
  const fresh = freshIds(situation.get().alerts, filter.get(), settled);
  if (fresh.length !== now.fresh.length || fresh.some((id, i) => id !== now.fresh[i])) shown.set({ ...now, fresh });
}

function holdFor(ms: number): void {
  heldUntilMs = Math.max(heldUntilMs, Date.now() + ms);
  window.clearTimeout(release);
  release = window.setTimeout(follow, heldUntilMs - Date.now() + 10);
}

/** The pointer moves over the list: nothing may slip from under it. */
export const pointerInList = (): void => holdFor(POINTER_HOLD_MS);
export const pointerLeftList = (): void => {
  heldUntilMs = 0;
  follow();
};
/** Scrolled down means reading: new rows wait until the operator is back at the top or asks for them. */
export function listScrolled(down: boolean): void {
  if (scrolled === down) return;
  scrolled = down;
  follow();
}

export function showFresh(): void {
  heldUntilMs = 0;
  scrolled = false;
  settle();
}

export function setFilter(change: Partial<Filter>): void {
  const next = { ...filter.get(), ...change };
  filter.set(next);
  showFresh();
  const stage = next.stage === 'open' ? 'reported,classified,handling,following_up' : next.stage;
  // What is at hand shows at once; what the server adds follows. A failure is shown by the link's own state.
  if (next.cell || next.source || next.stage) void readMatching({ ...next, stage }).catch(() => undefined);
}

export function select(id: string | null): void {
  selected.set(id);
  // With the panel open, the panel follows the selection: triage is one key per alert.
  if (openCase.get().alertId !== null) void open(id);
}

export function selectStep(step: 1 | -1): void {
  const order = [...shown.get().pinned, ...shown.get().rest];
  if (order.length === 0) return;
  holdFor(KEYS_HOLD_MS);
  const at = order.indexOf(selected.get() ?? '');
  const next = at < 0 ? (step > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + step));
  select(order[next] ?? null);
}

export function openSelected(): void {
  if (selected.get() !== null) void open(selected.get());
}

export function openAlert(id: string): void {
  selected.set(id);
  void open(id);
}

export function startDesk(): () => void {
  const stop = situation.subscribe(follow);
  follow();
  return () => {
    stop();
    window.clearTimeout(release);
  };
}
