/** Dates as grid files write them. */

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an ISO 8601 date (midnight in `timeZone`) or date-time with zone; null when it is neither, or no such day. */
export function momentOf(text: string, timeZone: string): number | null {
  const midnightUtc = isDay(text.slice(0, 10)) ? Date.parse(`${text.slice(0, 10)}T00:00:00Z`) : null;
  if (midnightUtc === null) return null;
  if (DATE.test(text)) return midnightIn(timeZone, midnightUtc);
  const moment = DATE_TIME.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(moment) ? null : moment;
}

/** Date.parse takes 2026-02-30 for 2 March; a calendar does not. */
function isDay(text: string): boolean {
  if (!DATE.test(text)) return false;
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text);
}

function midnightIn(timeZone: string, midnightUtc: number): number {
  // Twice, because the offset at midnight there may differ from the one at midnight UTC when clocks are changed that day.
  const guess = midnightUtc - offsetMs(timeZone, midnightUtc);
  return midnightUtc - offsetMs(timeZone, guess);
}

function offsetMs(timeZone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(atMs);
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(parts.find((part) => part.type === 'timeZoneName')?.value ?? '') ?? [];
  return sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
}
