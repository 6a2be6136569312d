/** Scenes for the wrong way rule: the allowed way is from left to right, over all of the picture's lower part. */
import type { WrongWayRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

const CAR = { label: 'car', size: [0.3, 0.15] } as const;

export const SCENES: readonly Scene<WrongWayRule>[] = [
  { name: 'a car the right way', objects: [{ ...CAR, path: [[0, 0.1, 0.7], [8, 0.9, 0.7]] }], finds: [] },
  { name: 'a car the wrong way', objects: [{ ...CAR, path: [[0, 0.9, 0.7], [8, 0.1, 0.7]] }], finds: [['car', 1, 2.5]] },
  { name: 'told once, with another id in the middle', objects: [{ ...CAR, path: [[0, 0.9, 0.7], [8, 0.1, 0.7]], newIdAtS: [4] }], finds: [['car', 1, 2.5]] },
  { name: 'right, then turns round', objects: [{ ...CAR, path: [[0, 0.1, 0.7], [5, 0.7, 0.7], [8, 0.2, 0.7]] }], finds: [['car', 5.6, 7]] },
  { name: 'waits in a queue', objects: [{ ...CAR, path: [[0, 0.1, 0.7], [3, 0.5, 0.7], [33, 0.5, 0.7], [36, 0.9, 0.7]] }], finds: [] },
  { name: 'backs out half its length', objects: [{ ...CAR, path: [[0, 0.1, 0.7], [4, 0.5, 0.7], [8, 0.44, 0.7], [12, 0.9, 0.7]] }], finds: [] },
  { name: 'straight across', objects: [{ ...CAR, path: [[0, 0.5, 0.5], [6, 0.5, 0.95]] }], finds: [] },
  { name: 'outside the zone', objects: [{ ...CAR, path: [[0, 0.9, 0.3], [8, 0.1, 0.3]] }], finds: [] },
  { name: 'one each way', objects: [{ ...CAR, path: [[0, 0.9, 0.6], [8, 0.1, 0.6]] }, { ...CAR, path: [[0, 0.1, 0.9], [8, 0.9, 0.9]] }], finds: [['car', 1, 2.5]] },
];
