/** The metrics give what their papers' definitions give: by hand on small examples, and by trying everything on small random ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../../domain/detection.ts';
import { clear, clearCounts } from './clear.ts';
import { ALPHAS, hota, hotaCounts } from './hota.ts';
import { identity, identityCounts } from './identity.ts';
import { SAME_IOU, setAside, similarity, type JudgedFrame, type Marked } from './sequence.ts';

const box = (x: number, w = 10): Box => ({ x, y: 0, w, h: 10 });
const at = (id: string, x: number, w = 10): Marked => ({ id, kind: 'person', box: box(x, w) });
/** One true object that stands still for as many frames as there are letters, followed under the id of each; '.' is a miss. */
const followed = (ids: string): JudgedFrame[] => [...ids].map((id) => ({ truth: [at('T', 0)], tracks: id === '.' ? [] : [at(id, 0)] }));
const all = (frames: readonly JudgedFrame[]) => ({ ...hota([hotaCounts(frames)]), ...identity([identityCounts(frames)]), ...clear([clearCounts(frames)]) });

describe('worked by hand', () => {
  test('what is followed without a fault has full marks', () => {
    expect(all(followed('aaaa'))).toMatchObject({ hota: 1, detA: 1, assA: 1, locA: 1, idf1: 1, mota: 1, idSwitches: 0, fragments: 0 });
  });
  test('one that changes its id in the middle is found in full and associated by half', () => {
    // Each of the 4 true positives: TPA 2, FNA 2, FPA 0.
    const score = all(followed('aabb'));
    expect(score).toMatchObject({ detA: 1, assA: 0.5, idf1: 0.5, mota: 0.75, idSwitches: 1, fragments: 0 });
    expect(score.hota).toBeCloseTo(Math.SQRT1_2);
  });
  test('one that is missed in between is fragmented and keeps its id', () => {
    // TPA 3, FNA 1: A = 3/4; Det = 3/4.
    expect(all(followed('aa.a'))).toMatchObject({ detA: 0.75, assA: 0.75, hota: 0.75, idSwitches: 0, fragments: 1, mota: 0.75, idf1: 6 / 7 });
  });
  test('one and a ghost: the ghost costs detection, not association', () => {
    const frames = followed('aaaa').map((frame) => ({ ...frame, tracks: [...frame.tracks, at('ghost', 500)] }));
    expect(all(frames)).toMatchObject({ detA: 0.5, assA: 1, idf1: 8 / 12, idp: 0.5, idr: 1, mota: 0, falseBoxes: 4 });
  });
  test('two who swap their ids half-way', () => {
    const frames = [0, 1, 2, 3].map((f): JudgedFrame => ({ truth: [at('A', 0), at('B', 100)], tracks: [at(f < 2 ? 'a' : 'b', 0), at(f < 2 ? 'b' : 'a', 100)] }));
    // Each true positive: TPA 2, FNA 2, FPA 2.
    expect(all(frames)).toMatchObject({ detA: 1, idf1: 0.5, idSwitches: 2, mota: 0.75 });
    expect(all(frames).assA).toBeCloseTo(1 / 3);
  });
  test('a box that overlaps by two thirds counts at the thresholds up to it', () => {
    // 8 of 10 + 2 more: IoU 8/12 reaches .05 … .65, 13 of the 19 thresholds.
    const frames: JudgedFrame[] = [{ truth: [at('T', 0)], tracks: [at('a', 2)] }];
    expect(all(frames).hota).toBeCloseTo(13 / 19);
    expect(all(frames).locA).toBeCloseTo((13 * (8 / 12) + 6) / 19);
  });
  test('a pair of the frame before is kept though another fits better, as CLEAR MOT asks', () => {
    const frames: JudgedFrame[] = [{ truth: [at('T', 0)], tracks: [at('a', 0)] }, { truth: [at('T', 0)], tracks: [at('a', 2), at('b', 0)] }];
    expect(clearCounts(frames)).toMatchObject({ idSwitches: 0, falseBoxes: 1, misses: 0 });
  });
  test('the kind counts: a car on a person is a miss and a false box', () => {
    const frames: JudgedFrame[] = [{ truth: [at('T', 0)], tracks: [{ ...at('a', 0), kind: 'vehicle' }] }];
    expect(all(frames)).toMatchObject({ hota: 0, idf1: 0, mota: -1 });
  });
  test('where nothing is and nothing is followed there is no fault; a ghost there is one', () => {
    expect(all([{ truth: [], tracks: [] }])).toMatchObject({ hota: 1, idf1: 1, mota: 1 });
    expect(all([{ truth: [], tracks: [at('a', 0)] }])).toMatchObject({ hota: 0, idf1: 0, mota: 0 });
  });
  test('what lies on ignored truth is set aside with it, and nothing else', () => {
    const set = setAside([{ ...at('hidden', 0), ignored: true }, { ...at('T', 100), ignored: false }], [at('a', 1), at('b', 100), at('c', 300)]);
    expect(set.truth.map((t) => t.id)).toEqual(['T']);
    expect(set.tracks.map((t) => t.id)).toEqual(['b', 'c']);
  });
});

