/** Transcripts of cases being worked: an operator did this, a patrol answered that, so the case stood here and this went out. */
import { describe, expect, test } from 'vitest';
import type { Case, CaseDetail, Order } from '../domain/case.ts';
import type { Cell } from '../domain/cell.ts';
import type { OrderStatusEvent } from '../domain/device.ts';
import type { Operator } from '../domain/operator.ts';
import type { OrderMessage, Patrol, PatrolState } from '../domain/patrol.ts';
import { createCellIndex } from '../grid/cell-index.ts';
import { importGrid } from '../grid/import.ts';
import { ManualClock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';
import { countedIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { districtGeoJson } from '../test-fixtures/grid/make-district.ts';
import { createCaseDesk, type CaseMove } from './case-desk.ts';
import type { CaseStore } from './case-store.ts';
import { isOpen } from './order-status.ts';

const NOW_MS = Date.parse('2026-11-15T12:00:00Z');
const all: Cell[] = importGrid(JSON.stringify(districtGeoJson()), { file: 'district', nowMs: NOW_MS });
const CELL = '110101001001004';
const AT = { lon: 116.3841, lat: 39.9117 };

const li: Operator = { name: 'li', role: 'dispatcher', cellScope: [], seesFaces: false };
const wang: Operator = { name: 'wang', role: 'dispatcher', cellScope: [], seesFaces: false };
const guest: Operator = { name: 'guest', role: 'viewer', cellScope: [], seesFaces: false };

const patrol = (id: string, teamId: string, maxOrders = 2): Patrol => ({ id, name: id, teamId, deviceId: `phone-${id}`, skills: [], maxOrders });
const patrols = [patrol('east', 'street-1'), patrol('west', 'street-1'), patrol('guest', 'street-2', 1)];
const teams = [
  { id: 'street-1', name: 'Street 1', codePrefixes: ['110101001'] },
  { id: 'street-2', name: 'Street 2', codePrefixes: ['110101002'] },
];

interface MemoryStore extends Omit<CaseStore, 'savePosition' | 'setOnDuty'> {
  readonly cases: Map<string, CaseDetail>;
  readonly duty: Map<string, Partial<PatrolState>>;
  /** Runs before the next change, once: what somebody else does in between. */
  meanwhile: (() => Promise<unknown>) | null;
}

/** Keeps cases as the real store does: a change goes in whole, and only on the version that was seen. */
function memoryStore(first: Partial<Case> = {}): MemoryStore {
  const opened: CaseDetail = { id: 'c1', version: 1, stage: 'reported', severity: 'Severe', cellCode: CELL, at: AT, assignee: null, category: null, closeCode: null, openedAtMs: NOW_MS - 60_000, stageSinceMs: NOW_MS - 60_000, closedAtMs: null, traceparent: '00-9-9-01', history: [], orders: [], ...first };
  const cases = new Map([[opened.id, opened]]);
  const duty = new Map<string, Partial<PatrolState>>([['east', { position: { lon: AT.lon + 0.001, lat: AT.lat } }], ['west', { position: { lon: AT.lon - 0.004, lat: AT.lat } }]]);
  const orders = (): Order[] => [...cases.values()].flatMap((it) => it.orders);
  const find = (id: string): CaseDetail => {
    const it = cases.get(id);
    if (!it) throw new GridwardenError('NOT_FOUND', { what: 'case', id });
    return it;
  };
  const store: MemoryStore = {
    cases,
    duty,
    meanwhile: null,
    caseDetail: async (id) => find(id),
    changeCase: async (change) => {
      const interrupt = store.meanwhile;
      store.meanwhile = null;
      await interrupt?.();
      // No await from here on: the real store does this in one transaction.
      const it = find(change.caseId);
      if (it.version !== change.seenVersion) throw new GridwardenError('CASE_CHANGED', { case: it.id, found: it.version, seen: change.seenVersion });
      const kept = it.orders.map((order) => change.orders.find((one) => one.id === order.id) ?? order);
      const added = change.orders.filter((order) => !it.orders.some((one) => one.id === order.id));
      const changed = { ...it, ...change.set, version: it.version + 1, history: [...it.history, change.event], orders: [...kept, ...added] };
      cases.set(it.id, changed);
      return changed;
    },
    findOrder: async (id) => orders().find((order) => order.id === id) ?? null,
    unansweredOrders: async (sentBeforeMs) => orders().filter((order) => order.status === 'sent' && order.sentAtMs <= sentBeforeMs),
    patrolStates: async () =>
      [...duty].map(([patrolId, state]): PatrolState => ({ patrolId, onDuty: true, position: null, fixAtMs: NOW_MS, accuracyM: 5, cellCode: null, openOrders: orders().filter((order) => order.patrolId === patrolId && isOpen(order.status)).length, ...state })),
  };
  return store;
}

function desk(first: Partial<Case> = {}) {
  const store = memoryStore(first);
  const clock = new ManualClock(NOW_MS);
  const log = keptLog();
  const sent: OrderMessage[] = [];
  const sender = { down: false, sendOrder: async (order: OrderMessage) => (sender.down ? Promise.reject(new Error('Redis does not answer')) : void sent.push(order)) };
  const cases = createCaseDesk({ store, orders: sender, grid: { cells: createCellIndex(all) }, roster: { patrols, teams }, platform: { clock, ids: countedIds(), log } });
  /** Always with the version that stands now. */
  const move = async (asked: Omit<CaseMove, 'seenVersion' | 'actor'> & { actor?: Operator }): Promise<CaseDetail> => cases.move('c1', { actor: li, ...asked, seenVersion: store.cases.get('c1')!.version });
  const answer = (orderId: string, status: OrderStatusEvent['status'], changes: Partial<OrderStatusEvent> = {}) => {
    const patrolId = store.cases.get('c1')!.orders.find((order) => order.id === orderId)?.patrolId ?? 'east';
    return cases.orderAnswered({ id: `${orderId}-${status}`, source: `/devices/phone-${patrolId}`, deviceId: `phone-${patrolId}`, occurredAtMs: clock.nowMs() - 200, receivedAtMs: clock.nowMs(), traceparent: 't', type: 'order-status', orderId, status, note: null, ...changes });
  };
  const history = (): string[] => store.cases.get('c1')!.history.map((it) => [it.actor, it.what, `${it.fromStage}→${it.toStage}`, it.why].filter(Boolean).join(' '));
  return { store, clock, log, sent, sender, cases, move, answer, history };
}

/** A desk whose case was classified and given to patrol east; the order's id is the second counted one. */
async function dispatched() {
  const it = desk();
  await it.move({ move: 'claim' });
  await it.move({ move: 'classify', category: 'intrusion' });
  const after = await it.move({ move: 'dispatch', patrolId: 'east' });
  return { ...it, orderId: after.orders[0]!.id };
}

test('a whole case, from claim to close', async () => {
  const { clock, sent, move, answer, history, store, orderId } = await dispatched();
  for (const status of ['acknowledged', 'en_route', 'on_scene', 'done'] as const) {
    await clock.advance(60_000);
    expect((await answer(orderId, status, { note: status === 'done' ? 'gate was open' : null })).outcome).toBe('applied');
  }
  await move({ move: 'follow_up' });
  const closed = await move({ move: 'close', closeCode: 'true', why: 'owner confirmed' });
  expect(history()).toEqual([
    'operator/li claim reported→reported',
    'operator/li classify reported→classified',
    'operator/li dispatch classified→handling',
    'patrol/east order handling→handling acknowledged',
    'patrol/east order handling→handling en_route',
    'patrol/east order handling→handling on_scene',
    'patrol/east order handling→handling done: gate was open',
    'operator/li follow_up handling→following_up',
    'operator/li close following_up→closed owner confirmed',
  ]);
  expect(closed).toMatchObject({ version: 10, stage: 'closed', assignee: 'li', category: 'intrusion', closeCode: 'true', closedAtMs: NOW_MS + 240_000, stageSinceMs: NOW_MS + 240_000 });
  expect(closed.orders).toEqual([{ id: orderId, caseId: 'c1', patrolId: 'east', status: 'done', sentAtMs: NOW_MS, statusAtMs: NOW_MS + 240_000 - 200, note: 'gate was open', reason: 'rank=1/2 code=nearest distance_m=85 position_age_s=0 open_orders=0 responsible=yes stale=no' }]);
  expect(sent).toEqual([{ orderId, caseId: 'c1', patrolId: 'east', severity: 'Severe', title: 'intrusion', cellCode: CELL, cellName: '银闸社区第四网格', at: AT, sentAtMs: NOW_MS, traceparent: '00-9-9-01' }]);
  expect(new Set(store.cases.get('c1')!.history.map((event) => event.id)).size).toBe(9);
});

describe('refused moves change nothing', () => {
  test.each<[string, Partial<Case>, Omit<CaseMove, 'seenVersion'>, string]>([
    ['a viewer', {}, { move: 'claim', actor: guest }, 'ROLE_TOO_LOW: Your role viewer may not do this.'],
    ['out of order', {}, { move: 'dispatch', actor: li, patrolId: 'east' }, 'MOVE_NOT_ALLOWED: Case c1 cannot take the move dispatch: it is at stage reported, and this move starts from classified or handling.'],
    ['held by another', { assignee: 'wang' }, { move: 'claim', actor: li }, 'MOVE_NOT_ALLOWED: Case c1 cannot take the move claim: wang holds it; ask for it to be released, or have an administrator claim it.'],
    ['closed', { stage: 'closed' }, { move: 'rework', actor: li, why: 'again' }, 'MOVE_NOT_ALLOWED: Case c1 cannot take the move rework: it is closed.'],
    ['a patrol that is not there', { stage: 'classified' }, { move: 'dispatch', actor: li, patrolId: 'north' }, 'NOT_FOUND: There is no patrol north.'],
    ['a patrol off duty', { stage: 'classified' }, { move: 'dispatch', actor: li, patrolId: 'guest' }, 'PATROL_UNFIT: Patrol guest cannot be sent: it is off duty.'],
    ['another street, for an operator of this one', {}, { move: 'claim', actor: { ...li, cellScope: ['110101002'] } }, 'NOT_FOUND: There is no case c1.'],
    ['a case in no cell, for an operator of a street', { cellCode: null }, { move: 'claim', actor: { ...li, cellScope: ['110101002'] } }, 'NOT_FOUND: There is no case c1.'],
  ])('%s', async (_, first, asked, expected) => {
    const { cases, store, sent } = desk(first);
    const before = store.cases.get('c1');
    const error = await cases.move('c1', { ...asked, seenVersion: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GridwardenError);
    expect(`${(error as GridwardenError).code}: ${(error as GridwardenError).message}`).toBe(expected);
    expect(store.cases.get('c1')).toBe(before);
    expect(sent).toEqual([]);
  });

  test('each refusal names its reason and facts, for whoever words it in another language', async () => {
    const fieldsOf = async (first: Partial<Case>, asked: Omit<CaseMove, 'seenVersion'>, change?: (it: ReturnType<typeof desk>) => void) => {
      const it = desk(first);
      change?.(it);
      return ((await it.cases.move('c1', { ...asked, seenVersion: 1 }).catch((error: unknown) => error)) as GridwardenError).fields;
    };
    const send = { move: 'dispatch', actor: li, patrolId: 'guest' } as const;
    expect(await fieldsOf({ assignee: 'wang' }, { move: 'claim', actor: li })).toMatchObject({ reason: 'held-by-another', holder: 'wang' });
    expect(await fieldsOf({}, send)).toMatchObject({ reason: 'wrong-stage', stage: 'reported', move: 'dispatch' });
    expect(await fieldsOf({ stage: 'classified' }, send)).toMatchObject({ patrol: 'guest', reason: 'off-duty' });
    expect(await fieldsOf({ stage: 'classified' }, send, ({ store }) => store.duty.set('guest', { openOrders: 1 }))).toMatchObject({ reason: 'hands-full', open: 1, most: 1 });
  });

  test('an operator of the street may', async () => {
    expect((await desk().move({ move: 'claim', actor: { ...li, cellScope: ['110101002', '110101001'] } })).assignee).toBe('li');
  });

  test('a case that is not there', async () => {
    await expect(desk().cases.move('c2', { move: 'claim', actor: li, seenVersion: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a patrol that is full, or there already', async () => {
    const { move, store } = await dispatched();
    await expect(move({ move: 'dispatch', patrolId: 'east' })).rejects.toThrow('Patrol east cannot be sent: it is on its way to this case already.');
    store.duty.set('west', { openOrders: 2 });
    await expect(move({ move: 'dispatch', patrolId: 'west' })).rejects.toThrow('Patrol west cannot be sent: it has 2 open orders and may carry 2.');
  });
});

describe('two at once', () => {
  test('the second operator is told that the case changed, and what they saw is not overwritten', async () => {
    const { cases, store } = desk();
    const [first, second] = await Promise.allSettled([cases.move('c1', { move: 'claim', actor: li, seenVersion: 1 }), cases.move('c1', { move: 'claim', actor: wang, seenVersion: 1 })]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'CASE_CHANGED', message: 'Case c1 was changed by somebody else meanwhile (version 2, you saw 1). Look again.' } });
    expect(store.cases.get('c1')!.assignee).toBe('li');
  });

  test('an old view is refused before it is judged', async () => {
    const { cases, move } = desk();
    await move({ move: 'claim', actor: wang });
    await expect(cases.move('c1', { move: 'claim', actor: li, seenVersion: 1 })).rejects.toMatchObject({ code: 'CASE_CHANGED' });
  });

  test("a patrol's answer waits for nobody: it is put on top of what was changed meanwhile", async () => {
    const { answer, store, move, history, orderId } = await dispatched();
    store.meanwhile = () => move({ move: 'release' });
    expect((await answer(orderId, 'acknowledged')).outcome).toBe('applied');
    expect(history().slice(-2)).toEqual(['operator/li release handling→handling', 'patrol/east order handling→handling acknowledged']);
  });

  test('the case was closed in the moment before the answer: the order stays recalled', async () => {
    const { answer, store, move, orderId } = await dispatched();
    store.meanwhile = () => move({ move: 'close', closeCode: 'false' });
    expect(await answer(orderId, 'on_scene')).toEqual({ outcome: 'not-forward' });
    expect(store.cases.get('c1')!.orders[0]!.status).toBe('recalled');
  });

  test('a store that says "changed" for ever fails in the end', async () => {
    const { answer, store, orderId } = await dispatched();
    store.changeCase = () => Promise.reject(new GridwardenError('CASE_CHANGED', { case: 'c1', found: 2, seen: 1 }));
    await expect(answer(orderId, 'acknowledged')).rejects.toMatchObject({ code: 'CASE_CHANGED' });
  });
});

describe('answers that change nothing', () => {
  test('twice, late, after the end', async () => {
    const { answer, history, orderId } = await dispatched();
    const outcomes = [];
    for (const status of ['on_scene', 'on_scene', 'acknowledged', 'done', 'declined'] as const) outcomes.push((await answer(orderId, status)).outcome);
    expect(outcomes).toEqual(['applied', 'not-forward', 'not-forward', 'applied', 'not-forward']);
    expect(history().filter((line) => line.includes('order')).map((line) => line.split(' ').at(-1))).toEqual(['on_scene', 'done']);
  });

  test("to an order that is not there, or is another patrol's", async () => {
    const { answer, log, orderId } = await dispatched();
    expect(await answer('order-9', 'done')).toEqual({ outcome: 'unknown-order' });
    expect(await answer(orderId, 'done', { deviceId: 'phone-west' })).toEqual({ outcome: 'not-their-order' });
    expect(log.lines.map((line) => line.level)).toEqual(['warn', 'warn']);
  });
});

describe('orders on their way', () => {
  test('closing takes open orders back and tells the patrols; ended ones stay as they are', async () => {
    const { move, answer, sent, orderId } = await dispatched();
    await answer(orderId, 'declined', { note: 'flat tyre' });
    const second = (await move({ move: 'dispatch', patrolId: 'west' })).orders[1]!.id;
    const closed = await move({ move: 'close', closeCode: 'duplicate' });
    expect(closed.orders.map((order) => `${order.patrolId} ${order.status}`)).toEqual(['east declined', 'west recalled']);
    expect(sent.slice(1).map((order) => [order.orderId, order.recalled ?? false])).toEqual([[second, false], [second, true]]);
  });

  test('an order that nobody acknowledged goes out again under the same id, until somebody does', async () => {
    const { cases, clock, sent, answer, orderId } = await dispatched();
    await clock.advance(29_000);
    expect(await cases.resendUnanswered()).toEqual({ sentAgain: 0 });
    await clock.advance(1_000);
    expect(await cases.resendUnanswered()).toEqual({ sentAgain: 1 });
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    await answer(orderId, 'acknowledged');
    await clock.advance(60_000);
    expect(await cases.resendUnanswered()).toEqual({ sentAgain: 0 });
  });

  test('an order answered in the very moment is not sent again', async () => {
    const { cases, clock, store, answer, sent, orderId } = await dispatched();
    const waiting = await store.unansweredOrders(NOW_MS);
    await answer(orderId, 'acknowledged');
    store.unansweredOrders = async () => waiting;
    await clock.advance(60_000);
    expect(await cases.resendUnanswered()).toEqual({ sentAgain: 0 });
    expect([waiting.length, sent.length]).toEqual([1, 1]);
  });

  test('nothing is sent again to a patrol that went off duty', async () => {
    const { cases, clock, store } = await dispatched();
    store.duty.set('east', { onDuty: false });
    await clock.advance(60_000);
    expect(await cases.resendUnanswered()).toEqual({ sentAgain: 0 });
  });

  test('a sender that fails undoes nothing: the order goes out later', async () => {
    const { cases, clock, sent, sender, move, log } = desk({ stage: 'classified' });
    sender.down = true;
    expect((await move({ move: 'dispatch', patrolId: 'east' })).stage).toBe('handling');
    expect(log.lines[0]).toMatchObject({ level: 'warn', message: 'the order could not be handed on; it is kept', fields: { patrol: 'east', reason: 'Redis does not answer' } });
    sender.down = false;
    await clock.advance(30_000);
    expect(await cases.resendUnanswered()).toEqual({ sentAgain: 1 });
    expect(sent).toHaveLength(1);
  });
});

describe('candidates', () => {
  const proposed = async (it: ReturnType<typeof desk>) => (await it.cases.candidates('c1')).candidates.map((c) => c.patrolId);

  test('the nearest of the responsible team first; who declined or is on the way is left out', async () => {
    const it = desk({ stage: 'classified' });
    expect(await proposed(it)).toEqual(['east', 'west']);
    const { orders } = await it.move({ move: 'dispatch', patrolId: 'east' });
    expect(await proposed(it)).toEqual(['west']);
    await it.answer(orders[0]!.id, 'declined');
    expect(await proposed(it)).toEqual(['west']);
    it.store.duty.delete('west');
    expect(await it.cases.candidates('c1')).toMatchObject({ candidates: [], shortfall: { code: 'AllTried' } });
  });

  test('who declined may be sent once more, by hand', async () => {
    const { answer, move, orderId } = await dispatched();
    await answer(orderId, 'declined');
    expect((await move({ move: 'dispatch', patrolId: 'east' })).orders.map((order) => order.status)).toEqual(['declined', 'sent']);
  });

  test('a case with a cell but no point is measured from the middle of its cell', async () => {
    const choice = await desk({ at: null }).cases.candidates('c1');
    expect(choice.candidates[0]).toMatchObject({ patrolId: 'east', responsible: true, distanceM: expect.any(Number) as number, reason: { measuredFrom: 'cell-centre' } });
  });

  test('a case in no cell has nobody responsible, and no distances', async () => {
    const choice = await desk({ at: null, cellCode: null }).cases.candidates('c1');
    expect(choice.candidates.map((c) => [c.distanceM, c.responsible, c.reason.measuredFrom])).toEqual([[null, false, null], [null, false, null]]);
  });

  test('are not told to an operator of another street', async () => {
    await expect(desk().cases.candidates('c1', { actor: { ...li, cellScope: ['110101002'] } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
