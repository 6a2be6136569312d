/** Who is on the street and when: the actors of a scene, drawn by lot from its seed. */
import { type Journey, type Stop, durationS } from './journey.ts';
import { type PersonLook, randomPerson } from './person.ts';
import type { Random } from './random.ts';
import { ACROSS, type Street } from './street.ts';
import { type TwoWheelerLook, type VehicleLook, randomBus, randomCar, randomTruck, randomTwoWheeler } from './vehicle.ts';
import { type View, reachAlong } from './view.ts';

export type Look = { readonly kind: 'person'; readonly person: PersonLook } | { readonly kind: 'vehicle'; readonly vehicle: VehicleLook } | { readonly kind: 'rider'; readonly person: PersonLook; readonly vehicle: TwoWheelerLook };

/** One actor: sets out at `startS` of every loop; `journey` null stands parked for ever. */
export interface Actor {
  readonly name: string;
  readonly look: Look;
  readonly journey: Journey | null;
  readonly startS: number;
  readonly parkedAt: readonly [number, number];
}

export interface CastSize {
  readonly persons: number;
  readonly vehicles: number;
  readonly twoWheelers: number;
  readonly parked: number;
}

const LANE_SPEED_MPS = 7.5;
const CYCLE_SPEED_MPS = 4.2;
const IDLE: Pick<Actor, 'parkedAt'> = { parkedAt: [0, 0] };

export function castOf(view: View, street: Street, size: CastSize, loopS: number, random: Random): Actor[] {
  const traffic = [...vehicles(view, size.vehicles, loopS, random), ...riders(view, size.twoWheelers, loopS, random)];
  return [...parked(view, street, size.parked, random), ...traffic, ...Array.from({ length: size.persons }, (_, i) => walker(view, street, traffic, i, loopS, random))];
}

/** Lanes take turns; in a lane all go at one speed, spaced over the loop, so that none drives into another. */
function vehicles(view: View, count: number, loopS: number, random: Random): Actor[] {
  return Array.from({ length: count }, (_, i) => {
    const near = i % 2 === 0;
    const inLane = Math.ceil((count - (near ? 0 : 1)) / 2);
    const slotS = loopS / inLane;
    const draw = random.next();
    const vehicle = i === 1 || draw > 0.9 ? randomBus(random) : i === 2 || draw > 0.78 ? randomTruck(random) : randomCar(random);
    const startS = (Math.floor(i / 2) * slotS + random.between(0, Math.max(0, slotS - 2.6)) + (near ? 1 : 4)) % loopS;
    return { name: `${vehicle.label}${i}`, look: { kind: 'vehicle', vehicle }, journey: along(view, near ? ACROSS.nearLane : ACROSS.farLane, near, vehicle.lengthM, LANE_SPEED_MPS), startS, ...IDLE };
  });
}

function riders(view: View, count: number, loopS: number, random: Random): Actor[] {
  return Array.from({ length: count }, (_, i) => {
    const vehicle = randomTwoWheeler(random, i % 3 === 2 ? 'motorcycle' : 'bicycle');
    const startS = (i * (loopS / Math.max(1, count)) + random.between(0, 2)) % loopS;
    return { name: `${vehicle.label}${i}`, look: { kind: 'rider', vehicle, person: randomPerson(random) }, journey: along(view, ACROSS.bicycles, true, 2, CYCLE_SPEED_MPS), startS, ...IDLE };
  });
}

/** Traffic keeps to the right: the near lane goes towards +x. */
function along(view: View, across: number, towardsRight: boolean, lengthM: number, speedMps: number): Journey {
  const reach = reachAlong(view, across, lengthM / 2 + 2);
  const stops: Stop[] = [{ at: [reach.left, across] }, { at: [reach.right, across] }];
  return { stops: towardsRight ? stops : stops.reverse(), speedMps };
}

