/** Errors of the API as sentences in the operator's language; what we do not know is said in the server's own words. */
import { ApiError } from '../api/client.ts';
import type { Words } from './en.ts';

export const KNOWN_ERRORS = [
  'MOVE_NOT_ALLOWED',
  'CASE_CHANGED',
  'PATROL_UNFIT',
  'NOT_FOUND',
  'BAD_REQUEST',
  'SIGN_IN_REQUIRED',
  'SIGN_IN_REFUSED',
  'SIGN_IN_SLOW_DOWN',
  'ROLE_TOO_LOW',
  'STORE_UNAVAILABLE',
  'REDIS_UNAVAILABLE',
  'REDIS_FULL',
  'DISK_FULL',
  'OFFLINE',
] as const;
export type KnownError = (typeof KNOWN_ERRORS)[number];

/** Their server sentences carry a reason ({why}) that the table cannot know: it is shown too. */
const WITH_DETAIL: ReadonlySet<string> = new Set(['MOVE_NOT_ALLOWED', 'PATROL_UNFIT', 'BAD_REQUEST']);

const isKnown = (code: string): code is KnownError => (KNOWN_ERRORS as readonly string[]).includes(code);

export function errorSentence(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (!isKnown(error.code)) return error.message;
  const sentence = words.errors[error.code];
  return WITH_DETAIL.has(error.code) && error.message ? `${sentence} (${error.message})` : sentence;
}
