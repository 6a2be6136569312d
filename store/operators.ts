/** People at the console, their one-time codes and their sessions: only hashes of secrets are kept. */
import type { Operator } from '../domain/operator.ts';
import type { Database } from './database.ts';

export interface StoredOperator extends Operator {
  /** Null until the person has set a password. */
  readonly passwordHash: string | null;
}

export interface StoredSession {
  readonly operator: StoredOperator;
  readonly expiresAtMs: number;
}

const columns = 'o.name, o.role, o.cell_scope AS "cellScope", o.sees_faces AS "seesFaces", o.password_hash AS "passwordHash"';

export class OperatorShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds a person, who sees no faces, or gives one that is there a new role and scope; the password and the right to see faces stay. */
  async saveOperator(operator: Omit<Operator, 'seesFaces'>, atMs: number): Promise<void> {
    await this.#database.query(
      `INSERT INTO operators (name, role, cell_scope, created_at_ms) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET role = excluded.role, cell_scope = excluded.cell_scope`,
      [operator.name, operator.role, [...operator.cellScope], atMs],
    );
  }

  /** Gives or takes the right to see faces; true if there is such a person. */
  async setSeesFaces(name: string, seesFaces: boolean): Promise<boolean> {
    return (await this.#database.query('UPDATE operators SET sees_faces = $2 WHERE name = $1 RETURNING name', [name, seesFaces])).length > 0;
  }

  /** With the person go their codes and sessions; their name stays in the history of cases. True if there was one. */
  async removeOperator(name: string): Promise<boolean> {
    return (await this.#database.query('DELETE FROM operators WHERE name = $1 RETURNING name', [name])).length > 0;
  }

  async operators(): Promise<readonly StoredOperator[]> {
    return this.#database.query<StoredOperator>(`SELECT ${columns} FROM operators o ORDER BY o.name`, []);
  }

  async findOperator(name: string): Promise<StoredOperator | null> {
    return (await this.#database.query<StoredOperator>(`SELECT ${columns} FROM operators o WHERE o.name = $1`, [name]))[0] ?? null;
  }

  /** A new password ends the person's other sessions and unused codes. */
  async setPassword(name: string, passwordHash: string, keepTokenHash: string | null): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query('UPDATE operators SET password_hash = $2 WHERE name = $1', [name, passwordHash]);
      await tx.query('DELETE FROM sessions WHERE operator_name = $1 AND token_hash IS DISTINCT FROM $2', [name, keepTokenHash]);
      await tx.query('DELETE FROM sign_in_codes WHERE operator_name = $1', [name]);
    });
  }

  async addSignInCode(codeHash: string, operatorName: string, expiresAtMs: number): Promise<void> {
    await this.#database.query('INSERT INTO sign_in_codes (code_hash, operator_name, expires_at_ms) VALUES ($1, $2, $3)', [codeHash, operatorName, expiresAtMs]);
  }

  /** Uses a code up: of two who try it at once one gets the operator, the other null. Codes that ran out are forgotten along the way. */
  async redeemSignInCode(codeHash: string, atMs: number): Promise<StoredOperator | null> {
    const rows = await this.#database.query<StoredOperator & { expiresAtMs: number }>(
      `WITH used AS (DELETE FROM sign_in_codes WHERE code_hash = $1 OR expires_at_ms <= $2 RETURNING code_hash, operator_name, expires_at_ms)
       SELECT ${columns} FROM used JOIN operators o ON o.name = used.operator_name WHERE used.code_hash = $1 AND used.expires_at_ms > $2`,
      [codeHash, atMs],
    );
    return rows[0] ?? null;
  }

  /** Sessions that ran out are forgotten along the way. */
  async addSession(tokenHash: string, operatorName: string, atMs: number, expiresAtMs: number): Promise<void> {
    await this.#database.query(
      `WITH old AS (DELETE FROM sessions WHERE expires_at_ms <= $3)
       INSERT INTO sessions (token_hash, operator_name, started_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4)`,
      [tokenHash, operatorName, atMs, expiresAtMs],
    );
  }

  /** Null when unknown or run out. */
  async findSession(tokenHash: string, atMs: number): Promise<StoredSession | null> {
    const rows = await this.#database.query<StoredOperator & { expiresAtMs: number }>(
      `SELECT ${columns}, s.expires_at_ms AS "expiresAtMs" FROM sessions s JOIN operators o ON o.name = s.operator_name
       WHERE s.token_hash = $1 AND s.expires_at_ms > $2`,
      [tokenHash, atMs],
    );
    if (!rows[0]) return null;
    const { expiresAtMs, ...operator } = rows[0];
    return { operator, expiresAtMs };
  }

  async extendSession(tokenHash: string, expiresAtMs: number): Promise<void> {
    await this.#database.query('UPDATE sessions SET expires_at_ms = $2 WHERE token_hash = $1', [tokenHash, expiresAtMs]);
  }

  async removeSession(tokenHash: string): Promise<void> {
    await this.#database.query('DELETE FROM sessions WHERE token_hash = $1', [tokenHash]);
  }

  /** Persons signed in now who may move cases. */
  async dispatchersSignedIn(atMs: number): Promise<number> {
    const rows = await this.#database.query<{ n: number }>(
      `SELECT count(DISTINCT o.name) AS n FROM sessions s JOIN operators o ON o.name = s.operator_name WHERE s.expires_at_ms > $1 AND o.role <> 'viewer'`,
      [atMs],
    );
    return rows[0]?.n ?? 0;
  }
}
