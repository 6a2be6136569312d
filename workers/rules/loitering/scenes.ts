/** Scenes for the loitering rule: fifteen seconds in the right half of the picture's lower half. */
import type { LoiteringRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

export const SCENES: readonly Scene<LoiteringRule>[] = [
  { name: 'somebody stays', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [60, 0.75, 0.8]] }], finds: [['person', 17, 18]] },
  { name: 'somebody passes through', objects: [{ path: [[0, 0.2, 0.8], [10, 0.95, 0.8]] }], finds: [] },
  { name: 'paces up and down over the border', objects: [{ path: [[0, 0.2, 0.8], [3, 0.6, 0.8], [6, 0.45, 0.8], [9, 0.6, 0.8], [12, 0.45, 0.8], [15, 0.6, 0.8], [18, 0.45, 0.8], [21, 0.6, 0.8], [30, 0.6, 0.8]] }], finds: [['person', 17, 21]] },
  { name: 'goes away and comes again is two stays, each too short', objects: [{ path: [[0, 0.2, 0.8], [4, 0.7, 0.8], [10, 0.7, 0.8], [14, 0.2, 0.8], [24, 0.2, 0.8], [28, 0.7, 0.8], [36, 0.7, 0.8]] }], finds: [] },
  { name: 'lost for three seconds again and again', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [40, 0.75, 0.8]], hidden: [[6, 9], [11, 14], [20, 23]] }], finds: [['person', 17, 19]] },
  { name: 'with another id every few seconds', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [40, 0.75, 0.8]], newIdAtS: [6, 9, 12, 20, 25, 30] }], finds: [['person', 17, 19]] },
  { name: 'seen twice for half a second, and the second goes on', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [10, 0.75, 0.8]] }, { path: [[9.4, 0.76, 0.8], [40, 0.76, 0.8]] }], finds: [['person', 17, 18]] },
  { name: 'another comes up while the first stands there, who is then lost for good', objects: [{ path: [[0, 0.2, 0.8], [4, 0.75, 0.8], [10, 0.75, 0.8]] }, { path: [[7, 0.98, 0.8], [10, 0.76, 0.8], [20, 0.76, 0.8]] }], finds: [] },
  { name: 'many pass, nobody stays', objects: Array.from({ length: 8 }, (_, i) => ({ path: [[3 * i, 0.2, 0.6 + 0.04 * i], [3 * i + 8, 0.98, 0.6 + 0.04 * i]] as const })), finds: [] },
  { name: 'two stay', objects: [{ path: [[0, 0.2, 0.8], [4, 0.65, 0.8], [40, 0.65, 0.8]] }, { path: [[8, 0.2, 0.65], [12, 0.8, 0.65], [40, 0.8, 0.65]] }], finds: [['person', 17, 18], ['person', 24.5, 26]] },
];
