/** The street itself: what stands still behind and between the actors. */
import type { Random } from './random.ts';
import { type Colour, type Shape, face, limb, shade, shadow } from './shape.ts';
import { type Point3, type View, reachAlong } from './view.ts';

/** Where things lie across the street, metres from the point below the camera. */
export const ACROSS = {
  nearPavement: 6,
  nearWalk: [8.6, 11] as const,
  nearKerb: 12,
  bicycles: 12.7,
  nearLane: 14.9,
  middle: 16.5,
  farLane: 18.2,
  farKerb: 20.4,
  farWalk: [21.2, 22.6] as const,
  facade: 23.5,
} as const;

const CROSSING_M = 3.4;

export interface Street {
  /** Middle of the zebra crossing along the street. */
  readonly crossingX: number;
  /** Everything that nothing can stand behind, far to near. */
  readonly backdrop: readonly Shape[];
  /** Posts and trees, which actors pass in front of and behind. */
  readonly props: readonly { readonly at: readonly [number, number]; readonly shapes: readonly Shape[] }[];
}

export function buildStreet(view: View, random: Random): Street {
  const reach = reachAlong(view, ACROSS.facade, 25);
  const inView = reachAlong(view, ACROSS.middle, -6);
  const crossingX = random.between(inView.left + 3, Math.min(inView.right, inView.left + 18));
  return {
    crossingX,
    backdrop: [...sky(view), ...houses(view, random, reach.left, reach.right), ...ground(view, random, reach.left, reach.right, crossingX)],
    props: [...posts(view, inView.left, inView.right), ...trees(view, random, inView.left, inView.right)],
  };
}

function sky(view: View): Shape[] {
  const bands = 12;
  return Array.from({ length: bands }, (_, i) => {
    const [top, bottom] = [(view.heightPx * i) / (2 * bands), (view.heightPx * (i + 1)) / (2 * bands) + 1];
    const t = i / (bands - 1);
    const colour: Colour = [150 + 62 * t, 182 + 36 * t, 216 + 8 * t];
    return { outlines: [[[0, top], [view.widthPx, top], [view.widthPx, bottom], [0, bottom]]], colour };
  });
}

const WALLS: readonly Colour[] = [[172, 150, 128], [150, 98, 80], [196, 188, 172], [132, 134, 138], [182, 164, 110], [112, 118, 126]];
const AWNINGS: readonly Colour[] = [[150, 50, 46], [48, 92, 74], [52, 74, 120], [188, 142, 60]];

function houses(view: View, random: Random, left: number, right: number): Shape[] {
  const shapes: Shape[] = [];
  for (let x = left; x < right; ) {
    const width = random.between(7, 13);
    const storeys = Math.floor(random.between(2, 6));
    shapes.push(...house(view, random, x, x + width, storeys));
    x += width;
  }
  return shapes;
}

const STOREY_M = 3.1;

function house(view: View, random: Random, left: number, right: number, storeys: number): Shape[] {
  const wall = shade(random.pick(WALLS), random.between(0.85, 1.05));
  const shopM = 3.6;
  const top = shopM + storeys * STOREY_M;
  const pane = (x0: number, x1: number, z0: number, z1: number, colour: Colour): Shape => onFacade(view, x0, x1, z0, z1, colour);
  const shapes = [pane(left, right, 0, top, wall), pane(left, right, top - 0.5, top, shade(wall, 0.78)), pane(left, right, shopM - 0.4, shopM, shade(wall, 0.8))];
  const columns = Math.max(2, Math.round((right - left) / 2.6));
  const step = (right - left) / columns;
  for (let storey = 0; storey < storeys; storey++)
    for (let c = 0; c < columns; c++) {
      const x = left + (c + 0.25) * step;
      const z = shopM + storey * STOREY_M + 0.9;
      const glass: Colour = random.next() < 0.2 ? [196, 186, 150] : shade([84, 102, 118], random.between(0.75, 1.15));
      shapes.push(pane(x - 0.1, x + step / 2 + 0.1, z - 0.1, z + 1.6, shade(wall, 1.14)), pane(x, x + step / 2, z, z + 1.5, glass));
    }
  const door = left + random.between(0.6, right - left - 2);
  shapes.push(pane(left + 0.5, right - 0.5, 0.5, 2.9, [66, 76, 82]), pane(door, door + 1.2, 0, 2.5, shade(wall, 0.55)));
  if (random.next() < 0.7) shapes.push(awning(view, left + 0.3, right - 0.3, random.pick(AWNINGS)));
  return shapes;
}

const onFacade = (view: View, x0: number, x1: number, z0: number, z1: number, colour: Colour): Shape =>
  face(view, [[x0, ACROSS.facade, z0], [x1, ACROSS.facade, z0], [x1, ACROSS.facade, z1], [x0, ACROSS.facade, z1]], colour);

