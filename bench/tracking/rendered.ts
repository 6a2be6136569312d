/** Generated scenes as pictures through a real detector: the truth stays exact, the mistakes are the model's own. */
import type { Detection } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import { createScene } from '../../test-fixtures/street-scene/scene.ts';
import { kindOf } from '../../workers/track/associate.ts';
import { ignorable, sceneOptions, type Shot, type Stretch } from './generated.ts';

/** The first seconds of a crowded scene at `fps`, which must divide the scene's rate. */
export async function renderedStretch(seed: number, fps: number, seconds: number, detect: (picture: Picture) => Promise<Detection[]>): Promise<Stretch> {
  const scene = createScene(sceneOptions(seed, true));
  const step = scene.options.fps / fps;
  const shots: Shot[] = [];
  for (let i = 0; i < seconds * scene.options.fps; i += step) {
    const detections = await detect(pictureOf(scene.render(i), scene.options.widthPx, scene.options.heightPx));
    const truth = scene.actorsAt(i).map(({ id, label, box, visibleFraction }) => ({ id, kind: kindOf(label), box, ignored: ignorable(visibleFraction, box) }));
    shots.push({ atMs: (i * 1000) / scene.options.fps, truth, detections });
  }
  return { name: `rendered #${seed}`, shots, dontCare: [] };
}

/** Planar YUV 4:2:0, BT.601 limited range, as RGB. */
export function pictureOf(yuv: Uint8Array, widthPx: number, heightPx: number): Picture {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  const clamped = new Uint8ClampedArray(rgb.buffer);
  const [u0, v0] = [widthPx * heightPx, (widthPx * heightPx * 5) / 4];
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const chroma = (y >> 1) * (widthPx >> 1) + (x >> 1);
      const luma = 1.164 * ((yuv[y * widthPx + x] ?? 0) - 16);
      const [u, v] = [(yuv[u0 + chroma] ?? 0) - 128, (yuv[v0 + chroma] ?? 0) - 128];
      const at = (y * widthPx + x) * 3;
      clamped[at] = luma + 1.596 * v;
      clamped[at + 1] = luma - 0.392 * u - 0.813 * v;
      clamped[at + 2] = luma + 2.017 * u;
    }
  return { widthPx, heightPx, rgb };
}
