/** Where to look for the face of a person: the upper part of the person's box, widened. */
import type { Box } from '../domain/detection.ts';

/**
 * A square over the top of the box. Its side follows the box's width, because a head is about half as wide as its person however much
 * of the body is seen below it; a third of the height is the floor for people seen from the side or half hidden.
 */
export function headRegion(person: Box): Box {
  const side = 1.3 * Math.max(person.w, person.h / 3);
  return { x: person.x + person.w / 2 - side / 2, y: person.y - 0.2 * side, w: side, h: side };
}
