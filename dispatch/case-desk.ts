/** Works cases through their stages: an operator's move or a patrol's answer in, a changed case and orders out. */
import { GB30428, type CellCodec } from '../domain/cell-code.ts';
import type { CaseDetail, CaseEvent, Order, PatrolRefusal } from '../domain/case.ts';
import type { Choice } from '../domain/choice.ts';
import type { OrderStatusEvent } from '../domain/device.ts';
import type { Operator } from '../domain/operator.ts';
import type { OrderMessage, Patrol, Team } from '../domain/patrol.ts';
import type { CellLookup } from '../grid/cell-index.ts';
import { centreOf } from '../grid/polygon.ts';
import { teamFor } from '../grid/responsible.ts';
import type { Clock } from '../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { CaseChange, CaseStore } from './case-store.ts';
import { choiceLine, choosePatrol, type ChoiceQuestion } from './choose.ts';
import { judgeMove, type MoveRequest } from './moves.ts';
import { isOpen, mayFollow } from './order-status.ts';

/** Brings orders to patrols. It may deliver one twice (same `orderId`), never none without rejecting. */
export interface OrderSender {
  sendOrder(order: OrderMessage): Promise<void>;
}

export interface CaseDeskParts {
  readonly store: Pick<CaseStore, 'caseDetail' | 'changeCase' | 'findOrder' | 'unansweredOrders' | 'patrolStates'>;
  readonly orders: OrderSender;
  readonly grid: { readonly cells: Pick<CellLookup, 'cell'>; readonly codec?: CellCodec };
  readonly roster: { readonly patrols: readonly Patrol[]; readonly teams: readonly Team[] };
  readonly platform: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
}

export interface CaseMove extends MoveRequest {
  /** The version of the case that the actor saw. */
  readonly seenVersion: number;
}

/** What came of a patrol's answer. 'not-forward': a duplicate, or overtaken by a later status. */
export type OrderAnswer = { readonly outcome: 'applied'; readonly case: CaseDetail } | { readonly outcome: 'unknown-order' | 'not-their-order' | 'not-forward' };

export interface CaseDesk {
  /**
   * Throws NOT_FOUND (no such case or patrol, or a case outside the actor's cells), CASE_CHANGED, ROLE_TOO_LOW, MOVE_NOT_ALLOWED,
   * PATROL_UNFIT. An order that could not be handed to the sender is kept and sent again by `resendUnanswered`.
   */
  move(caseId: string, asked: CaseMove): Promise<CaseDetail>;
  /** A patrol's answer. Safe to repeat; late and duplicate answers change nothing. */
  orderAnswered(event: OrderStatusEvent): Promise<OrderAnswer>;
  /** Who could go, best first, or why nobody can. Throws NOT_FOUND. */
  candidates(caseId: string, asked?: { readonly actor?: Operator; readonly skill?: string | null }): Promise<Choice>;
  /** Sends orders again that nobody acknowledged for RESEND_AFTER_MS, under the same id. To be called about as often. */
  resendUnanswered(): Promise<{ readonly sentAgain: number }>;
}

export const RESEND_AFTER_MS = 30_000;
/** Two operators and four patrols changing one case at once settle within a few tries. */
const TRIES_ON_CONFLICT = 10;

export function createCaseDesk(parts: CaseDeskParts): CaseDesk {
  return {
    move: (caseId, asked) => move(caseId, asked, parts),
    orderAnswered: (event) => orderAnswered(event, parts),
    candidates: async (caseId, asked = {}) => {
      const it = await parts.store.caseDetail(caseId);
      if (asked.actor) refuseOutsideScope(it, asked.actor, parts);
      return choosePatrol(await questionOf(it, triedFor(it), asked.skill ?? null, parts));
    },
    resendUnanswered: () => resendUnanswered(parts),
  };
}

async function move(caseId: string, asked: CaseMove, parts: CaseDeskParts): Promise<CaseDetail> {
  const it = await parts.store.caseDetail(caseId);
  refuseOutsideScope(it, asked.actor, parts);
  // Before the guards: they must not judge a state that the actor has not seen.
  if (it.version !== asked.seenVersion) throw new GridwardenError('CASE_CHANGED', { case: caseId, found: it.version, seen: asked.seenVersion });
  const change = await changeOf(it, asked, parts);
  const changed = await parts.store.changeCase(change);
  for (const order of change.orders) await send(order, changed, parts);
  return changed;
}

