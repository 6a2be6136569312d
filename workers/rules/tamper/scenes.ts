/** Scenes for the camera tamper rule: fifteen seconds, a painted street, two frames a second. */
import type { TamperRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

const ALL = [0, 0, 1, 1] as const;

export const SCENES: readonly Scene<TamperRule>[] = [
  { name: 'nothing happens', objects: [], picture: {}, untilS: 60, finds: [] },
  { name: 'a cloth over the lens', objects: [], picture: { things: [{ at: ALL, luma: 90, fromS: 30 }] }, untilS: 70, finds: [['covered', 44, 49]] },
  { name: 'a hand before it for eight seconds', objects: [], picture: { things: [{ at: ALL, luma: 60, fromS: 30, toS: 38 }] }, untilS: 70, finds: [] },
  { name: 'covered, uncovered, covered again', objects: [], picture: { things: [{ at: ALL, luma: 60, fromS: 25, toS: 50 }, { at: ALL, luma: 60, fromS: 70 }] }, untilS: 100, finds: [['covered', 39, 44], ['covered', 84, 89]] },
  { name: 'out of focus', objects: [], picture: { blurred: { fromS: 30 } }, untilS: 70, finds: [['defocused', 44, 49]] },
  { name: 'turned away', objects: [], picture: { turned: { fromS: 30, by: [0.4, 0.2] } }, untilS: 70, finds: [['moved', 44, 49]] },
  { name: 'turned away, and walls are where the road was', objects: [], picture: { noise: 0.5, things: [{ at: [0, 0, 0.6, 1], luma: 110, toS: 30 }, { at: [0.4, 0, 0.6, 1], luma: 110, fromS: 30 }], turned: { fromS: 30, by: [0.4, 0.2] } }, untilS: 70, finds: [['moved', 44, 49]] },
  { name: 'a blind is let down before it', objects: [], picture: { noise: 1, things: [{ at: ALL, luma: 70, fromS: 30 }, ...Array.from({ length: 14 }, (_, i) => ({ at: [0, (2 * i) / 27, 1, 1 / 27] as const, luma: 140, fromS: 30 }))] }, untilS: 70, finds: [['covered', 44, 49]] },
  { name: 'nudged by a thirtieth of the picture', objects: [], picture: { turned: { fromS: 30, by: [0.034, 0.02] } }, untilS: 70, finds: [['moved', 44, 49]] },
  { name: 'a lorry stands before it and fills most of the picture', objects: [], picture: { passing: [{ path: [[30, -0.9], [33, 0.08], [63, 0.08], [66, 1]], y: 0.12, w: 0.9, h: 0.88, luma: 150 }] }, untilS: 80, finds: [] },
  { name: 'a lorry passes and fills all of it', objects: [], picture: { passing: [{ path: [[30, -1.5], [36, 1]], y: 0, w: 1.5, h: 1, luma: 150 }] }, untilS: 60, finds: [] },
  { name: 'a bus that is followed stands before it', objects: [{ label: 'bus', size: [1.6, 0.98], path: [[30, 0.5, 1], [70, 0.5, 1]] }], picture: { things: [{ at: [0, 0, 1, 1], luma: 140, fromS: 30, toS: 70 }] }, untilS: 80, finds: [] },
  { name: 'night falls within a minute', objects: [], picture: { lights: [{ atS: 25, overS: 60, gain: 0.12 }] }, untilS: 120, finds: [] },
  { name: 'the lamps go off but for a glimmer', objects: [], picture: { lights: [{ atS: 30, gain: 0.08 }], noise: 2 }, untilS: 80, finds: [] },
  { name: 'the lamps go off and on', objects: [], picture: { lights: [{ atS: 30, gain: 0.3 }, { atS: 60, gain: 1, offset: 15 }] }, untilS: 90, finds: [] },
  { name: 'a flag in the wind over a fifth of the picture', objects: [], picture: { flag: [0.2, 0.1, 0.5, 0.4] }, untilS: 80, finds: [] },
  { name: 'a noisy picture', objects: [], picture: { noise: 12 }, untilS: 60, finds: [] },
  { name: 'only what the rule names', rule: { faults: ['covered', 'moved'] }, objects: [], picture: { blurred: { fromS: 30 } }, untilS: 60, finds: [] },
];
