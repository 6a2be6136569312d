/** Schedules against the wall clock: days, midnight, and the two nights of the year on which clocks change. */
import { describe, expect, test } from 'vitest';
import { inForce } from './schedule.ts';

const SHANGHAI = 'Asia/Shanghai';
const at = (iso: string): number => Date.parse(iso);
const WEEK = [1, 2, 3, 4, 5, 6, 7];

test('no schedules means always', () => {
  expect(inForce([], 0, SHANGHAI)).toBe(true);
});

describe('in Shanghai (UTC+8)', () => {
  const office = [{ days: [1, 2, 3, 4, 5], from: '08:30', to: '17:00' }];
  test.each([
    ['Monday 08:29', '2026-11-23T08:29:59+08:00', false],
    ['Monday 08:30', '2026-11-23T08:30:00+08:00', true],
    ['Monday 16:59', '2026-11-23T16:59:59+08:00', true],
    ['Monday 17:00', '2026-11-23T17:00:00+08:00', false],
    ['Saturday noon', '2026-11-28T12:00:00+08:00', false],
  ])('office hours: %s', (_, iso, holds) => expect(inForce(office, at(iso), SHANGHAI)).toBe(holds));

  const fridayNight = [{ days: [5], from: '22:00', to: '06:00' }];
  test.each([
    ['Friday 05:00, still Thursday night', '2026-11-27T05:00:00+08:00', false],
    ['Friday 22:00', '2026-11-27T22:00:00+08:00', true],
    ['Saturday 00:00', '2026-11-28T00:00:00+08:00', true],
    ['Saturday 05:59', '2026-11-28T05:59:00+08:00', true],
    ['Saturday 06:00', '2026-11-28T06:00:00+08:00', false],
    ['Saturday 23:00', '2026-11-28T23:00:00+08:00', false],
  ])('Friday night: %s', (_, iso, holds) => expect(inForce(fridayNight, at(iso), SHANGHAI)).toBe(holds));

  test('Sunday night reaches into Monday', () => {
    expect(inForce([{ days: [7], from: '22:00', to: '06:00' }], at('2026-11-23T01:00:00+08:00'), SHANGHAI)).toBe(true);
  });
  test('equal ends mean the whole day, and no other', () => {
    const sunday = [{ days: [7], from: '00:00', to: '00:00' }];
    expect(['2026-11-21T23:59:00+08:00', '2026-11-22T00:00:00+08:00', '2026-11-22T23:59:00+08:00', '2026-11-23T00:00:00+08:00'].map((iso) => inForce(sunday, at(iso), SHANGHAI))).toEqual([false, true, true, false]);
  });
  test('any of several is enough', () => {
    expect(inForce([...office, ...fridayNight], at('2026-11-28T01:00:00+08:00'), SHANGHAI)).toBe(true);
  });
});

describe('where clocks change (Berlin)', () => {
  test('the skipped hour never holds, the hours beside it do', () => {
    const night = [{ days: [7], from: '02:00', to: '03:00' }];
    // 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
    expect(inForce(night, at('2026-03-29T00:59:00Z'), 'Europe/Berlin')).toBe(false);
    expect(inForce(night, at('2026-03-29T01:00:00Z'), 'Europe/Berlin')).toBe(false);
    const around = [{ days: [7], from: '01:00', to: '04:00' }];
    expect(inForce(around, at('2026-03-29T00:30:00Z'), 'Europe/Berlin')).toBe(true);
    expect(inForce(around, at('2026-03-29T01:30:00Z'), 'Europe/Berlin')).toBe(true);
    expect(inForce(around, at('2026-03-29T02:00:00Z'), 'Europe/Berlin')).toBe(false);
  });
  test('the repeated hour holds both times', () => {
    const night = [{ days: [7], from: '02:00', to: '03:00' }];
    // 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC.
    expect(['2026-10-24T23:59:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'].map((iso) => inForce(night, at(iso), 'Europe/Berlin'))).toEqual([false, true, true, false]);
  });
  test('winter and summer have the same schedule', () => {
    const evening = [{ days: WEEK, from: '20:00', to: '21:00' }];
    expect(inForce(evening, at('2026-01-15T19:30:00Z'), 'Europe/Berlin')).toBe(true);
    expect(inForce(evening, at('2026-07-15T18:30:00Z'), 'Europe/Berlin')).toBe(true);
    expect(inForce(evening, at('2026-07-15T19:30:00Z'), 'Europe/Berlin')).toBe(false);
  });
});

test('a time zone that does not exist is an error, not a guess', () => {
  expect(() => inForce([{ days: WEEK, from: '00:00', to: '01:00' }], 0, 'Mars/Olympus')).toThrow(RangeError);
});
