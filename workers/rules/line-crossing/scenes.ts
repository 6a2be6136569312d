/** Scenes for the line crossing rule. The line stands upright in the middle, drawn from below: its left is the picture's left. */
import type { LineCrossingRule } from '../../../domain/rule.ts';
import type { Scene } from '../scene.ts';

/** Left, right, left, right …, a tenth of the picture each way. */
const toAndFro = Array.from({ length: 8 }, (_, i) => [i * 4, i % 2 === 0 ? 0.35 : 0.65, 0.7] as const);

export const SCENES: readonly Scene<LineCrossingRule>[] = [
  { name: 'somebody walks across', objects: [{ path: [[0, 0.2, 0.7], [6, 0.8, 0.7]] }], finds: [['person to-right', 3, 4]] },
  { name: 'somebody walks back across', objects: [{ path: [[0, 0.8, 0.7], [6, 0.2, 0.7]] }], finds: [['person to-left', 3, 4]] },
  { name: 'only the direction that matters', rule: { direction: 'to-left' }, objects: [{ path: [[0, 0.2, 0.7], [6, 0.8, 0.7], [12, 0.2, 0.7]] }], finds: [['person to-left', 9, 10]] },
  { name: 'to and fro is as many crossings', objects: [{ path: toAndFro }], finds: Array.from({ length: 7 }, (_, i) => [i % 2 === 0 ? 'person to-right' : 'person to-left', 2 + 4 * i, 3.4 + 4 * i] as const) },
  { name: 'round the upper end', objects: [{ path: [[0, 0.3, 0.7], [3, 0.4, 0.25], [5, 0.6, 0.25], [8, 0.7, 0.7]] }], finds: [] },
  { name: 'up to the line and back', objects: [{ path: [[0, 0.2, 0.7], [4, 0.49, 0.7], [8, 0.2, 0.7]] }], finds: [] },
  { name: 'standing on the line for a minute, then over', objects: [{ path: [[0, 0.3, 0.7], [3, 0.5, 0.7], [63, 0.5, 0.7], [66, 0.7, 0.7]] }], finds: [['person to-right', 63, 65]] },
  { name: 'along the line, on it', objects: [{ path: [[0, 0.5, 0.4], [8, 0.5, 0.9]] }], finds: [] },
  { name: 'another id on the line', objects: [{ path: [[0, 0.2, 0.7], [6, 0.8, 0.7]], newIdAtS: [3] }], finds: [['person to-right', 3, 4.2]] },
  { name: 'hidden while crossing', objects: [{ path: [[0, 0.3, 0.7], [8, 0.7, 0.7]], hidden: [[3, 5.5]] }], finds: [['person to-right', 5, 7]] },
  { name: 'two cross, one each way', objects: [{ path: [[0, 0.2, 0.6], [6, 0.8, 0.6]] }, { path: [[2, 0.8, 0.8], [8, 0.2, 0.8]] }], finds: [['person to-right', 3, 4], ['person to-left', 5, 6]] },
  { name: 'a car where only persons matter', objects: [{ label: 'car', size: [0.4, 0.2], path: [[0, 0.2, 0.7], [6, 0.8, 0.7]] }], finds: [] },
];
