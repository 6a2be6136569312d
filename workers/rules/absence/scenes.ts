/** Scenes for the absence rule: one person must be in the right half of the picture's lower half; twenty seconds without are told. */
import type { AbsenceRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

export const SCENES: readonly Scene<AbsenceRule>[] = [
  { name: 'the guard stays', objects: [{ path: [[0, 0.75, 0.8], [60, 0.75, 0.8]] }], finds: [] },
  { name: 'the guard leaves', objects: [{ path: [[0, 0.75, 0.8], [10, 0.75, 0.8], [12, 0.3, 0.8]] }], untilS: 60, finds: [['0 below 1', 30, 36]] },
  { name: 'nobody was ever there', objects: [], untilS: 40, finds: [['0 below 1', 20, 21]] },
  { name: 'the guard is lost for three seconds now and then', objects: [{ path: [[0, 0.75, 0.8], [60, 0.75, 0.8]], hidden: [[10, 13], [20, 23], [40, 43]] }], finds: [] },
  { name: 'the guard goes for fifteen seconds', objects: [{ path: [[0, 0.75, 0.8], [10, 0.75, 0.8], [12, 0.3, 0.8], [22, 0.3, 0.8], [24, 0.75, 0.8], [60, 0.75, 0.8]] }], finds: [] },
  { name: 'a ghost of half a second does not save it', objects: [{ path: [[0, 0.75, 0.8], [10, 0.75, 0.8], [12, 0.3, 0.8]] }, { path: [[20, 0.8, 0.7], [20.6, 0.8, 0.7]] }], untilS: 60, finds: [['0 below 1', 30, 36]] },
  { name: 'leaves, comes back, leaves again', objects: [{ path: [[0, 0.75, 0.8], [5, 0.75, 0.8], [7, 0.3, 0.8], [40, 0.3, 0.8], [42, 0.75, 0.8], [52, 0.75, 0.8], [54, 0.3, 0.8]] }], untilS: 90, finds: [['0 below 1', 25, 30], ['0 below 1', 72, 78]] },
  { name: 'one who goes by another id every three seconds is not two', rule: { fewerThan: 2 }, objects: [{ path: [[0, 0.75, 0.8], [40, 0.75, 0.8]], newIdAtS: Array.from({ length: 12 }, (_, i) => 3 + 3 * i) }], finds: [['1 below 2', 20, 21]] },
  { name: 'two are needed', rule: { fewerThan: 2 }, objects: [{ path: [[0, 0.75, 0.8], [60, 0.75, 0.8]] }, { path: [[0, 0.9, 0.8], [20, 0.9, 0.8]] }], finds: [['1 below 2', 40, 41]] },
];
