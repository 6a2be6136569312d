/** Keeps the situation current: the live stream with back-off, a whole re-reading after every break, slow figures by asking. */
import { ApiError, api } from '../api/client.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { CellFeature, StreamEvents } from '../api/contract.ts';
import { createFrameBatch } from './frame-batch.ts';
import { leave, refresh } from './session.ts';
import { type LiveEvent, situation, withAlerts, withEvents, withoutAlerts } from './situation.ts';
import { readSse } from './sse.ts';
import { createStore } from './store.ts';
import { reread, takeAlert, takeCase } from './open-case.ts';

export interface Link {
  readonly state: 'connecting' | 'live' | 'reconnecting';
  readonly heardAtMs: number | null;
  readonly retryAtMs: number | null;
  /** What the server refused the line with; null where it simply did not answer. */
  readonly refusal: ApiError | null;
  /** The last break that is over: since when there was nothing, and when it came back. */
  readonly mended: { readonly silentFromMs: number; readonly atMs: number } | null;
}
export const link = createStore<Link>({ state: 'connecting', heardAtMs: null, retryAtMs: null, refusal: null, mended: null });

/** The server pings every 15 s: two lost pings and a half mean a dead line that TCP has not noticed. */
const SILENCE_MS = 40_000;
const READ_ALERTS = 200;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
const SUMMARY_EVERY_MS = 5000;
const FIGURES_EVERY_MS = 20_000;
/** A session lasts as long as a shift from its last sign of life; this is one, and brings a changed role along. */
const SESSION_EVERY_MS = 600_000;

const NAMES: ReadonlySet<string> = new Set<keyof StreamEvents>(['alert', 'case', 'patrol', 'camera', 'arm-profile']);

function byId<T extends { readonly id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** The newest alerts, and beside them the open ones however old: an open case must not fall off the list's end. */
async function readAlerts(): Promise<{ readonly rows: AlertRow[]; readonly openOnes: readonly AlertRow[] }> {
  const [newest, openOnes] = await Promise.all([api.alerts({ limit: READ_ALERTS }), api.alerts({ limit: READ_ALERTS, stage: 'reported,classified,handling,following_up' })]);
  return { rows: [...newest, ...openOnes], openOnes };
}

/** Alerts that were open when the line broke and are among the open ones no more were closed meanwhile: they must not stand as open. */
function closedMeanwhile(known: ReadonlyMap<string, AlertRow>, rows: readonly AlertRow[], openOnes: readonly AlertRow[]): string[] {
  if (openOnes.length >= READ_ALERTS) return [];
  const told = new Set(rows.map((row) => row.id));
  return [...known.values()].filter((row) => row.caseStage !== 'closed' && !told.has(row.id)).map((row) => row.id);
}

async function readFigures(): Promise<void> {
  const [cameras, patrols, devices] = await Promise.all([api.cameras(), api.patrols(), api.sensors()]);
  situation.update((now) => ({ ...now, cameras: byId(cameras), patrols: byId(patrols), devices: byId(devices) }));
}

async function readSummary(): Promise<void> {
  const summary = await api.summary();
  situation.update((now) => ({ ...now, summary }));
}

async function readAll(): Promise<void> {
  const known = situation.get().alerts;
  const [cells, { rows, openOnes }, armProfile] = await Promise.all([api.cells(), readAlerts(), api.armProfile(), readFigures(), readSummary(), reread()]);
  const gone = closedMeanwhile(known, rows, openOnes);
  situation.update((now) => ({ ...withoutAlerts(withAlerts(now, rows), gone), cells: sameCells(now.cells, cells.features), armProfile, loaded: true }));
}

/** A grid that did not change stays the same object: a new one would be a new map, and the operator's view of it lost. */
const sameCells = (known: readonly CellFeature[], read: readonly CellFeature[]): readonly CellFeature[] => (JSON.stringify(known) === JSON.stringify(read) ? known : read);

/** One life of the stream: resolves or throws when it breaks. */
async function follow(signal: AbortSignal): Promise<void> {
  const line = new AbortController();
  const batch = createFrameBatch<LiveEvent>((events) => situation.update((now) => withEvents(now, events)));
  let silence = 0;
  const watch = (): void => {
    window.clearTimeout(silence);
    silence = window.setTimeout(() => line.abort(), SILENCE_MS);
  };
  const alive = (): void => {
    watch();
    const atMs = Date.now();
    link.update(({ state, heardAtMs, mended }) => ({
      state: 'live', heardAtMs: atMs, retryAtMs: null, refusal: null, mended: state === 'reconnecting' && heardAtMs !== null ? { silentFromMs: heardAtMs, atMs } : mended,
    }));
  };
  try {
    // The stream first, the reading after it: what happens between the two comes twice instead of never.
    watch();
    const body = await api.stream(AbortSignal.any([signal, line.signal]));
    await Promise.race([readAll(), broken(line.signal)]);
    alive();
    await readSse(
      body,
      ({ name, data }) => {
        if (!NAMES.has(name)) return;
        const event = { kind: name, value: JSON.parse(data) as unknown } as LiveEvent;
        if (event.kind === 'case') takeCase(event.value);
        if (event.kind === 'alert') takeAlert(event.value);
        batch.add(event);
      },
      alive,
    );
  } finally {
    window.clearTimeout(silence);
    line.abort();
    batch.close();
  }
}

/** Rejects when the line is given up: a server that took the question and never answers holds nothing up. */
function broken(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new ApiError('OFFLINE', 0, 'The line was silent.')), { once: true }));
}

