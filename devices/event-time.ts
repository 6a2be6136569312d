/** The device's own time of a fact: how it is told from the value, and when it is not believed. */

/** What is larger is milliseconds: 10^11 s is the year 5138, 10^11 ms is 1973. */
const SECONDS_END = 1e11;
/**
 * Clocks without a battery start anew at 1970, at 2000 or at the year of their firmware. Taken at its word, the smoke of such a sensor
 * would be a reading from years ago, which rules let go as too late, and lie in a grid that was not drawn yet. No device of ours holds
 * readings back for longer than this.
 */
const BELIEVED_FOR_MS = 30 * 86_400_000;
/** A device's clock may run this far ahead of ours before it is called off. */
const AHEAD_TOLERATED_MS = 5 * 60_000;

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:)(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const DIGITS = /^\d+(\.\d+)?$/;

/** Epoch seconds, epoch milliseconds (either may be text) or RFC 3339 → milliseconds; null for anything else. */
export function declaredTimeMs(value: unknown): number | null {
  if (typeof value === 'string' && !DIGITS.test(value)) return rfc3339Ms(value);
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return null;
  const ms = Math.round(number < SECONDS_END ? number * 1000 : number);
  return Number.isSafeInteger(ms) ? ms : null;
}

/** RFC 3339 section 5.6. A leap second (:60, section 5.7) is read as :59, which JavaScript's time has instead. */
function rfc3339Ms(text: string): number | null {
  const parts = RFC3339.exec(text);
  if (!parts) return null;
  const [, day, minute, second, fraction = '', zone] = parts as unknown as [string, string, string, string, string | undefined, string];
  const ms = Date.parse(`${day}T${minute}${second === '60' ? '59' : second}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * The time that goes on the event. A declared time in the future becomes the time of arrival (a fact cannot happen after it was told);
 * one far in the future or long past is a clock that is off, and is reported as such.
 */
export function eventTime(declaredMs: number | null, receivedAtMs: number): { occurredAtMs: number; clockOff: boolean } {
  if (declaredMs === null) return { occurredAtMs: receivedAtMs, clockOff: false };
  const clockOff = declaredMs < receivedAtMs - BELIEVED_FOR_MS || declaredMs > receivedAtMs + AHEAD_TOLERATED_MS;
  return { occurredAtMs: clockOff ? receivedAtMs : Math.min(declaredMs, receivedAtMs), clockOff };
}
