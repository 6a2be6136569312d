/** Transcripts: the patrol's phone said this, so the patrol was there. */
import { describe, expect, test } from 'vitest';
import type { Cell } from '../domain/cell.ts';
import type { PositionEvent } from '../domain/device.ts';
import type { Patrol, PatrolState } from '../domain/patrol.ts';
import { createCellIndex } from '../grid/cell-index.ts';
import { keptLog } from '../platform/log.ts';
import { createPositionDesk, type PositionOutcome } from './positions.ts';

const START_MS = 1_800_000_000_000;
const SOUTH_WEST = { lon: 116.39, lat: 39.91 };
const M_PER_DEGREE = 111_195.08;
const eastOf = (m: number): number => SOUTH_WEST.lon + m / (M_PER_DEGREE * Math.cos((SOUTH_WEST.lat * Math.PI) / 180));

/** Two squares of 200 m side by side, A from 0 to 200 m east, B from 200 to 400 m; the patrol walks along their middle. */
const cell = (code: string, fromM: number): Cell => {
  const [west, east, south, north] = [eastOf(fromM), eastOf(fromM + 200), SOUTH_WEST.lat - 100 / M_PER_DEGREE, SOUTH_WEST.lat + 100 / M_PER_DEGREE];
  const level = { code, name: 'n' };
  return { code, name: code, community: level, street: level, district: level, teamId: null, area: { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }, validFromMs: 0, validToMs: null };
};
const names: Record<string, string> = { '110101001001001': 'A', '110101001001002': 'B' };
const cells = createCellIndex([cell('110101001001001', 0), cell('110101001001002', 200)]);
const patrols: Patrol[] = [{ id: 'p1', name: 'One', teamId: 't', deviceId: 'phone-1', skills: [], maxOrders: 1 }];

function memoryStore() {
  const states = new Map<string, PatrolState>();
  const blank = (patrolId: string): PatrolState => ({ patrolId, onDuty: false, position: null, fixAtMs: null, accuracyM: null, cellCode: null, openOrders: 0 });
  return {
    states,
    trail: [] as string[],
    patrolStates: async () => [...states.values()],
    setOnDuty: async (patrolId: string, onDuty: boolean) => void states.set(patrolId, { ...(states.get(patrolId) ?? blank(patrolId)), onDuty }),
    async savePosition(p: { patrolId: string; at: { lon: number; lat: number }; fixAtMs: number; accuracyM: number | null; cellCode: string | null }) {
      const state = states.get(p.patrolId) ?? blank(p.patrolId);
      if (state.fixAtMs !== null && p.fixAtMs <= state.fixAtMs) return false;
      states.set(p.patrolId, { ...state, position: p.at, fixAtMs: p.fixAtMs, accuracyM: p.accuracyM, cellCode: p.cellCode });
      return true;
    },
  };
}

/** `5s 150m` or `5s 150m ±10`: five seconds after the start, 150 m east of A's western border. */
function event(words: string, changes: Partial<PositionEvent> = {}): PositionEvent {
  const [, seconds, metres, accuracy] = /^(-?\d+)s (-?\d+)m(?: ±(\d+))?$/.exec(words) ?? [];
  const atMs = START_MS + Number(seconds) * 1000;
  return { id: words, source: '/devices/phone-1', deviceId: 'phone-1', occurredAtMs: atMs, receivedAtMs: atMs + 300, traceparent: 't', type: 'position', fix: { lon: eastOf(Number(metres)), lat: SOUTH_WEST.lat }, accuracyM: accuracy ? Number(accuracy) : 10, speedKmh: null, batteryPercent: null, ...changes };
}

const heard = (outcome: PositionOutcome): string => (outcome.kind === 'moved' ? `${outcome.cellChanged ? 'into' : 'in'} ${outcome.cellCode ? names[outcome.cellCode] : 'no cell'}` : outcome.kind);

async function onDuty() {
  const store = memoryStore();
  const desk = createPositionDesk({ store, cells, patrols, log: keptLog() });
  await desk.setOnDuty('p1', true);
  return { store, desk };
}

/** Each line: what the phone said → what came of it. */
async function play(transcript: readonly (readonly [string, string])[]): Promise<void> {
  const { desk } = await onDuty();
  const heardSoFar: (readonly [string, string])[] = [];
  for (const [words] of transcript) heardSoFar.push([words, heard((await desk.take([event(words)]))[0]!)]);
  expect(heardSoFar).toEqual(transcript);
}

