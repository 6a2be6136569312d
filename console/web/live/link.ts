/** Keeps the situation current: the live stream with back-off, a whole re-reading after every break, slow figures by asking. */
import { ApiError, api } from '../api/client.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { StreamEvents } from '../api/contract.ts';
import { createFrameBatch } from './frame-batch.ts';
import { leave, refresh } from './session.ts';
import { type LiveEvent, situation, withAlerts, withEvents } from './situation.ts';
import { readSse } from './sse.ts';
import { createStore } from './store.ts';
import { takeCase } from './open-case.ts';

export interface Link {
  readonly state: 'connecting' | 'live' | 'reconnecting';
  readonly heardAtMs: number | null;
  readonly retryAtMs: number | null;
}
export const link = createStore<Link>({ state: 'connecting', heardAtMs: null, retryAtMs: null });

/** The server pings every 15 s: two lost pings and a half mean a dead line that TCP has not noticed. */
const SILENCE_MS = 40_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
const SUMMARY_EVERY_MS = 5000;
const FIGURES_EVERY_MS = 20_000;
/** A session lasts as long as a shift from its last sign of life; this is one, and brings a changed role along. */
const SESSION_EVERY_MS = 600_000;

const NAMES: ReadonlySet<string> = new Set<keyof StreamEvents>(['alert', 'case', 'patrol', 'camera']);

function byId<T extends { readonly id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** The newest alerts, and beside them the open ones however old: an open case must not fall off the list's end. */
async function readAlerts(): Promise<AlertRow[]> {
  const [newest, open] = await Promise.all([
    api.alerts({ limit: 200 }),
    api.alerts({ limit: 200, stage: 'reported,classified,handling,following_up' }),
  ]);
  return [...newest, ...open];
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
  const [cells, alerts] = await Promise.all([api.cells(), readAlerts(), readFigures(), readSummary()]);
  situation.update((now) => ({ ...withAlerts(now, alerts), cells: cells.features, loaded: true }));
}

/** One life of the stream: resolves or throws when it breaks. */
async function follow(signal: AbortSignal): Promise<void> {
  const line = new AbortController();
  const batch = createFrameBatch<LiveEvent>((events) => situation.update((now) => withEvents(now, events)));
  let silence = 0;
  const alive = (): void => {
    window.clearTimeout(silence);
    silence = window.setTimeout(() => line.abort(), SILENCE_MS);
    link.set({ state: 'live', heardAtMs: Date.now(), retryAtMs: null });
  };
  try {
    // The stream first, the reading after it: what happens between the two comes twice instead of never.
    const body = await api.stream(AbortSignal.any([signal, line.signal]));
    await readAll();
    alive();
    await readSse(
      body,
      ({ name, data }) => {
        if (!NAMES.has(name)) return;
        const event = { kind: name, value: JSON.parse(data) as unknown } as LiveEvent;
        if (event.kind === 'case') takeCase(event.value);
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

function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, forMs);
    signal.addEventListener('abort', () => (window.clearTimeout(timer), resolve()), { once: true });
  });
}

const signedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

async function keepFollowing(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const startedAtMs = Date.now();
    try {
      await follow(signal);
    } catch (error) {
      if (signedOut(error)) return leave();
    }
    if (signal.aborted) return;
    // A line that held for a while and broke is no reason to wait long.
    failures = Date.now() - startedAtMs > LAST_RETRY_MS ? 0 : failures + 1;
    const longestMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    const waitMs = longestMs * (0.5 + Math.random() / 2);
    link.update((now) => ({ state: 'reconnecting', heardAtMs: now.heardAtMs, retryAtMs: Date.now() + waitMs }));
    await pause(waitMs, signal);
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
  return () => stop.abort();
}

/** Reads the alerts a filter asks for, which may be older than what is at hand. */
export async function readMatching(query: { cell: string; source: string; stage: string }): Promise<void> {
  const rows = await api.alerts({ limit: 200, ...query });
  situation.update((now) => withAlerts(now, rows));
}
