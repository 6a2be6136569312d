/** A person as a jointed figure of balls and limbs that walks, stands or rides. */
import type { Random } from './random.ts';
import { type Colour, type Shape, limb, shade, shadow } from './shape.ts';
import { type Point3, type View, depthOf } from './view.ts';

export interface PersonLook {
  readonly heightM: number;
  /** 1 is slim. */
  readonly build: number;
  readonly skin: Colour;
  readonly hair: Colour;
  readonly top: Colour;
  readonly legs: Colour;
  readonly shoes: Colour;
  readonly longCoat: boolean;
  /** Covers the hair. */
  readonly hat: Colour | null;
}

export interface Pose {
  /** Feet on the ground, metres. */
  readonly at: readonly [number, number];
  /** Unit vector of where the person faces. */
  readonly heading: readonly [number, number];
  /** Radians of the gait; a whole turn is two steps. */
  readonly gait: number;
  /** 0 stands, 1 walks. */
  readonly swing: number;
}

const SKINS: readonly Colour[] = [[236, 196, 166], [224, 178, 142], [198, 148, 112], [152, 104, 74], [104, 70, 50]];
const HAIRS: readonly Colour[] = [[24, 20, 18], [42, 30, 24], [78, 54, 36], [128, 122, 118], [150, 110, 62]];
const TOPS: readonly Colour[] = [[178, 44, 44], [38, 66, 132], [232, 230, 222], [34, 36, 42], [72, 110, 76], [206, 168, 62], [128, 84, 132], [96, 128, 158], [176, 140, 112], [216, 108, 60]];
const LEGS: readonly Colour[] = [[36, 44, 66], [58, 72, 104], [40, 38, 38], [92, 86, 76], [138, 124, 100], [70, 74, 80]];
const SHOES: readonly Colour[] = [[28, 26, 26], [212, 210, 206], [92, 62, 44]];

export function randomPerson(random: Random): PersonLook {
  return {
    heightM: random.between(1.54, 1.9),
    build: random.between(0.9, 1.25),
    skin: random.pick(SKINS),
    hair: random.pick(HAIRS),
    top: random.pick(TOPS),
    legs: random.pick(LEGS),
    shoes: random.pick(SHOES),
    longCoat: random.next() < 0.25,
    hat: random.next() < 0.15 ? random.pick(TOPS) : null,
  };
}

/** Metres that one full turn of the gait covers. */
export const strideM = (look: PersonLook): number => 0.82 * look.heightM;

export function personShadow(view: View, look: PersonLook, pose: Pose): Shape {
  return shadow(view, [pose.at[0] + 0.12, pose.at[1] + 0.05], [0.94, 0.34], 0.6 * look.heightM, 0.34 * look.build, 0.34);
}

/** The figure on foot, back to front as the camera sees it. */
export function walkingPerson(view: View, look: PersonLook, pose: Pose): Shape[] {
  const H = look.heightM;
  const bob = 0.012 * H * pose.swing * Math.cos(2 * pose.gait);
  const body = bodyFrame(pose.at, pose.heading, bob);
  const legs = [1, -1].map((side) => ({ side, shapes: legShapes(view, look, body, side, pose.gait + (side > 0 ? 0 : Math.PI), pose.swing) }));
  const arms = [1, -1].map((side) => ({ side, shapes: armShapes(view, look, body, side, swingArm(pose.gait + (side > 0 ? Math.PI : 0), pose.swing)) }));
  return assemble(view, look, body, legs, arms, 0.03);
}

/** The figure in a saddle `saddle` metres high: trunk bent forward, hands on the bars, feet turning with `crank`. */
export function ridingPerson(view: View, look: PersonLook, at: readonly [number, number], heading: readonly [number, number], crank: number, saddleM: number): Shape[] {
  const H = look.heightM;
  const body = bodyFrame(at, heading, saddleM + 0.06 - 0.53 * H);
  const legs = [1, -1].map((side) => {
    const turn = crank + (side > 0 ? 0 : Math.PI);
    const hip = body(-0.05, side * 0.09, 0.53 * H);
    const foot = body(0.12 + 0.16 * Math.cos(turn), side * 0.12, 0.53 * H - saddleM - 0.06 + 0.3 - 0.16 * Math.sin(turn));
    const knee: Point3 = [(hip[0] + foot[0]) / 2 + 0.2 * heading[0], (hip[1] + foot[1]) / 2 + 0.2 * heading[1], (hip[2] + foot[2]) / 2 + 0.12];
    return { side, shapes: jointed(view, [hip, knee, foot], [0.085, 0.062, 0.045], look.build, look.legs) };
  });
  const arms = [1, -1].map((side) => {
    const shoulder = body(0.2, side * 0.17, 0.8 * H);
    const hand = body(0.52, side * 0.22, 0.62 * H);
    const elbow: Point3 = [(shoulder[0] + hand[0]) / 2, (shoulder[1] + hand[1]) / 2, Math.min(shoulder[2], hand[2]) + 0.04];
    return { side, shapes: [...jointed(view, [shoulder, elbow, hand], [0.055, 0.045, 0.035], look.build, shade(look.top, 0.88)), limb(view, [{ at: hand, radiusM: 0.045 }], look.skin)] };
  });
  return assemble(view, { ...look, longCoat: false }, body, legs, arms, 0.22);
}