const side = (ids: string[]) => fc.subarray(ids).chain((chosen) => fc.tuple(...chosen.map((id) => fc.constantFrom(0, 2, 4, 6, 9).map((x) => at(id, x)))));
const sequence = fc.array(fc.record({ truth: side(['A', 'B', 'C']), tracks: side(['a', 'b', 'c', 'd']) }), { minLength: 1, maxLength: 4 });

/** Every way to pair some truth with some tracks of a frame. */
function pairings(frame: JudgedFrame, allowed: (t: Marked, p: Marked) => boolean, from = 0): [Marked, Marked][][] {
  const t = frame.truth[from];
  if (!t) return [[]];
  const rest = pairings(frame, allowed, from + 1);
  return [...rest, ...frame.tracks.filter((p) => allowed(t, p)).flatMap((p) => rest.filter((pairs) => pairs.every(([, q]) => q !== p)).map((pairs): [Marked, Marked][] => [[t, p], ...pairs]))];
}

/** The definitions of the paper, sets counted one by one. */
function hotaByDefinition(frames: readonly JudgedFrame[], alpha: number): { tp: number; association: number } {
  const reaches = (t: Marked, p: Marked): boolean => similarity(t, p) >= alpha - 1e-9;
  const a = (pairs: readonly (readonly [Marked, Marked])[], t: string, p: string): number => {
    const tpa = pairs.filter(([x, y]) => x.id === t && y.id === p).length;
    const fna = frames.flatMap((f) => f.truth).filter((x) => x.id === t).length - tpa;
    const fpa = frames.flatMap((f) => f.tracks).filter((y) => y.id === p).length - tpa;
    return tpa / (tpa + fna + fpa);
  };
  const everyPossible = frames.flatMap((f) => f.truth.flatMap((t) => f.tracks.filter((p) => reaches(t, p)).map((p): [Marked, Marked] => [t, p])));
  const worth = (pairs: readonly (readonly [Marked, Marked])[]): number => pairs.reduce((sum, [t, p]) => sum + 1 + 1e-3 * a(everyPossible, t.id, p.id) + 1e-7 * similarity(t, p), 0);
  const found = frames.flatMap((frame) => pairings(frame, reaches).reduce((best, pairs) => (worth(pairs) > worth(best) + 1e-12 ? pairs : best)));
  return { tp: found.length, association: found.reduce((sum, [t, p]) => sum + a(found, t.id, p.id), 0) };
}

describe('by trying everything', () => {
  test('HOTA finds as many true positives as there can be, and associates them as the definition says', () => {
    fc.assert(
      fc.property(sequence, fc.constantFrom(0, 5, 9, 13, 18), (frames, a) => {
        const counts = hotaCounts(frames)[a]!;
        const defined = hotaByDefinition(frames, ALPHAS[a]!);
        expect(counts.tp).toBe(defined.tp);
        expect(counts.fn).toBe(frames.flatMap((f) => f.truth).length - defined.tp);
        expect(counts.fp).toBe(frames.flatMap((f) => f.tracks).length - defined.tp);
        // Pairings of equal worth may differ in what they associate; where no two objects share a place there are none.
        const ties = frames.some((f) => [f.truth, f.tracks].some((list) => new Set(list.map((m) => m.box.x)).size < list.length));
        if (!ties) expect(counts.association).toBeCloseTo(defined.association, 6);
      }),
      { numRuns: 300 },
    );
  });

  test('IDF1 pairs identities over the whole sequence as well as can be', () => {
    fc.assert(
      fc.property(sequence, (frames) => {
        const together = (t: string, p: string): number => frames.filter((f) => f.truth.some((x) => x.id === t && f.tracks.some((y) => y.id === p && similarity(x, y) >= SAME_IOU))).length;
        const best = (truth: string[], tracks: string[]): number => {
          const [t, ...others] = truth;
          if (t === undefined) return 0;
          return Math.max(best(others, tracks), ...tracks.map((p) => together(t, p) + best(others, tracks.filter((q) => q !== p))));
        };
        expect(identityCounts(frames).idtp).toBe(best(['A', 'B', 'C'], ['a', 'b', 'c', 'd']));
      }),
      { numRuns: 300 },
    );
  });

  test('no metric leaves its bounds, and other names for the tracks change nothing', () => {
    fc.assert(
      fc.property(sequence, (frames) => {
        const renamed = frames.map((f) => ({ ...f, tracks: f.tracks.map((p) => ({ ...p, id: `x${p.id}` })) }));
        expect(all(renamed)).toEqual(all(frames));
        const { mota, idSwitches, fragments, misses, falseBoxes, ...shares } = all(frames);
        for (const share of Object.values(shares)) expect(share).toSatisfy((v: number) => v >= 0 && v <= 1 + 1e-9);
        expect(mota).toBeLessThanOrEqual(1);
        expect(Math.min(idSwitches, fragments, misses, falseBoxes)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
