/** Scenes for the intrusion rule. The zone is the right half of the picture's lower half, the inertia three frames. */
import type { IntrusionRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

export const SCENES: readonly Scene<IntrusionRule>[] = [
  { name: 'somebody walks in and stays', objects: [{ path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [20, 0.8, 0.8]] }], finds: [['person', 2, 3]] },
  { name: 'somebody walks past outside', objects: [{ path: [[0, 0.1, 0.3], [8, 0.9, 0.3]] }], finds: [] },
  { name: 'two people, each told once', objects: [{ path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [9, 0.8, 0.8]] }, { path: [[3, 0.2, 0.7], [7, 0.6, 0.7], [9, 0.65, 0.7]] }], finds: [['person', 2, 3], ['person', 5.5, 7]] },
  { name: 'in, well out, and in again is two visits', objects: [{ path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [8, 0.2, 0.8], [12, 0.8, 0.8]] }], finds: [['person', 2, 3], ['person', 10, 11]] },
  { name: 'hidden behind a pillar for three seconds', objects: [{ path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [20, 0.8, 0.8]], hidden: [[6, 9]] }], finds: [['person', 2, 3]] },
  { name: 'the tracker changes its id in the zone', objects: [{ path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [20, 0.8, 0.8]], newIdAtS: [8, 12] }], finds: [['person', 2, 3]] },
  { name: 'a car where only persons matter', objects: [{ label: 'car', size: [0.5, 0.3], path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [9, 0.8, 0.8]] }], finds: [] },
  { name: 'a car where cars matter', rule: { classes: ['car', 'truck'] }, objects: [{ label: 'car', size: [0.5, 0.3], path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [9, 0.8, 0.8]] }], finds: [['car', 2, 3]] },
  { name: 'a cat is too small to matter', rule: { size: { width: null, height: { atLeast: 0.1, atMost: null }, widthM: null, heightM: null } }, objects: [{ size: [0.06, 0.05], path: [[0, 0.2, 0.8], [4, 0.8, 0.8], [9, 0.8, 0.8]] }], finds: [] },
  { name: 'seen twice for a moment, and the second goes on', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [10, 0.75, 0.8]] }, { path: [[9.8, 0.76, 0.8], [20, 0.76, 0.8]] }], finds: [['person', 2, 4]] },
  { name: 'seen twice for a moment, and the first goes on', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [20, 0.75, 0.8]], hidden: [[10, 10.3]] }, { path: [[9.8, 0.76, 0.8], [10.2, 0.76, 0.8]] }], finds: [['person', 2, 4]] },
];
