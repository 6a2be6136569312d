/** What a model saw in one picture, and what a tracker made of it over several. */

/** Axis-aligned box in pixels of the frame; (x, y) is the top-left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The classes Gridwarden raises alerts on; other classes of a model are dropped by its decoder. */
export const OBJECT_CLASSES = ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck'] as const;
export type ObjectClass = (typeof OBJECT_CLASSES)[number];

export interface Detection {
  readonly label: ObjectClass;
  /** 0…1 as the decoder gives it. */
  readonly score: number;
  readonly box: Box;
}

/** A face is only ever a place to make unreadable (invariant 5): no points, no features, no identity. */
export interface FaceBox {
  readonly score: number;
  readonly box: Box;
}

/** One object followed through the frames of one camera. */
export interface Track {
  /** Unique within the camera, never reused. */
  readonly trackId: number;
  readonly label: ObjectClass;
  readonly box: Box;
  readonly score: number;
  /** tentative: seen once; confirmed: reported to rules; lost: not matched lately but not yet given up. */
  readonly state: 'tentative' | 'confirmed' | 'lost';
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  /** Since when it has not moved, or null while it moves. */
  readonly stationarySinceMs: number | null;
}

/** Where an object touches the ground: the middle of the lower edge of its box. */
export function footPoint(box: Box): { x: number; y: number } {
  return { x: box.x + box.w / 2, y: box.y + box.h };
}

/** Intersection over union of two boxes, 0…1; 0 where either has no area. */
export function iou(a: Box, b: Box): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  const both = w * h;
  return both / (a.w * a.h + b.w * b.h - both);
}
