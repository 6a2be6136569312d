/** The hand-made truth of stretches of clips: who is where in which frame. How it was made: README.md beside this file. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { OBJECT_CLASSES, type Box, type ObjectClass } from '../../domain/detection.ts';

export interface TrueObject {
  /** The same for one object through the whole stretch; says nothing about who or what it is. */
  readonly id: string;
  readonly label: ObjectClass;
  /** Full extent, hidden parts estimated, cut at the picture's edges; pixels. */
  readonly box: Box;
  /** Share of the object that can be seen, 0…1; an estimate. */
  readonly visibleFraction: number;
}

export interface ClipTruth {
  /** File name under `../shared/clips`. */
  readonly clip: string;
  /** What to give `clipFrames` so that it yields these frames (and maybe earlier and later ones). */
  readonly fps: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Places where there is something that was not annotated: a track there is neither right nor wrong. */
  readonly dontCare: readonly Box[];
  readonly frames: readonly { readonly atMs: number; readonly objects: readonly TrueObject[] }[];
}

const boxRow = z.tuple([z.number(), z.number(), z.number().positive(), z.number().positive()]).transform(([x, y, w, h]): Box => ({ x, y, w, h }));
const objectRow = z
  .tuple([z.string(), z.enum(OBJECT_CLASSES), z.number(), z.number(), z.number().positive(), z.number().positive(), z.number().min(0).max(1)])
  .transform(([id, label, x, y, w, h, visibleFraction]): TrueObject => ({ id, label, box: { x, y, w, h }, visibleFraction }));
const file = z.strictObject({
  clip: z.string(),
  fps: z.number().positive(),
  widthPx: z.int(),
  heightPx: z.int(),
  dontCare: z.array(boxRow),
  frames: z.array(z.strictObject({ atMs: z.int(), objects: z.array(objectRow) })),
});

/** All annotated stretches, by file name. */
export function clipTruths(): ClipTruth[] {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json')).sort();
  return names.map((name) => file.parse(JSON.parse(readFileSync(path.join(import.meta.dirname, name), 'utf8'))));
}