const awning = (view: View, x0: number, x1: number, colour: Colour): Shape =>
  face(view, [[x0, ACROSS.facade, 3.3], [x1, ACROSS.facade, 3.3], [x1, ACROSS.facade - 0.9, 2.7], [x0, ACROSS.facade - 0.9, 2.7]], colour);

function ground(view: View, random: Random, left: number, right: number, crossingX: number): Shape[] {
  const flat = (x0: number, x1: number, y0: number, y1: number, colour: Colour, alpha = 1): Shape => face(view, [[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]], colour, alpha);
  const kerb = (y: number): Shape => flat(left, right, y - 0.12, y + 0.12, [176, 174, 168]);
  const asphalt: Colour = shade([92, 93, 96], random.between(0.85, 1.1));
  const shapes = [
    flat(left, right, ACROSS.farKerb, ACROSS.facade, [158, 152, 144]),
    flat(left, right, ACROSS.nearKerb, ACROSS.farKerb, asphalt),
    flat(left, right, 1, ACROSS.nearKerb, [166, 160, 150]),
    flat(left, right, ACROSS.facade - 0.7, ACROSS.facade, [30, 30, 34], 0.22),
  ];
  for (let i = 0; i < 14; i++) {
    const [x, y] = [random.between(left, right), random.between(ACROSS.nearKerb, ACROSS.farKerb - 1)];
    shapes.push(flat(x, x + random.between(0.6, 5), y, y + random.between(0.4, 1), shade(asphalt, random.between(0.88, 1.08)), 0.6));
  }
  for (let x = Math.ceil(left); x < right; x += 1.2) {
    shapes.push(flat(x, x + 0.03, 1, ACROSS.nearKerb, [132, 126, 118], 0.7), flat(x, x + 0.03, ACROSS.farKerb, ACROSS.facade, [128, 122, 116], 0.6));
  }
  for (let y = 2; y < ACROSS.nearKerb; y += 1.2) shapes.push(flat(left, right, y, y + 0.03, [132, 126, 118], 0.7));
  const white: Colour = [222, 222, 216];
  for (let x = Math.ceil(left); x < right; x += 5) if (Math.abs(x + 1 - crossingX) > CROSSING_M) shapes.push(flat(x, x + 2.2, ACROSS.middle - 0.07, ACROSS.middle + 0.07, white, 0.85));
  shapes.push(flat(left, right, ACROSS.nearKerb + 1.35, ACROSS.nearKerb + 1.45, white, 0.75));
  for (let y = ACROSS.nearKerb + 0.3; y < ACROSS.farKerb - 0.5; y += 0.95) shapes.push(flat(crossingX - CROSSING_M / 2, crossingX + CROSSING_M / 2, y, y + 0.48, white, 0.9));
  return [...shapes, kerb(ACROSS.nearKerb), kerb(ACROSS.farKerb)];
}

function posts(view: View, left: number, right: number): Street['props'] {
  const y = ACROSS.nearKerb - 0.5;
  return [0.2, 0.72].map((share) => {
    const x = left + (Math.min(right, left + 26) - left) * share;
    const steel: Colour = [84, 88, 92];
    const pole = limb(view, [{ at: [x, y, 0.1], radiusM: 0.075 }, { at: [x, y, 7], radiusM: 0.05 }], steel);
    const arm = limb(view, [{ at: [x, y, 7], radiusM: 0.045 }, { at: [x, y + 1.8, 7.3], radiusM: 0.04 }], steel);
    const foot = limb(view, [{ at: [x, y, 0.1], radiusM: 0.13 }, { at: [x, y, 0.8], radiusM: 0.11 }], shade(steel, 0.85));
    return { at: [x, y] as const, shapes: [shadow(view, [x + 0.5, y], [1, 0], 1.2, 0.25, 0.25), pole, arm, foot] };
  });
}

function trees(view: View, random: Random, left: number, right: number): Street['props'] {
  const y = ACROSS.farKerb + 0.55;
  return [0.42, 0.88].map((share) => {
    const x = left + (right - left) * share + random.between(-1, 1);
    const crown = Array.from({ length: 48 }, (_, i): Shape => {
      const turn = random.between(0, 2 * Math.PI);
      const up = random.between(-1, 1);
      const out = 1.25 * Math.sqrt(1 - up * up) * random.between(0.5, 1);
      const at: Point3 = [x + out * Math.cos(turn), y + 0.8 * out * Math.sin(turn), 4.3 + 1.2 * up];
      return limb(view, [{ at, radiusM: random.between(0.22, 0.42) + (i < 12 ? 0.25 : 0) }], shade([62, 94, 52], 0.8 + 0.3 * up + random.between(-0.08, 0.12)));
    });
    const trunk = limb(view, [{ at: [x, y, 0.1], radiusM: 0.15 }, { at: [x, y, 3.6], radiusM: 0.1 }], [84, 68, 54]);
    return { at: [x, y] as const, shapes: [shadow(view, [x, y], [1, 0], 2.8, 1.6, 0.25), trunk, ...crown] };
  });
}
