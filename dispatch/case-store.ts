/** What working cases needs of a store; `store/` satisfies it without knowing this file. */
import type { Case, CaseDetail, CaseEvent, Order } from '../domain/case.ts';
import type { LonLat } from '../domain/geo.ts';
import type { PatrolState } from '../domain/patrol.ts';

/** A whole change of one case: applied only if the case still has `seenVersion`, else CASE_CHANGED. */
export interface CaseChange {
  readonly caseId: string;
  readonly seenVersion: number;
  readonly set: Partial<Pick<Case, 'stage' | 'assignee' | 'category' | 'closeCode' | 'stageSinceMs' | 'closedAtMs'>>;
  readonly event: CaseEvent;
  /** Orders made or changed by this move, written in the same transaction (upsert by id). */
  readonly orders: readonly Order[];
}

export interface CaseStore {
  /** Throws NOT_FOUND. */
  caseDetail(caseId: string): Promise<CaseDetail>;
  changeCase(change: CaseChange): Promise<CaseDetail>;
  /** The order with its case, or null. */
  findOrder(orderId: string): Promise<Order | null>;
  /** Orders still 'sent' since before this moment: to be sent again. */
  unansweredOrders(sentBeforeMs: number): Promise<readonly Order[]>;
  /** State of every patrol that ever reported, with its number of open orders. */
  patrolStates(): Promise<readonly PatrolState[]>;
  /** Keeps the newest fix (an older one than the kept is ignored) and the trail; true if it became the newest. */
  savePosition(position: { patrolId: string; at: LonLat; fixAtMs: number; receivedAtMs: number; accuracyM: number | null; cellCode: string | null }): Promise<boolean>;
  setOnDuty(patrolId: string, onDuty: boolean): Promise<void>;
}
