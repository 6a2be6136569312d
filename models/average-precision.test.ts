/** The judge of models is right on cases that can be worked out on paper. */
import { describe, expect, test } from 'vitest';
import { averagePrecision, type LabelledPicture } from './average-precision.ts';

const box = (x: number, w = 10) => ({ x, y: 0, w, h: 10 });
const truth = (x: number, crowd = false, w = 10) => ({ label: 'person', box: box(x, w), crowd });
const found = (x: number, score: number, label = 'person') => ({ label, score, box: box(x) });
const ap = (...pictures: LabelledPicture[]): number => averagePrecision(pictures, 'person');

describe('averagePrecision', () => {
  test('all found and nothing else is 1, nothing found is 0, nothing to find is no number', () => {
    expect(ap({ truth: [truth(0), truth(50)], found: [found(1, 0.9), found(50, 0.2)] })).toBe(1);
    expect(ap({ truth: [truth(0)], found: [] })).toBe(0);
    expect(ap({ truth: [], found: [found(0, 0.9)] })).toBeNaN();
  });

  test('half found, all right: 51 of 101 recall points', () => {
    expect(ap({ truth: [truth(0), truth(50)], found: [found(0, 0.9)] })).toBeCloseTo(51 / 101, 12);
  });

  test('a surer wrong one before the right one halves the precision; a weaker one after it costs nothing', () => {
    expect(ap({ truth: [truth(0)], found: [found(80, 0.9), found(0, 0.5)] })).toBeCloseTo(0.5, 12);
    expect(ap({ truth: [truth(0)], found: [found(80, 0.3), found(0, 0.5)] })).toBe(1);
  });

  test('each true box is found once only; another label or another picture does not count', () => {
    expect(ap({ truth: [truth(0), truth(50)], found: [found(0, 0.9), found(1, 0.8), found(50, 0.7)] })).toBeCloseTo((51 + (50 * 2) / 3) / 101, 12);
    expect(ap({ truth: [truth(0)], found: [found(0, 0.9, 'car')] })).toBe(0);
    expect(ap({ truth: [truth(0)], found: [] }, { truth: [], found: [found(0, 0.9)] })).toBe(0);
  });

  test('boxes inside a crowd are not counted, neither way', () => {
    expect(ap({ truth: [truth(0), truth(100, true, 200)], found: [found(0, 0.5), found(120, 0.9), found(180, 0.8)] })).toBe(1);
  });
});
