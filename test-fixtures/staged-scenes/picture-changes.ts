/** Staged scenes about the picture itself: things left behind and taken away, the camera covered, out of focus, turned. */
import { CAMERA, LEFT, RIGHT, driver, rectangle, walker, type StagedScene } from './stage.ts';

const PAVEMENT = rectangle(-4, 4, 8.9, 11.9);
const BOTH = [{ kind: 'left-object', id: 'left', zoneId: 'pavement', forS: 15 }, { kind: 'removed-object', id: 'removed', zoneId: 'pavement', forS: 15 }] as const;

const LEFT_BAG: StagedScene = {
  name: 'a suitcase is left behind',
  seed: 900_108,
  lengthS: 66,
  staging: {
    camera: CAMERA,
    actors: [
      walker(81, 18, [[LEFT, 10], [0.7, 10, 3], [RIGHT, 10]]),
      // Puts his down, waits, takes it with him.
      walker(82, 24, [[LEFT, 11], [-2.6, 11, 9], [LEFT, 11]]),
      walker(83, 33, [[RIGHT, 11.3], [LEFT, 11.3]]),
      walker(84, 40, [[LEFT, 9.4], [RIGHT, 9.4]]),
    ],
    things: [{ kind: 'suitcase', at: [0, 10.2], colour: [150, 36, 40], fromS: 26, toS: 999 }, { kind: 'suitcase', at: [-2, 11.2], colour: [40, 52, 96], fromS: 29.4, toS: 37.4 }],
  },
  zones: { pavement: PAVEMENT },
  rules: BOTH,
  mustFind: [{ ruleId: 'left', what: 'left', fromS: 41, toS: 52 }],
};

const TAKEN_BOX: StagedScene = {
  name: 'a box is taken away',
  seed: 900_109,
  lengthS: 60,
  staging: {
    camera: CAMERA,
    actors: [walker(91, 6, [[LEFT, 9.3], [RIGHT, 9.3]]), walker(92, 22, [[RIGHT, 10.4], [2.3, 10.4, 3], [RIGHT, 10.4]]), walker(93, 36, [[LEFT, 11.3], [RIGHT, 11.3]])],
    things: [{ kind: 'box', at: [1.5, 10.4], colour: [196, 160, 110], fromS: 0, toS: 28.5 }, { kind: 'box', at: [-2, 10.8], colour: [70, 84, 76], fromS: 0, toS: 999 }],
  },
  zones: { pavement: PAVEMENT },
  rules: BOTH,
  mustFind: [{ ruleId: 'removed', what: 'removed', fromS: 43.5, toS: 53 }],
};

const TAKEN_SUITCASE: StagedScene = {
  name: 'a suitcase is taken away',
  seed: 900_119,
  lengthS: 56,
  staging: {
    camera: CAMERA,
    actors: [walker(94, 4, [[RIGHT, 9.4], [LEFT, 9.4]]), walker(95, 22, [[LEFT, 10.6], [-2.1, 10.6, 3], [LEFT, 10.6]])],
    things: [{ kind: 'suitcase', at: [-1.4, 10.6], colour: [44, 40, 46], fromS: 0, toS: 28 }],
  },
  zones: { pavement: PAVEMENT },
  rules: BOTH,
  mustFind: [{ ruleId: 'removed', what: 'removed', fromS: 43, toS: 51 }],
};

const TAMPER_RULE = { kind: 'tamper', id: 'tamper', faults: ['covered', 'defocused', 'moved'], forS: 5 } as const;

const COVERED: StagedScene = {
  name: 'the camera is covered, then out of focus',
  seed: 900_110,
  lengthS: 72,
  staging: {
    camera: CAMERA,
    actors: [walker(101, 2, [[LEFT, 10], [RIGHT, 10]]), driver('car', 101, 10, [[-14, 14.9], [14, 14.9]], 7.5), walker(102, 42, [[RIGHT, 10.8], [LEFT, 10.8]]), walker(103, 60, [[LEFT, 9.6], [RIGHT, 9.6]])],
    disturbances: [
      { kind: 'cover', fromS: 26, toS: 38 },
      // Somebody's hand for two seconds is no fault.
      { kind: 'cover', fromS: 52, toS: 54 },
      { kind: 'defocus', radius: 0.009, fromS: 58, toS: 999 },
    ],
  },
  zones: {},
  rules: [TAMPER_RULE],
  mustFind: [
    { ruleId: 'tamper', what: 'covered', fromS: 30.9, toS: 34 },
    { ruleId: 'tamper', what: 'defocused', fromS: 62.9, toS: 66 },
  ],
};

const TURNED: StagedScene = {
  name: 'the camera is turned',
  seed: 900_117,
  lengthS: 40,
  staging: {
    camera: CAMERA,
    actors: [walker(104, 3, [[LEFT, 9.6], [RIGHT, 9.6]]), driver('truck', 102, 14, [[18, 18.2], [-18, 18.2]], 7.5)],
    disturbances: [{ kind: 'move', by: [0.24, 0.06], fromS: 26, toS: 999 }],
  },
  zones: {},
  rules: [TAMPER_RULE],
  mustFind: [{ ruleId: 'tamper', what: 'moved', fromS: 30.9, toS: 34 }],
};

export const PICTURE_SCENES: readonly StagedScene[] = [LEFT_BAG, TAKEN_BOX, TAKEN_SUITCASE, COVERED, TURNED];