/** At the far kerb, clear of the crossing. */
function parked(view: View, street: Street, count: number, random: Random): Actor[] {
  const inView = reachAlong(view, ACROSS.farKerb - 0.95, -3);
  const places = Array.from({ length: 12 }, (_, i) => inView.left + i * 6).filter((x) => x < inView.right && Math.abs(x - street.crossingX) > 5);
  return Array.from({ length: Math.min(count, places.length) }, (_, i) => {
    const x = places[Math.floor((i * places.length) / count)] ?? 0;
    return { name: `parked${i}`, look: { kind: 'vehicle', vehicle: randomCar(random) }, journey: null, startS: 0, parkedAt: [x + random.between(-0.5, 0.5), ACROSS.farKerb - 0.95] };
  });
}

function walker(view: View, street: Street, traffic: readonly Actor[], index: number, loopS: number, random: Random): Actor {
  const person = randomPerson(random);
  const speedMps = random.between(1.15, 1.65);
  const kind = index % 4;
  const near = random.between(...ACROSS.nearWalk);
  const far = random.between(...ACROSS.farWalk);
  const leftwards = random.next() < 0.5;
  const stops = kind === 3 ? crossing(view, street, near, far, leftwards, random) : straight(view, kind === 1 ? far : near, leftwards, kind === 2 ? random.between(4, 7) : 0, random);
  const journey = { stops, speedMps };
  const actor = (startS: number): Actor => ({ name: `walker${index}`, look: { kind: 'person', person }, journey, startS, ...IDLE });
  const first = actor(random.between(0, loopS));
  if (kind !== 3) return first;
  // Nobody steps in front of a car: other moments are tried until one is free.
  for (let tries = 0; tries < 60; tries++) {
    const candidate = tries === 0 ? first : actor(random.between(0, loopS));
    if (!meetsTraffic(candidate, street, traffic, loopS)) return candidate;
  }
  return { ...first, journey: { stops: straight(view, near, leftwards, 0, random), speedMps } };
}

function straight(view: View, across: number, leftwards: boolean, restS: number, random: Random): Stop[] {
  const reach = reachAlong(view, across, 1.2);
  const restAt = reach.left + (reach.right - reach.left) * random.between(0.35, 0.65);
  const middle: Stop[] = restS > 0 ? [{ at: [restAt, across], restS }] : [];
  const stops: Stop[] = [{ at: [reach.left, across] }, ...middle, { at: [reach.right, across] }];
  return leftwards ? stops.reverse() : stops;
}

/** Along the far pavement, over the zebra, and away along the near one; or the other way round. */
function crossing(view: View, street: Street, near: number, far: number, leftwards: boolean, random: Random): Stop[] {
  const [nearReach, farReach] = [reachAlong(view, near, 1.2), reachAlong(view, far, 1.2)];
  const x = street.crossingX + random.between(-1, 1);
  const stops: Stop[] = [{ at: [leftwards ? farReach.right : farReach.left, far] }, { at: [x, far] }, { at: [x, near] }, { at: [leftwards ? nearReach.left : nearReach.right, near] }];
  return random.next() < 0.5 ? stops.reverse() : stops;
}

/** Whether a walker is in a lane at the crossing while something drives through it there, in any loop. */
function meetsTraffic(walker: Actor, street: Street, traffic: readonly Actor[], loopS: number): boolean {
  return traffic.some((other) => {
    if (!walker.journey || !other.journey) return false;
    const lane = other.journey.stops[0]?.at[1] ?? 0;
    const walkS = timeAcross(walker.journey, lane);
    const driveS = Math.abs(street.crossingX - (other.journey.stops[0]?.at[0] ?? 0)) / other.journey.speedMps;
    const halfS = (other.look.kind === 'vehicle' ? other.look.vehicle.lengthM : 2) / 2 / other.journey.speedMps + 2;
    if (walkS === null) return false;
    const apart = Math.abs(walker.startS + walkS - other.startS - driveS) % loopS;
    return Math.min(apart, loopS - apart) < halfS;
  });
}

/** Seconds from the start until the walker is `across` metres out on the leg over the road. */
function timeAcross(journey: Journey, across: number): number | null {
  const [start, from, to] = journey.stops;
  if (!start || !from || !to) return null;
  const before = durationS({ stops: [start, from], speedMps: journey.speedMps });
  return before + Math.abs(across - from.at[1]) / journey.speedMps;
}
