/** Cases, their history and their orders: changed as a whole, and only by somebody who saw the newest version. */
import type { Case, CaseDetail, CaseEvent, Order } from '../domain/case.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Database, Queries } from './database.ts';

/** See `dispatch/case-store.ts`, whose words these are. */
export interface StoredCaseChange {
  readonly caseId: string;
  readonly seenVersion: number;
  readonly set: Partial<Pick<Case, 'stage' | 'assignee' | 'category' | 'closeCode' | 'stageSinceMs' | 'closedAtMs'>>;
  readonly event: CaseEvent;
  readonly orders: readonly Order[];
}

const COLUMN_OF = {
  stage: 'stage',
  assignee: 'assignee',
  category: 'category',
  closeCode: 'close_code',
  stageSinceMs: 'stage_since_ms',
  closedAtMs: 'closed_at_ms',
} as const satisfies Record<keyof StoredCaseChange['set'], string>;

const caseColumns = `c.id, c.version, c.stage, c.severity, c.cell_code AS "cellCode", c.lon, c.lat, c.assignee, c.category, c.close_code AS "closeCode",
  c.opened_at_ms AS "openedAtMs", c.stage_since_ms AS "stageSinceMs", c.closed_at_ms AS "closedAtMs", c.traceparent`;
const eventColumns = 'id, case_id AS "caseId", at_ms AS "atMs", actor, what, from_stage AS "fromStage", to_stage AS "toStage", why';
const orderColumns = 'id, case_id AS "caseId", patrol_id AS "patrolId", status, sent_at_ms AS "sentAtMs", status_at_ms AS "statusAtMs", note, reason';

interface StoredCase extends Omit<Case, 'at'> {
  readonly lon: number | null;
  readonly lat: number | null;
}

export class CaseShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws NOT_FOUND. */
  async caseDetail(caseId: string): Promise<CaseDetail> {
    return detailOf(this.#database, caseId);
  }

  /** Applies the whole change or nothing of it. Throws CASE_CHANGED when the case is no longer at `seenVersion`, NOT_FOUND. */
  async changeCase(change: StoredCaseChange): Promise<CaseDetail> {
    return this.#database.transaction(async (tx) => {
      await raiseVersion(tx, change);
      await insertEvent(tx, change.event);
      for (const order of change.orders) await upsertOrder(tx, order);
      return detailOf(tx, change.caseId);
    });
  }

  async findOrder(orderId: string): Promise<Order | null> {
    const rows = await this.#database.query<Order>(`SELECT ${orderColumns} FROM orders WHERE id = $1`, [orderId]);
    return rows[0] ?? null;
  }

  /** Orders still 'sent' since before then, oldest first. */
  async unansweredOrders(sentBeforeMs: number): Promise<readonly Order[]> {
    return this.#database.query<Order>(`SELECT ${orderColumns} FROM orders WHERE status = 'sent' AND sent_at_ms < $1 ORDER BY sent_at_ms, id`, [sentBeforeMs]);
  }
}

async function raiseVersion(tx: Queries, { caseId, seenVersion, set }: StoredCaseChange): Promise<void> {
  const names = (Object.keys(COLUMN_OF) as (keyof typeof COLUMN_OF)[]).filter((name) => set[name] !== undefined);
  const sets = names.map((name, i) => `, ${COLUMN_OF[name]} = $${i + 3}`).join('');
  const changed = await tx.query(`UPDATE cases SET version = version + 1${sets} WHERE id = $1 AND version = $2 RETURNING id`, [
    caseId,
    seenVersion,
    ...names.map((name) => set[name]),
  ]);
  if (changed.length > 0) return;
  const found = (await tx.query<{ version: number }>('SELECT version FROM cases WHERE id = $1', [caseId]))[0];
  if (!found) throw new GridwardenError('NOT_FOUND', { what: 'case', id: caseId });
  throw new GridwardenError('CASE_CHANGED', { case: caseId, found: found.version, seen: seenVersion });
}

async function insertEvent(tx: Queries, event: CaseEvent): Promise<void> {
  await tx.query('INSERT INTO case_events (id, case_id, at_ms, actor, what, from_stage, to_stage, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
    event.id, event.caseId, event.atMs, event.actor, event.what, event.fromStage, event.toStage, event.why,
  ]);
}

async function upsertOrder(tx: Queries, order: Order): Promise<void> {
  await tx.query(
    `INSERT INTO orders (id, case_id, patrol_id, status, sent_at_ms, status_at_ms, note, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, status_at_ms = excluded.status_at_ms, note = excluded.note, reason = excluded.reason`,
    [order.id, order.caseId, order.patrolId, order.status, order.sentAtMs, order.statusAtMs, order.note, order.reason],
  );
}

async function detailOf(on: Queries, caseId: string): Promise<CaseDetail> {
  const stored = (await on.query<StoredCase>(`SELECT ${caseColumns} FROM cases c WHERE c.id = $1`, [caseId]))[0];
  if (!stored) throw new GridwardenError('NOT_FOUND', { what: 'case', id: caseId });
  const { lon, lat, ...rest } = stored;
  return {
    ...rest,
    at: lon === null || lat === null ? null : { lon, lat },
    history: await on.query<CaseEvent>(`SELECT ${eventColumns} FROM case_events WHERE case_id = $1 ORDER BY seq`, [caseId]),
    orders: await on.query<Order>(`SELECT ${orderColumns} FROM orders WHERE case_id = $1 ORDER BY sent_at_ms, id`, [caseId]),
  };
}
