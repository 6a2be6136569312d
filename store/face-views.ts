/** Who looked at what in which faces can be recognised, when, and what for. */
import type { Database } from './database.ts';

export interface FaceView {
  readonly operatorName: string;
  readonly what: string;
  readonly purpose: string;
  readonly atMs: number;
}

export class FaceViewShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async note({ operatorName, what, purpose, atMs }: FaceView): Promise<void> {
    await this.#database.query('INSERT INTO face_views (operator_name, what, purpose, at_ms) VALUES ($1, $2, $3, $4::bigint)', [operatorName, what, purpose, atMs]);
  }

  /** Newest first. */
  async noted(limit: number): Promise<readonly FaceView[]> {
    return this.#database.query<FaceView>('SELECT operator_name AS "operatorName", what, purpose, at_ms AS "atMs" FROM face_views ORDER BY seq DESC LIMIT $1', [limit]);
  }
}
