/** Generated scenes as pictures through a real detector: the truth stays exact, the mistakes are the model's own. */
import type { Detection } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import { pictureOf } from '../../test-fixtures/street-scene/colours.ts';
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
