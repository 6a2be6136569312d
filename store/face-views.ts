/** Who looked at what in which faces can be recognised, when, and what for. */
import type { FaceView } from '../domain/operator.ts';
import type { Database } from './database.ts';

export class FaceViewShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async note({ operatorName, what, purpose, atMs }: FaceView): Promise<void> {
    await this.#database.query('INSERT INTO face_views (operator_name, what, purpose, at_ms) VALUES ($1, $2, $3, $4::bigint)', [operatorName, what, purpose, atMs]);
  }

  async forgetViews(beforeMs: number): Promise<number> {
    return (await this.#database.query('DELETE FROM face_views WHERE at_ms < $1::bigint RETURNING seq', [beforeMs])).length;
  }

  /** Newest first. */
  async noted(limit: number): Promise<readonly FaceView[]> {
    return this.#database.query<FaceView>('SELECT operator_name AS "operatorName", what, purpose, at_ms AS "atMs" FROM face_views ORDER BY seq DESC LIMIT $1', [limit]);
  }
}
