/** What overlaps may be the same; what is of another kind may not. */
import { describe, expect, test } from 'vitest';
import { iou, type ObjectClass } from '../../domain/detection.ts';
import { costs, grown, kindOf } from './associate.ts';

const box = { x: 10, y: 10, w: 20, h: 40 };
const detection = (label: ObjectClass, score = 1, at = box) => ({ label, score, box: at });

describe('intersection over union', () => {
  test('is one for the same box and zero for boxes that only touch', () => {
    expect(iou(box, box)).toBe(1);
    expect(iou(box, { ...box, x: 30 })).toBe(0);
  });
  test('is a third for a box moved by half its width, either way round', () => {
    expect(iou(box, { ...box, x: 20 })).toBeCloseTo(1 / 3);
    expect(iou({ ...box, x: 20 }, box)).toBeCloseTo(1 / 3);
  });
});

describe('costs', () => {
  const person = { kind: 'person' as const, box, unseenMs: 0, lost: false };

  test('are one minus the overlap, or minus overlap times score', () => {
    expect(costs([person], [detection('person', 0.5)], false)).toEqual([[0]]);
    expect(costs([person], [detection('person', 0.5)], true)).toEqual([[0.5]]);
  });
  test('are infinite between kinds and without overlap', () => {
    expect(costs([person], [detection('car'), detection('person', 1, { ...box, x: 500 })], true)).toEqual([[Infinity, Infinity]]);
  });
  test('let a car be called a truck, but not a bicycle', () => {
    expect(costs([{ kind: kindOf('car'), box, unseenMs: 0, lost: false }], [detection('truck'), detection('bus'), detection('bicycle')], true)).toEqual([[0, 0, Infinity]]);
  });
  test('are higher for one that was lost: who was just seen has the better claim', () => {
    const [[seenJustNow], [lost]] = costs([person, { ...person, lost: true }], [detection('person', 1, { ...box, x: 15 })], false) as [[number], [number]];
    expect(lost).toBeGreaterThan(seenJustNow);
  });
  test('reach further the longer nothing was seen, up to a bound', () => {
    const beside = detection('person', 1, { ...box, x: 32 });
    expect(costs([person], [beside], false)).toEqual([[Infinity]]);
    const [[after400]] = costs([{ ...person, unseenMs: 400 }], [beside], false) as [[number]];
    const [[after800]] = costs([{ ...person, unseenMs: 800 }], [beside], false) as [[number]];
    const [[afterMinute]] = costs([{ ...person, unseenMs: 60_000 }], [beside], false) as [[number]];
    expect(after400).toBeLessThan(1);
    expect(after800).toBeLessThan(after400);
    expect(afterMinute).toBe(after800);
  });
});

test('growing keeps the centre', () => {
  expect(grown(box, 0.5)).toEqual({ x: 0, y: -10, w: 40, h: 80 });
});
