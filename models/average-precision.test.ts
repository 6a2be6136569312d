/** The judge of models is right on cases that can be worked out on paper, and says what pycocotools says on all others. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, COCO_IOUS, judgeAll, meanPrecision, precisionPerLabel, type LabelledPicture } from './average-precision.ts';

const box = (x: number, w = 10) => ({ x, y: 0, w, h: 10 });
const truth = (x: number, crowd = false, w = 10) => ({ label: 'person', box: box(x, w), crowd });
const found = (x: number, score: number, label = 'person') => ({ label, score, box: box(x) });
const ap = (...pictures: LabelledPicture[]): number => averagePrecision(pictures, 'person');

describe('averagePrecision', () => {
  test('all found and nothing else is 1, nothing found is 0, nothing to find is no number', () => {
    expect(ap({ truth: [truth(0), truth(50)], found: [found(1, 0.9), found(50, 0.2)] })).toBeCloseTo(1, 12);
    expect(ap({ truth: [truth(0)], found: [] })).toBe(0);
    expect(ap({ truth: [], found: [found(0, 0.9)] })).toBeNaN();
  });

  test('half found, all right: 51 of 101 recall points', () => {
    expect(ap({ truth: [truth(0), truth(50)], found: [found(0, 0.9)] })).toBeCloseTo(51 / 101, 12);
  });

  test('a surer wrong one before the right one halves the precision; a weaker one after it costs nothing', () => {
    expect(ap({ truth: [truth(0)], found: [found(80, 0.9), found(0, 0.5)] })).toBeCloseTo(0.5, 12);
    expect(ap({ truth: [truth(0)], found: [found(80, 0.3), found(0, 0.5)] })).toBeCloseTo(1, 12);
  });

  test('each true box is found once only; another label or another picture does not count', () => {
    expect(ap({ truth: [truth(0), truth(50)], found: [found(0, 0.9), found(1, 0.8), found(50, 0.7)] })).toBeCloseTo((51 + (50 * 2) / 3) / 101, 12);
    expect(ap({ truth: [truth(0)], found: [found(0, 0.9, 'car')] })).toBe(0);
    expect(ap({ truth: [truth(0)], found: [] }, { truth: [], found: [found(0, 0.9)] })).toBe(0);
  });

  test('boxes inside a crowd are not counted, neither way', () => {
    expect(ap({ truth: [truth(0), truth(100, true, 200)], found: [found(0, 0.5), found(120, 0.9), found(180, 0.8)] })).toBeCloseTo(1, 12);
    expect(judgeAll([{ truth: [truth(0), truth(100, true, 200)], found: [found(0, 0.5), found(120, 0.9), found(400, 0.8)] }], 'person')).toEqual([{ score: 0.8, right: false }, { score: 0.5, right: true }]);
  });
});

test('per label and in the mean: a label that occurs nowhere does not count', () => {
  const pictures = [{ truth: [truth(0), truth(50)], found: [found(0, 0.9)] }, { truth: [{ ...truth(0), label: 'car' }], found: [found(1, 0.9, 'car')] }];
  const perLabel = precisionPerLabel(pictures, ['person', 'car', 'bus']);
  expect(perLabel.person.ap50).toBeCloseTo(51 / 101, 12);
  // One pixel of ten to the side: IoU 9/11, right up to 0.8.
  expect(perLabel.car.ap5095).toBeCloseTo(0.7, 12);
  expect(perLabel.bus).toEqual({ ap50: Number.NaN, ap5095: Number.NaN, boxes: 0 });
  expect(meanPrecision(perLabel).ap50).toBeCloseTo((51 / 101 + 1) / 2, 12);
});

type Flat = { readonly truth: readonly (readonly [string, number, number, number, number, boolean])[]; readonly found: readonly (readonly [string, number, number, number, number, number])[] };
type Expected = Readonly<Record<string, readonly number[]>>;

const unflatten = ({ truth, found }: Flat): LabelledPicture => ({
  truth: truth.map(([label, x, y, w, h, crowd]) => ({ label, box: { x, y, w, h }, crowd })),
  found: found.map(([label, score, x, y, w, h]) => ({ label, score, box: { x, y, w, h } })),
});

function expectSame(flat: readonly Flat[], expected: Expected): void {
  const pictures = flat.map(unflatten);
  for (const [label, perIou] of Object.entries(expected))
    COCO_IOUS.forEach((minIou, i) => {
      const ours = averagePrecision(pictures, label, minIou);
      if (perIou[i] === -1) expect(ours).toBeNaN();
      else expect(Math.abs(ours - perIou[i]!), `${label} at IoU ${minIou}: ${ours} and ${perIou[i]}`).toBeLessThan(1e-12);
    });
}

describe("pycocotools' cocoeval says the same", () => {
  const FOLDER = path.join(import.meta.dirname, '../test-fixtures/cocoeval');
  const SCRIPT = path.join(FOLDER, 'reference.py');
  const python = process.env['GRIDWARDEN_PYTHON'] ?? 'python3';
  const asked = spawnSync(python, [SCRIPT, 'version'], { encoding: 'utf8' });
  if (asked.status !== 0) process.stderr.write(`SKIPPED for want of pycocotools: ${python} cannot import it (set GRIDWARDEN_PYTHON to one that can); the kept figures are compared all the same.\n`);

  test('of random boxes, as it was asked once', async () => {
    const { pictures, expected } = JSON.parse(await readFile(path.join(FOLDER, 'reference.json'), 'utf8')) as { pictures: Flat[]; expected: Expected };
    expect(Math.max(...pictures.map((p) => p.found.filter(([label]) => label === 'person').length))).toBeGreaterThan(100);
    expect(pictures.flatMap((p) => p.truth).some(([, , , , , crowd]) => crowd)).toBe(true);
    expect(expected['ghost']).toEqual(Array.from({ length: 10 }, () => -1));
    expect(Object.values(expected).flat().filter((v) => v > 0 && v < 1).length).toBeGreaterThan(25);
    expectSame(pictures, expected);
  });

  test.skipIf(asked.status !== 0)('of other random boxes, asked now', () => {
    // Few places, sizes and scores, so that equal scores, equal overlaps and IoUs right on a threshold are common.
    const place = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).map(([x, y, w, h]) => [x * 4, y * 4, w * 8, h * 8] as const);
    const label = fc.constantFrom('person', 'car', 'bus');
    const truth = fc.array(fc.tuple(label, place, fc.integer({ min: 0, max: 5 })).map(([l, p, crowd]) => [l, ...p, crowd === 0] as const), { maxLength: 5 });
    const found = fc.array(fc.tuple(label, fc.integer({ min: 0, max: 10 }), place).map(([l, score, p]) => [l, score / 10, ...p] as const), { maxLength: 12 });
    const datasets: Flat[][] = fc.sample(fc.array(fc.record({ truth, found }), { minLength: 5, maxLength: 40 }), { seed: 3, numRuns: 40 }).filter((pictures) => pictures.some((p) => p.found.length > 0));
    const { stdout, stderr } = spawnSync(python, [SCRIPT, 'judge'], { encoding: 'utf8', input: JSON.stringify(datasets), maxBuffer: 2 ** 26 });
    expect(stdout, stderr).not.toBe('');
    const expected = JSON.parse(stdout) as Expected[];
    expect(expected).toHaveLength(datasets.length);
    expected.forEach((figures, i) => expectSame(datasets[i]!, figures));
  });
});
