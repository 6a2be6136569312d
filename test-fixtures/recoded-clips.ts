/**
 * Footage as cameras send it: the clips of ../shared and drawn streets, coded again at a camera's size, rate, key frame distance and bit rate.
 * Made once and kept in the temporary folder; a 1080p clip of 20 s takes about half a minute of a core the first time.
 */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, type AVPixelFormat, SWS_BILINEAR } from 'node-av/constants';
import { FFmpegError, Frame, SoftwareScaleContext } from 'node-av/lib';
import { decodedFrames } from './clip-frames.ts';
import { ClipWriter, type Encoding } from './clip-writer.ts';
import { readClip } from './fake-camera/clip.ts';
import { sharedFile } from './shared-data.ts';
import { randomFrom } from './street-scene/random.ts';
import { type SceneOptions, createScene, fullOptions } from './street-scene/scene.ts';

/** A file name under `../shared/clips`, or a street whose truth `createScene` tells for the same options. */
export type Footage = { readonly clip: string } | { readonly street: SceneOptions };

const HD = { widthPx: 1920, heightPx: 1080, fps: 25, gopPictures: 50, preset: 'superfast' } as const;
const SMALL_HD = { ...HD, widthPx: 1280, heightPx: 720 } as const;

/** Key frames every 2 s but for `-rare-keys`; `vbr`: constant quality. */
export const RECIPES = {
  'h264-1080p-vbr': { ...HD, codec: 'h264' },
  'h264-1080p-cbr': { ...HD, codec: 'h264', bitsPerS: 4_000_000 },
  'h264-720p-vbr': { ...SMALL_HD, codec: 'h264' },
  'h264-720p-cbr': { ...SMALL_HD, codec: 'h264', bitsPerS: 2_000_000 },
  'h264-720p-rare-keys': { ...SMALL_HD, codec: 'h264', gopPictures: 250 },
  'h265-1080p-vbr': { ...HD, codec: 'h265', preset: 'ultrafast' },
  'h265-720p-vbr': { ...SMALL_HD, codec: 'h265', preset: 'ultrafast' },
  'mjpeg-1080p': { ...HD, codec: 'mjpeg' },
  'mjpeg-720p': { ...SMALL_HD, codec: 'mjpeg' },
} as const satisfies Record<string, Encoding>;
export type RecipeName = keyof typeof RECIPES;

export interface Recoded {
  readonly file: string;
  readonly encoding: Encoding;
  readonly pictures: number;
  readonly meanKbitPerS: number;
}

export interface Cut {
  /** Where in the footage to begin (default 0). */
  readonly fromS?: number;
  /** How much of it to take, at most (default 20). */
  readonly seconds?: number;
}

/** A street on which nothing moves: what an idle camera sees, with a sensor's grain. */
export const STILL_STREET: SceneOptions = { seed: 21, persons: 0, vehicles: 0, twoWheelers: 0, parked: 2, grain: 0 };

/** Footage by the recipe, or null, after one warning, where it is a clip and `../shared` is not there. Throws with libav's words where it cannot be coded. */
export async function recodedClip(footage: Footage, recipe: RecipeName | Encoding, { fromS = 0, seconds = 20 }: Cut = {}): Promise<Recoded | null> {
  const encoding: Encoding = typeof recipe === 'string' ? RECIPES[recipe] : recipe;
  const source = 'clip' in footage ? sharedFile(`clips/${footage.clip}`) : null;
  if ('clip' in footage && source === null) return null;
  const name = 'clip' in footage ? footage.clip.replace(/\.\w+$/, '') : `street-${footage.street.seed ?? 1}`;
  const file = path.join(CACHE, `${name}-${encoding.codec}-${encoding.heightPx}p-${await keyOf([encoding, fromS, seconds], footage, source)}.mp4`);
  if (!existsSync(file)) {
    await mkdir(CACHE, { recursive: true });
    const part = file.replace(/\.mp4$/, `.${process.pid}.part.mp4`);
    try {
      await write(source === null ? streetFrames((footage as { street: SceneOptions }).street, encoding) : steadyFrames(source, encoding.fps), encoding, fromS, seconds, part);
      await rename(part, file);
    } finally {
      await rm(part, { force: true });
    }
  }
  return describe(file, encoding);
}

const CACHE = path.join(os.tmpdir(), 'gridwarden-recoded-clips');

