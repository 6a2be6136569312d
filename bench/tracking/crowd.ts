/** Any number of objects that wander in a picture of 1920 × 1080, for timing a tracker. */
import type { Detection } from '../../domain/detection.ts';
import { randomFrom } from '../../test-fixtures/street-scene/random.ts';

const [WIDTH_PX, HEIGHT_PX] = [1920, 1080];
const STEP_S = 0.2;

/** `frames` frames at 5 a second. The more there are the smaller they are, as in a real crowd. */
export function crowd(objects: number, frames: number): Detection[][] {
  const random = randomFrom(objects);
  const h = Math.min(200, 0.35 * HEIGHT_PX * Math.sqrt(10 / objects));
  const actors = Array.from({ length: objects }, () => ({ x: random.between(0, WIDTH_PX - h), y: random.between(0, HEIGHT_PX - h), vx: random.between(-0.8, 0.8) * h, vy: random.between(-0.3, 0.3) * h }));
  const tremble = (): number => random.between(-0.03, 0.03) * h;
  return Array.from({ length: frames }, (_, i) => actors.map(({ x, y, vx, vy }) => ({
    label: 'person' as const,
    score: random.between(0.3, 0.95),
    box: { x: bounced(x + vx * STEP_S * i, WIDTH_PX - h) + tremble(), y: bounced(y + vy * STEP_S * i, HEIGHT_PX - h) + tremble(), w: 0.4 * h, h },
  })));
}

/** A place that turns round at 0 and at `end`. */
function bounced(at: number, end: number): number {
  const folded = ((at % (2 * end)) + 2 * end) % (2 * end);
  return folded > end ? 2 * end - folded : folded;
}
