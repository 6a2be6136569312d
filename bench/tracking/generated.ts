/** Generated street scenes as truth for trackers: quiet and crowded, at camera rates, with a shaking camera and with frames dropped. */
import type { Box, Detection } from '../../domain/detection.ts';
import { kindOf } from '../../workers/track/associate.ts';
import { randomFrom, type Random } from '../../test-fixtures/street-scene/random.ts';
import { createScene, type SceneActor, type SceneOptions } from '../../test-fixtures/street-scene/scene.ts';
import { noisyDetector } from './detector-noise.ts';
import type { Truth } from './sequence.ts';

/** One frame of a stretch: its truth and what a detector gave. */
export interface Shot {
  readonly atMs: number;
  readonly truth: readonly Truth[];
  readonly detections: readonly Detection[];
}

export interface Stretch {
  readonly name: string;
  readonly shots: readonly Shot[];
  readonly dontCare: readonly Box[];
}

/** How a scene is filmed. */
export interface Filming {
  readonly crowded: boolean;
  readonly fps: 2 | 5 | 10;
  readonly shaking: boolean;
  readonly dropping: boolean;
}

export const FILMINGS: readonly Filming[] = [
  ...([2, 5, 10] as const).flatMap((fps) => [false, true].map((crowded) => ({ crowded, fps, shaking: false, dropping: false }))),
  { crowded: false, fps: 5, shaking: true, dropping: false },
  { crowded: true, fps: 5, shaking: true, dropping: false },
  { crowded: false, fps: 5, shaking: false, dropping: true },
  { crowded: true, fps: 5, shaking: false, dropping: true },
];

export const nameOf = ({ crowded, fps, shaking, dropping }: Filming): string => `${crowded ? 'crowd' : 'street'} ${fps} fps${shaking ? ' shaking' : ''}${dropping ? ' dropping' : ''}`;

const SCENE_FPS = 10;
const LENGTH_S = 30;
/** Nobody can be asked to see what is hidden more than this, or smaller. */
const LEAST_VISIBLE = 0.25;
const LEAST_HEIGHT_PX = 20;

export const ignorable = (visibleFraction: number, box: Box): boolean => visibleFraction < LEAST_VISIBLE || box.h < LEAST_HEIGHT_PX;

/** The options of a scene; another seed is another street. */
export const sceneOptions = (seed: number, crowded: boolean): SceneOptions => ({
  seed, fps: SCENE_FPS, loopS: LENGTH_S, widthPx: 960, heightPx: 540,
  ...(crowded ? { persons: 40, vehicles: 8, twoWheelers: 4, parked: 3 } : { persons: 12, vehicles: 6, twoWheelers: 3, parked: 2 }),
});

const truths = new Map<string, SceneActor[][]>();

function sceneTruth(seed: number, crowded: boolean): SceneActor[][] {
  const key = `${seed} ${crowded}`;
  const known = truths.get(key);
  if (known) return known;
  const scene = createScene(sceneOptions(seed, crowded));
  const made = Array.from({ length: LENGTH_S * SCENE_FPS }, (_, i) => scene.actorsAt(i));
  truths.set(key, made);
  return made;
}

/** A stretch of half a minute through the noise model of a detector. */
export function generatedStretch(seed: number, filming: Filming): Stretch {
  const { widthPx = 0, heightPx = 0 } = sceneOptions(seed, filming.crowded);
  const detect = noisyDetector(seed, widthPx, heightPx);
  const random = randomFrom(seed + 7777);
  const shake = shaker(random, filming.shaking);
  const frames = sceneTruth(seed, filming.crowded).flatMap((actors, i) => (i % (SCENE_FPS / filming.fps) === 0 ? [{ actors, atMs: (i * 1000) / SCENE_FPS }] : []));
  const shots = frames.map(({ actors, atMs }): Shot => {
    const [dx, dy] = shake(atMs);
    const shown = actors.map((a) => ({ ...a, box: { ...a.box, x: a.box.x + dx, y: a.box.y + dy } }));
    return {
      atMs,
      truth: shown.map(({ id, label, box, visibleFraction }) => ({ id, kind: kindOf(label), box, ignored: ignorable(visibleFraction, box) })),
      detections: detect(shown),
    };
  });
  return { name: `${nameOf(filming)} #${seed}`, shots: filming.dropping ? dropped(shots, random) : shots, dontCare: [] };
}

/** A mast in the wind, and now and then somebody or something that knocks it: the offset of the picture in pixels at a time. */
function shaker(random: Random, shaking: boolean): (atMs: number) => [number, number] {
  if (!shaking) return () => [0, 0];
  const [amplitude, periodMs] = [random.between(6, 14), random.between(900, 2200)];
  let [offX, offY] = [0, 0];
  return (atMs) => {
    if (random.next() < 0.03) [offX, offY] = [random.between(-60, 60), random.between(-25, 25)];
    return [offX + amplitude * Math.sin((2 * Math.PI * atMs) / periodMs), offY + 0.4 * amplitude * Math.sin((2 * Math.PI * atMs) / (0.7 * periodMs))];
  };
}

/** Three frames of ten are shed one by one, and every ten seconds or so a whole second and a half. */
function dropped(shots: readonly Shot[], random: Random): Shot[] {
  let goneUntilMs = 0;
  return shots.filter(({ atMs }) => {
    if (random.next() < 0.02) goneUntilMs = atMs + 1500;
    return atMs >= goneUntilMs && random.next() >= 0.3;
  });
}