describe('changing the cell', () => {
  test('the first fix is believed, and walking on inside changes nothing', () =>
    play([['0s 100m', 'into A'], ['10s 112m', 'in A'], ['20s 125m', 'in A']]));

  test('a few metres over the border count only when the next fix says so too', () =>
    play([['0s 190m', 'into A'], ['10s 205m', 'in A'], ['20s 212m', 'into B'], ['30s 220m', 'in B']]));

  test('walking along the border with a jittery phone stays in one cell', () =>
    play([['0s 190m', 'into A'], ['10s 205m', 'in A'], ['20s 195m', 'in A'], ['30s 206m', 'in A'], ['40s 194m', 'in A'], ['50s 203m', 'in A']]));

  test('a leap of 50 m and back changes nothing (traccar/traccar#3609)', () =>
    play([['0s 198m', 'into A'], ['10s 248m', 'in A'], ['20s 197m', 'in A']]));

  test('deep in the other cell one fix is enough', () =>
    play([['0s 150m', 'into A'], ['60s 270m', 'into B']]));

  test('deep, but not deeper than the phone is exact: not enough', () =>
    play([['0s 150m ±20', 'into A'], ['60s 270m ±80', 'in A'], ['70s 275m ±80', 'into B']]));

  test('leaving the grid takes two fixes, coming back one', () =>
    play([['0s 20m', 'into A'], ['20s -60m', 'in A'], ['40s -120m', 'into no cell'], ['60s -130m', 'in no cell'], ['90s 10m', 'into A']]));

  test('a fix in another new cell begins the count anew', () =>
    play([['0s 380m', 'into B'], ['30s 410m', 'in B'], ['60s 195m ±60', 'in B'], ['90s 190m ±60', 'into A']]));

  test('a cell that was ended is left at once', async () => {
    const ended = { ...cell('110101001001001', 0), validToMs: START_MS + 5000 };
    const redrawn = createCellIndex([ended, { ...cell('110101001001002', 0), validFromMs: START_MS + 5000 }]);
    const desk = createPositionDesk({ store: memoryStore(), cells: redrawn, patrols, log: keptLog() });
    await desk.setOnDuty('p1', true);
    expect((await desk.take([event('0s 5m'), event('10s 5m')])).map(heard)).toEqual(['into A', 'into B']);
  });
});

describe('fixes that are not believed', () => {
  test('late, repeated and reordered ones', () =>
    play([['0s 100m', 'into A'], ['30s 110m', 'in A'], ['10s 290m', 'late'], ['30s 110m', 'late'], ['40s 115m', 'in A']]));

  test('faster than any patrol', () =>
    play([['0s 100m', 'into A'], ['10s 5000m', 'jump'], ['20s 110m', 'in A'], ['30s 9000m', 'jump'], ['40s 120m', 'in A']]));

  test('three jumps that agree: the old position was the wrong one', () =>
    play([['0s 90000m', 'in no cell'], ['10s 100m', 'jump'], ['20s 105m', 'jump'], ['30s 110m', 'into A'], ['40s 120m', 'in A']]));

  test('three jumps that do not agree are three jumps', () =>
    play([['0s 100m', 'into A'], ['10s 5000m', 'jump'], ['20s -7000m', 'jump'], ['30s 15000m', 'jump'], ['40s 110m', 'in A']]));

  test('jumps are counted anew after a fix that is believed', () =>
    play([['0s 100m', 'into A'], ['10s 5000m', 'jump'], ['20s 5010m', 'jump'], ['30s 110m', 'in A'], ['40s 5020m', 'jump'], ['50s 120m', 'in A']]));

  test('the same jump sent again is not a second one', () =>
    play([['0s 90000m', 'in no cell'], ['10s 100m', 'jump'], ['10s 100m', 'late'], ['10s 100m', 'late'], ['20s 110m', 'jump']]));

  test('two fixes a second apart may differ by their inexactness', () =>
    play([['0s 100m ±40', 'into A'], ['1s 190m ±40', 'in A']]));

  test('by the mast alone', () =>
    play([['0s 100m', 'into A'], ['10s 300m ±501', 'inaccurate'], ['20s 105m ±500', 'in A']]));

  test('a phone whose clock runs an hour ahead does not shut out its later fixes', async () => {
    const { desk } = await onDuty();
    const ahead = event('0s 100m', { occurredAtMs: START_MS + 3_600_000, receivedAtMs: START_MS });
    expect((await desk.take([ahead, event('10s 110m')])).map(heard)).toEqual(['into A', 'in A']);
  });
});

describe('who is followed', () => {
  test('off duty nothing is kept, and back on duty the next fix counts', async () => {
    const { desk, store } = await onDuty();
    await desk.take([event('0s 100m')]);
    await desk.setOnDuty('p1', false);
    expect((await desk.take([event('10s 110m')])).map(heard)).toEqual(['off-duty']);
    expect(store.states.get('p1')).toMatchObject({ fixAtMs: START_MS });
    await desk.setOnDuty('p1', true);
    expect((await desk.take([event('20s 120m')])).map(heard)).toEqual(['in A']);
  });

  test('a device that is no patrol', async () => {
    const { desk } = await onDuty();
    expect(await desk.take([event('0s 100m', { deviceId: 'phone-9' })])).toEqual([{ kind: 'unknown-device', deviceId: 'phone-9' }]);
  });

  test('duty of an unknown patrol', async () => {
    const { desk } = await onDuty();
    await expect(desk.setOnDuty('p9', true)).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'There is no patrol p9.' });
  });

  test('a batch is taken in order and gives one outcome each', async () => {
    const { desk, store } = await onDuty();
    const outcomes = await desk.take([event('0s 190m'), event('20s 206m'), event('10s 100m'), event('30s 210m')]);
    expect(outcomes.map(heard)).toEqual(['into A', 'in A', 'late', 'into B']);
    expect(store.states.get('p1')).toMatchObject({ fixAtMs: START_MS + 30_000, cellCode: '110101001001002', accuracyM: 10 });
  });

  test('another desk that was faster makes a fix late', async () => {
    const { desk, store } = await onDuty();
    store.savePosition = async () => false;
    expect((await desk.take([event('0s 100m')])).map(heard)).toEqual(['late']);
  });
});
