/** Heads in which no face was found: which they are, and that they cannot be read either. */
import { expect, test } from 'vitest';
import type { Box, FaceBox } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import { headOf, headsWithoutFace } from './heads.ts';
import { redact } from './redact.ts';

/** A standing person of 160 px: head of about 24. */
const person: Box = { x: 100, y: 20, w: 56, h: 160 };
const picture: Picture = { widthPx: 320, heightPx: 200, rgb: Uint8Array.from({ length: 320 * 200 * 3 }, (_, i) => (i * 7919) % 251) };
const facesIn = (...answers: FaceBox[][]) => ({ findAllFaces: async () => answers.shift() ?? [] });
const face = (score: number, at: Partial<Box> = {}): FaceBox => ({ score, box: { x: 120, y: 24, w: 14, h: 18, ...at } });

test('a head lies at the top in the middle, whether the whole body is seen or the shoulders', () => {
  expect(headOf(person)).toEqual({ x: expect.closeTo(108.4, 5) as number, y: expect.closeTo(16.08, 5) as number, w: expect.closeTo(39.2, 5) as number, h: expect.closeTo(39.2, 5) as number });
  const close = headOf({ x: 0, y: 0, w: 200, h: 200 });
  expect(close.w).toBe(120);
});

test.each([
  ['no face', [], 1],
  ['a sure face in it', [face(0.9)], 0],
  ['a shadow that might be one', [face(0.3)], 1],
  ['a sure face on the shirt', [face(0.9, { y: 100 })], 1],
])('%s', (_, faces, heads) => expect(headsWithoutFace([person], faces)).toHaveLength(heads));

test('a person far away has no face to know them by', () => expect(headsWithoutFace([{ x: 0, y: 0, w: 20, h: 50 }], [])).toEqual([]));

test('the back of a head is covered, and the body is not', async () => {
  const redacted = await redact(picture, { persons: [person], seen: [person] }, facesIn());
  const at = (p: Picture, x: number, y: number): string => p.rgb.subarray((y * 320 + x) * 3, (y * 320 + x) * 3 + 3).join();
  for (const [x, y] of [[115, 25], [128, 35], [140, 50]] as const) expect(at(redacted, x, y)).not.toBe(at(picture, x, y));
  for (const [x, y] of [[128, 90], [10, 10], [300, 30]] as const) expect(at(redacted, x, y)).toBe(at(picture, x, y));
});

test('of what may be no person at all, nothing is covered', async () => {
  expect(await redact(picture, { persons: [person], seen: [] }, facesIn())).toBe(picture);
});
