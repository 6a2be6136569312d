/** The codes of the API's refusals that the console has words for. */
export const KNOWN_ERRORS = [
  'MOVE_NOT_ALLOWED',
  'CASE_CHANGED',
  'PATROL_UNFIT',
  'NOT_FOUND',
  'BAD_REQUEST',
  'REQUEST_FOREIGN',
  'SIGN_IN_REQUIRED',
  'SIGN_IN_REFUSED',
  'SIGN_IN_SLOW_DOWN',
  'STREAMS_TOO_MANY',
  'LIVE_FULL',
  'REDACTION_AWAY',
  'REDACTION_NO_MODELS',
  'REDACTION_FULL',
  'ROLE_TOO_LOW',
  'RULE_INVALID',
  'RULE_NEEDS_PICTURES',
  'TRIAL_BUSY',
  'SCOPE_TOO_NARROW',
  'STORE_UNAVAILABLE',
  'REDIS_UNAVAILABLE',
  'REDIS_FULL',
  'DISK_FULL',
  'OBJECT_STORE',
  'MEDIA_TRAY_FULL',
  'INTERNAL',
  'OFFLINE',
] as const;
export type KnownError = (typeof KNOWN_ERRORS)[number];

export const isKnownError = (code: string): code is KnownError => (KNOWN_ERRORS as readonly string[]).includes(code);