type BodyFrame = (forward: number, side: number, up: number) => Point3;

/** From the body's own metres (forward, to its left, up) to the street. */
const bodyFrame = (at: readonly [number, number], [hx, hy]: readonly [number, number], lift: number): BodyFrame => (forward, side, up) => [
  at[0] + hx * forward - hy * side,
  at[1] + hy * forward + hx * side,
  up + lift,
];

interface Side {
  readonly side: number;
  readonly shapes: readonly Shape[];
}

function assemble(view: View, look: PersonLook, body: BodyFrame, legs: readonly Side[], arms: readonly Side[], lean: number): Shape[] {
  const H = look.heightM;
  const left = depthOf(view, body(0, 0.2, H / 2));
  const right = depthOf(view, body(0, -0.2, H / 2));
  const farSide = left > right ? 1 : -1;
  const pick = (sides: readonly Side[], side: number): readonly Shape[] => sides.find((s) => s.side === side)?.shapes ?? [];
  return [
    ...pick(arms, farSide),
    ...pick(legs, farSide),
    ...pick(legs, -farSide),
    ...trunk(view, look, body, lean),
    ...head(view, look, body, lean),
    ...pick(arms, -farSide),
  ];
}

function trunk(view: View, look: PersonLook, body: BodyFrame, lean: number): Shape[] {
  const H = look.heightM;
  const b = look.build;
  const ball = (forward: number, side: number, up: number, radiusM: number) => ({ at: body(forward, side, up), radiusM: radiusM * b });
  const hips = [ball(0, 0.075, 0.53 * H, 0.095), ball(0, -0.075, 0.53 * H, 0.095)];
  const chest = [ball(lean, 0.145 * b, 0.79 * H, 0.075), ball(lean, -0.145 * b, 0.79 * H, 0.075), ball(lean * 0.6, 0, 0.68 * H, 0.13)];
  const shapes = [limb(view, hips, look.legs), limb(view, [...hips.map((h) => ({ ...h, at: [h.at[0], h.at[1], h.at[2] + 0.04 * H] as Point3 })), ...chest], look.top)];
  if (look.longCoat) shapes.push(limb(view, [...hips, ball(0, 0.09, 0.36 * H, 0.1), ball(0, -0.09, 0.36 * H, 0.1), ...chest], look.top));
  // A lighter patch on the upper side, where the sky shines on the shoulders.
  shapes.push(limb(view, [ball(lean, 0.13 * b, 0.815 * H, 0.04), ball(lean, -0.13 * b, 0.815 * H, 0.04)], shade(look.top, 1.14)));
  return shapes;
}

function head(view: View, look: PersonLook, body: BodyFrame, lean: number): Shape[] {
  const H = look.heightM;
  const at = (forward: number, up: number): Point3 => body(lean * 1.2 + forward, 0, up * H);
  const neck = limb(view, [{ at: at(0, 0.84), radiusM: 0.05 }, { at: at(0, 0.88), radiusM: 0.05 }], shade(look.skin, 0.82));
  const skull = limb(view, [{ at: at(0.012, 0.905), radiusM: 0.07 }, { at: at(0.012, 0.94), radiusM: 0.083 }], look.skin);
  const hair = limb(view, [{ at: at(-0.03, 0.925), radiusM: 0.078 }, { at: at(-0.012, 0.955), radiusM: 0.085 }], look.hat ?? look.hair);
  const seenFromFront = depthOf(view, at(0.2, 0.93)) < depthOf(view, at(-0.2, 0.93));
  const brim = look.hat ? [limb(view, [{ at: at(0.1, 0.965), radiusM: 0.02 }, { at: at(-0.02, 0.965), radiusM: 0.06 }], shade(look.hat, 0.8))] : [];
  if (!seenFromFront) return [neck, skull, hair, ...brim];
  const faceBelowHair = limb(view, [{ at: at(0.04, 0.9), radiusM: 0.06 }, { at: at(0.045, 0.93), radiusM: 0.068 }], look.skin);
  const towardsCamera = depthOf(view, at(-0.5, 0.93)) - depthOf(view, at(0.5, 0.93));
  return [neck, skull, hair, faceBelowHair, ...(towardsCamera > 0.5 ? features(view, look, body, lean) : []), ...brim];
}

