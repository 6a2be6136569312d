/** Cars, vans, buses and lorries as side profiles drawn out to their width, and two-wheelers as tubes and rings. */
import type { Random } from './random.ts';
import { type Colour, type Shape, face, limb, shade, shadow, wheel } from './shape.ts';
import { type Point2, type Point3, type View, depthOf } from './view.ts';

type Part = 'body' | 'glass' | 'roof';

/** One solid: corners of its side seen from the right (metres forward, up), each with what the strip from it to the next corner is made of. */
interface Solid {
  readonly profile: readonly (readonly [forward: number, up: number, part: Part])[];
  readonly widthM: number;
  readonly colour: Colour;
  /** Panes on the sides: corners like the profile's. */
  readonly panes: readonly (readonly (readonly [number, number])[])[];
}

export interface VehicleLook {
  readonly label: 'car' | 'bus' | 'truck';
  readonly lengthM: number;
  readonly solids: readonly Solid[];
  readonly axles: readonly number[];
  readonly wheelRadiusM: number;
  /** Where the lamps sit, metres forward of the middle. */
  readonly noseM: number;
  readonly tailM: number;
}

const PAINTS: readonly Colour[] = [[226, 226, 228], [44, 46, 52], [148, 152, 158], [158, 34, 36], [36, 62, 116], [92, 98, 84], [196, 186, 164], [70, 96, 120]];
const BUS_PAINTS: readonly Colour[] = [[38, 112, 168], [202, 62, 46], [70, 142, 88], [226, 170, 52]];
const GLASS: Colour = [58, 72, 84];
const TYRE: Colour = [24, 24, 26];
const RIM: Colour = [142, 144, 148];

export function randomCar(random: Random): VehicleLook {
  const colour = random.pick(PAINTS);
  return random.next() < 0.6 ? saloon(colour, random.between(0.96, 1.06)) : hatchback(colour, random.between(0.95, 1.08));
}

function saloon(colour: Colour, k: number): VehicleLook {
  const profile = [[2.25, 0.32, 'body'], [2.3, 0.62, 'body'], [2.2, 0.78, 'body'], [1.1, 0.94, 'glass'], [0.35, 1.43, 'roof'], [-0.95, 1.45, 'glass'], [-1.65, 1.02, 'body'], [-2.25, 0.98, 'body'], [-2.3, 0.4, 'body']] as const;
  const panes = [[[0.92, 0.96], [0.3, 1.36], [-0.2, 1.38], [-0.2, 0.97]], [[-0.28, 0.97], [-0.28, 1.38], [-0.9, 1.37], [-1.42, 1.02]]] as const;
  return car(profile, panes, 1.8, colour, k);
}

function hatchback(colour: Colour, k: number): VehicleLook {
  const profile = [[2.05, 0.36, 'body'], [2.12, 0.72, 'body'], [1.95, 0.9, 'body'], [1.05, 1.06, 'glass'], [0.4, 1.6, 'roof'], [-1.6, 1.62, 'glass'], [-2.0, 1.08, 'body'], [-2.08, 0.42, 'body']] as const;
  const panes = [[[0.88, 1.08], [0.36, 1.52], [-0.25, 1.54], [-0.25, 1.08]], [[-0.33, 1.08], [-0.33, 1.54], [-1.1, 1.54], [-1.1, 1.08]], [[-1.2, 1.08], [-1.2, 1.53], [-1.5, 1.52], [-1.78, 1.1]]] as const;
  return car(profile, panes, 1.84, colour, k);
}

function car(profile: Solid['profile'], panes: Solid['panes'], widthM: number, colour: Colour, k: number): VehicleLook {
  const scaled = profile.map(([f, u, part]) => [f * k, u * k, part] as const);
  const glass = panes.map((pane) => pane.map(([f, u]) => [f * k, u * k] as const));
  return { label: 'car', lengthM: 4.6 * k, solids: [{ profile: scaled, widthM: widthM * k, colour, panes: glass }], axles: [1.38 * k, -1.36 * k], wheelRadiusM: 0.33 * k, noseM: Math.max(...scaled.map(([f]) => f)), tailM: Math.min(...scaled.map(([f]) => f)) };
}

export function randomBus(random: Random): VehicleLook {
  const half = 5.4;
  const windows = [4.85, 3.4, 1.95, 0.5, -0.95, -2.4, -3.85].map((f) => [[f, 1.35], [f, 2.45], [f - 1.25, 2.45], [f - 1.25, 1.35]] as const);
  const profile = [[half, 0.35, 'body'], [half + 0.05, 1.2, 'glass'], [half - 0.1, 2.75, 'body'], [half - 0.3, 3.05, 'roof'], [-half, 3.05, 'body'], [-half, 2.6, 'glass'], [-half, 1.7, 'body'], [-half, 0.35, 'body']] as const;
  return { label: 'bus', lengthM: 2 * half, solids: [{ profile, widthM: 2.5, colour: random.pick(BUS_PAINTS), panes: windows }], axles: [3.6, -3.0], wheelRadiusM: 0.48, noseM: half, tailM: -half };
}

