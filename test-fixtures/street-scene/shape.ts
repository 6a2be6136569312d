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
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const shape of shapes)
    for (const outline of shape.outlines)
      for (const [x, y] of outline) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
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
  const points: Point2[] = [];
  for (const { at, radiusM } of balls) {
    const [x, y] = project(view, at);
    const r = radiusM * scaleAt(view, at);
    for (let i = 0; i < CIRCLE.length; i++) {
      const [c, s] = CIRCLE[i] ?? [0, 0];
      points.push([x + r * c, y + r * s]);
    }
  }
  return { outlines: [hull(points)], colour };
}

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
