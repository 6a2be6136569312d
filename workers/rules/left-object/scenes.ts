/** Scenes for the left object rule: fifteen seconds in the lower half of a painted street, at two frames a second. */
import type { LeftObjectRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

/** A bag on the ground at the right. */
const BAG = [0.7, 0.7, 0.06, 0.08] as const;
const bag = { at: BAG, luma: 30 };

export const SCENES: readonly Scene<LeftObjectRule>[] = [
  { name: 'a bag is put down and stays', objects: [], picture: { things: [{ ...bag, fromS: 30 }] }, untilS: 90, finds: [['left', 44, 48]] },
  { name: 'a bag on two wheels, of which only handle and foot differ from the ground', objects: [], picture: { things: [{ at: [0.7, 0.66, 0.05, 0.03], luma: 20, fromS: 30 }, { at: [0.72, 0.72, 0.05, 0.03], luma: 240, fromS: 30.5 }] }, untilS: 100, finds: [['left', 44, 48]] },
  { name: 'a bag that was always there', objects: [], picture: { things: [bag] }, untilS: 70, finds: [] },
  { name: 'a bag that was always there is taken away', objects: [], picture: { things: [{ ...bag, toS: 30 }] }, untilS: 70, finds: [] },
  { name: 'put down for eight seconds', objects: [], picture: { things: [{ ...bag, fromS: 30, toS: 38 }] }, untilS: 70, finds: [] },
  { name: 'two bags, one after the other', objects: [], picture: { things: [{ ...bag, fromS: 30 }, { at: [0.2, 0.6, 0.06, 0.08], luma: 240, fromS: 45 }] }, untilS: 90, finds: [['left', 44, 48], ['left', 59, 63]] },
  { name: 'the lamps go off', objects: [], picture: { lights: [{ atS: 30, gain: 0.5 }] }, untilS: 70, finds: [] },
  { name: 'the lamps go on', objects: [], picture: { lights: [{ atS: 0, gain: 0.5 }, { atS: 30, gain: 1, offset: 10 }] }, untilS: 70, finds: [] },
  { name: 'a cloud goes by', objects: [], picture: { lights: [{ atS: 25, overS: 20, gain: 0.7, offset: -5 }, { atS: 50, overS: 10, gain: 1 }] }, untilS: 80, finds: [] },
  { name: 'a bag, and then the lamps go off', objects: [], picture: { things: [{ ...bag, fromS: 30 }], lights: [{ atS: 38, gain: 0.6 }] }, untilS: 90, finds: [['left', 44, 50]] },
  { name: 'a flag in the wind', objects: [], picture: { flag: [0.6, 0.5, 0.2, 0.2] }, untilS: 80, finds: [] },
  { name: 'a noisy picture', objects: [], picture: { noise: 12 }, untilS: 70, finds: [] },
  { name: 'people whom nobody follows pass by all the time', objects: [], picture: { passing: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ path: [[25 + 5 * i, -0.1], [32 + 5 * i, 1]] as const, y: 0.5, w: 0.06, h: 0.35, luma: i % 2 === 0 ? 20 : 230 })) }, untilS: 80, finds: [] },
  { name: 'a bag, told, and then hidden by passers-by', objects: [], picture: { things: [{ ...bag, fromS: 25 }], passing: [{ path: [[50, 0.4], [52, 0.66], [62, 0.66], [64, 1]], y: 0.5, w: 0.15, h: 0.4, luma: 200 }] }, untilS: 100, finds: [['left', 39, 43]] },
  { name: 'somebody who is followed stands there for half a minute', objects: [{ size: [0.11, 0.35], path: [[25, 0.7, 0.85], [60, 0.7, 0.85]] }], picture: { things: [{ at: [0.675, 0.52, 0.05, 0.33], luma: 40, fromS: 25, toS: 60 }] }, untilS: 80, finds: [] },
  { name: 'somebody who is followed leaves a bag', objects: [{ size: [0.2, 0.4], path: [[30, 0.72, 0.85], [45, 0.72, 0.85], [48, 0.2, 0.85]] }], picture: { things: [{ ...bag, fromS: 32 }] }, untilS: 90, finds: [['left', 58, 64]] },
  { name: 'a bag that the detector takes for a person after eight seconds', objects: [{ size: [0.13, 0.12], path: [[38, 0.73, 0.79], [90, 0.73, 0.79]] }], picture: { things: [{ ...bag, fromS: 30 }] }, untilS: 90, finds: [['left', 44, 48]] },
  { name: 'somebody stands there whom the detector sees after two seconds only', objects: [{ size: [0.11, 0.35], path: [[27, 0.7, 0.85], [60, 0.7, 0.85]] }], picture: { things: [{ at: [0.675, 0.52, 0.05, 0.33], luma: 40, fromS: 25, toS: 60 }] }, untilS: 80, finds: [] },
  { name: 'the camera is turned', objects: [], picture: { turned: { fromS: 30, by: [0.2, 0.1] } }, untilS: 80, finds: [] },
  { name: 'a bag too small to matter', rule: { size: { width: { atLeast: 0.1, atMost: null }, height: null, widthM: null, heightM: null } }, objects: [], picture: { things: [{ ...bag, fromS: 30 }] }, untilS: 70, finds: [] },
];
