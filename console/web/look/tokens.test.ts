/** Text can be read on every ground it stands on, and severities differ in lightness, not in hue alone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const css = readFileSync(path.join(import.meta.dirname, 'tokens.css'), 'utf8');

function colour(name: string): string {
  const found = new RegExp(`--${name}:\\s*(#[0-9a-f]{6})`).exec(css)?.[1];
  if (!found) throw new Error(`there is no token --${name}`);
  return found;
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ['ground', 'surface-1', 'surface-2', 'surface-3', 'ours-faint'];
const WORDS = ['text', 'text-2', 'text-3', 'ours', 'warn', 'sev-extreme', 'sev-severe', 'sev-moderate', 'sev-minor', 'sev-unknown'];

describe('contrast', () => {
  test.each(GROUNDS.flatMap((ground) => WORDS.map((word) => [word, ground] as const)))('--%s on --%s is at least 4.5', (word, ground) => {
    expect(contrast(colour(word), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });

  test('dark ink on what is pressed', () => {
    expect(contrast(colour('ink'), colour('ours'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('ink'), colour('warn'))).toBeGreaterThanOrEqual(4.5);
  });

  test('red, orange and yellow rise in lightness, so that they differ for eyes that mix them up', () => {
    const [red = 0, orange = 0, yellow = 0] = ['sev-extreme', 'sev-severe', 'sev-moderate'].map((name) => luminance(colour(name)));
    expect(orange / red).toBeGreaterThan(1.3);
    expect(yellow / orange).toBeGreaterThan(1.3);
  });
});
