/** Scenes for the removed object rule: fifteen seconds in the lower half of a painted street, at two frames a second. */
import type { RemovedObjectRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

/** A bag on the ground at the right. */
const BAG = [0.7, 0.7, 0.06, 0.08] as const;
const bag = { at: BAG, luma: 30 };

export const SCENES: readonly Scene<RemovedObjectRule>[] = [
  { name: 'a bag that was always there is taken away', objects: [], picture: { things: [{ ...bag, toS: 30 }] }, untilS: 80, finds: [['removed', 44, 48]] },
  { name: 'a bag is taken away, and its shadow, with ground between them that looks as before', objects: [], picture: { things: [{ ...bag, toS: 30 }, { at: [0.71, 0.8, 0.08, 0.03], luma: 40, toS: 30.5 }] }, untilS: 90, finds: [['removed', 44, 48]] },
  { name: 'two bags taken away, one after the other', objects: [], picture: { things: [{ ...bag, toS: 30 }, { at: [0.77, 0.7, 0.06, 0.08], luma: 220, toS: 40 }] }, untilS: 90, finds: [['removed', 44, 48], ['removed', 54, 59]] },
  { name: 'a bag stays', objects: [], picture: { things: [bag] }, untilS: 70, finds: [] },
  { name: 'a bag is put down', objects: [], picture: { things: [{ ...bag, fromS: 30 }] }, untilS: 70, finds: [] },
  { name: 'taken away for eight seconds, and put back', objects: [], picture: { things: [{ ...bag, toS: 30 }, { ...bag, fromS: 38 }] }, untilS: 70, finds: [] },
  { name: 'hidden by a passer-by for ten seconds', objects: [], picture: { things: [bag], passing: [{ path: [[28, 0.4], [30, 0.66], [40, 0.66], [42, 1]], y: 0.5, w: 0.15, h: 0.4, luma: 200 }] }, untilS: 70, finds: [] },
  { name: 'the lamps go off', objects: [], picture: { things: [bag], lights: [{ atS: 30, gain: 0.5 }] }, untilS: 70, finds: [] },
  { name: 'the lamps go off, and it is taken away', objects: [], picture: { things: [{ ...bag, toS: 40 }], lights: [{ atS: 30, gain: 0.6 }] }, untilS: 90, finds: [['removed', 54, 59]] },
  { name: 'a flag in the wind', objects: [], picture: { things: [bag], flag: [0.2, 0.5, 0.2, 0.2] }, untilS: 80, finds: [] },
  { name: 'taken away behind somebody who is followed', objects: [{ size: [0.2, 0.4], path: [[28, 0.72, 0.85], [36, 0.72, 0.85], [39, 0.2, 0.85]] }], picture: { things: [{ ...bag, toS: 32 }] }, untilS: 80, finds: [['removed', 50, 56]] },
];
