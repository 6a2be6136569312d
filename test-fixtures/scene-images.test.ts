/** The evaluation pictures are the same every time, none of their seeds is anybody else's, and their truth fits their pixels. */
import { expect, test } from 'vitest';
import { decodeJpeg } from '../models/picture.ts';
import { EVALUATION_SEEDS, sceneImages } from './scene-images.ts';
import { fullOptions } from './street-scene/scene.ts';

test('stills and frames of clips, the same every time, boxes inside the picture, the hardly visible not asked for', async () => {
  const images = await sceneImages(4, 1);
  const again = await sceneImages(4, 1);
  expect(images.map(({ name }) => name)).toEqual(again.map(({ name }) => name));
  expect(images).toHaveLength(8);
  const widths = new Set<number>();
  for (const [i, { truth, jpeg }] of images.entries()) {
    const bytes = await jpeg();
    expect(Buffer.from(bytes).equals(Buffer.from(await again[i]!.jpeg()))).toBe(true);
    const { widthPx, heightPx } = await decodeJpeg(bytes);
    widths.add(widthPx);
    expect(widthPx).toBeLessThanOrEqual(960);
    for (const { box } of truth) expect(Math.min(box.x, box.y, box.w, box.h, widthPx + 0.1 - box.x - box.w, heightPx + 0.1 - box.y - box.h)).toBeGreaterThanOrEqual(0);
    for (const { box } of truth.filter(({ crowd }) => !crowd)) expect((Math.min(box.w, box.h) * 640) / widthPx).toBeGreaterThanOrEqual(8 - 1e-9);
  }
  expect([...widths].sort((a, b) => a - b)).toEqual([640, 704, 960]);
  const truth = images.flatMap((image) => image.truth);
  expect(truth.filter(({ crowd }) => !crowd).length).toBeGreaterThan(20);
  expect(truth.some(({ crowd }) => crowd)).toBe(true);
});

test('the frames of a clip are in step with their truth: what changes from one to the next lies inside the true boxes', async () => {
  const [first, second] = (await sceneImages(0, 1)).slice(0, 2);
  const [a, b] = [await decodeJpeg(await first!.jpeg()), await decodeJpeg(await second!.jpeg())];
  const boxes = [...first!.truth, ...second!.truth].map(({ box }) => box);
  const inside = (x: number, y: number): boolean => boxes.some((box) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h);
  const change = { in: 0, inCount: 0, out: 0, outCount: 0 };
  for (let y = 0; y < a.heightPx; y++)
    for (let x = 0; x < a.widthPx; x++) {
      const d = Math.abs(a.rgb[(y * a.widthPx + x) * 3 + 1]! - b.rgb[(y * a.widthPx + x) * 3 + 1]!);
      if (inside(x, y)) [change.in, change.inCount] = [change.in + d, change.inCount + 1];
      else [change.out, change.outCount] = [change.out + d, change.outCount + 1];
    }
  expect(change.inCount).toBeGreaterThan(0);
  expect(change.in / change.inCount).toBeGreaterThan(2 * (change.out / change.outCount));
});

test('no seed of theirs is a default', () => {
  const { seed } = fullOptions({});
  expect(seed < EVALUATION_SEEDS.from || seed > EVALUATION_SEEDS.to).toBe(true);
});

test('no more scenes than seeds set aside', async () => {
  await expect(sceneImages(501, 0)).rejects.toThrow(/seeds/);
  await expect(sceneImages(0, 501)).rejects.toThrow(/seeds/);
});