function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, forMs);
    signal.addEventListener('abort', () => (window.clearTimeout(timer), resolve()), { once: true });
  });
}

const signedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

let impatient = new AbortController();
/** Ends the wait before the next try. */
export const tryNow = (): void => impatient.abort();

async function keepFollowing(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const startedAtMs = Date.now();
    let refusal: ApiError | null = null;
    try {
      await follow(signal);
    } catch (error) {
      if (signedOut(error)) return leave();
      if (error instanceof ApiError && error.code !== 'OFFLINE') refusal = error;
    }
    if (signal.aborted) return;
    // A line that held for a while and broke is no reason to wait long.
    failures = Date.now() - startedAtMs > LAST_RETRY_MS ? 0 : failures + 1;
    const longestMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    const waitMs = longestMs * (0.5 + Math.random() / 2);
    link.update((now) => ({ ...now, state: 'reconnecting', refusal, retryAtMs: Date.now() + waitMs }));
    impatient = new AbortController();
    await pause(waitMs, AbortSignal.any([signal, impatient.signal]));
    link.update((now) => ({ ...now, retryAtMs: null }));
  }
}

async function keepAsking(read: () => Promise<void>, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    // The stream's own loop tells of a server that is away; a missed figure is asked for again next time.
    await read().catch((error: unknown) => void (signedOut(error) && leave()));
  }
}

/** Starts following; the returned function ends it. */
export function startLink(): () => void {
  const stop = new AbortController();
  void keepFollowing(stop.signal);
  void keepAsking(readSummary, SUMMARY_EVERY_MS, stop.signal);
  void keepAsking(refresh, SESSION_EVERY_MS, stop.signal);
  void keepAsking(readFigures, FIGURES_EVERY_MS, stop.signal);
  return () => {
    stop.abort();
    link.set({ state: 'connecting', heardAtMs: null, retryAtMs: null, refusal: null, mended: null });
  };
}

/** Reads the alerts a filter asks for, which may be older than what is at hand. */
export async function readMatching(query: { cell: string; source: string; stage: string }): Promise<void> {
  const rows = await api.alerts({ limit: 200, ...query });
  situation.update((now) => withAlerts(now, rows));
}