/** Eyes and mouth, so that a face reads as one where it is large enough. */
function features(view: View, look: PersonLook, body: BodyFrame, lean: number): Shape[] {
  const H = look.heightM;
  const dot = (side: number, up: number, radiusM: number, colour: Colour): Shape => limb(view, [{ at: body(lean * 1.2 + 0.095, side, up * H), radiusM }], colour);
  const mouth = limb(view, [-0.018, 0.018].map((side) => ({ at: body(lean * 1.2 + 0.095, side, 0.893 * H), radiusM: 0.006 })), shade(look.skin, 0.6));
  return [dot(0.03, 0.932, 0.01, [36, 28, 26]), dot(-0.03, 0.932, 0.01, [36, 28, 26]), mouth];
}

function legShapes(view: View, look: PersonLook, body: BodyFrame, side: number, phase: number, swing: number): Shape[] {
  const H = look.heightM;
  const thigh = 0.44 * swing * Math.sin(phase);
  const bend = 0.04 + swing * (0.1 + 0.85 * Math.max(0, Math.cos(phase)) ** 1.5);
  const shin = thigh - bend;
  const kneeForward = 0.245 * H * Math.sin(thigh);
  const kneeUp = 0.53 * H - 0.245 * H * Math.cos(thigh);
  const ankleForward = kneeForward + 0.245 * H * Math.sin(shin);
  const ankleUp = Math.max(0.035 * H, kneeUp - 0.245 * H * Math.cos(shin));
  const lateral = side * 0.075;
  const hip = body(0, lateral, 0.53 * H);
  const knee = body(kneeForward, lateral, kneeUp);
  const ankle = body(ankleForward, lateral, ankleUp);
  const tone = shade(look.legs, side > 0 ? 1.06 : 0.94);
  const toe = body(ankleForward + 0.085 * H, lateral * 1.3, Math.max(0.02 * H, ankleUp - 0.02 * H));
  const heel = body(ankleForward - 0.02 * H, lateral, Math.max(0.02 * H, ankleUp - 0.02 * H));
  return [limb(view, [{ at: toe, radiusM: 0.032 }, { at: heel, radiusM: 0.036 }, { at: ankle, radiusM: 0.04 }], look.shoes), ...jointed(view, [hip, knee, ankle], [0.088, 0.062, 0.045], look.build, tone)];
}

const swingArm = (phase: number, swing: number): { upper: number; lower: number } => {
  const upper = 0.42 * swing * Math.sin(phase);
  return { upper, lower: upper + 0.12 + swing * (0.22 + 0.15 * Math.sin(phase)) };
};

function armShapes(view: View, look: PersonLook, body: BodyFrame, side: number, { upper, lower }: { upper: number; lower: number }): Shape[] {
  const H = look.heightM;
  const lateral = side * (0.17 + 0.03 * look.build);
  const shoulder = body(0.02, lateral, 0.795 * H);
  const elbow = body(0.02 + 0.172 * H * Math.sin(upper), lateral * 1.06, 0.795 * H - 0.172 * H * Math.cos(upper));
  const wristForward = 0.02 + 0.172 * H * Math.sin(upper) + 0.15 * H * Math.sin(lower);
  const wrist = body(wristForward, lateral, 0.795 * H - 0.172 * H * Math.cos(upper) - 0.15 * H * Math.cos(lower));
  const hand = limb(view, [{ at: wrist, radiusM: 0.045 }], look.skin);
  return [hand, ...jointed(view, [shoulder, elbow, wrist], [0.06, 0.048, 0.036], look.build, shade(look.top, side > 0 ? 0.92 : 0.86))];
}

/** Two limbs that share a joint: thigh and shin, upper arm and forearm. */
function jointed(view: View, [a, b, c]: readonly [Point3, Point3, Point3], [ra, rb, rc]: readonly [number, number, number], build: number, colour: Colour): Shape[] {
  return [
    limb(view, [{ at: b, radiusM: rb * build }, { at: c, radiusM: rc * build }], shade(colour, 0.94)),
    limb(view, [{ at: a, radiusM: ra * build }, { at: b, radiusM: rb * build }], colour),
  ];
}