export function randomTruck(random: Random): VehicleLook {
  const cab = [[3.4, 0.45, 'body'], [3.45, 1.25, 'glass'], [3.2, 2.3, 'roof'], [1.9, 2.35, 'body'], [1.9, 0.45, 'body']] as const;
  const cargo = [[1.75, 0.8, 'body'], [1.75, 3.0, 'roof'], [-3.4, 3.0, 'body'], [-3.4, 0.8, 'body']] as const;
  return {
    label: 'truck',
    lengthM: 6.9,
    solids: [
      { profile: cargo, widthM: 2.3, colour: random.pick([[214, 214, 210], [186, 188, 180], [72, 96, 136]]), panes: [] },
      { profile: cab, widthM: 2.1, colour: random.pick(PAINTS), panes: [[[3.1, 1.3], [2.95, 2.15], [2.2, 2.15], [2.2, 1.3]]] },
    ],
    axles: [2.6, -2.0],
    wheelRadiusM: 0.45,
    noseM: 3.4,
    tailM: -3.4,
  };
}

export interface VehiclePose {
  /** Middle of the vehicle on the ground. */
  readonly at: readonly [number, number];
  readonly heading: readonly [number, number];
}

export function vehicleShadow(view: View, look: VehicleLook, pose: VehiclePose): Shape {
  const widthM = Math.max(...look.solids.map((s) => s.widthM));
  return shadow(view, pose.at, pose.heading, look.lengthM * 1.06, widthM * 1.35, 0.42);
}

export function vehicleShapes(view: View, look: VehicleLook, pose: VehiclePose): Shape[] {
  const place = placer(pose);
  const centreDepth = (solid: Solid): number => depthOf(view, place(solid.profile.reduce((sum, [f]) => sum + f, 0) / solid.profile.length, 0, 1));
  const shapes = [...look.solids].sort((a, b) => centreDepth(b) - centreDepth(a)).flatMap((solid) => solidShapes(view, solid, place));
  const widthM = look.solids[0]?.widthM ?? 1.8;
  const nearSide = depthOf(view, place(0, 1, 0.5)) < depthOf(view, place(0, -1, 0.5)) ? 1 : -1;
  const behind = look.axles.map((axle) => wheel(view, place(axle, -nearSide * (widthM / 2 - 0.1), look.wheelRadiusM), pose.heading, look.wheelRadiusM, 0, TYRE));
  const front = look.axles.flatMap((axle) => {
    const at = place(axle, nearSide * (widthM / 2 + 0.01), look.wheelRadiusM);
    return [
      wheel(view, at, pose.heading, look.wheelRadiusM * 1.12, 0, [30, 30, 32]),
      wheel(view, at, pose.heading, look.wheelRadiusM, 0, TYRE),
      wheel(view, at, pose.heading, look.wheelRadiusM * 0.58, 0, RIM),
    ];
  });
  return [...behind, ...shapes, ...front, ...lamps(view, look, place, widthM)];
}

type Placer = (forward: number, side: number, up: number) => Point3;

const placer = ({ at, heading: [hx, hy] }: VehiclePose): Placer => (forward, side, up) => [at[0] + hx * forward - hy * side, at[1] + hy * forward + hx * side, up];

function solidShapes(view: View, solid: Solid, place: Placer): Shape[] {
  const half = solid.widthM / 2;
  const strips = solid.profile.map(([f, u, part], i) => {
    const [f2, u2] = solid.profile[(i + 1) % solid.profile.length] ?? [f, u];
    const corners = [place(f, half, u), place(f2, half, u2), place(f2, -half, u2), place(f, -half, u)];
    const upwards = Math.abs(f2 - f) / Math.hypot(f2 - f, u2 - u);
    return { depth: depthOf(view, place((f + f2) / 2, 0, (u + u2) / 2)), shape: face(view, corners, stripColour(solid, part, upwards)) };
  });
  const visible = strips.filter((s) => turnsTowards(s.shape)).sort((a, b) => b.depth - a.depth);
  const sides = [1, -1].map((side) => {
    const outline = solid.profile.map(([f, u]) => place(f, side * half, u));
    return { side, shape: face(view, side > 0 ? outline.reverse() : outline, shade(solid.colour, 0.86)) };
  });
  const side = sides.find((s) => turnsTowards(s.shape));
  if (!side) return visible.map((s) => s.shape);
  const panes = solid.panes.map((pane) => face(view, pane.map(([f, u]) => place(f, side.side * (half + 0.005), u)), shade(GLASS, 0.9)));
  const sill = face(view, sillOf(solid).map(([f, u]) => place(f, side.side * (half + 0.005), u)), shade(solid.colour, 0.62));
  return [...visible.map((s) => s.shape), side.shape, sill, ...panes];
}

