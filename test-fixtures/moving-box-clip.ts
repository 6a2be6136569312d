/** A small clip of a textured ground with a bright box that crosses it: what camera tests play where real clips are not needed. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ClipWriter } from './clip-writer.ts';
import type { ClipCodec } from './fake-camera/clip.ts';

export interface BoxClip {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly seconds: number;
  /** Default `h264`. */
  readonly codec?: ClipCodec;
  /** Seconds from one key frame to the next (default 1). MJPEG has key frames only. */
  readonly keyEveryS?: number;
  /** Pictures that are sent after a later one (default 2, as most encoders do; few cameras do). */
  readonly reordered?: number;
}

export interface MadeClip {
  readonly file: string;
  remove(): Promise<void>;
}

/** Encodes the clip (reordered pictures as most encoders send them) into a temporary MP4. About 1 s of a core for 10 s of 640×360; H.265 twice that. */
export async function makeMovingBoxClip({ widthPx, heightPx, fps, seconds, codec = 'h264', keyEveryS = 1, reordered = 2 }: BoxClip): Promise<MadeClip> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-clip-'));
  const file = path.join(dir, 'box.mp4');
  const writer = await ClipWriter.open(file, { codec, widthPx, heightPx, fps, gopPictures: Math.round(fps * keyEveryS), reordered });
  for (let i = 0; i < fps * seconds; i++) {
    const picture = Buffer.alloc((widthPx * heightPx * 3) / 2, 128);
    paint(picture, widthPx, heightPx, i, fps * seconds);
    await writer.add(picture);
  }
  await writer.end();
  return { file, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Ground with edges and grain, so that packets have a camera's size and a cut stream shows; the box goes from left to right once. */
function paint(picture: Buffer, widthPx: number, heightPx: number, number: number, count: number): void {
  const boxW = widthPx >> 3;
  const boxX = Math.floor((number / count) * (widthPx - boxW));
  let grain = number + 1;
  for (let y = 0; y < heightPx; y++) {
    const inBoxRows = y > heightPx / 3 && y < (2 * heightPx) / 3;
    for (let x = 0; x < widthPx; x++) {
      grain = (Math.imul(grain, 1_103_515_245) + 12_345) | 0;
      const ground = 60 + (((x >> 3) * 7 + (y >> 3) * 13) % 50);
      picture[y * widthPx + x] = (inBoxRows && x >= boxX && x < boxX + boxW ? 210 : ground) + ((grain >> 16) & 7);
    }
  }
}
