/**
 * What a staged scene is: a scripted street, the rules that watch it, and the hand-written list of what they must find. Places are in
 * metres on the ground (x along the street, y away from the camera), as test-fixtures/street-scene has them.
 */
import type { PicturePoint } from '../../domain/camera.ts';
import type { ObjectClass } from '../../domain/detection.ts';
import type { CameraRule } from '../../domain/rule.ts';
import type { Actor, Look } from '../street-scene/cast.ts';
import type { Stop } from '../street-scene/journey.ts';
import { randomPerson } from '../street-scene/person.ts';
import { randomFrom } from '../street-scene/random.ts';
import type { CastSize } from '../street-scene/cast.ts';
import type { Staging } from '../street-scene/staging.ts';
import { randomBus, randomCar, randomTruck, randomTwoWheeler } from '../street-scene/vehicle.ts';
import { project, type View } from '../street-scene/view.ts';

export type Ground = readonly [x: number, y: number];

/** One finding that must be made, and may be made once. */
export interface MustFind {
  readonly ruleId: string;
  /** As {@link subjectWord} words it: an object's class, its class and way over a line, `above`, `below`, `left`, `removed`, or a fault. */
  readonly what: string;
  /** When the finding is due, seconds since the first frame. */
  readonly fromS: number;
  readonly toS: number;
}

/** All of a rule but what is the same for all of them here. */
type Bare<R> = R extends CameraRule ? Omit<R, 'name' | 'version' | 'severity' | 'schedules' | 'profiles' | 'cameraId' | 'size'> : never;
export type StagedRule = Bare<CameraRule>;

export interface StagedScene {
  readonly name: string;
  /** From 900000 on: never trained on. */
  readonly seed: number;
  readonly lengthS: number;
  /** Null for a street with everyday traffic of this size, drawn by lot. */
  readonly staging: Staging | CastSize;
  readonly zones: Readonly<Record<string, readonly Ground[]>>;
  readonly lines?: Readonly<Record<string, readonly [Ground, Ground]>>;
  readonly rules: readonly StagedRule[];
  readonly mustFind: readonly MustFind[];
}

/** Hung so that the near pavement fills the lower half: 5.2 m up, 13° down, straight across. */
export const CAMERA = { heightM: 5.2, tilt: (13 * Math.PI) / 180, yaw: 0 } as const;

/** Outside the picture on the near pavement, for whoever comes from the left or the right. */
export const LEFT = -8.5;
export const RIGHT = 8.5;

export const isStaging = (staging: StagedScene['staging']): staging is Staging => 'actors' in staging;

export function rectangle(fromX: number, toX: number, nearY: number, farY: number): Ground[] {
  return [[fromX, nearY], [toX, nearY], [toX, farY], [fromX, farY]];
}

export function inPicture(view: View, [x, y]: Ground): PicturePoint {
  const [px, py] = project(view, [x, y, 0]);
  const within = (part: number): number => Math.max(0, Math.min(1, part));
  return [within(px / view.widthPx), within(py / view.heightPx)];
}

/** Where somebody goes, and for how many seconds he rests there. */
export type Way = readonly (readonly [x: number, y: number, restS?: number])[];

const stopsOf = (way: Way): Stop[] => way.map(([x, y, restS = 0]) => ({ at: [x, y], restS }));

/** Another number is another person. */
export function walker(number: number, startS: number, way: Way, speedMps = 1.3): Actor {
  return { name: `walker${number}`, look: { kind: 'person', person: randomPerson(randomFrom(7000 + number)) }, journey: { stops: stopsOf(way), speedMps }, startS, parkedAt: [0, 0] };
}

export function driver(label: Exclude<ObjectClass, 'person'>, number: number, startS: number, way: Way, speedMps: number): Actor {
  return { name: `${label}${number}`, look: lookOf(label, number), journey: { stops: stopsOf(way), speedMps }, startS, parkedAt: [0, 0] };
}

function lookOf(label: Exclude<ObjectClass, 'person'>, number: number): Look {
  const random = randomFrom(8000 + number);
  switch (label) {
    case 'bicycle':
    case 'motorcycle':
      return { kind: 'rider', vehicle: randomTwoWheeler(random, label), person: randomPerson(random) };
    case 'car':
      return { kind: 'vehicle', vehicle: randomCar(random) };
    case 'bus':
      return { kind: 'vehicle', vehicle: randomBus(random) };
    case 'truck':
      return { kind: 'vehicle', vehicle: randomTruck(random) };
  }
}

/** The rule as a site would have it. */
export function fullRule(rule: StagedRule): CameraRule {
  return { size: null, ...rule, name: rule.id, version: 1, severity: 'Severe', schedules: [], profiles: [], cameraId: 'staged' } as CameraRule;
}
