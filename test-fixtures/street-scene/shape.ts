/** What pictures are made of: filled shapes in pixels, and the hulls and discs that bodies and wheels become. */
import { type Point2, type Point3, type View, projectFace, project, scaleAt } from './view.ts';

/** Red, green, blue, 0…255. */
export type Colour = readonly [number, number, number];

export interface Shape {
  /** Closed outlines; a second one that runs the other way round is a hole. */
  readonly outlines: readonly (readonly Point2[])[];
  readonly colour: Colour;
  /** 1 covers what is behind (default), less lets it through. */
  readonly alpha?: number;
}

export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The tight box around shapes; null where there is no point. */
export function extentOf(shapes: readonly Shape[]): Extent | null {
  // Counted loops and plain numbers: this runs for every limb of every frame.
  let left = Number.MAX_VALUE;
  let top = Number.MAX_VALUE;
  let right = -Number.MAX_VALUE;
  let bottom = -Number.MAX_VALUE;
  for (const { outlines } of shapes)
    for (const outline of outlines)
      for (let i = 0; i < outline.length; i++) {
        const point = outline[i];
        if (!point) continue;
        if (point[0] < left) left = point[0];
        if (point[0] > right) right = point[0];
        if (point[1] < top) top = point[1];
        if (point[1] > bottom) bottom = point[1];
      }
  return left < right && top < bottom ? { left, top, right, bottom } : null;
}

export const shade = ([r, g, b]: Colour, by: number): Colour => [Math.min(255, r * by), Math.min(255, g * by), Math.min(255, b * by)];

/** A flat face. */
export function face(view: View, corners: readonly Point3[], colour: Colour, alpha = 1): Shape {
  return { outlines: [projectFace(view, corners)], colour, alpha };
}

/** Balls of the given radii (metres) with skin stretched over them: a limb from two, a trunk from four. */
export function limb(view: View, balls: readonly { readonly at: Point3; readonly radiusM: number }[], colour: Colour): Shape {
  const discs = balls.map(({ at, radiusM }): Disc => {
    const [x, y] = project(view, at);
    return { x, y, r: radiusM * scaleAt(view, at) };
  });
  const [a, b] = discs;
  if (a && b && discs.length === 2) return { outlines: [capsule(a, b)], colour };
  return { outlines: [hull(discs.flatMap(({ x, y, r }) => CIRCLE.map(([c, s]): Point2 => [x + r * c, y + r * s])))], colour };
}

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

/** Points on each of the two arcs of a capsule. */
const ARC_STEPS = 8;

/** Two discs and their outer tangents; the larger disc alone where it holds the other. */
function capsule(a: Disc, b: Disc): Point2[] {
  const apart = Math.hypot(b.x - a.x, b.y - a.y);
  const towards = Math.atan2(b.y - a.y, b.x - a.x);
  const [large, small] = a.r >= b.r ? [a, b] : [b, a];
  if (apart <= large.r - small.r) return arc(large, 0, 2 * Math.PI, 2 * ARC_STEPS);
  const tangent = Math.acos((a.r - b.r) / apart);
  return [...arc(a, towards + tangent, towards + 2 * Math.PI - tangent, ARC_STEPS), ...arc(b, towards - tangent, towards + tangent, ARC_STEPS)];
}

const arc = ({ x, y, r }: Disc, from: number, to: number, steps: number): Point2[] =>
  Array.from({ length: steps + 1 }, (_, i) => {
    const angle = from + ((to - from) * i) / steps;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });

/** A disc or ring standing upright: centre, direction of its plane along the ground, radii in metres. */
export function wheel(view: View, centre: Point3, along: readonly [number, number], outerM: number, innerM: number, colour: Colour): Shape {
  const ring = (radius: number): Point2[] => CIRCLE.map(([c, s]) => project(view, [centre[0] + along[0] * radius * c, centre[1] + along[1] * radius * c, centre[2] + radius * s]));
  return { outlines: innerM > 0 ? [ring(outerM), ring(innerM).reverse()] : [ring(outerM)], colour };
}

/** A soft dark patch on the ground below something. */
export function shadow(view: View, [x, y]: readonly [number, number], along: readonly [number, number], lengthM: number, widthM: number, alpha: number): Shape {
  const points = CIRCLE.map(([c, s]): Point3 => [x + (along[0] * lengthM * c) / 2 - (along[1] * widthM * s) / 2, y + (along[1] * lengthM * c) / 2 + (along[0] * widthM * s) / 2, 0]);
  return face(view, points, [20, 20, 24], alpha);
}

const CIRCLE: readonly Point2[] = Array.from({ length: 20 }, (_, i) => [Math.cos((i * Math.PI) / 10), Math.sin((i * Math.PI) / 10)]);

/** Convex hull by Andrew's monotone chain (1979). */
function hull(points: readonly Point2[]): Point2[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list: readonly Point2[]): Point2[] => {
    const chain: Point2[] = [];
    for (const p of list) {
      for (;;) {
        const a = chain.at(-2);
        const b = chain.at(-1);
        if (!a || !b || (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}
