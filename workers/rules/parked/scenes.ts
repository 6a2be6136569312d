/** Scenes for the parked vehicle rule: twenty seconds in the picture's lower part. */
import type { ParkedRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

const CAR = { label: 'car', size: [0.35, 0.2] } as const;
const LORRY = { label: 'truck', size: [0.9, 0.5] } as const;

export const SCENES: readonly Scene<ParkedRule>[] = [
  { name: 'a car parks and stays', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [120, 0.5, 0.8]] }], finds: [['car', 24, 25.4]] },
  { name: 'a car comes in fast and brakes hard', objects: [{ ...CAR, path: [[0, 0.02, 0.8], [1, 0.5, 0.8], [60, 0.5, 0.8]] }], finds: [['car', 20.4, 21.4]] },
  { name: 'a car leaves before its time, and somebody stands in its place', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [18, 0.5, 0.8], [22, 0.95, 0.8]] }, { path: [[15, 0.05, 0.8], [20, 0.5, 0.8], [60, 0.5, 0.8]], size: [0.18, 0.3] }], finds: [] },
  { name: 'a car stops at a light', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [20, 0.5, 0.8], [25, 0.9, 0.8]] }], finds: [] },
  { name: 'with other ids all the time', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [120, 0.5, 0.8]], newIdAtS: [8, 15, 30, 31, 60, 90] }], finds: [['car', 24, 28]] },
  { name: 'hidden for ten seconds before it is told, and for forty after', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [120, 0.5, 0.8]], hidden: [[10, 20], [50, 90]] }], finds: [['car', 24, 28]] },
  { name: 'a lorry passes in front', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [90, 0.5, 0.8]], hidden: [[40, 43]] }, { ...LORRY, path: [[38, 0.05, 0.95], [45, 0.95, 0.95]] }], finds: [['car', 24, 28]] },
  { name: 'it leaves, and another parks in its place', objects: [{ ...CAR, path: [[0, 0.1, 0.8], [5, 0.5, 0.8], [40, 0.5, 0.8], [45, 0.95, 0.8]] }, { ...CAR, path: [[50, 0.1, 0.8], [55, 0.5, 0.8], [100, 0.5, 0.8]] }], finds: [['car', 24, 28], ['car', 74, 78]] },
  { name: 'two side by side', objects: [{ ...CAR, path: [[0, 0.3, 0.7], [60, 0.3, 0.7]] }, { ...CAR, path: [[10, 0.6, 0.9], [60, 0.6, 0.9]] }], finds: [['car', 20, 22], ['car', 30, 32]] },
  { name: 'one drives through after another', objects: Array.from({ length: 12 }, (_, i) => ({ ...CAR, path: [[5 * i, 0.1, 0.8], [5 * i + 3, 0.9, 0.8]] as const })), untilS: 70, finds: [] },
  { name: 'creeping along in a queue', objects: [{ ...CAR, path: [[0, 0.05, 0.8], [90, 0.95, 0.8]] }], finds: [] },
  { name: 'beside the zone', objects: [{ ...CAR, path: [[0, 0.5, 0.3], [60, 0.5, 0.3]] }], finds: [] },
  { name: 'a person stands', objects: [{ path: [[0, 0.5, 0.8], [60, 0.5, 0.8]] }], finds: [] },
];
