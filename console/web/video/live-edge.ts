/** Where a player should be: close behind the newest picture, with enough in hand not to stand still. Pure. */

/** Behind the newest picture, in seconds: what is aimed at, when to hurry, and when to leap. */
export const LAG = { aimS: 0.25, hurryS: 0.6, leapS: 1.5 } as const;
/** Not noticed in a street, and 0.4 s are made good in 4 s. */
const HURRY_RATE = 1.1;
/** Ranges that touch within this are one: times of pictures tremble. */
const TOUCH_S = 0.1;

export interface Playing {
  readonly nowS: number;
  readonly rate: number;
  /** What is buffered, in order; it has gaps where pictures were left out. */
  readonly ranges: readonly (readonly [fromS: number, toS: number])[];
}

export interface Step {
  /** Null: stay. */
  readonly seekToS: number | null;
  readonly rate: number;
  /** How far behind the newest picture it is after this step; null while nothing is buffered. */
  readonly lagS: number | null;
}

export function chase({ nowS, rate, ranges }: Playing): Step {
  const last = ranges.at(-1);
  if (!last) return { seekToS: null, rate: 1, lagS: null };
  const [fromS, toS] = last;
  const lagS = toS - nowS;
  // In a gap, in what came before it, or beyond the end: what was left out is not waited for.
  const outside = nowS < fromS - TOUCH_S || lagS < -TOUCH_S;
  if (outside || lagS > LAG.leapS) {
    const seekToS = Math.max(fromS, toS - LAG.aimS);
    return { seekToS, rate: 1, lagS: toS - seekToS };
  }
  // Once hurrying, until it is back where it should be: not on and off at the border.
  const hurry = lagS > (rate > 1 ? LAG.aimS : LAG.hurryS);
  return { seekToS: null, rate: hurry ? HURRY_RATE : 1, lagS: Math.max(0, lagS) };
}
