/** A street on which everything is scripted: who comes when, what is put down and taken away, what waves in the wind, what befalls the camera. */
import type { Actor } from './cast.ts';
import type { Disturbance } from './disturbance.ts';
import { type Colour, type Shape, face, limb, shade, shadow } from './shape.ts';
import { type Point3, type View, depthOf } from './view.ts';

export interface Staging {
  /** Where it differs from the camera that the seed would hang up; radians and metres. */
  readonly camera?: Partial<Pick<View, 'heightM' | 'tilt' | 'yaw'>>;
  /** All actors there are. Each sets out once, at its `startS`, and is gone when its journey ends. */
  readonly actors: readonly Actor[];
  readonly things?: readonly Thing[];
  readonly waving?: readonly Waving[];
  readonly disturbances?: readonly Disturbance[];
}

/** Something that no detector here has a name for: it stands on the ground from one second to another. */
export interface Thing {
  readonly kind: 'suitcase' | 'box';
  readonly at: readonly [number, number];
  readonly colour: Colour;
  readonly fromS: number;
  readonly toS: number;
}

/** Something fixed to its place that never keeps still. */
export interface Waving {
  readonly kind: 'flag' | 'tree';
  readonly at: readonly [number, number];
  readonly colour: Colour;
}

const SIZES_M = { suitcase: { w: 0.5, d: 0.3, h: 0.72 }, box: { w: 0.75, d: 0.6, h: 0.6 } } as const;

export function thingShapes(view: View, { kind, at: [x, y], colour }: Thing): { shade: Shape[]; shapes: Shape[] } {
  const { w, d, h } = SIZES_M[kind];
  const [left, right, near, far] = [x - w / 2, x + w / 2, y - d / 2, y + d / 2];
  const side = depthOf(view, [left, y, 0]) < depthOf(view, [right, y, 0]) ? left : right;
  const faces = [
    face(view, [[side, near, 0], [side, far, 0], [side, far, h], [side, near, h]], shade(colour, 0.7)),
    face(view, [[left, near, h], [right, near, h], [right, far, h], [left, far, h]], shade(colour, 1.15)),
    face(view, [[left, near, 0], [right, near, 0], [right, near, h], [left, near, h]], colour),
  ];
  const stripe = face(view, [[left, near - 0.01, 0.45 * h], [right, near - 0.01, 0.45 * h], [right, near - 0.01, 0.55 * h], [left, near - 0.01, 0.55 * h]], shade(colour, 0.6));
  const handle = kind === 'suitcase' ? [limb(view, [-0.1, 0.1].map((dx) => ({ at: [x + dx, y, h + 0.12] as Point3, radiusM: 0.02 })), [30, 30, 32])] : [];
  return { shade: [shadow(view, [x + 0.1, y], [1, 0], 1.3 * w, 1.4 * d, 0.4)], shapes: [...faces, stripe, ...handle] };
}

export function wavingShapes(view: View, waving: Waving, timeS: number): Shape[] {
  return waving.kind === 'flag' ? flag(view, waving, timeS) : tree(view, waving, timeS);
}

const FLAG_STEPS = 10;

/** A flag of 2.2 × 1.4 m on a pole, its waves running outwards. */
function flag(view: View, { at: [x, y], colour }: Waving, timeS: number): Shape[] {
  const top = 4.2;
  const edge = (z: number): Point3[] =>
    Array.from({ length: FLAG_STEPS + 1 }, (_, i) => {
      const out = i / FLAG_STEPS;
      const wave = out * (0.28 * Math.sin(7 * timeS - 8 * out) + 0.12 * Math.sin(11.3 * timeS - 5 * out));
      return [x + 2.2 * out - 0.25 * Math.abs(wave), y + wave, z + 0.5 * wave];
    });
  const cloth = face(view, [...edge(top), ...edge(top - 1.4).reverse()], colour);
  return [limb(view, [{ at: [x, y, 0], radiusM: 0.05 }, { at: [x, y, top + 0.1], radiusM: 0.035 }], [120, 122, 126]), cloth];
}

/** A young tree that the wind bends: the crown swings, its leaves each on their own. */
function tree(view: View, { at: [x, y], colour }: Waving, timeS: number): Shape[] {
  const sway = 0.3 * Math.sin(2.1 * timeS) + 0.12 * Math.sin(5.3 * timeS);
  const crown = Array.from({ length: 22 }, (_, i): Shape => {
    const turn = i * 2.4;
    const up = -0.9 + (1.8 * i) / 21;
    const out = 0.85 * Math.sqrt(1 - up * up);
    const flutter = 0.06 * Math.sin(9 * timeS + i * 1.7);
    return limb(view, [{ at: [x + sway * (1 + 0.4 * up) + out * Math.cos(turn) + flutter, y + 0.6 * out * Math.sin(turn), 2.5 + 0.85 * up], radiusM: 0.34 }], shade(colour, 0.8 + 0.06 * (i % 7)));
  });
  return [limb(view, [{ at: [x, y, 0], radiusM: 0.08 }, { at: [x + 0.5 * sway, y, 2], radiusM: 0.05 }], [84, 68, 54]), ...crown];
}
