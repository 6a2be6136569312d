/** Pictures with their true boxes from `../shared/images` (COCO JSON beside each folder), for judging models and never for training them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TrueBox } from '../models/average-precision.ts';
import { sharedFile } from './shared-data.ts';

export interface LabelledImage {
  readonly name: string;
  readonly truth: readonly TrueBox[];
  readonly jpeg: () => Promise<Uint8Array>;
}

interface Coco {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly { readonly image_id: number; readonly category_id: number; readonly bbox: readonly [number, number, number, number]; readonly iscrowd: number }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

/** Those whose file name begins with `prefix`, in the file's order; null, said once, where `../shared` has none. */
export async function labelledImages(set: 'objects' | 'faces', prefix = ''): Promise<LabelledImage[] | null> {
  const dir = sharedFile(`images/${set}`);
  if (dir === null) return null;
  const coco = JSON.parse(await readFile(path.join(dir, 'annotations.json'), 'utf8')) as Coco;
  const labels = new Map(coco.categories.map(({ id, name }) => [id, name]));
  return coco.images
    .filter(({ file_name }) => file_name.startsWith(prefix))
    .map(({ id, file_name }) => ({
      name: file_name,
      truth: coco.annotations.filter((a) => a.image_id === id).map(({ category_id, bbox: [x, y, w, h], iscrowd }) => ({ label: labels.get(category_id) ?? '', box: { x, y, w, h }, crowd: iscrowd === 1 })),
      jpeg: () => readFile(path.join(dir, 'images', file_name)),
    }));
}
