/** What a camera's pictures say of it: every fault, and night, lorries, lamps, noise and encoders that repeat themselves, which are none. */
import { describe, expect, test } from 'vitest';
import type { HealthFault } from '../../domain/health.ts';
import { paintedLuma, type Painting } from '../../workers/rules/painting.ts';
import { PictureWatch } from './picture-watch.ts';

const ALL = [0, 0, 1, 1] as const;
const START_MS = 1_700_000_000_000;
type Luma = ReturnType<typeof paintedLuma>;

/** Every change of what is wrong, with its second; `everyS` 2 is a camera of which key frames alone are decoded. */
function seen(picture: (atS: number) => Luma, untilS: number, everyS = 2, watch = new PictureWatch()): string[] {
  const changes: string[] = [];
  let before = '';
  for (let atS = 0; atS <= untilS; atS += everyS) {
    const { luma, widthPx, heightPx } = picture(atS);
    watch.see(luma, widthPx, heightPx, START_MS + atS * 1000);
    const wrong = watch.signs.filter((sign) => sign.wrong).map(({ fault }) => fault);
    if (String(wrong) !== before) changes.push(`${atS}: ${wrong.join(' and ') || 'well'}`);
    before = String(wrong);
  }
  return changes;
}
/** A view without time, in twenty pictures that differ by their noise alone: long scenes are not painted anew every second. */
const views = new Map<string, Luma>();
function view(painting: Painting, atS: number): Luma {
  const [nth, name] = [Math.floor(atS / 2) % 20, JSON.stringify(painting)];
  const known = views.get(name + nth) ?? paintedLuma(painting, nth);
  views.set(name + nth, known);
  return known;
}
const LEFT: Painting = { turned: { fromS: 0, by: [0.4, 0.2] } };
const RIGHT: Painting = { turned: { fromS: 0, by: [-0.3, -0.3] } };
const COVERED: Painting = { things: [{ at: ALL, luma: 90 }] };
const paint = (painting: Painting) => (atS: number) => paintedLuma(painting, atS);
const told = (faults: readonly HealthFault[], watch: PictureWatch): boolean[] => faults.map((fault) => watch.signs.some((sign) => sign.fault === fault));

describe.each([2, 1])('a picture every %s s', (everyS) => {
  /** What is wrong, or well again, and between which seconds that is seen. */
  test.each<[string, Painting, number, [what: string, fromS: number, toS: number][]]>([
    ['nothing happens', {}, 120, []],
    ['a noisy picture', { noise: 12 }, 90, []],
    ['night falls within a minute', { lights: [{ atS: 25, overS: 60, gain: 0.12 }] }, 120, []],
    ['the lamps go off but for a glimmer', { lights: [{ atS: 30, gain: 0.15 }], noise: 2 }, 80, []],
    ['the lamps go off and on', { lights: [{ atS: 30, gain: 0.3 }, { atS: 60, gain: 1, offset: 15 }] }, 90, []],
    ['a flag in the wind over a fifth of the picture', { flag: [0.2, 0.1, 0.5, 0.4] }, 80, []],
    ['a lorry stands before it and fills most of the picture', { passing: [{ path: [[30, -0.9], [33, 0.08], [63, 0.08], [66, 1]], y: 0.12, w: 0.9, h: 0.88, luma: 150 }] }, 80, []],
    ['a hand before it for six seconds', { things: [{ at: ALL, luma: 90, fromS: 40, toS: 46 }] }, 80, []],
    ['a cloth over the lens, taken away', { things: [{ at: ALL, luma: 90, fromS: 40, toS: 80 }] }, 100, [['covered', 47, 54], ['well', 80, 82]]],
    ['a cap over the lens, taken away', { things: [{ at: ALL, luma: 8, fromS: 40, toS: 80 }], noise: 1 }, 100, [['black', 40, 42], ['well', 80, 82]]],
    ['out of focus', { blurred: { fromS: 40 } }, 80, [['defocused', 47, 54]]],
    ['turned away', { turned: { fromS: 40, by: [0.4, 0.2] } }, 80, [['moved', 47, 54]]],
    ['nudged by a thirtieth of the picture', { turned: { fromS: 40, by: [0.034, 0.02] } }, 80, [['moved', 47, 54]]],
  ])('%s', (_, painting, untilS, expected) => {
    const changes = seen(paint(painting), untilS, everyS).map((change) => change.split(': '));
    const fits = changes.length === expected.length && expected.every(([what, fromS, toS], i) => changes[i]?.[1] === what && Number(changes[i]?.[0]) >= fromS && Number(changes[i]?.[0]) <= toS);
    if (!fits) expect(changes).toEqual(expected);
  });
});

describe('turned', () => {
  const turned = (fromS: number, toS: number) => (atS: number) => view(atS >= fromS && atS < toS ? LEFT : {}, atS);

  test('the new view is its own after ten minutes, and the old one is known when it comes back, as at every dawn', () => {
    expect(seen(turned(40, 800), 900, 4)).toEqual(['48: moved', '644: well']);
    const nights = (atS: number) => view(Math.floor(atS / 700) % 2 === 1 ? LEFT : {}, atS);
    expect(seen(nights, 2900, 4)).toEqual(['712: moved', '1308: well']);
  });

  test('turned back before that, it is well at once', () => {
    expect(seen(turned(40, 100), 200)).toEqual(['48: moved', '100: well']);
  });

  test('one that is turned on and on has no new view', () => {
    const swings = (atS: number) => view(atS < 40 ? {} : Math.floor(atS / 60) % 2 ? LEFT : RIGHT, atS);
    expect(seen(swings, 1000, 4)).toEqual(['48: moved']);
  });

  test('what is put over the lens is never its own view', () => {
    expect(seen((atS) => view(atS < 40 ? {} : COVERED, atS), 1300, 4)).toEqual(['48: covered']);
  });
});

describe('frozen', () => {
  test('the same picture again and again, and well with the first that differs', () => {
    expect(seen((atS) => paintedLuma({}, atS >= 40 && atS < 120 ? 40 : atS), 160)).toEqual(['70: frozen', '120: well']);
  });

  test('an encoder that repeats a still scene between key frames ten seconds apart is alive', () => {
    expect(seen((atS) => view({}, Math.floor(atS / 10) * 2), 200, 0.2)).toEqual([]);
  });

  test('of five pictures at least: a camera that sends one in twenty seconds may send the same twice', () => {
    expect(seen((atS) => view({}, Math.floor(atS / 60) * 2), 600, 20)).toEqual([]);
  });

  test('and black is black; of what cannot be seen nothing is said', () => {
    const watch = new PictureWatch();
    expect(seen(() => ({ luma: new Uint8Array(192 * 108).fill(16), widthPx: 192, heightPx: 108 }), 100, 2, watch)).toEqual(['0: black']);
    expect(told(['black', 'frozen', 'covered', 'moved', 'defocused'], watch)).toEqual([true, false, false, false, false]);
  });
});

test('a clock that is set back begins anew, and a burst in retrospect is passed over', () => {
  const watch = new PictureWatch();
  const see = (atS: number, at = atS): void => {
    const { luma, widthPx, heightPx } = paintedLuma({}, at);
    watch.see(luma, widthPx, heightPx, START_MS + atS * 1000);
  };
  for (let s = 0; s < 40; s += 2) see(s);
  for (let i = 0; i < 50; i++) see(38, 5);
  see(-3600);
  for (let s = -3600; s < -3540; s += 2) see(s, 7);
  expect(watch.signs.filter((sign) => sign.wrong)).toEqual([{ fault: 'frozen', wrong: true }]);
});
