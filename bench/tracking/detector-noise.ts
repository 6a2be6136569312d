/** What a small detector would make of a perfectly known frame: misses, trembling boxes, unsure scores, wrong labels, false boxes; the same for the same seed. */
import type { Box, Detection, ObjectClass } from '../../domain/detection.ts';
import { randomFrom, type Random } from '../../test-fixtures/street-scene/random.ts';

/** An object of the truth, as the detector meets it. */
export interface Met {
  readonly label: ObjectClass;
  readonly box: Box;
  readonly visibleFraction: number;
}

/** Half of all that is hidden this far, or this small, gets half its score. */
const HALF_VISIBLE = 0.42;
const HALF_HEIGHT_PX = 20;
const SCORE_OF_PLAIN = 0.9;
const SCORE_SD = 0.1;
const LEAST_SCORE = 0.1;
/** Missed for no reason that shows in the truth. */
const BLINK = 0.02;
/** Standard deviation of an edge, in box sizes: assumed, not measured. */
const EDGE_SD = 0.03;
const MORE_EDGE_SD_HIDDEN = 0.06;
const MISTAKEN_LABEL = 0.08;
/** A post or a pattern that again and again looks like somebody. */
const FALSE_PLACES = 2;
const FALSE_PLACE_FIRES = 0.2;
const FALSE_BOXES_PER_FRAME = 0.1;
const TAKEN_FOR: Partial<Record<ObjectClass, ObjectClass>> = { car: 'truck', truck: 'car', bus: 'truck', bicycle: 'motorcycle', motorcycle: 'bicycle' };

/** A detector for one camera of the given size: its false places stay where they are from frame to frame. */
export function noisyDetector(seed: number, widthPx: number, heightPx: number): (frame: readonly Met[]) => Detection[] {
  const random = randomFrom(seed);
  const places = Array.from({ length: FALSE_PLACES }, () => anyBox(random, widthPx, heightPx));
  return (frame) => {
    const found = frame.flatMap((met) => seenAs(random, met) ?? []);
    for (const box of places) if (random.next() < FALSE_PLACE_FIRES) found.push({ label: 'person', score: random.between(0.15, 0.65), box: trembled(random, box, EDGE_SD) });
    if (random.next() < FALSE_BOXES_PER_FRAME) found.push({ label: random.pick(['person', 'car'] as const), score: random.between(0.1, 0.6), box: anyBox(random, widthPx, heightPx) });
    return found.sort((a, b) => b.score - a.score);
  };
}

function seenAs(random: Random, { label, box, visibleFraction }: Met): Detection | null {
  const plain = step(visibleFraction, HALF_VISIBLE, 0.1) * step(box.h, HALF_HEIGHT_PX, 6);
  const score = Math.min(0.99, SCORE_OF_PLAIN * plain + SCORE_SD * bell(random));
  const [blink, mistaken] = [random.next(), random.next()];
  const seen = trembled(random, box, EDGE_SD + MORE_EDGE_SD_HIDDEN * (1 - visibleFraction));
  if (score < LEAST_SCORE || blink < BLINK) return null;
  return { label: mistaken < MISTAKEN_LABEL ? TAKEN_FOR[label] ?? label : label, score, box: seen };
}

/** Logistic from 0 to 1 around `half`. */
const step = (value: number, half: number, width: number): number => 1 / (1 + Math.exp((half - value) / width));

/** Standard normal, near enough: the sum of twelve uniform numbers. */
function bell(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.next();
  return sum;
}

function trembled(random: Random, { x, y, w, h }: Box, sd: number): Box {
  const [left, right, top, bottom] = [w, w, h, h].map((size) => size * sd * bell(random)) as [number, number, number, number];
  return { x: x + left, y: y + top, w: Math.max(2, w + right - left), h: Math.max(2, h + bottom - top) };
}

function anyBox(random: Random, widthPx: number, heightPx: number): Box {
  const h = random.between(0.06, 0.25) * heightPx;
  const w = h * random.between(0.35, 0.6);
  return { x: random.between(0, widthPx - w), y: random.between(0.2 * heightPx, heightPx - h), w, h };
}
