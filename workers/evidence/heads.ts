/** Heads of persons in whom no face was found although they are close enough to show one: a missed face would otherwise stay readable. */
import type { Box, FaceBox } from '../../domain/detection.ts';

/** A head is about half as wide as its person, however much of the body is seen; hair and a turned head want some more. */
const OF_WIDTH = 0.7;
/** But of a standing person's height it takes a quarter at most, and of a head and shoulders no more than this. */
const LEAST_OF_HEIGHT = 0.2;
const MOST_OF_HEIGHT = 0.6;
/** Heads stick out of boxes. */
const ABOVE = 0.1;
/** Fewer pixels than this hold no face that anybody knows again: EN 62676-4 asks 62.5 px/m for so much as observing, and such a head is 0.4 m. */
const LEAST_PX = 24;
/** From here on the finder is sure of a face; below it sees them in leaves, mosaics and shadows on shirts too. */
export const SURE_FACE = 0.5;

/** The square in which a person's head lies most likely. */
export function headOf(person: Box): Box {
  const side = Math.min(MOST_OF_HEIGHT * person.h, Math.max(LEAST_OF_HEIGHT * person.h, OF_WIDTH * person.w));
  return { x: person.x + (person.w - side) / 2, y: person.y - ABOVE * side, w: side, h: side };
}

/** Heads large enough to tell somebody by, in which no sure face has its middle. */
export function headsWithoutFace(persons: readonly Box[], faces: readonly FaceBox[]): Box[] {
  const sure = faces.filter((face) => face.score >= SURE_FACE);
  return persons.map(headOf).filter((head) => head.w >= LEAST_PX && !sure.some(({ box }) => holds(head, box.x + box.w / 2, box.y + box.h / 2)));
}

function holds(box: Box, x: number, y: number): boolean {
  return x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h;
}
