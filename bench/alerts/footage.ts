/** What the bench plays: staged scenes and real clips, as pictures of a camera with its zones, its rules, and what these must find. */
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import type { Camera, Line, Zone } from '../../domain/camera.ts';
import type { Detection } from '../../domain/detection.ts';
import type { CameraRule } from '../../domain/rule.ts';
import { decodedFrames } from '../../test-fixtures/clip-frames.ts';
import type { WatchedClip } from '../../test-fixtures/staged-scenes/clips.ts';
import { fullRule, inPicture, isStaging, type MustFind, type StagedScene } from '../../test-fixtures/staged-scenes/stage.ts';
import { createScene, type Scene, type SceneActor } from '../../test-fixtures/street-scene/scene.ts';

export interface Shot {
  readonly atMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Good until the next shot is asked for; null where nothing was drawn. */
  readonly frame: Frame | null;
  /** What a perfect detector reports, pixels; null for real pictures. */
  readonly exact: readonly Detection[] | null;
}

export interface Footage {
  readonly name: string;
  readonly source: 'staged' | 'clips';
  readonly lengthS: number;
  readonly camera: Camera;
  readonly rules: readonly CameraRule[];
  readonly mustFind: readonly MustFind[];
  /** Why its figures are told apart and no goal is held against them; null where they count. */
  readonly apart: string | null;
  shots(): AsyncGenerator<Shot>;
}

export interface Filming {
  readonly widthPx: number;
  readonly fps: number;
  /** False for rules that need no picture: drawing takes most of the time. */
  readonly drawn: boolean;
}

export const CAMERA_HOST: Filming = { widthPx: 960, fps: 5, drawn: true };

/** Less of somebody in sight, or a side shorter than this part of the picture's width: no detector is asked to see that. */
const LEAST_VISIBLE = 0.25;
const LEAST_SIDE = 0.01;
const EXACT_SCORE = 0.9;

export function stagedFootage(staged: StagedScene, { widthPx, fps, drawn }: Filming = CAMERA_HOST): Footage {
  const { seed, lengthS, staging } = staged;
  const heightPx = Math.round((widthPx * 9) / 32) * 2;
  const options = { seed, widthPx, heightPx, fps, loopS: lengthS, ...(isStaging(staging) ? {} : staging) };
  const scene = createScene(options, isStaging(staging) ? staging : null);
  const zones = Object.entries(staged.zones).map(([id, corners]): Zone => ({ id, name: id, polygon: corners.map((at) => inPicture(scene.view, at)) }));
  const lines = Object.entries(staged.lines ?? {}).map(([id, [from, to]]): Line => ({ id, name: id, points: [inPicture(scene.view, from), inPicture(scene.view, to)] }));
  return {
    name: staged.name,
    source: 'staged',
    lengthS,
    camera: cameraWith(zones, lines),
    rules: staged.rules.map(fullRule),
    mustFind: staged.mustFind,
    apart: null,
    shots: () => sceneShots(scene, drawn),
  };
}

async function* sceneShots(scene: Scene, drawn: boolean): AsyncGenerator<Shot> {
  const { widthPx, heightPx, fps } = scene.options;
  for (let i = 0; i < scene.frameCount; i++) {
    const timeBase = { num: 1, den: fps };
    const frame = drawn ? Frame.fromVideoBuffer(scene.render(i), { width: widthPx, height: heightPx, format: AV_PIX_FMT_YUV420P, pts: BigInt(i), timeBase }) : null;
    try {
      yield await Promise.resolve({ atMs: Math.round((i * 1000) / fps), widthPx, heightPx, frame, exact: detectionsOf(scene.actorsAt(i), widthPx) });
    } finally {
      frame?.free();
    }
  }
}

function detectionsOf(actors: readonly SceneActor[], widthPx: number): Detection[] {
  return actors
    .filter(({ box, visibleFraction }) => visibleFraction >= LEAST_VISIBLE && Math.min(box.w, box.h) >= LEAST_SIDE * widthPx)
    .map(({ label, box }) => ({ label, score: EXACT_SCORE, box }));
}

/** `file` is where the clip lies. */
export function clipFootage(clip: WatchedClip, file: string): Footage {
  const zones = Object.entries(clip.zones).map(([id, polygon]): Zone => ({ id, name: id, polygon: polygon }));
  return {
    name: clip.clip,
    source: 'clips',
    lengthS: clip.lengthS,
    camera: cameraWith(zones, []),
    rules: clip.rules.map(fullRule),
    mustFind: clip.mustFind,
    apart: clip.apart,
    shots: () => clipShots(file),
  };
}

async function* clipShots(file: string): AsyncGenerator<Shot> {
  for await (const { atMs, frame } of decodedFrames(file, CAMERA_HOST.fps)) yield { atMs, widthPx: frame.width, heightPx: frame.height, frame, exact: null };
}

function cameraWith(zones: Zone[], lines: Line[]): Camera {
  return { id: 'staged', name: 'Staged', location: { lon: 116.4, lat: 39.9 }, homeCell: '110101001001001', zones, lines, groundPlane: null };
}