/** The operator may see only cells below their prefixes: a case elsewhere is, for them, not there. */
function refuseOutsideScope(it: CaseDetail, actor: Operator, { grid }: CaseDeskParts): void {
  if (actor.cellScope.length === 0) return;
  const path = it.cellCode === null ? '' : (grid.codec ?? GB30428).areaPath(it.cellCode);
  if (!actor.cellScope.some((prefix) => path.startsWith(prefix))) throw new GridwardenError('NOT_FOUND', { what: 'case', id: it.id });
}

async function changeOf(it: CaseDetail, asked: CaseMove, parts: CaseDeskParts): Promise<CaseChange> {
  const judged = judgeMove(it, asked);
  if ('by' in judged) {
    if (judged.by === 'may-dispatch') throw new GridwardenError('ROLE_TOO_LOW', { role: asked.actor.role });
    throw new GridwardenError('MOVE_NOT_ALLOWED', { ...judged.facts, case: it.id, move: asked.move, reason: judged.reason, why: judged.why });
  }
  const nowMs = parts.platform.clock.nowMs();
  const stage = judged.to === it.stage ? {} : { stage: judged.to, stageSinceMs: nowMs };
  const event: CaseEvent = {
    id: parts.platform.ids.id(),
    caseId: it.id,
    atMs: nowMs,
    actor: `operator/${asked.actor.name}`,
    what: asked.move,
    fromStage: it.stage,
    toStage: judged.to,
    why: asked.why?.trim() || null,
  };
  return { caseId: it.id, seenVersion: asked.seenVersion, set: { ...stage, ...fieldsOf(asked, nowMs) }, event, orders: await ordersOf(it, asked, nowMs, parts) };
}

/** What a move sets besides the stage; the guards have made sure that it is given. */
function fieldsOf(asked: CaseMove, nowMs: number): CaseChange['set'] {
  switch (asked.move) {
    case 'claim':
      return { assignee: asked.actor.name };
    case 'release':
      return { assignee: null };
    case 'classify':
      return { category: asked.category?.trim() ?? null };
    case 'close':
      return { closeCode: asked.closeCode ?? null, closedAtMs: nowMs };
    case 'dispatch':
    case 'follow_up':
    case 'rework':
      return {};
  }
}

/** Orders that a move makes or takes back. */
async function ordersOf(it: CaseDetail, asked: CaseMove, nowMs: number, parts: CaseDeskParts): Promise<Order[]> {
  if (asked.move === 'close') return it.orders.filter((order) => isOpen(order.status)).map((order) => ({ ...order, status: 'recalled', statusAtMs: nowMs }));
  if (asked.move !== 'dispatch' || !asked.patrolId) return [];
  const patrolId = asked.patrolId;
  const patrol = parts.roster.patrols.find((one) => one.id === patrolId);
  if (!patrol) throw new GridwardenError('NOT_FOUND', { what: 'patrol', id: patrolId });
  const question = await questionOf(it, triedFor(it).filter((id) => id !== patrolId), null, parts);
  refuseUnfit(it, patrol, question);
  const candidate = choosePatrol(question).candidates.find((one) => one.patrolId === patrolId);
  const reason = candidate ? choiceLine(candidate) : 'code=chosen-by-hand';
  return [{ id: parts.platform.ids.id(), caseId: it.id, patrolId, status: 'sent', sentAtMs: nowMs, statusAtMs: nowMs, note: null, reason }];
}

function refuseUnfit(it: CaseDetail, patrol: Patrol, { states }: ChoiceQuestion): void {
  const state = states.find((one) => one.patrolId === patrol.id);
  const refuse = (reason: PatrolRefusal, why: string, facts: Readonly<Record<string, number>> = {}): never => {
    throw new GridwardenError('PATROL_UNFIT', { ...facts, patrol: patrol.id, reason, why });
  };
  if (!state?.onDuty) refuse('off-duty', 'it is off duty');
  if (it.orders.some((order) => order.patrolId === patrol.id && isOpen(order.status))) refuse('on-this-case', 'it is on its way to this case already');
  const open = state?.openOrders ?? 0;
  if (open >= patrol.maxOrders) refuse('hands-full', `it has ${open} open orders and may carry ${patrol.maxOrders}`, { open, most: patrol.maxOrders });
}

/** Patrols that are on this case or have declined it: proposing them again would only cost time. */
function triedFor(it: CaseDetail): string[] {
  return it.orders.filter((order) => isOpen(order.status) || order.status === 'declined').map((order) => order.patrolId);
}

