/** Staged scenes in which much happens and nothing, or one thing only, is to be found. */
import { OBJECT_CLASSES } from '../../domain/detection.ts';
import { CAMERA, LEFT, RIGHT, driver, rectangle, walker, type StagedRule, type StagedScene } from './stage.ts';

const PAVEMENT = rectangle(-4, 4, 8.9, 11.9);
const TAMPER: StagedRule = { kind: 'tamper', id: 'tamper', faults: ['covered', 'defocused', 'moved'], forS: 5 };
const CHANGES: readonly StagedRule[] = [{ kind: 'left-object', id: 'left', zoneId: 'pavement', forS: 15 }, { kind: 'removed-object', id: 'removed', zoneId: 'pavement', forS: 15 }];

const WIND: StagedScene = {
  name: 'flags and a tree in the wind',
  seed: 900_111,
  lengthS: 50,
  staging: {
    camera: CAMERA,
    actors: [],
    waving: [{ kind: 'flag', at: [-3.5, 10.5], colour: [196, 40, 44] }, { kind: 'flag', at: [4.5, 13], colour: [232, 230, 222] }, { kind: 'tree', at: [1.5, 10.8], colour: [66, 104, 54] }],
  },
  zones: { pavement: PAVEMENT },
  rules: [
    { kind: 'intrusion', id: 'no-entry', zoneId: 'pavement', classes: OBJECT_CLASSES, inertiaFrames: 3 },
    { kind: 'loitering', id: 'move-on', zoneId: 'pavement', classes: ['person'], forS: 15 },
    ...CHANGES,
    TAMPER,
  ],
  mustFind: [],
};

const LORRY: StagedScene = {
  name: 'a lorry stops before the camera and fills the picture',
  seed: 900_112,
  lengthS: 50,
  staging: {
    camera: CAMERA,
    actors: [driver('truck', 121, 24, [[-13, 7.4], [0.5, 7.4, 9], [13, 7.4]], 3.5), walker(121, 4, [[LEFT, 10], [RIGHT, 10]])],
  },
  zones: { pavement: PAVEMENT },
  rules: [{ kind: 'intrusion', id: 'no-bus', zoneId: 'pavement', classes: ['motorcycle', 'bicycle'], inertiaFrames: 3 }, ...CHANGES, TAMPER],
  mustFind: [],
};

const LIGHT: StagedScene = {
  name: 'clouds, a lamp, and somebody at night',
  seed: 900_113,
  lengthS: 70,
  staging: {
    camera: CAMERA,
    actors: [walker(131, 4, [[LEFT, 12.4], [RIGHT, 12.4]]), walker(132, 56, [[LEFT, 10.2], [RIGHT, 10.2]])],
    // Cloud, sun, the light of a shop window going off at once, dusk.
    disturbances: [{ kind: 'light', gains: [[0, 1], [22, 1], [25, 0.65], [30, 0.65], [32, 1.1], [38, 1.1], [38.2, 0.7], [44, 0.7], [54, 0.3]] }],
  },
  zones: { pavement: rectangle(-3, 3, 8.9, 11.6) },
  rules: [{ kind: 'intrusion', id: 'no-entry', zoneId: 'pavement', classes: ['person'], inertiaFrames: 3 }, ...CHANGES, TAMPER],
  mustFind: [{ ruleId: 'no-entry', what: 'person', fromS: 60.6, toS: 62.4 }],
};

/** An everyday street: nobody stays, parks, gathers, drives the wrong way, leaves or takes anything. */
const everyday = (seed: number): StagedScene => ({
  name: `an everyday street, ${seed}`,
  seed,
  lengthS: 50,
  staging: { persons: 8, vehicles: 7, twoWheelers: 3, parked: 0 },
  zones: { pavement: rectangle(-5, 5, 8.3, 11.5), lane: rectangle(-6, 6, 13.2, 15) },
  rules: [
    { kind: 'loitering', id: 'move-on', zoneId: 'pavement', classes: ['person'], forS: 25 },
    { kind: 'crowd', id: 'too-many', zoneId: 'pavement', classes: ['person'], atLeast: 8, per: 'zone', clear: 5, forS: 4 },
    { kind: 'parked', id: 'no-parking', zoneId: 'lane', classes: ['car', 'bus', 'truck'], forS: 15 },
    { kind: 'wrong-way', id: 'one-way', zoneId: 'lane', classes: ['car', 'bus', 'truck'], allowed: [[0.2, 0.5], [0.8, 0.5]], forS: 0.8, overHeights: 1, overM: 0 },
    ...CHANGES,
    TAMPER,
  ],
  mustFind: [],
});

export const NOTHING_SCENES: readonly StagedScene[] = [WIND, LORRY, LIGHT, everyday(900_114), everyday(900_115)];
