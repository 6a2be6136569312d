/** Errors of the API as sentences in the operator's language; what we do not know is said in the server's own words. */
import { ApiError } from '../api/client.ts';
import type { Words } from './en.ts';
import { isKnownError } from './known-errors.ts';

/** Their server sentences carry a reason ({why}) that the table cannot know: it is shown too. */
const WITH_DETAIL: ReadonlySet<string> = new Set(['MOVE_NOT_ALLOWED', 'PATROL_UNFIT', 'BAD_REQUEST', 'INTERNAL']);

export function errorSentence(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (!isKnownError(error.code)) return error.message;
  const sentence = words.errors[error.code];
  return WITH_DETAIL.has(error.code) && error.message ? `${sentence} (${error.message})` : sentence;
}
