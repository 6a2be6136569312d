/** Where the name of a moving mark stands: on the first side of its sign where it covers nothing; nowhere if all are taken. */

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const SIDES = ['right', 'left', 'below', 'above'] as const;
export type Side = (typeof SIDES)[number] | 'none';

/** Pixels between sign and name; the same as in map.css. */
const GAP_PX = 3;

export const rectAround = (x: number, y: number, widthPx: number, heightPx: number): Rect => ({ left: x - widthPx / 2, top: y - heightPx / 2, right: x + widthPx / 2, bottom: y + heightPx / 2 });

export const overlaps = (a: Rect, b: Rect): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The rectangle of a name of this size beside a sign. */
export function labelRect(sign: Rect, side: (typeof SIDES)[number], widthPx: number, heightPx: number): Rect {
  const x = (sign.left + sign.right) / 2;
  const y = (sign.top + sign.bottom) / 2;
  switch (side) {
    case 'right':
      return rectAround(sign.right + GAP_PX + widthPx / 2, y, widthPx, heightPx);
    case 'left':
      return rectAround(sign.left - GAP_PX - widthPx / 2, y, widthPx, heightPx);
    case 'below':
      return rectAround(x, sign.bottom + GAP_PX + heightPx / 2, widthPx, heightPx);
    case 'above':
      return rectAround(x, sign.top - GAP_PX - heightPx / 2, widthPx, heightPx);
  }
}

/** The side it had is kept while it is free, so that names do not jump to and fro as patrols walk. */
export function chooseSide(sign: Rect, widthPx: number, heightPx: number, had: Side, obstacles: readonly Rect[]): { readonly side: Side; readonly rect: Rect | null } {
  const order = had === 'none' ? SIDES : [had, ...SIDES.filter((side) => side !== had)];
  for (const side of order) {
    const rect = labelRect(sign, side, widthPx, heightPx);
    if (!obstacles.some((obstacle) => overlaps(rect, obstacle))) return { side, rect };
  }
  return { side: 'none', rect: null };
}
