/** Finds holes in a cover of areas: ground that everyone round it takes for a neighbour's. */
import { union } from 'polyclip-ts';
import { borderNetwork, type BorderNetwork, type BorderPiece, type Outline } from './borders.ts';
import { clippable, type Overlap } from './overlaps.ts';
import type { MetrePoint } from './plane.ts';
import { centreOf, signedArea2 } from './polygon.ts';
import { AREA_TOLERANCE_M2 } from './tolerances.ts';

export interface Gap {
  /** Indices of the areas round it, ascending. */
  readonly round: readonly number[];
  readonly areaM2: number;
  readonly at: MetrePoint;
}

/**
 * Holes larger than the tolerance that are wholly enclosed by touching areas; what lies outside the outermost border is no gap.
 * Overlapping areas are joined first, so that a hole beside them is still found.
 */
export function gapsOf(outlines: readonly Outline[], overlaps: readonly Overlap[]): Gap[] {
  const joined = joinOverlapping(outlines, overlaps);
  const network = borderNetwork(joined.map((part) => part.outline));
  return facesBeyond(network)
    .filter((face) => -signedArea2(face.corners) / 2 > AREA_TOLERANCE_M2)
    .map((face) => ({
      round: [...new Set(face.owners.flatMap((owner) => joined[owner]!.members))].sort((a, b) => a - b),
      areaM2: -signedArea2(face.corners) / 2,
      at: middleOf(face.corners),
    }));
}

interface Part {
  readonly outline: Outline;
  readonly members: readonly number[];
}

function joinOverlapping(outlines: readonly Outline[], overlaps: readonly Overlap[]): Part[] {
  const leader = outlines.map((_, i) => i);
  const leaderOf = (i: number): number => (leader[i] === i ? i : (leader[i] = leaderOf(leader[i]!)));
  for (const { pair } of overlaps) leader[leaderOf(pair[1])] = leaderOf(pair[0]);
  const clusters = Map.groupBy(outlines.keys(), leaderOf);
  return [...clusters.values()].flatMap((members) => {
    const [first, ...others] = members.map((i) => outlines[i]!);
    if (!first || others.length === 0) return members.map((i) => ({ outline: outlines[i]!, members }));
    return union(clippable(first), ...others.map(clippable)).map((outline) => ({ outline: outline.map(unclosed), members }));
  });
}

const unclosed = (ring: readonly MetrePoint[]): readonly MetrePoint[] => ring.slice(0, -1);

interface Face {
  readonly corners: readonly MetrePoint[];
  readonly owners: readonly number[];
}

/**
 * The faces on the right of all pieces that have no neighbour there: the outside (walked counter-clockwise, positive area) and the
 * holes (clockwise, negative). Where several such pieces leave a node, the sharpest right turn keeps to the same face, so that
 * holes touching the outside in one point are told from it.
 */
function facesBeyond(network: BorderNetwork): Face[] {
  const open = network.piecesOf.flat().filter((piece) => network.ownersOf(piece.to, piece.from).length === 0);
  const leaving = Map.groupBy(open, (piece) => piece.from);
  const walked = new Set<BorderPiece>();
  const faces: Face[] = [];
  for (const start of open) {
    const face: BorderPiece[] = [];
    for (let piece: BorderPiece | undefined = start; piece && !walked.has(piece); piece = sharpestRight(piece, leaving.get(piece.to) ?? [], network.nodes)) {
      walked.add(piece);
      face.push(piece);
    }
    if (face.at(-1)?.to === start.from) faces.push({ corners: face.map((piece) => network.nodes[piece.from]!), owners: face.map((piece) => piece.owner) });
  }
  return faces;
}

function sharpestRight(arrived: BorderPiece, choices: readonly BorderPiece[], nodes: readonly MetrePoint[]): BorderPiece | undefined {
  const back = bearing(arrived.to, arrived.from, nodes);
  const leftOfBack = (piece: BorderPiece): number => {
    const angle = (bearing(piece.from, piece.to, nodes) - back) % (2 * Math.PI);
    return angle > 0 ? angle : angle + 2 * Math.PI;
  };
  return choices.length < 2 ? choices[0] : choices.toSorted((a, b) => leftOfBack(a) - leftOfBack(b))[0];
}

function bearing(from: number, to: number, nodes: readonly MetrePoint[]): number {
  const [a, b] = [nodes[from]!, nodes[to]!];
  return Math.atan2(b[1] - a[1], b[0] - a[0]);
}

function middleOf(corners: readonly MetrePoint[]): MetrePoint {
  const { lon, lat } = centreOf({ type: 'Polygon', coordinates: [[...corners, corners[0]!]] });
  return [lon, lat];
}
