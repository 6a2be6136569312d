/** The way of one actor through the street: from outside the picture, along corners and rests, and out again. */

export interface Stop {
  readonly at: readonly [number, number];
  /** How long the actor rests here (default 0). */
  readonly restS?: number;
}

export interface Journey {
  readonly stops: readonly Stop[];
  readonly speedMps: number;
}

export interface Moment {
  readonly at: readonly [number, number];
  readonly heading: readonly [number, number];
  /** Metres gone since the start. */
  readonly goneM: number;
  /** 0 at rest, 1 in full motion, between the two while starting and stopping. */
  readonly motion: number;
}

/** Metres before and after a corner over which an actor turns. */
const TURN_M = 0.7;
/** Seconds in which a step comes to rest. */
const EASE_S = 0.35;

interface Leg {
  readonly from: readonly [number, number];
  readonly heading: readonly [number, number];
  readonly lengthM: number;
  readonly restAfterS: number;
}

function legsOf(journey: Journey): Leg[] {
  return journey.stops.slice(1).map((stop, i) => {
    const from = journey.stops[i]?.at ?? stop.at;
    const [dx, dy] = [stop.at[0] - from[0], stop.at[1] - from[1]];
    const lengthM = Math.hypot(dx, dy);
    return { from, heading: [dx / lengthM, dy / lengthM], lengthM, restAfterS: stop.restS ?? 0 };
  });
}

export function durationS(journey: Journey): number {
  return legsOf(journey).reduce((sum, leg) => sum + leg.lengthM / journey.speedMps + leg.restAfterS, 0);
}

/** Where the actor is `elapsedS` after its start; null before and after the journey. */
export function momentAt(journey: Journey, elapsedS: number): Moment | null {
  if (elapsedS < 0) return null;
  const legs = legsOf(journey);
  let left = elapsedS;
  let goneM = 0;
  for (const [i, leg] of legs.entries()) {
    const legS = leg.lengthM / journey.speedMps;
    if (left < legS + leg.restAfterS) {
      const alongM = Math.min(left, legS) * journey.speedMps;
      const restedBefore = legs[i - 1]?.restAfterS ?? 0;
      const starting = restedBefore > 0 ? Math.min(1, left / EASE_S) : 1;
      const stopping = leg.restAfterS > 0 ? Math.max(0, Math.min(1, (legS - left) / EASE_S)) : 1;
      return {
        at: [leg.from[0] + leg.heading[0] * alongM, leg.from[1] + leg.heading[1] * alongM],
        heading: blend(leg, legs[i - 1], legs[i + 1], alongM),
        goneM: goneM + alongM,
        motion: Math.min(starting, stopping),
      };
    }
    left -= legS + leg.restAfterS;
    goneM += leg.lengthM;
  }
  return null;
}

/** Turns the heading gradually over the last and first metres around a corner. */
function blend(leg: Leg, before: Leg | undefined, after: Leg | undefined, alongM: number): readonly [number, number] {
  const toEnd = leg.lengthM - alongM;
  const other = alongM < TURN_M ? before : toEnd < TURN_M ? after : undefined;
  if (!other) return leg.heading;
  const share = 0.5 - Math.min(alongM < TURN_M ? alongM : toEnd, TURN_M) / (2 * TURN_M);
  const x = leg.heading[0] * (1 - share) + other.heading[0] * share;
  const y = leg.heading[1] * (1 - share) + other.heading[1] * share;
  const length = Math.hypot(x, y);
  return length < 1e-6 ? leg.heading : [x / length, y / length];
}