/** Changes with the recipe, the footage and the code that makes it. */
async function keyOf(recipe: readonly unknown[], footage: Footage, source: string | null): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([...recipe, 'street' in footage ? fullOptions(footage.street) : footage.clip]));
  if (source !== null) hash.update(String(statSync(source).size));
  const drawing = source === null ? (await readdir(path.join(import.meta.dirname, 'street-scene'))).sort().map((name) => `street-scene/${name}`) : [];
  for (const code of ['recoded-clips.ts', 'clip-writer.ts', ...drawing]) hash.update(await readFile(path.join(import.meta.dirname, code)));
  return hash.digest('hex').slice(0, 12);
}

async function describe(file: string, encoding: Encoding): Promise<Recoded> {
  const clip = await readClip(file, 0);
  const { units, loop90k } = clip;
  clip.close();
  return { file, encoding, pictures: units.length, meanKbitPerS: Math.round((statSync(file).size * 8) / (loop90k / 90_000) / 1000) };
}

/** The clip's frames at a steady rate: one that was filmed slower shows pictures twice. */
async function* steadyFrames(file: string, fps: number): AsyncGenerator<Frame> {
  let given = 0;
  for await (const { atMs, frame } of decodedFrames(file, 1_000)) {
    for (; given * 1000 <= (atMs + 1) * fps; given++) yield frame;
  }
}

async function* streetFrames(street: SceneOptions, { widthPx, heightPx, fps }: Encoding): AsyncGenerator<Frame> {
  const scene = createScene({ ...street, widthPx, heightPx, fps });
  for (let i = 0; ; i++) {
    // Drawing is what takes the time: where nothing moves, once is enough.
    const frame = Frame.fromVideoBuffer(scene.render(isStill(street) ? 0 : i), { width: widthPx, height: heightPx, format: AV_PIX_FMT_YUV420P, pts: BigInt(i), timeBase: { num: 1, den: fps } });
    yield await Promise.resolve(frame);
    frame.free();
  }
}

const isStill = ({ persons, vehicles, twoWheelers, grain }: SceneOptions): boolean => [persons, vehicles, twoWheelers, grain].every((count) => count === 0);

async function write(frames: AsyncGenerator<Frame>, encoding: Encoding, fromS: number, seconds: number, file: string): Promise<void> {
  const { widthPx, heightPx, fps, codec } = encoding;
  const writer = await ClipWriter.open(file, encoding);
  const target = new Frame();
  target.alloc();
  target.width = widthPx;
  target.height = heightPx;
  target.format = codec === 'mjpeg' ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
  FFmpegError.throwIfError(target.getBuffer(), 'making room for a picture');
  const scaler = new SoftwareScaleContext();
  const grain = grainTable();
  let at = 0;
  try {
    for await (const frame of frames) {
      if (at >= (fromS + seconds) * fps) break;
      if (at++ < fromS * fps) continue;
      if (at === Math.floor(fromS * fps) + 1) scaler.getContext(frame.width, frame.height, frame.format as AVPixelFormat, widthPx, heightPx, target.format, SWS_BILINEAR);
      FFmpegError.throwIfError(await scaler.scaleFrame(target, frame), 'scaling');
      const yuv = target.toBuffer();
      addGrain(yuv, widthPx * heightPx, grain, at);
      await writer.add(yuv);
    }
  } finally {
    await writer.end();
    scaler.freeContext();
    target.free();
  }
}

const GRAIN_BITS = 16;

/** Noise of one level (standard deviation), as a sensor by day: without it a still scene costs nothing at all, and a picture shown twice is a packet of ten bytes. */
function grainTable(): Int8Array {
  const random = randomFrom(31);
  return Int8Array.from({ length: 1 << GRAIN_BITS }, () => Math.round(1.8 * (random.next() + random.next() + random.next() + random.next() - 2)));
}

function addGrain(yuv: Buffer, lumaPixels: number, grain: Int8Array, seed: number): void {
  let at = Math.imul(seed, 0x9e3779b1) >>> 0;
  for (let i = 0; i < lumaPixels; i++) {
    if (i % 509 === 0) at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    const level = (yuv[i] ?? 0) + (grain[(i + (at >>> 8)) & ((1 << GRAIN_BITS) - 1)] ?? 0);
    yuv[i] = level < 0 ? 0 : level > 255 ? 255 : level;
  }
}
