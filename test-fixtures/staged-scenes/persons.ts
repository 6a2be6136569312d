/** Staged scenes about persons: intrusion, line crossing, loitering, crowd, absence. */
import { CAMERA, LEFT, RIGHT, driver, rectangle, walker, type StagedScene } from './stage.ts';

const PERSONS = ['person'] as const;

const INTRUDERS: StagedScene = {
  name: 'intruders',
  seed: 900_101,
  lengthS: 62,
  staging: {
    camera: CAMERA,
    actors: [
      // Only passes along the border, 0.7 m outside.
      walker(1, 1, [[-9.5, 12.3], [9.5, 12.3]]),
      // Comes in, stands still, leaves.
      walker(2, 10, [[LEFT, 10.5], [0, 10.5, 6], [RIGHT, 10.5]]),
      // Walks through.
      walker(3, 30, [[RIGHT, 9.8], [LEFT, 9.8]], 1.4),
      // In, well out, and in again: two visits.
      walker(4, 40, [[LEFT, 11], [0, 11], [-5, 11, 3], [0, 11, 2], [0, 12.8], [RIGHT, 12.8]]),
      driver('car', 1, 5, [[-13, 14.9], [13, 14.9]], 7.5),
      driver('bus', 2, 33, [[17, 18.2], [-17, 18.2]], 7.5),
    ],
  },
  zones: { pavement: rectangle(-2, 2, 9.2, 11.6) },
  rules: [{ kind: 'intrusion', id: 'no-entry', zoneId: 'pavement', classes: PERSONS, inertiaFrames: 3 }],
  mustFind: [
    { ruleId: 'no-entry', what: 'person', fromS: 14.8, toS: 16.2 },
    { ruleId: 'no-entry', what: 'person', fromS: 34.4, toS: 36 },
    { ruleId: 'no-entry', what: 'person', fromS: 44.8, toS: 46.2 },
    { ruleId: 'no-entry', what: 'person', fromS: 55.4, toS: 57 },
  ],
};

const OVER_THE_LINE: StagedScene = {
  name: 'over the line',
  seed: 900_102,
  lengthS: 60,
  staging: {
    camera: CAMERA,
    actors: [
      walker(11, 1, [[LEFT, 10], [RIGHT, 10]]),
      walker(12, 8, [[RIGHT, 11], [LEFT, 11]], 1.4),
      // Turns round on it.
      walker(13, 16, [[LEFT, 9.6], [0, 9.6], [LEFT, 9.6]], 1.2),
      // Stands on it for five seconds, then goes on.
      walker(14, 26, [[RIGHT, 10.4], [0, 10.4, 5], [LEFT, 10.4]]),
      // Passes its far end.
      walker(15, 30, [[-9.5, 13.3], [9.5, 13.3]]),
      // Two at once, one each way, side by side on the line.
      walker(16, 45, [[LEFT, 9.5], [RIGHT, 9.5]], 1.35),
      walker(17, 45.4, [[RIGHT, 11.2], [LEFT, 11.2]], 1.35),
    ],
  },
  zones: {},
  lines: { gate: [[0, 8.7], [0, 11.9]] },
  rules: [{ kind: 'line-crossing', id: 'gate', lineId: 'gate', direction: 'both', classes: PERSONS, inertiaFrames: 3 }],
  mustFind: [
    { ruleId: 'gate', what: 'person to-right', fromS: 7.4, toS: 9.2 },
    { ruleId: 'gate', what: 'person to-left', fromS: 14, toS: 15.8 },
    { ruleId: 'gate', what: 'person to-left', fromS: 37.4, toS: 39.6 },
    { ruleId: 'gate', what: 'person to-right', fromS: 51.2, toS: 53 },
    { ruleId: 'gate', what: 'person to-left', fromS: 51.6, toS: 53.4 },
  ],
};

