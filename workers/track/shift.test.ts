/** A shift of the picture is found from boxes alone; people who walk are none. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Box } from '../../domain/detection.ts';
import { commonShift, type Placed } from './shift.ts';

const placed = (x: number, y: number, h = 100, kind: Placed['kind'] = 'person'): Placed => ({ kind, box: { x, y, w: 0.4 * h, h } });
const STREET = [placed(50, 100), placed(180, 140, 110), placed(320, 90, 90), placed(500, 200, 120), placed(640, 120), { kind: 'vehicle' as const, box: { x: 300, y: 60, w: 160, h: 80 } }];
const by = (dx: number, dy: number) => ({ kind, box }: Placed): Placed => ({ kind, box: { ...box, x: box.x + dx, y: box.y + dy } });

test('finds any shift within reach, and the exact one', () => {
  fc.assert(
    fc.property(fc.integer({ min: -100, max: 100 }), fc.integer({ min: -80, max: 80 }), (dx, dy) => {
      const shift = commonShift(STREET, STREET.map(by(dx, dy)));
      // Whoever stands a shift apart from another of his kind could be taken for him: then the others outvote.
      if (Math.hypot(dx, dy) > 60) expect(shift).not.toBeNull();
      if (shift) expect([shift.dx, shift.dy]).toEqual([expect.closeTo(dx), expect.closeTo(dy)]);
    }),
  );
});

test('finds it although a third of the boxes are gone, others are new and all tremble', () => {
  const tremble = [3, -2, 1, -3, 2, 0];
  const seen: Placed[] = [...STREET.slice(0, 4).map((p, i) => by(50 + tremble[i]!, -20 - tremble[i]!)(p)), placed(900, 300), placed(20, 400)];
  const shift = commonShift(STREET, seen);
  expect(shift?.dx).toBeGreaterThan(45);
  expect(shift?.dx).toBeLessThan(55);
  expect(shift?.dy).toBeLessThan(-15);
});

test('is none when everybody is where he is expected', () => {
  expect(commonShift(STREET, STREET)).toBeNull();
  expect(commonShift(STREET, STREET.map(by(3, -2)))).toBeNull();
});

test('is none when each goes his own way, or one alone runs', () => {
  const ways: readonly [number, number][] = [[40, 0], [-40, 5], [30, 30], [-10, -30], [0, 45], [0, 0]];
  expect(commonShift(STREET, STREET.map((p, i) => by(...ways[i]!)(p)))).toBeNull();
  expect(commonShift(STREET, STREET.map((p, i) => (i === 2 ? by(80, 0)(p) : p)))).toBeNull();
});

test('asks for three: two who walk side by side are no camera', () => {
  const two = STREET.slice(0, 2);
  expect(commonShift(two, two.map(by(60, 0)))).toBeNull();
  expect(commonShift([], [])).toBeNull();
});

test('takes hardly longer for many than for few', () => {
  const crowd = Array.from({ length: 300 }, (_, i) => placed((i % 30) * 60, Math.floor(i / 30) * 130));
  const boxes: Box[] = crowd.map((p) => p.box);
  expect(boxes).toHaveLength(300);
  const shift = commonShift(crowd, crowd.map(by(25, 12)));
  expect(shift).toEqual({ dx: expect.closeTo(25), dy: expect.closeTo(12) });
});
