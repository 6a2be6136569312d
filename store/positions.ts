/** Where patrols are, whether they are on duty, and the trail behind them. */
import type { LonLat } from '../domain/geo.ts';
import type { PatrolState } from '../domain/patrol.ts';
import type { Database } from './database.ts';

export interface PatrolFix {
  readonly patrolId: string;
  readonly at: LonLat;
  readonly fixAtMs: number;
  readonly receivedAtMs: number;
  readonly accuracyM: number | null;
  readonly cellCode: string | null;
}

interface StoredState extends Omit<PatrolState, 'position'> {
  readonly lon: number | null;
  readonly lat: number | null;
}

export class PositionShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** State of every patrol that ever reported or was set on or off duty, with its open orders; by id. */
  async patrolStates(): Promise<readonly PatrolState[]> {
    const rows = await this.#database.query<StoredState>(
      `SELECT p.patrol_id AS "patrolId", p.on_duty AS "onDuty", p.lon, p.lat, p.fix_at_ms AS "fixAtMs", p.accuracy_m AS "accuracyM", p.cell_code AS "cellCode",
         (SELECT count(*) FROM orders o WHERE o.patrol_id = p.patrol_id AND o.status IN ('sent', 'acknowledged', 'en_route', 'on_scene')) AS "openOrders"
       FROM patrol_states p ORDER BY p.patrol_id`,
      [],
    );
    return rows.map(({ lon, lat, ...rest }) => ({ ...rest, position: lon === null || lat === null ? null : { lon, lat } }));
  }

  /** Keeps the fix in the trail, and as the patrol's place if none newer is kept; true if it became the newest. A first fix puts on duty. */
  async savePosition(fix: PatrolFix): Promise<boolean> {
    const values = [fix.patrolId, fix.fixAtMs, fix.at.lon, fix.at.lat, fix.accuracyM, fix.cellCode, fix.receivedAtMs];
    const rows = await this.#database.query<{ newest: boolean }>(
      `WITH kept AS (
         INSERT INTO position_trail (patrol_id, fix_at_ms, lon, lat, accuracy_m, cell_code, received_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (patrol_id, fix_at_ms) DO NOTHING
       )
       INSERT INTO patrol_states AS p (patrol_id, on_duty, fix_at_ms, lon, lat, accuracy_m, cell_code, received_at_ms) VALUES ($1, true, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (patrol_id) DO UPDATE SET fix_at_ms = excluded.fix_at_ms, lon = excluded.lon, lat = excluded.lat, accuracy_m = excluded.accuracy_m,
         cell_code = excluded.cell_code, received_at_ms = excluded.received_at_ms
       WHERE p.fix_at_ms IS NULL OR p.fix_at_ms < excluded.fix_at_ms
       RETURNING true AS newest`,
      values,
    );
    return rows.length > 0;
  }

  async setOnDuty(patrolId: string, onDuty: boolean): Promise<void> {
    await this.#database.query(
      'INSERT INTO patrol_states (patrol_id, on_duty) VALUES ($1, $2) ON CONFLICT (patrol_id) DO UPDATE SET on_duty = excluded.on_duty',
      [patrolId, onDuty],
    );
  }

  /** The way of one patrol since then, oldest first. */
  async trail(patrolId: string, sinceMs: number, limit = 1000): Promise<readonly { readonly at: LonLat; readonly fixAtMs: number }[]> {
    const rows = await this.#database.query<{ lon: number; lat: number; fixAtMs: number }>(
      'SELECT lon, lat, fix_at_ms AS "fixAtMs" FROM position_trail WHERE patrol_id = $1 AND fix_at_ms >= $2 ORDER BY fix_at_ms LIMIT $3',
      [patrolId, sinceMs, limit],
    );
    return rows.map(({ lon, lat, fixAtMs }) => ({ at: { lon, lat }, fixAtMs }));
  }

  /** Retention: forgets what of the trail was received before then; answers how much. The last place stays. */
  async forgetTrail(receivedBeforeMs: number): Promise<number> {
    return (await this.#database.query('DELETE FROM position_trail WHERE received_at_ms < $1 RETURNING 1', [receivedBeforeMs])).length;
  }
}
