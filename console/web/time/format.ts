/** Times as the operator reads them: absolute in the site's time zone, relative in a few round steps. */
import type { Words } from '../i18n/en.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(kind: string, locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${kind}|${locale}|${options.timeZone ?? ''}`;
  let known = formats.get(key);
  if (!known) formats.set(key, (known = new Intl.DateTimeFormat(locale, options)));
  return known;
}

/** "14:03:27" in the site's zone. */
export function clockTime(atMs: number, timeZone: string): string {
  return format('clock', 'en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, timeZone }).format(atMs);
}

/** "Mon 23 Nov" or "11月23日周一" in the site's zone. */
export function dayName(atMs: number, timeZone: string, locale: string): string {
  return format('day', locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone }).format(atMs);
}

/** Clock time, with the date before it when it was not today. */
export function momentText(atMs: number, nowMs: number, timeZone: string): string {
  const date = format('date', 'sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone });
  const day = date.format(atMs);
  return day === date.format(nowMs) ? clockTime(atMs, timeZone) : `${day.slice(5)} ${clockTime(atMs, timeZone)}`;
}

/** A length of time in its greatest unit: "8 s", "12 min", "3 h", "2 d". */
export function spanText(spanMs: number, words: Words): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  if (seconds < 60) return words.time.seconds(seconds);
  if (seconds < 3600) return words.time.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return words.time.hours(Math.floor(seconds / 3600));
  return words.time.days(Math.floor(seconds / 86_400));
}

/** "now" under five seconds, so that a fresh alert does not flicker through 0, 1, 2 … */
export function agoText(atMs: number, nowMs: number, words: Words): string {
  return nowMs - atMs < 5000 ? words.time.justNow : words.time.ago(spanText(nowMs - atMs, words));
}
