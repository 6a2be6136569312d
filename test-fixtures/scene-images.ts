/** Generated street pictures with exact truth, as a camera host would hand them on, for judging models and never for training them. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AV_LOG_ERROR, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame, Log } from 'node-av/lib';
import { PictureMaker } from '../devices/camera/libav-picture.ts';
import type { TrueBox } from '../models/average-precision.ts';
import { clipFrames } from './clip-frames.ts';
import type { LabelledImage } from './labelled-images.ts';
import { streetFiles } from './street-scene/clip.ts';
import { randomFrom } from './street-scene/random.ts';
import { createScene, type SceneActor, type SceneOptions } from './street-scene/scene.ts';

/** Seeds of scenes that only ever judge: whatever trains a model takes others. */
export const EVALUATION_SEEDS = { from: 900_000, to: 900_999 } as const;
/** Seeds of scenes that calibrate: not trained on, and not judged on either. */
export const CALIBRATION_SEEDS = { from: 800_000, to: 800_999 } as const;
/** The second half of a range of seeds is for clips. */
const CLIPS_FROM = 500;

/** A camera host's default (config/schema.ts): larger pictures are scaled down to it. */
const MAX_WIDTH_PX = 960;
const SIZES = [[1280, 720], [960, 540], [704, 576], [640, 360]] as const;
const CLIP_FPS = 5;
const FRAMES_PER_CLIP = 4;

/** Less of an object than this in sight, or a side shorter than this in a picture scaled to 640 px width: nobody is asked to find it. */
const MIN_VISIBLE = 0.25;
const MIN_SIDE_PX = 8;

/**
 * `stills` scenes of one frame each, then `clips` scenes whose frames went through H.264; sizes, number of actors and sensor noise
 * change from scene to scene. Objects hardly in sight or tiny are marked as crowds: who finds them loses nothing, who does not either.
 */
export async function sceneImages(stills: number, clips: number, seeds: { readonly from: number; readonly to: number } = EVALUATION_SEEDS): Promise<LabelledImage[]> {
  const firstClip = seeds.from + CLIPS_FROM;
  if (stills > CLIPS_FROM || clips > seeds.to - firstClip + 1) throw new Error('There are not so many seeds set aside for this.');
  Log.setLevel(AV_LOG_ERROR);
  const images: LabelledImage[] = [];
  for (let i = 0; i < stills; i++) images.push(await stillOf(seeds.from + i));
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-scenes-'));
  try {
    for (let i = 0; i < clips; i++) images.push(...(await framesOf(firstClip + i, dir)));
  } finally {
    await rm(dir, { recursive: true });
  }
  return images;
}

/** One frame at a chance moment of a street of 20 s, straight into a JPEG. */
async function stillOf(seed: number): Promise<LabelledImage> {
  const random = randomFrom(seed);
  const [widthPx, heightPx] = SIZES[seed % SIZES.length]!;
  const scene = createScene({ seed, widthPx, heightPx, fps: CLIP_FPS, persons: Math.round(random.between(3, 14)), vehicles: 8, twoWheelers: 6, parked: Math.round(random.between(0, 4)), grain: random.between(0, 7) });
  const frameIndex = Math.floor(random.between(0, scene.frameCount));
  const frame = Frame.fromVideoBuffer(scene.render(frameIndex), { width: widthPx, height: heightPx, format: AV_PIX_FMT_YUV420P, pts: 0n, timeBase: { num: 1, den: CLIP_FPS } });
  const maker = new PictureMaker(MAX_WIDTH_PX, 160);
  try {
    const jpeg = await maker.jpeg(frame);
    return { name: `scene ${seed} frame ${frameIndex}`, truth: truthOf(scene.actorsAt(frameIndex), widthPx, maker.sizeOf(frame).widthPx), jpeg: () => Promise.resolve(jpeg) };
  } finally {
    maker.free();
    frame.free();
  }
}

/** Frames spread over a street of 6 s that was encoded and decoded again. */
async function framesOf(seed: number, dir: string): Promise<LabelledImage[]> {
  const random = randomFrom(seed);
  const [widthPx, heightPx] = SIZES[seed % SIZES.length]!;
  const options: SceneOptions = { seed, widthPx, heightPx, fps: CLIP_FPS, loopS: 6, persons: Math.round(random.between(1, 5)), vehicles: 3, twoWheelers: 3, parked: Math.round(random.between(0, 3)), grain: random.between(0, 7) };
  const scene = createScene(options);
  const { mp4 } = await streetFiles(options, dir);
  const images: LabelledImage[] = [];
  let frameIndex = 0;
  for await (const { jpeg, widthPx: shownWidthPx } of clipFrames(mp4, CLIP_FPS)) {
    // Not the key frames, which begin each second: what a camera hands on is mostly predicted.
    if (frameIndex % Math.floor(scene.frameCount / FRAMES_PER_CLIP) === 3) images.push({ name: `scene ${seed} frame ${frameIndex} of H.264`, truth: truthOf(scene.actorsAt(frameIndex), widthPx, shownWidthPx), jpeg: () => Promise.resolve(jpeg) });
    frameIndex++;
  }
  return images;
}

/** Boxes in the pixels of the JPEG. */
function truthOf(actors: readonly SceneActor[], drawnWidthPx: number, shownWidthPx: number): TrueBox[] {
  const scale = shownWidthPx / drawnWidthPx;
  return actors
    .filter(({ visibleFraction }) => visibleFraction > 0)
    .map(({ label, box, visibleFraction }) => ({
      label,
      box: { x: box.x * scale, y: box.y * scale, w: box.w * scale, h: box.h * scale },
      crowd: visibleFraction < MIN_VISIBLE || (Math.min(box.w, box.h) * 640) / drawnWidthPx < MIN_SIDE_PX,
    }));
}
