/** Whether a rule's schedules hold at a moment: week days and wall-clock times of the site, over midnight and through clock changes. */
import type { Schedule } from '../../domain/schedule.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** Making a formatter costs some 50 µs and a frame asks for it each time; a site has one zone. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * True when any schedule holds at `atMs`, read on the wall clock of `timeZone` (IANA name; a RangeError when there is none such).
 * No schedules means always. What the wall clock skips in spring never holds and what it repeats in autumn holds twice, as a
 * person reading the schedule beside a clock would say. A window over midnight belongs to the day on which it begins.
 */
export function inForce(schedules: readonly Schedule[], atMs: number, timeZone: string): boolean {
  if (schedules.length === 0) return true;
  const { day, minute } = wallClock(atMs, timeZone);
  const dayBefore = day === 1 ? 7 : day - 1;
  return schedules.some(({ days, from, to }) => {
    const begin = minutesOf(from);
    const end = minutesOf(to);
    if (begin === end) return days.includes(day);
    if (begin < end) return days.includes(day) && minute >= begin && minute < end;
    return (days.includes(day) && minute >= begin) || (days.includes(dayBefore) && minute < end);
  });
}

/** ISO week day (1 = Monday) and minute of the day. */
function wallClock(atMs: number, timeZone: string): { day: number; minute: number } {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    formatters.set(timeZone, formatter);
  }
  const parts = Object.fromEntries(formatter.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return { day: DAYS.indexOf(parts['weekday'] ?? '') + 1, minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
