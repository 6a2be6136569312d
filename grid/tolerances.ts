/** How exact a drawn grid must be: below these figures a difference is the noise of drawing, not a fault. */

/** Borders of neighbours within this distance are the same border (DB11/T 2157 wants shared topology; survey grade is 5 cm). */
export const BORDER_TOLERANCE_M = 0.05;

/** Overlaps and gaps up to this area are let pass. */
export const AREA_TOLERANCE_M2 = 1;

/** A cell smaller than this has no area worth the name. */
export const SMALLEST_CELL_M2 = 1;
