/** A street scene as a clip for the fake camera, made when first asked for and kept in a folder where one is given. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../../platform/write-whole.ts';
import { type Clip, TICKS_PER_S, readClip } from '../fake-camera/clip.ts';
import { NAL_PPS, NAL_SPS, nalType, splitNals } from '../fake-camera/nal-units.ts';
import { type CodedScene, encodeScene, writeMp4 } from './encode.ts';
import { type Scene, type SceneActor, type SceneOptions, createScene, fullOptions } from './scene.ts';

/** The scene as a clip; with `cacheDir` it comes from `streetFiles`, else from memory alone. */
export async function streetClip(options: SceneOptions, cacheDir?: string): Promise<Clip> {
  if (cacheDir !== undefined) return readClip((await streetFiles(options, cacheDir)).mp4);
  const scene = createScene(options);
  return clipOf(scene, await encodeScene(scene));
}

export interface StreetFiles {
  readonly mp4: string;
  /** JSON: `{ options, view, frames: SceneActor[][] }`, one list per frame of a loop. */
  readonly truth: string;
}

export interface StreetTruth {
  readonly options: Required<SceneOptions>;
  readonly view: Scene['view'];
  readonly frames: readonly (readonly SceneActor[])[];
}

/** MP4 and truth of the scene in `dir`, made where they are not there yet. Files made by other code than this are not taken for its own. */
export async function streetFiles(options: SceneOptions, dir: string): Promise<StreetFiles> {
  const name = `street-${await keyOf(options)}`;
  const files = { mp4: path.join(dir, `${name}.mp4`), truth: path.join(dir, `${name}.json`) };
  if (existsSync(files.mp4) && existsSync(files.truth)) return files;
  await mkdir(dir, { recursive: true });
  const scene = createScene(options);
  const truth: StreetTruth = { options: scene.options, view: scene.view, frames: Array.from({ length: scene.frameCount }, (_, i) => scene.actorsAt(i)) };
  await writeWhole(files.truth, JSON.stringify(truth), 0o644);
  const part = path.join(dir, `${name}.${process.pid}.part.mp4`);
  await writeMp4(scene, await encodeScene(scene), part);
  await rename(part, files.mp4);
  return files;
}

/** Changes with the options and with every change of the code that draws. */
async function keyOf(options: SceneOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(fullOptions(options)).sort()));
  for (const file of (await readdir(import.meta.dirname)).sort()) {
    if (file.endsWith('.ts') && !file.endsWith('.test.ts')) hash.update(await readFile(path.join(import.meta.dirname, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function clipOf(scene: Scene, coded: CodedScene): Clip {
  const sets = splitNals(coded.parameterSets, null);
  const ticks = TICKS_PER_S / scene.options.fps;
  return {
    codec: 'h264',
    widthPx: scene.options.widthPx,
    heightPx: scene.options.heightPx,
    vps: [],
    sps: sets.filter((nal) => nalType(nal) === NAL_SPS),
    pps: sets.filter((nal) => nalType(nal) === NAL_PPS),
    units: coded.frames.map((frame) => {
      const nals = splitNals(frame.bytes, null);
      return { decode90k: frame.frameIndex * ticks, present90k: frame.frameIndex * ticks, key: frame.key, nals: () => nals };
    }),
    loop90k: scene.frameCount * ticks,
    close: () => undefined,
  };
}