const LOITERER: StagedScene = {
  name: 'loiterer among passers-by',
  seed: 900_103,
  lengthS: 50,
  staging: {
    camera: CAMERA,
    actors: [
      walker(21, 3, [[LEFT, 10.2], [-1, 10.2, 6], [2, 10.2, 6], [-1.5, 10.6, 8], [1, 10, 5], [RIGHT, 10]], 1.2),
      walker(22, 5, [[RIGHT, 11.2], [LEFT, 11.2]]),
      walker(23, 12, [[LEFT, 9.3], [RIGHT, 9.3]], 1.45),
      walker(24, 21, [[RIGHT, 9.4], [LEFT, 9.4]]),
      // Waits for eight seconds, which is not long.
      walker(25, 24, [[RIGHT, 11.4], [3, 11.4, 8], [LEFT, 11.4]]),
      driver('bicycle', 21, 15, [[-11, 12.7], [11, 12.7]], 4.2),
    ],
  },
  zones: { pavement: rectangle(-4, 4, 8.9, 11.9) },
  rules: [{ kind: 'loitering', id: 'move-on', zoneId: 'pavement', classes: PERSONS, forS: 20 }],
  mustFind: [{ ruleId: 'move-on', what: 'person', fromS: 26.4, toS: 28.4 }],
};

const gathering = (number: number, startS: number, x: number, y: number, untilS: number) => {
  const from = x < 0 ? LEFT : RIGHT;
  const walkS = Math.abs(from - x) / 1.4;
  return walker(number, startS, [[from, y], [x, y, untilS - startS - walkS], [from, y]], 1.4);
};

const TOO_MANY = { kind: 'crowd', id: 'too-many', zoneId: 'pavement', classes: PERSONS, atLeast: 6, per: 'zone', clear: 3, forS: 4 } as const;
const GATHERING_PLACE = rectangle(-4.5, 4.5, 8.9, 11.9);

const CROWD: StagedScene = {
  name: 'a crowd comes and goes',
  seed: 900_104,
  lengthS: 36,
  staging: {
    camera: CAMERA,
    actors: [
      gathering(31, 6, -0.7, 10.4, 24), gathering(32, 6.4, 0.8, 9.7, 24.5), gathering(33, 6.8, -2.2, 9.6, 23), gathering(34, 7.2, 2.3, 10.6, 25),
      gathering(35, 7.4, -2.9, 11.2, 25.5), gathering(36, 7.8, 3.1, 9.5, 23.5), gathering(37, 8.2, 1, 11.5, 25),
    ],
  },
  zones: { pavement: GATHERING_PLACE },
  rules: [TOO_MANY],
  mustFind: [{ ruleId: 'too-many', what: 'above', fromS: 14, toS: 16.5 }],
};

const NO_CROWD: StagedScene = {
  name: 'five are no crowd of six',
  seed: 900_118,
  lengthS: 24,
  staging: { camera: CAMERA, actors: [gathering(38, 0, -1, 10, 12), gathering(39, 1, 1, 10.5, 12), gathering(40, 2, -2.5, 11, 13), gathering(41, 3, 2.5, 9.8, 11), gathering(42, 3.5, 0, 11.3, 11)] },
  zones: { pavement: GATHERING_PLACE },
  rules: [TOO_MANY],
  mustFind: [],
};

const GUARD: StagedScene = {
  name: 'the guard leaves the post',
  seed: 900_105,
  lengthS: 70,
  staging: {
    camera: CAMERA,
    actors: [
      // Faces the camera, more or less.
      walker(51, 0, [[2, 10.4], [2, 10.2, 15], [LEFT, 10.2]]),
      // Passes behind the post, and is no guard.
      walker(52, 18, [[9.5, 12.6], [-9.5, 12.6]]),
      // Is relieved, steps aside for some seconds, comes back.
      walker(53, 34, [[LEFT, 10.2], [2, 10.4], [2, 10.2, 10], [-2, 10.2, 3], [2, 10.4], [2, 10.2, 30]]),
    ],
  },
  zones: { post: rectangle(0.5, 3.5, 9.2, 11.5) },
  rules: [{ kind: 'absence', id: 'post-manned', zoneId: 'post', classes: PERSONS, fewerThan: 1, forS: 10 }],
  mustFind: [{ ruleId: 'post-manned', what: 'below', fromS: 26.2, toS: 28 }],
};

export const PERSON_SCENES: readonly StagedScene[] = [INTRUDERS, OVER_THE_LINE, LOITERER, CROWD, NO_CROWD, GUARD];
