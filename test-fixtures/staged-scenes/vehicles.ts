/** Staged scenes about vehicles: the wrong way, and parking. */
import { ACROSS } from '../street-scene/street.ts';
import { CAMERA, LEFT, RIGHT, driver, rectangle, walker, type StagedScene } from './stage.ts';

const VEHICLES = ['car', 'bus', 'truck'] as const;
const LANE = ACROSS.nearLane;
const OUT = 14;

const WRONG_WAY: StagedScene = {
  name: 'against the traffic',
  seed: 900_106,
  lengthS: 44,
  staging: {
    camera: CAMERA,
    actors: [
      driver('car', 61, 2, [[-OUT, LANE], [OUT, LANE]], 7.5),
      driver('bicycle', 62, 9, [[-OUT, LANE], [OUT, LANE]], 4.2),
      driver('bicycle', 63, 17, [[OUT, LANE], [-OUT, LANE]], 4.2),
      driver('car', 64, 27, [[OUT, LANE], [-OUT, LANE]], 7.5),
      // Stops in the lane, as for a light, and goes on.
      driver('car', 65, 32, [[-OUT, LANE], [1, LANE, 4], [OUT, LANE]], 7.5),
      // The other lane goes the other way, and rightly.
      driver('truck', 66, 6, [[OUT + 4, ACROSS.farLane], [-OUT - 4, ACROSS.farLane]], 7.5),
      // Somebody on foot may walk as he likes, and crosses.
      walker(61, 4, [[RIGHT, 10], [LEFT, 10]]),
      walker(62, 12, [[0, 6], [0, 20.9], [-16, 21.5]], 1.5),
    ],
  },
  zones: { lane: rectangle(-7, 7, 13.2, 16) },
  rules: [{ kind: 'wrong-way', id: 'one-way', zoneId: 'lane', classes: [...VEHICLES, 'bicycle', 'motorcycle'], allowed: [[0.2, 0.5], [0.8, 0.5]], forS: 0.8, overHeights: 1, overM: 0 }],
  mustFind: [
    { ruleId: 'one-way', what: 'bicycle', fromS: 19, toS: 22 },
    { ruleId: 'one-way', what: 'car', fromS: 28.4, toS: 30 },
  ],
};

const KERB = 13.3;

const PARKING: StagedScene = {
  name: 'one parks and one waits',
  seed: 900_107,
  lengthS: 60,
  staging: {
    camera: CAMERA,
    actors: [
      driver('car', 71, 2, [[-OUT, KERB], [-2.5, KERB, 46], [OUT, KERB]], 6),
      // Waits for ten seconds, turns out into the road and leaves.
      driver('car', 72, 8, [[OUT, KERB], [4, KERB, 10], [1.5, 16.3], [-OUT, 16.3]], 6),
      driver('truck', 73, 30, [[-OUT - 4, 16], [OUT + 4, 16]], 7.5),
      driver('bus', 74, 12, [[OUT + 4, 18.6], [-OUT - 4, 18.6]], 7.5),
      walker(71, 10, [[LEFT, 10.8], [RIGHT, 10.8]]),
      walker(72, 26, [[RIGHT, 11.6], [LEFT, 11.6]]),
    ],
  },
  zones: { kerb: rectangle(-6.5, 6.5, 11.5, 14.4) },
  rules: [{ kind: 'parked', id: 'no-parking', zoneId: 'kerb', classes: VEHICLES, forS: 20 }],
  mustFind: [{ ruleId: 'no-parking', what: 'car', fromS: 23.6, toS: 27.6 }],
};

const TRAFFIC: StagedScene = {
  name: 'one car after another drives through',
  seed: 900_116,
  lengthS: 50,
  staging: { camera: CAMERA, actors: Array.from({ length: 9 }, (_, i) => driver('car', 111 + i, 1 + 5 * i, [[-OUT, LANE], [OUT, LANE]], 7.5)) },
  zones: { lane: rectangle(-6, 6, 13.2, 15) },
  rules: [{ kind: 'parked', id: 'no-parking', zoneId: 'lane', classes: VEHICLES, forS: 15 }],
  mustFind: [],
};

export const VEHICLE_SCENES: readonly StagedScene[] = [WRONG_WAY, PARKING, TRAFFIC];
