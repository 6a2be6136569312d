/** Times as operators read them: in the site's zone, whatever zone the screen is in. */
import { expect, test } from 'vitest';
import { en } from '../i18n/en.ts';
import { zh } from '../i18n/zh.ts';
import { agoText, clockTime, momentText, spanText } from './format.ts';

const AT_MS = Date.UTC(2026, 10, 23, 16, 30, 5);

test('the site’s zone decides the hour and the day', () => {
  expect(clockTime(AT_MS, 'Asia/Shanghai')).toBe('00:30:05');
  expect(momentText(AT_MS, AT_MS + 3_600_000, 'Asia/Shanghai')).toBe('00:30:05');
  // Half an hour earlier it was yesterday there, though not in London.
  expect(momentText(AT_MS - 1_860_000, AT_MS, 'Asia/Shanghai')).toBe('11-23 23:59:05');
  expect(momentText(AT_MS - 1_860_000, AT_MS, 'Europe/London')).toBe('15:59:05');
});

test('spans in their greatest unit', () => {
  expect([0, 59_999, 60_000, 3_599_000, 3_600_000, 86_400_000].map((ms) => spanText(ms, en))).toEqual(['0 s', '59 s', '1 min', '59 min', '1 h', '1 d']);
  expect(agoText(AT_MS, AT_MS + 2000, zh)).toBe('刚刚');
  expect(agoText(AT_MS, AT_MS + 125_000, zh)).toBe('2 分前');
  expect(agoText(AT_MS, AT_MS + 125_000, en)).toBe('2 min ago');
});