const stripColour = (solid: Solid, part: Part, upwards: number): Colour => {
  if (part === 'glass') return shade(GLASS, 1 + 0.35 * upwards);
  return shade(solid.colour, part === 'roof' ? 1.12 : 0.74 + 0.4 * upwards);
};

/** The dark lower edge of a side. */
function sillOf(solid: Solid): [number, number][] {
  const low = Math.min(...solid.profile.map(([, u]) => u));
  const forward = solid.profile.map(([f]) => f);
  const [from, to] = [Math.max(...forward) - 0.06, Math.min(...forward) + 0.06];
  return [[from, low], [from, low + 0.14], [to, low + 0.14], [to, low]];
}

/** Profiles run up at the front and back over the roof, so faces that look at the camera turn anticlockwise in the picture. */
function turnsTowards(shape: Shape): boolean {
  return signedArea(shape.outlines[0] ?? []) < 0;
}

function signedArea(points: readonly Point2[]): number {
  let twice = 0;
  points.forEach(([x, y], i) => {
    const [x2, y2] = points[(i + 1) % points.length] ?? [x, y];
    twice += x * y2 - x2 * y;
  });
  return twice / 2;
}

function lamps(view: View, look: VehicleLook, place: Placer, widthM: number): Shape[] {
  const frontSeen = depthOf(view, place(look.noseM, 0, 0.6)) < depthOf(view, place(look.tailM, 0, 0.6));
  const at = frontSeen ? look.noseM - 0.03 : look.tailM + 0.02;
  const colour: Colour = frontSeen ? [248, 244, 220] : [186, 30, 28];
  const up = look.label === 'car' ? 0.7 : 0.85;
  return [1, -1].map((side) => limb(view, [0.12, 0.28].map((inset) => ({ at: place(at, side * (widthM / 2 - inset), up), radiusM: 0.065 })), colour));
}

export interface TwoWheelerLook {
  readonly label: 'bicycle' | 'motorcycle';
  readonly colour: Colour;
}

export const SADDLE_M = { bicycle: 0.92, motorcycle: 0.8 } as const;

export function twoWheelerShapes(view: View, look: TwoWheelerLook, pose: VehiclePose): Shape[] {
  const place = placer(pose);
  const motor = look.label === 'motorcycle';
  const radius = motor ? 0.3 : 0.34;
  const tube = (from: readonly [number, number], to: readonly [number, number], thickM: number, colour: Colour): Shape =>
    limb(view, [from, to].map(([f, u]) => ({ at: place(f, 0, u), radiusM: thickM })), colour);
  const rings = [-0.52, 0.55].flatMap((f) => [
    wheel(view, place(f, 0, radius), pose.heading, radius, radius - (motor ? 0.12 : 0.045), TYRE),
    wheel(view, place(f, 0, radius), pose.heading, 0.05, 0, RIM),
  ]);
  const frame = motor
    ? [tube([-0.45, 0.5], [0.3, 0.52], 0.16, shade(look.colour, 0.8)), tube([-0.05, 0.72], [0.3, 0.78], 0.12, look.colour), tube([-0.6, 0.78], [-0.1, 0.76], 0.07, [30, 30, 32]), tube([0.55, 0.3], [0.42, 0.95], 0.035, RIM)]
    : [tube([-0.52, 0.34], [-0.05, 0.3], 0.022, look.colour), tube([-0.05, 0.3], [-0.15, 0.86], 0.022, look.colour), tube([-0.15, 0.8], [0.4, 0.84], 0.024, look.colour), tube([-0.05, 0.3], [0.42, 0.78], 0.024, look.colour), tube([0.55, 0.34], [0.4, 0.98], 0.022, RIM), tube([-0.52, 0.34], [-0.15, 0.8], 0.018, look.colour), tube([-0.26, 0.92], [-0.04, 0.92], 0.045, [30, 30, 32])];
  const bars = limb(view, [-0.24, 0.24].map((side) => ({ at: place(0.42, side, motor ? 0.98 : 1.0), radiusM: 0.022 })), [40, 40, 42]);
  return [...rings, ...frame, bars];
}

export function randomTwoWheeler(random: Random, label: TwoWheelerLook['label']): TwoWheelerLook {
  return { label, colour: random.pick([[186, 40, 40], [40, 80, 150], [236, 186, 48], [50, 120, 78], [60, 60, 66]]) };
}
