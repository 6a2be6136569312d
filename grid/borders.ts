/**
 * The borders of many areas as one network: corners within the tolerance become one node, and a corner of one area lying on another's
 * border divides it. After that two neighbours share a border exactly if they have the same pieces in opposite directions.
 */
import Flatbush from 'flatbush';
import type { MetrePoint } from './plane.ts';
import { boxOf, projectedShare, segmentDistance, signedArea2 } from './polygon.ts';
import { BORDER_TOLERANCE_M } from './tolerances.ts';

/** Unclosed rings in metres: the outer one, then holes. */
export type Outline = readonly (readonly MetrePoint[])[];

/** A straight piece of border from one node to another, the area it bounds on its left. */
export interface BorderPiece {
  readonly from: number;
  readonly to: number;
  /** Index of the area in the outlines given. */
  readonly owner: number;
}

export interface BorderNetwork {
  readonly nodes: readonly MetrePoint[];
  /** Per area, in the order given. */
  readonly piecesOf: readonly (readonly BorderPiece[])[];
  /** Who has this piece in this direction. */
  ownersOf(from: number, to: number): readonly number[];
}

export function borderNetwork(outlines: readonly Outline[]): BorderNetwork {
  const nodes: MetrePoint[] = [];
  const nodeAt = nodeFinder(nodes);
  const rings = outlines.map((outline) => outline.map((ring, i) => nodeRing(areaOnLeft(ring, i === 0), nodeAt)));
  const drawn = ownersByPiece(rings.flatMap((own, owner) => own.flatMap((ring) => piecesOfRing(ring, owner))));
  const cornersOn = cornerFinder(nodes);
  const piecesOf = rings.map((own, owner) =>
    own.flatMap((ring) =>
      piecesOfRing(ring, owner).flatMap((piece) => (drawn(piece.to, piece.from).length > 0 ? [piece] : divide(piece, cornersOn(piece.from, piece.to)))),
    ),
  );
  return { nodes, piecesOf, ownersOf: ownersByPiece(piecesOf.flat()) };
}

/** Outer rings run counter-clockwise and holes clockwise (RFC 7946 §3.1.6), so that the area is on the left of every piece. */
function areaOnLeft(ring: readonly MetrePoint[], outer: boolean): readonly MetrePoint[] {
  return signedArea2(ring) > 0 === outer ? ring : ring.toReversed();
}

/** Gives each corner its node; a corner within the tolerance of a known node takes that one. */
function nodeFinder(nodes: MetrePoint[]): (point: MetrePoint) => number {
  // Buckets of a metre: far larger than the tolerance, so that nearly always one bucket is looked into.
  const buckets = new Map<string, number[]>();
  const near = function* ([x, y]: MetrePoint): Generator<number> {
    for (let i = Math.floor(x - BORDER_TOLERANCE_M); i <= Math.floor(x + BORDER_TOLERANCE_M); i++) {
      for (let j = Math.floor(y - BORDER_TOLERANCE_M); j <= Math.floor(y + BORDER_TOLERANCE_M); j++) yield* buckets.get(`${i},${j}`) ?? [];
    }
  };
  return (point) => {
    for (const id of near(point)) {
      const node = nodes[id]!;
      if (Math.hypot(node[0] - point[0], node[1] - point[1]) <= BORDER_TOLERANCE_M) return id;
    }
    const id = nodes.push(point) - 1;
    const key = `${Math.floor(point[0])},${Math.floor(point[1])}`;
    const bucket = buckets.get(key);
    if (bucket) bucket.push(id);
    else buckets.set(key, [id]);
    return id;
  };
}

function nodeRing(ring: readonly MetrePoint[], nodeAt: (point: MetrePoint) => number): number[] {
  const ids = ring.map(nodeAt);
  return ids.filter((id, i) => id !== ids[(i + 1) % ids.length]);
}

function piecesOfRing(ring: readonly number[], owner: number): BorderPiece[] {
  return ring.map((from, i) => ({ from, to: ring[(i + 1) % ring.length]!, owner }));
}

function ownersByPiece(pieces: readonly BorderPiece[]): (from: number, to: number) => readonly number[] {
  // Node numbers stay far below 2^26, so a pair fits a double exactly.
  const key = (from: number, to: number): number => from * 2 ** 26 + to;
  const owners = new Map<number, number[]>();
  for (const { from, to, owner } of pieces) {
    const have = owners.get(key(from, to));
    if (have) have.push(owner);
    else owners.set(key(from, to), [owner]);
  }
  return (from, to) => owners.get(key(from, to)) ?? [];
}

/** The nodes lying on the piece between two nodes, in order. */
function cornerFinder(nodes: readonly MetrePoint[]): (from: number, to: number) => readonly number[] {
  if (nodes.length === 0) return () => [];
  const tree = new Flatbush(nodes.length);
  for (const [x, y] of nodes) tree.add(x, y, x, y);
  tree.finish();
  return (from, to) => {
    const [a, b] = [nodes[from]!, nodes[to]!];
    const box = boxOf([a, b]);
    return tree
      .search(box.minX - BORDER_TOLERANCE_M, box.minY - BORDER_TOLERANCE_M, box.maxX + BORDER_TOLERANCE_M, box.maxY + BORDER_TOLERANCE_M)
      .filter((id) => id !== from && id !== to && segmentDistance(nodes[id]!, a, b) <= BORDER_TOLERANCE_M)
      .sort((p, q) => projectedShare(nodes[p]!, a, b) - projectedShare(nodes[q]!, a, b));
  };
}

function divide(piece: BorderPiece, corners: readonly number[]): BorderPiece[] {
  const stops = [piece.from, ...corners, piece.to];
  return stops.slice(1).map((to, i) => ({ from: stops[i]!, to, owner: piece.owner }));
}
