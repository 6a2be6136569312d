/** The annotations say what can be: objects inside the picture, each once in a frame, in stretches that the clips have. */
import { describe, expect, test } from 'vitest';
import { clipFrames } from '../clip-frames.ts';
import { sharedFile } from '../shared-data.ts';
import { clipTruths } from './read.ts';

const truths = clipTruths();

test('six stretches are annotated', () => {
  expect(truths.map((t) => t.clip)).toHaveLength(6);
  expect(truths.flatMap((t) => t.frames.flatMap((f) => f.objects)).length).toBeGreaterThan(800);
});

describe.each(truths.map((truth) => [truth.clip, truth] as const))('%s', (clip, truth) => {
  test('has each object once a frame, inside the picture, in frames that follow each other', () => {
    let lastMs = -1;
    for (const { atMs, objects } of truth.frames) {
      expect(atMs).toBeGreaterThan(lastMs);
      lastMs = atMs;
      expect(new Set(objects.map((o) => o.id)).size).toBe(objects.length);
      for (const { id, box } of objects) {
        expect(id, 'an id says nothing about a person').toMatch(/^p\d\d$/);
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(box.x + box.w).toBeLessThanOrEqual(truth.widthPx + 0.11);
        expect(box.y + box.h).toBeLessThanOrEqual(truth.heightPx + 0.11);
      }
    }
  });

  test('nobody jumps: between frames no one goes farther than his own size, but for gaps', () => {
    const last = new Map<string, { atMs: number; cx: number; size: number }>();
    for (const { atMs, objects } of truth.frames)
      for (const { id, box } of objects) {
        const before = last.get(id);
        const cx = box.x + box.w / 2;
        if (before && atMs - before.atMs < 300) expect(Math.abs(cx - before.cx), `${id} at ${atMs}`).toBeLessThan(Math.max(box.h, before.size));
        last.set(id, { atMs, cx, size: box.h });
      }
  });

  const file = sharedFile(`clips/${clip}`);
  test.skipIf(!file)('has its frames in the clip', async () => {
    const times = new Set<number>();
    const until = truth.frames.at(-1)?.atMs ?? 0;
    for await (const frame of clipFrames(file!, truth.fps)) {
      if (times.add(frame.atMs) && frame.atMs >= until) break;
      expect([frame.widthPx, frame.heightPx]).toEqual([truth.widthPx, truth.heightPx]);
    }
    for (const { atMs } of truth.frames) expect(times.has(atMs)).toBe(true);
  });
});
