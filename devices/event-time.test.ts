/** Seconds, milliseconds and RFC 3339 are told apart; a clock that is off is not believed. */
import { describe, expect, test } from 'vitest';
import { declaredTimeMs, eventTime } from './event-time.ts';

describe('declaredTimeMs', () => {
  test.each([
    [1_700_000_000, 1_700_000_000_000],
    [1_700_000_000.25, 1_700_000_000_250],
    ['1700000000', 1_700_000_000_000],
    [1_700_000_000_123, 1_700_000_000_123],
    ['1700000000123', 1_700_000_000_123],
    ['2023-11-14T22:13:20Z', 1_700_000_000_000],
    ['2023-11-15 06:13:20.5+08:00', 1_700_000_000_500],
    ['2023-11-14t22:13:20.123456789z', 1_700_000_000_123],
    ['2016-12-31T23:59:60Z', Date.UTC(2016, 11, 31, 23, 59, 59)],
    [0, 0],
  ])('%s', (value, ms) => expect(declaredTimeMs(value)).toBe(ms));

  test.each([['2023-11-14T22:13:20'], ['14.11.2023'], ['2023-13-14T22:13:20Z'], ['2023-11-14T25:13:20Z'], [''], [true], [null], [{}], [-5], [Number.NaN], [Number.POSITIVE_INFINITY], [1e300]])(
    '%s is no time',
    (value) => expect(declaredTimeMs(value)).toBeNull(),
  );
});

describe('eventTime', () => {
  const now = Date.UTC(2026, 10, 23);
  test('none declared: the arrival', () => expect(eventTime(null, now)).toEqual({ occurredAtMs: now, clockOff: false }));
  test('the past is believed', () => expect(eventTime(now - 86_400_000, now)).toEqual({ occurredAtMs: now - 86_400_000, clockOff: false }));
  test('a clock a little ahead gives the arrival, quietly', () => expect(eventTime(now + 60_000, now)).toEqual({ occurredAtMs: now, clockOff: false }));
  test('a clock far ahead or at 1970 is off', () => {
    expect(eventTime(now + 301_000, now)).toEqual({ occurredAtMs: now, clockOff: true });
    expect(eventTime(1234_000, now)).toEqual({ occurredAtMs: now, clockOff: true });
  });
  test('so is one that began at 2000 or at its firmware\'s year: no reading is years late', () => {
    for (const dead of [Date.UTC(2000, 0, 1, 0, 0, 5), Date.UTC(2020, 5, 1), now - 31 * 86_400_000]) expect(eventTime(dead, now)).toEqual({ occurredAtMs: now, clockOff: true });
    expect(eventTime(now - 29 * 86_400_000, now)).toMatchObject({ clockOff: false });
  });
});
