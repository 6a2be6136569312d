/** What a model really gives for some of the shared pictures, before any decoding, and a plain comparison of boxes for the decoders' tests. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Box } from '../domain/detection.ts';
import { fillTensor, placeRegion, wholeOf, type Placing, type SizePx } from '../models/letterbox.ts';
import { locateModel } from '../models/locate.ts';
import { readManifest, type ModelEntry } from '../models/manifest.ts';
import { decodeJpeg } from '../models/picture.ts';
import { openSession, type ExpectedOutput, type Outputs } from '../models/session.ts';
import { sharedFile } from './shared-data.ts';

export interface RawRun {
  readonly outputs: Outputs;
  readonly placing: Placing;
}

/** Corners in tensor pixels, as a formula gives them. */
export interface PlainBox {
  readonly label?: string;
  readonly score: number;
  readonly corners: readonly [x1: number, y1: number, x2: number, y2: number];
}

/** The entries of models/manifest.yaml and of reference-models.yaml. */
export async function referenceModels(): Promise<ModelEntry[]> {
  return [...(await readManifest()).models, ...(await readManifest(path.join(import.meta.dirname, 'reference-models.yaml'))).models];
}

/** Runs a model of fixed size on the last `count` pictures of its task. Null, after a warning, where ../shared is not there. */
export async function rawRuns(entry: ModelEntry, expected: (size: SizePx) => ExpectedOutput[], count: number): Promise<RawRun[] | null> {
  const [models, pictures] = [sharedFile('models'), sharedFile(`images/${entry.task}/images`)];
  const { size } = entry.input;
  if (models === null || pictures === null || !('widthPx' in size)) return null;
  const session = await openSession(entry, await locateModel(entry, [models]), { expected, testSize: size });
  const runs: RawRun[] = [];
  for (const name of (await readdir(pictures)).sort().slice(-count)) {
    const picture = await decodeJpeg(await readFile(path.join(pictures, name)));
    const placing = placeRegion(wholeOf(picture), picture, size, entry.input.fit);
    runs.push({ outputs: await session.run(size, (target) => fillTensor(target, picture, placing, entry.input)), placing });
  }
  await session.close();
  return runs;
}

/** Tensor corners in a picture: scaled, moved, cut at its edge; null where nothing is left. */
function inPicture({ region, inTensor, picture }: Placing, [x1, y1, x2, y2]: PlainBox['corners']): Box | null {
  const across = (x: number): number => Math.min(picture.widthPx, Math.max(0, ((x - inTensor.x) * region.w) / inTensor.w + region.x));
  const down = (y: number): number => Math.min(picture.heightPx, Math.max(0, ((y - inTensor.y) * region.h) / inTensor.h + region.y));
  const box = { x: across(x1), y: down(y1), w: across(x2) - across(x1), h: down(y2) - down(y1) };
  return box.w > 0 && box.h > 0 ? box : null;
}

/** The decoder found the boxes that the formula gives, in the same order, with the same labels and scores. Returns how many. */
export function expectBoxes(found: readonly { readonly label?: string; readonly score: number; readonly box: Box }[], wanted: readonly PlainBox[], placing: Placing): number {
  const placed = wanted.flatMap(({ label, score, corners }) => {
    const box = inPicture(placing, corners);
    return box ? [{ label, score, box }] : [];
  });
  expect(found.map((f) => f.label)).toEqual(placed.map((p) => p.label));
  placed.forEach((want, i) => {
    expect(found[i]!.score).toBeCloseTo(want.score, 5);
    for (const side of ['x', 'y', 'w', 'h'] as const) expect(Math.abs(found[i]!.box[side] - want.box[side])).toBeLessThan(0.01);
  });
  return placed.length;
}