async function questionOf(it: CaseDetail, tried: readonly string[], skill: string | null, { store, grid, roster, platform }: CaseDeskParts): Promise<ChoiceQuestion> {
  // The grid as it stood when the case was opened: a case keeps its cell when the grid is redrawn.
  const cell = it.cellCode === null ? null : grid.cells.cell(it.cellCode, it.openedAtMs);
  return {
    patrols: roster.patrols,
    states: await store.patrolStates(),
    at: it.at ?? (cell ? centreOf(cell.area) : null),
    measuredFrom: it.at ? 'place' : cell ? 'cell-centre' : null,
    responsibleTeamId: cell ? (teamFor(cell, roster.teams, grid.codec)?.id ?? null) : null,
    severity: it.severity,
    tried,
    skill,
    nowMs: platform.clock.nowMs(),
  };
}

/** The case is already changed: a sender that fails must not undo it, the order goes out again later. */
async function send(order: Order, it: CaseDetail, { orders, grid, platform }: CaseDeskParts): Promise<boolean> {
  const cell = it.cellCode === null ? null : grid.cells.cell(it.cellCode, it.openedAtMs);
  const message: OrderMessage = {
    orderId: order.id,
    caseId: it.id,
    patrolId: order.patrolId,
    severity: it.severity,
    title: it.category ?? it.severity,
    cellCode: it.cellCode,
    cellName: cell?.name ?? null,
    at: it.at,
    sentAtMs: order.sentAtMs,
    traceparent: it.traceparent,
    ...(order.status === 'recalled' ? { recalled: true } : {}),
  };
  try {
    await orders.sendOrder(message);
    return true;
  } catch (error) {
    platform.log.warn({ order: order.id, case: it.id, patrol: order.patrolId, reason: sentenceOf(error), error }, 'the order could not be handed on; it is kept');
    return false;
  }
}

async function orderAnswered(event: OrderStatusEvent, parts: CaseDeskParts): Promise<OrderAnswer> {
  const { store, roster, platform } = parts;
  const found = await store.findOrder(event.orderId);
  const ignored = (outcome: 'unknown-order' | 'not-their-order'): OrderAnswer => {
    platform.log.warn({ outcome, order: event.orderId, device: event.deviceId, status: event.status }, 'an answer to an order was ignored');
    return { outcome };
  };
  if (!found) return ignored('unknown-order');
  if (roster.patrols.find((patrol) => patrol.id === found.patrolId)?.deviceId !== event.deviceId) return ignored('not-their-order');
  for (let tries = 1; ; tries++) {
    const it = await store.caseDetail(found.caseId);
    const order = it.orders.find((one) => one.id === event.orderId);
    if (!order || !mayFollow(order.status, event.status)) return { outcome: 'not-forward' };
    try {
      return { outcome: 'applied', case: await store.changeCase(answerChange(it, order, event, platform)) };
    } catch (error) {
      if (!(error instanceof GridwardenError && error.code === 'CASE_CHANGED') || tries === TRIES_ON_CONFLICT) throw error;
    }
  }
}

function answerChange(it: CaseDetail, order: Order, event: OrderStatusEvent, { clock, ids }: CaseDeskParts['platform']): CaseChange {
  const line: CaseEvent = {
    id: ids.id(),
    caseId: it.id,
    atMs: clock.nowMs(),
    actor: `patrol/${order.patrolId}`,
    what: 'order',
    fromStage: it.stage,
    toStage: it.stage,
    why: event.note === null ? event.status : `${event.status}: ${event.note}`,
  };
  const answered: Order = { ...order, status: event.status, statusAtMs: event.occurredAtMs, note: event.note ?? order.note };
  return { caseId: it.id, seenVersion: it.version, set: {}, event: line, orders: [answered] };
}

async function resendUnanswered(parts: CaseDeskParts): Promise<{ sentAgain: number }> {
  const waiting = await parts.store.unansweredOrders(parts.platform.clock.nowMs() - RESEND_AFTER_MS);
  if (waiting.length === 0) return { sentAgain: 0 };
  const onDuty = new Set((await parts.store.patrolStates()).filter((state) => state.onDuty).map((state) => state.patrolId));
  let sentAgain = 0;
  // Nobody off duty is disturbed; the order stays open for the operator to see.
  for (const { id, caseId } of waiting.filter((order) => onDuty.has(order.patrolId))) {
    const it = await parts.store.caseDetail(caseId);
    const order = it.orders.find((one) => one.id === id && one.status === 'sent');
    if (order && (await send(order, it, parts))) sentAgain++;
  }
  return { sentAgain };
}
