/** A clip of a quiet yard in which something appears for a while: what a gate must not sleep through. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ClipWriter } from './clip-writer.ts';
import type { ClipCodec } from './fake-camera/clip.ts';
import type { MadeClip } from './moving-box-clip.ts';

export interface CrossingClip {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly seconds: number;
  readonly keyEveryS: number;
  /** From when to when (seconds) a bright box goes through the middle, from left to right. */
  readonly crossings: readonly { readonly fromS: number; readonly toS: number }[];
  /** Default `h264`. */
  readonly codec?: ClipCodec;
  /** Sensor noise in levels, each way (default 1). */
  readonly grain?: number;
  /** A constant bit rate; constant quality unless given. */
  readonly bitsPerS?: number;
  /** Each picture's number is in its top row, for numberIn(). Something moves there all the time, for a motion gate. */
  readonly numbered?: boolean;
}

const BITS = 8;

/** The number of a numbered clip's picture, modulo 256, from its luma at any size. */
export function numberIn(luma: Uint8Array, widthPx: number): number {
  const side = widthPx / (2 * BITS);
  return Array.from({ length: BITS }, (_, bit) => ((luma[Math.floor(side / 2) * widthPx + Math.floor((bit * 2 + 0.5) * side)] ?? 0) > 100 ? 2 ** bit : 0)).reduce((a, b) => a + b);
}

/** Encodes the clip (reordered pictures as most encoders send them) into a temporary MP4. */
export async function makeCrossingClip(wanted: CrossingClip): Promise<MadeClip> {
  const { widthPx, heightPx, fps, seconds, keyEveryS, codec = 'h264', bitsPerS = null } = wanted;
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-clip-'));
  const file = path.join(dir, 'yard.mp4');
  const writer = await ClipWriter.open(file, { codec, widthPx, heightPx, fps, gopPictures: Math.round(fps * keyEveryS), reordered: codec === 'mjpeg' || bitsPerS !== null ? 0 : 2, bitsPerS });
  for (let i = 0; i < fps * seconds; i++) await writer.add(yard(wanted, i));
  await writer.end();
  return { file, remove: () => rm(dir, { recursive: true, force: true }) };
}

function yard({ widthPx, heightPx, fps, crossings, grain = 1, numbered = false }: CrossingClip, number: number): Buffer {
  const picture = Buffer.alloc((widthPx * heightPx * 3) / 2, 128);
  let random = number + 1;
  for (let at = 0; at < widthPx * heightPx; at++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) | 0;
    const ground = 80 + ((((at % widthPx) >> 3) * 7 + (Math.floor(at / widthPx) >> 3) * 13) % 40);
    picture[at] = ground + (((random >>> 16) % (2 * grain + 1)) - grain);
  }
  const side = widthPx / (2 * BITS);
  for (let bit = 0; numbered && bit < BITS; bit++) {
    for (let y = 0; y < side; y++) picture.fill((number >> bit) & 1 ? 160 : 40, y * widthPx + bit * 2 * side, y * widthPx + (bit * 2 + 1) * side);
  }
  const now = crossings.find(({ fromS, toS }) => number >= fromS * fps && number < toS * fps);
  if (!now) return picture;
  const [w, h] = [widthPx >> 3, heightPx >> 2];
  const x = Math.round(((number / fps - now.fromS) / (now.toS - now.fromS)) * (widthPx - w));
  for (let y = heightPx >> 1; y < (heightPx >> 1) + h; y++) picture.fill(215, y * widthPx + x, y * widthPx + x + w);
  return picture;
}
