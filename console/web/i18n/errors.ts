/** Errors of the API as sentences in the operator's language, worded from the refusal's code and fields. */
import { CLOSE_CODES, MOVE_REFUSALS, MOVES, PATROL_REFUSALS, STAGES } from '../../../domain/case.ts';
import { ROLES } from '../../../domain/operator.ts';
import { ApiError, type RefusalFields } from '../api/client.ts';
import { situation } from '../live/situation.ts';
import type { Words } from './en.ts';
import { isKnownError } from './known-errors.ts';

/** Puts each {name} of the sentence in; a name without a value is shown as a dash. */
export function filled(sentence: string, fields: RefusalFields): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(fields[name] ?? '–'));
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((each) => each === value);
}

/** The server's values in the reader's words: stages, roles, moves, patrols by their names; the reason as a sentence of its own. */
function worded(fields: RefusalFields, words: Words): RefusalFields {
  const stage = oneOf(STAGES, fields['stage']);
  const role = oneOf(ROLES, fields['role']);
  const move = oneOf(MOVES, fields['move']);
  const closeCode = oneOf(CLOSE_CODES, fields['closeCode']);
  const patrol = situation.get().patrols.get(String(fields['patrol']))?.name;
  const known: RefusalFields = {
    ...fields,
    ...(stage && { stage: words.stages[stage] }),
    ...(role && { role: words.roles[role] }),
    ...(move && { move: words.moves[move] }),
    ...(closeCode && { closeCode: words.closeCodes[closeCode] }),
    ...(patrol && { patrol }),
  };
  const ofMove = oneOf(MOVE_REFUSALS, fields['reason']);
  const ofPatrol = oneOf(PATROL_REFUSALS, fields['reason']);
  const reason = ofMove ? words.moveRefusals[ofMove] : ofPatrol && words.patrolRefusals[ofPatrol];
  return reason ? { ...known, reason: filled(reason, known) } : known;
}

export function errorSentence(error: unknown, words: Words): string {
  if (!(error instanceof ApiError)) return words.errorOther(error instanceof Error ? error.name : 'unknown');
  return isKnownError(error.code) ? filled(words.errors[error.code], worded(error.fields, words)) : words.errorOther(error.code);
}
