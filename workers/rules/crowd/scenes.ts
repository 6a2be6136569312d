/** Scenes for the crowd rule: five people for five seconds in the picture's lower half; it is over at three. */
import type { CrowdRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

/** One who comes at a second, stands apart from the others, and goes at another. */
const comer = (n: number, fromS: number, toS: number, more: Partial<Scene<CrowdRule>['objects'][number]> = {}): Scene<CrowdRule>['objects'][number] => ({
  path: [[fromS, 0.1 + 0.12 * n, 0.75], [toS, 0.1 + 0.12 * n, 0.75]], ...more,
});
const several = (n: number, fromS: number, toS: number): Scene<CrowdRule>['objects'] => Array.from({ length: n }, (_, i) => comer(i, fromS, toS));

export const SCENES: readonly Scene<CrowdRule>[] = [
  { name: 'six gather', objects: several(6, 0, 40), finds: [['6 above 5', 5, 6]] },
  { name: 'four are no crowd', objects: several(4, 0, 40), finds: [] },
  { name: 'six pass within four seconds', objects: several(6, 2, 6), untilS: 20, finds: [] },
  { name: 'the count flickers about the limit: one of five is lost now and then', objects: [...several(4, 0, 60), comer(4, 0, 60, { hidden: [[8, 14], [20, 27], [33, 40]] })], finds: [['5 above 5', 5, 6]] },
  { name: 'it thins out to three and gathers again', objects: [...several(3, 0, 60), comer(3, 0, 20), comer(4, 0, 20), comer(5, 40, 60), comer(6, 40, 60)], finds: [['5 above 5', 5, 6], ['5 above 5', 45, 46]] },
  { name: 'it thins out to four only', objects: [...several(4, 0, 60), comer(4, 0, 20), comer(6, 40, 60)], finds: [['5 above 5', 5, 6]] },
  { name: 'four, of whom two go by another id every three seconds', objects: [...several(2, 0, 60), ...[2, 3].map((n) => comer(n, 0, 60, { newIdAtS: Array.from({ length: 15 }, (_, i) => 6 + 3 * i) }))], finds: [] },
  { name: 'cars are no people', objects: several(6, 0, 40).map((object) => ({ ...object, label: 'car' as const })), finds: [] },
];
