/** The generated street is the same every time, its truth fits its pixels, and its loop has no seam. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OBJECT_CLASSES, footPoint } from '../../domain/detection.ts';
import { watch } from '../fake-camera/watch.ts';
import { type StreetTruth, streetFiles } from './clip.ts';
import { createScene, sceneAt } from './scene.ts';
import { project } from './view.ts';

const small = { widthPx: 320, heightPx: 180, fps: 5, loopS: 8 };
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('the same options give the same truth and the same pixels; another seed gives others', () => {
  const [a, b, c] = [createScene({ ...small, seed: 3 }), createScene({ ...small, seed: 3 }), createScene({ ...small, seed: 4 })];
  b.render(0);
  expect(sceneAt({ ...small, seed: 3 }, 17)).toEqual(a.actorsAt(17));
  expect(hashOf(a.render(17))).toBe(hashOf(b.render(17)));
  expect(hashOf(c.render(17))).not.toBe(hashOf(a.render(17)));
  expect(c.actorsAt(17)).not.toEqual(a.actorsAt(17));
});

test('every box lies in the picture, every part is a part, every id is one object', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 100 }), (seed, frame) => {
      const scene = createScene({ ...small, seed, persons: 5 });
      const actors = scene.actorsAt(frame);
      for (const { box, label, visibleFraction } of actors) {
        expect(box.w > 0 && box.h > 0 && box.x >= 0 && box.y >= 0 && box.x + box.w <= 320 + 1e-9 && box.y + box.h <= 180 + 1e-9).toBe(true);
        expect(visibleFraction).toBeGreaterThanOrEqual(0);
        expect(visibleFraction).toBeLessThanOrEqual(1);
        expect(OBJECT_CLASSES).toContain(label);
      }
      expect(new Set(actors.map((actor) => actor.id)).size).toBe(actors.length);
    }),
    { numRuns: 40 },
  );
});

test('the loop has no seam: the picture after the last frame is the first, with new objects in it', () => {
  const scene = createScene({ ...small, seed: 2 });
  expect(scene.frameCount).toBe(40);
  const first = hashOf(scene.render(0));
  expect(hashOf(scene.render(40))).toBe(first);
  expect(hashOf(scene.render(1))).not.toBe(first);
  const [then, later] = [scene.actorsAt(3), scene.actorsAt(43)];
  const close = (box: { x: number; y: number; w: number; h: number }): number[] => [box.x, box.y, box.w, box.h].map((v) => Math.round(v * 1e6));
  expect(later.map((actor) => close(actor.box))).toEqual(then.map((actor) => close(actor.box)));
  later.forEach((actor, i) => (actor.id.startsWith('parked') ? expect(actor.id).toBe(then[i]?.id) : expect(actor.id).not.toBe(then[i]?.id)));
  // From one frame to the next, over the seam too, nobody jumps.
  for (let i = 36; i < 44; i++) {
    const before = new Map(scene.actorsAt(i).map((actor) => [actor.id, actor]));
    for (const now of scene.actorsAt(i + 1)) {
      const was = before.get(now.id);
      if (was) expect(Math.hypot(now.groundM[0] - was.groundM[0], now.groundM[1] - was.groundM[1])).toBeLessThan(8 / small.fps);
    }
  }
});

describe('truth and pixels', () => {
  const options = { seed: 6, persons: 1, vehicles: 0, twoWheelers: 0, parked: 0, grain: 0, fps: 5, loopS: 20 };
  const [W, H] = [1280, 720];

  test("a lone walker's box is where the picture differs from the empty street", () => {
    const [scene, empty] = [createScene(options), createScene({ ...options, persons: 0 })];
    const frames = Array.from({ length: 100 }, (_, i) => i).filter((i) => {
      const actors = scene.actorsAt(i);
      const box = actors[0]?.box;
      return actors.length === 1 && box && actors[0]?.visibleFraction === 1 && box.x > 2 && box.x + box.w < W - 2 && box.y + box.h < H - 2;
    });
    expect(frames.length).toBeGreaterThan(10);
    for (const frame of frames.filter((_, i) => i % 8 === 0)) {
      const box = scene.actorsAt(frame)[0]?.box ?? { x: 0, y: 0, w: 0, h: 0 };
      const changed = changedPixels(scene.render(frame), empty.render(frame), W, H);
      expect(Math.min(...changed.map(([, y]) => y))).toBeGreaterThanOrEqual(box.y - 1.5);
      expect(Math.min(...changed.map(([, y]) => y))).toBeLessThanOrEqual(box.y + 3);
      // Above the feet, where no shadow falls, nothing changes outside the box.
      const body = changed.filter(([, y]) => y < box.y + 0.8 * box.h);
      expect(Math.min(...body.map(([x]) => x))).toBeGreaterThanOrEqual(box.x - 1.5);
      expect(Math.max(...body.map(([x]) => x))).toBeLessThanOrEqual(box.x + box.w + 1.5);
      expect(body.length).toBeGreaterThan(0.2 * box.w * box.h);
    }
  });

  test("the foot point of a person's box is where its ground position falls into the picture", () => {
    const scene = createScene({ seed: 8, fps: 5 });
    let compared = 0;
    for (let i = 0; i < 100; i += 3)
      for (const { id, label, box, groundM } of scene.actorsAt(i)) {
        const cut = box.x <= 0 || box.y <= 0 || box.x + box.w >= W || box.y + box.h >= H;
        if (label !== 'person' || id.includes('rider') || cut) continue;
        const [x, y] = project(scene.view, [...groundM, 0]);
        expect(Math.abs(footPoint(box).x - x)).toBeLessThan(0.2 * box.h);
        expect(Math.abs(footPoint(box).y - y)).toBeLessThan(0.12 * box.h);
        compared++;
      }
    expect(compared).toBeGreaterThan(50);
  });

  test('who stands behind a parked car is partly hidden, and the parked car is never moved', () => {
    const scene = createScene({ seed: 1, fps: 5 });
    const frames = Array.from({ length: 100 }, (_, i) => scene.actorsAt(i));
    expect(frames.flat().some(({ label, visibleFraction, box }) => label === 'person' && visibleFraction > 0 && visibleFraction < 0.5 && box.x > 50 && box.x + box.w < W - 50)).toBe(true);
    const parked = frames.map((actors) => JSON.stringify(actors.find((actor) => actor.id === 'parked0')?.box));
    expect(new Set(parked).size).toBe(1);
    const classes = new Set(frames.flat().map((actor) => actor.label));
    for (const label of ['person', 'car', 'bus', 'bicycle'] as const) expect(classes).toContain(label);
  });
});

function changedPixels(a: Buffer, b: Buffer, width: number, height: number): [number, number][] {
  const changed: [number, number][] = [];
  for (let i = 0; i < width * height; i++) if (Math.abs((a[i] ?? 0) - (b[i] ?? 0)) > 10) changed.push([i % width, Math.floor(i / width)]);
  return changed;
}

test('MP4 and truth are made once, told apart by their options, and play', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-street-'));
  const options = { ...small, loopS: 2, seed: 9 };
  const files = await streetFiles(options, dir);
  const made = await stat(files.mp4);
  expect(await streetFiles({ seed: 9, loopS: 2, fps: 5, heightPx: 180, widthPx: 320 }, dir)).toEqual(files);
  expect((await stat(files.mp4)).mtimeMs).toBe(made.mtimeMs);
  expect((await streetFiles({ ...options, seed: 10 }, dir)).mp4).not.toBe(files.mp4);
  const truth = JSON.parse(await readFile(files.truth, 'utf8')) as StreetTruth;
  expect(truth.frames.length).toBe(10);
  expect(truth.frames[4]).toEqual(sceneAt(options, 4));
  expect(truth.options).toMatchObject(options);
  expect(await watch(files.mp4, 10)).toMatchObject({ codec: 'h264', widthPx: 320, heightPx: 180, framesDecoded: 10, framesBroken: 0 });
  await rm(dir, { recursive: true });
});

test.each([{ widthPx: 321 }, { heightPx: 181 }, { fps: 0 }, { fps: 2.5 }, { loopS: 0 }])('%o is refused', (wrong) => {
  expect(() => createScene({ ...small, ...wrong })).toThrow(/scene/i);
});
