/** Writes street scenes as training pictures with COCO labels: `node test-fixtures/street-scene/export.ts --dir FOLDER [--scenes 240] [--frames 6] [--seed 1000]`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { OBJECT_CLASSES } from '../../domain/detection.ts';
import { writeWhole } from '../../platform/write-whole.ts';
import { pictureOf } from './colours.ts';
import { randomFrom, type Random } from './random.ts';
import { createScene, type Scene, type SceneActor, type SceneOptions } from './scene.ts';

/** Seeds from here on are for calibration and evaluation (scene-images.ts): training must never see those streets. */
const RESERVED_SEEDS_FROM = 800_000;
/** Wider pictures are stored at this width: no model here looks at more. */
const STORED_WIDTH_PX = 640;
/** Objects of which less is seen, or that are lower, in stored pixels, are labelled as crowd: neither wanted nor punished. */
const LEAST_VISIBLE = 0.25;
const LEAST_SIDE_PX = 6;
const SIZES = [[1280, 720], [960, 540], [768, 432], [640, 360], [640, 480]] as const;

interface CocoImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
  readonly source: string;
  readonly labelled: readonly string[];
}

interface CocoBox {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly number[];
  readonly area: number;
  readonly iscrowd: 0 | 1;
}

const { values } = parseArgs({ options: { dir: { type: 'string' }, scenes: { type: 'string', default: '240' }, frames: { type: 'string', default: '6' }, seed: { type: 'string', default: '1000' } } });
const [scenes, perScene, firstSeed] = [Number(values.scenes), Number(values.frames), Number(values.seed)];
if (values.dir === undefined || !(scenes > 0) || !(perScene > 0) || firstSeed + scenes > RESERVED_SEEDS_FROM) {
  process.stderr.write(`usage: node test-fixtures/street-scene/export.ts --dir FOLDER [--scenes 240] [--frames 6] [--seed 1000]; seeds from ${RESERVED_SEEDS_FROM} on are reserved\n`);
  process.exit(2);
}
const imageDir = path.join(values.dir, 'images');
await mkdir(imageDir, { recursive: true });
const images: CocoImage[] = [];
const annotations: CocoBox[] = [];
for (let seed = firstSeed; seed < firstSeed + scenes; seed++) {
  const random = randomFrom(seed * 7919);
  const scene = createScene(drawnOptions(seed, random));
  for (let i = 0; i < perScene; i++) await exportFrame(scene, Math.floor(((i + random.next()) * scene.frameCount) / perScene), random);
}
const categories = OBJECT_CLASSES.map((name, i) => ({ id: i + 1, name }));
await writeWhole(path.join(values.dir, 'annotations.json'), JSON.stringify({ images, annotations, categories }), 0o644);
process.stdout.write(`${images.length} pictures, ${annotations.length} boxes\n`);

function drawnOptions(seed: number, random: Random): SceneOptions {
  const [widthPx, heightPx] = random.pick(SIZES);
  const count = (low: number, high: number): number => Math.floor(random.between(low, high + 1));
  return { seed, widthPx, heightPx, fps: 5, loopS: 20, persons: count(2, 16), vehicles: count(2, 9), twoWheelers: count(1, 6), parked: count(0, 4), grain: random.between(0, 7) };
}

async function exportFrame(scene: Scene, frameIndex: number, random: Random): Promise<void> {
  const { widthPx, heightPx } = scene.options;
  const scale = Math.min(1, STORED_WIDTH_PX / widthPx);
  const id = images.length + 1;
  const file = `scene_${scene.options.seed}_${frameIndex}.jpg`;
  const [width, height] = [Math.round(widthPx * scale), Math.round(heightPx * scale)];
  await sharp(pictureOf(scene.render(frameIndex), widthPx, heightPx).rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .resize(width, height)
    .jpeg({ quality: Math.round(random.between(55, 95)) })
    .toFile(path.join(imageDir, file));
  images.push({ id, file_name: file, width, height, source: 'scene', labelled: OBJECT_CLASSES });
  for (const actor of scene.actorsAt(frameIndex)) annotations.push(cocoBox(actor, id, scale));
}

function cocoBox({ label, box, visibleFraction }: SceneActor, imageId: number, scale: number): CocoBox {
  const bbox = [box.x, box.y, box.w, box.h].map((v) => Math.round(v * scale * 100) / 100);
  const small = Math.min(box.w, box.h) * scale < LEAST_SIDE_PX;
  return { id: annotations.length + 1, image_id: imageId, category_id: OBJECT_CLASSES.indexOf(label) + 1, bbox, area: bbox[2]! * bbox[3]!, iscrowd: small || visibleFraction < LEAST_VISIBLE ? 1 : 0 };
}
