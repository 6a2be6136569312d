/** The least a database must offer here, and how its failures become our sentences. */
import { GridwardenError } from '../platform/errors.ts';

export interface Queries {
  /**
   * Rows of one statement with $1… parameters. Without parameters `sql` may hold several statements; the rows are the last one's.
   * `R` is what the caller's own column list makes: bigint arrives as number, jsonb as value, text[] as array.
   */
  query<R>(sql: string, params?: readonly unknown[]): Promise<readonly R[]>;
}

export interface Database extends Queries {
  /** Where it is, without credentials: for sentences. */
  readonly where: string;
  /** Commits when `work` resolves, rolls back when it rejects. `work` may run again after a deadlock: no side effects that cannot repeat. */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** SQLSTATE classes and socket errors that say the database is away, not that the statement is wrong. (PostgreSQL, Appendix A.) */
const AWAY = /^(08\w{3}|57P0\d|53300|28\w{3}|3D000|25006|58\w{3}|XX000|ECONN\w+|ENOENT|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EACCES)$/;
const AWAY_WORDS = /connection terminated|timeout exceeded when trying to connect|PGlite is clos|pool after calling end|connection error|memory access out of bounds|unreachable|Aborted\(/i;
const SAY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'the host name is not known',
  ETIMEDOUT: 'it did not answer in time',
  '28P01': 'it refused the user name or password',
  '3D000': 'it has no database of that name',
};

/** A driver's error as ours: STORE_UNAVAILABLE, DISK_FULL, or as it was when the statement itself is at fault. */
export function storeError(error: unknown, where: string): unknown {
  if (error instanceof GridwardenError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code === '53100' || code === 'ENOSPC' || /no space left on device/i.test(error.message)) {
    return new GridwardenError('DISK_FULL', { path: where, what: 'a change of the database' }, error);
  }
  if (AWAY.test(code) || AWAY_WORDS.test(error.message)) {
    return new GridwardenError('STORE_UNAVAILABLE', { where, why: SAY[code] ?? (error.message || code) }, error);
  }
  return error;
}

/** A statement met a row that another transaction held: worth running again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && (codeOf(error) === '40001' || codeOf(error) === '40P01');
}

/** The statement named a row of another table that is not there. */
export function isMissingReference(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === '23503';
}

function codeOf(error: Error): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : '';
}
