/** Finds areas that lie over one another. */
import Flatbush from 'flatbush';
import { intersection } from 'polyclip-ts';
import type { BorderNetwork, BorderPiece, Outline } from './borders.ts';
import type { MetrePoint } from './plane.ts';
import { boxOf, ringsContain, signedArea2, type Box2 } from './polygon.ts';
import { turn } from './ring.ts';
import { AREA_TOLERANCE_M2 } from './tolerances.ts';

export interface Overlap {
  /** Indices of the two areas, the lower first. */
  readonly pair: readonly [number, number];
  readonly areaM2: number;
  /** A corner of the common part. */
  readonly at: MetrePoint;
}

/**
 * The overlaps larger than the tolerance, up to `atMost`. Clipping costs a millisecond a pair, and in a sound grid no pair needs
 * it: only pairs whose border networks look entangled are clipped.
 */
export function overlapsOf(outlines: readonly Outline[], network: BorderNetwork, sameTime: (i: number, j: number) => boolean, atMost: number): Overlap[] {
  const boxes = outlines.map((outline) => boxOf(outline[0] ?? []));
  const found: Overlap[] = [];
  for (const [i, j] of neighbourPairs(boxes)) {
    if (found.length >= atMost) break;
    if (!sameTime(i, j) || !lookEntangled(i, j, boxes, outlines, network)) continue;
    const overlap = clip(i, j, outlines);
    if (overlap) found.push(overlap);
  }
  return found;
}

function* neighbourPairs(boxes: readonly Box2[]): Generator<readonly [number, number]> {
  if (boxes.length === 0) return;
  const tree = new Flatbush(boxes.length);
  for (const box of boxes) tree.add(box.minX, box.minY, box.maxX, box.maxY);
  tree.finish();
  for (const [i, box] of boxes.entries()) {
    for (const j of tree.search(box.minX, box.minY, box.maxX, box.maxY, (other) => other > i).sort((a, b) => a - b)) yield [i, j];
  }
}

/** No border of one within the other, none crossing, none shared with both areas on the same side: then they only touch. */
function lookEntangled(i: number, j: number, boxes: readonly Box2[], outlines: readonly Outline[], network: BorderNetwork): boolean {
  const pieces = (owner: number, other: number): BorderPiece[] => network.piecesOf[owner]!.filter((piece) => reaches(piece, boxes[other]!, network.nodes));
  const [ofI, ofJ] = [pieces(i, j), pieces(j, i)];
  return (
    ofI.some((piece) => network.ownersOf(piece.from, piece.to).includes(j)) ||
    ofI.some((piece) => runsInside(piece, j, outlines, network)) ||
    ofJ.some((piece) => runsInside(piece, i, outlines, network)) ||
    ofI.some((a) => ofJ.some((b) => cross(a, b, network.nodes)))
  );
}

function reaches(piece: BorderPiece, box: Box2, nodes: readonly MetrePoint[]): boolean {
  const own = boxOf([nodes[piece.from]!, nodes[piece.to]!]);
  return own.minX <= box.maxX && own.maxX >= box.minX && own.minY <= box.maxY && own.maxY >= box.minY;
}

function runsInside(piece: BorderPiece, other: number, outlines: readonly Outline[], network: BorderNetwork): boolean {
  if (network.ownersOf(piece.to, piece.from).includes(other)) return false;
  const [a, b] = [network.nodes[piece.from]!, network.nodes[piece.to]!];
  return ringsContain(outlines[other]!, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
}

function cross(p: BorderPiece, q: BorderPiece, nodes: readonly MetrePoint[]): boolean {
  if (p.from === q.from || p.from === q.to || p.to === q.from || p.to === q.to) return false;
  const [a, b, c, d] = [nodes[p.from]!, nodes[p.to]!, nodes[q.from]!, nodes[q.to]!];
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}

function clip(i: number, j: number, outlines: readonly Outline[]): Overlap | null {
  const common = intersection(clippable(outlines[i]!), clippable(outlines[j]!));
  const areaM2 = common.reduce((sum, polygon) => sum + areaOf(polygon), 0);
  const at = common[0]?.[0]?.[0];
  return at && areaM2 > AREA_TOLERANCE_M2 ? { pair: [i, j], areaM2, at } : null;
}

/** As polyclip-ts wants it: mutable, rounded to millimetres, so that its exact arithmetic stays short. */
export function clippable(outline: Outline): [number, number][][] {
  return outline.map((ring) => ring.map(([x, y]) => [Math.round(x * 1000) / 1000, Math.round(y * 1000) / 1000]));
}

/** Square metres of a polygon, holes taken off. */
export function areaOf(outline: Outline): number {
  return outline.reduce((sum, ring, i) => sum + (i === 0 ? 1 : -1) * Math.abs(signedArea2(ring)) / 2, 0);
}
