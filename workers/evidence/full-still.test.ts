/** Stills in full resolution: no face left that a close look finds, from tray to tray, and none at all where that fails. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { openFaceDetector, openObjectDetector } from '../../models/detector.ts';
import { locateModel, modelPlaces } from '../../models/locate.ts';
import { readManifest } from '../../models/manifest.ts';
import { decodeJpeg, type Picture } from '../../models/picture.ts';
import { ManualClock } from '../../platform/clock.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { faceModelOf, objectModelOf } from '../../test-fixtures/shipped-models.ts';
import { closelyLooking, createStillStage, type StillEyes, tilesOf } from './full-still.ts';
import { redact } from './redact.ts';

const JOB = { alertId: 'a', cameraId: 'cam', key: 'a-still-plain', takenAtMs: 1 };

function stageOver(eyes: StillEyes, plain: Uint8Array | null) {
  const laid = new Map<string, Uint8Array>(plain ? [[JOB.key, plain]] : []);
  const made: unknown[] = [];
  const log = keptLog();
  const stage = createStillStage({
    tray: { take: async (key) => laid.get(key) ?? null, put: async (key, bytes) => void laid.set(key, bytes), drop: async (key) => void laid.delete(key) },
    eyes,
    made: { stillMade: async (still) => void made.push(still) },
    quiet: async () => undefined,
    clock: new ManualClock(),
    log,
    metrics: createMetrics(false),
  });
  return { stage, laid, made, log };
}

const blank = (widthPx: number, heightPx: number): Promise<Buffer> => sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#456' } }).jpeg().toBuffer();
const noObjects = { detect: async () => [] };

describe('from tray to tray', () => {
  test('the redacted still takes the place of the plain one', async () => {
    const { stage, laid, made } = stageOver({ decodeJpeg, objects: noObjects, faces: { findAllFaces: async () => [] } }, await blank(640, 360));
    await stage.redact(JOB);
    expect(made).toEqual([{ alertId: 'a', key: 'a-still', takenAtMs: 1 }]);
    expect([...laid.keys()]).toEqual(['a-still']);
    expect(await sharp(laid.get('a-still')).metadata()).toMatchObject({ width: 640, height: 360, format: 'jpeg' });
  });

  test('a face that cannot be made unreadable, and a picture that is none, go nowhere', async () => {
    const stubborn = { findAllFaces: async () => [{ score: 0.9, box: { x: 10, y: 10, w: 50, h: 50 } }] };
    for (const plain of [await blank(640, 360), Buffer.from('no picture')]) {
      const { stage, laid, made, log } = stageOver({ decodeJpeg, objects: noObjects, faces: stubborn }, plain);
      await stage.redact(JOB);
      expect([made, laid.size]).toEqual([[], 0]);
      expect(JSON.stringify(log.lines)).toContain('without a still');
    }
  });

  test('a still whose time ran out is none, and a queue that is away leaves it where it was', async () => {
    const gone = stageOver({ decodeJpeg, objects: noObjects, faces: { findAllFaces: async () => [] } }, null);
    await gone.stage.redact(JOB);
    expect(gone.made).toEqual([]);
    const away = stageOver({ decodeJpeg, objects: noObjects, faces: { findAllFaces: async () => [] } }, await blank(64, 48));
    const failing = createStillStage({ ...stageDeps(away), made: { stillMade: () => Promise.reject(new Error('the queue is away')) } });
    await expect(failing.redact(JOB)).rejects.toThrow('the queue is away');
    expect(away.laid.has(JOB.key)).toBe(true);
  });
});

function stageDeps({ laid }: ReturnType<typeof stageOver>): Parameters<typeof createStillStage>[0] {
  return {
    tray: { take: async (key) => laid.get(key) ?? null, put: async (key, bytes) => void laid.set(key, bytes), drop: async (key) => void laid.delete(key) },
    eyes: { decodeJpeg, objects: noObjects, faces: { findAllFaces: async () => [] } },
    made: { stillMade: async () => undefined },
    quiet: async () => undefined,
    clock: new ManualClock(),
    log: keptLog(),
    metrics: createMetrics(false),
  };
}

test.each([[640, 360, 0], [960, 960, 0], [1280, 720, 2], [1920, 1080, 6], [3840, 2160, 15]])('parts of %i × %i cover it and overlap', (widthPx, heightPx, count) => {
  const tiles = tilesOf({ widthPx, heightPx });
  expect(tiles).toHaveLength(count);
  for (const { x, y, w, h } of tiles) expect([x >= 0, y >= 0, x + w <= widthPx, y + h <= heightPx, w <= 960, h <= 960]).not.toContain(false);
  // Whatever is no larger than the overlap lies whole in one of them.
  if (count > 0) for (const [px, py] of [[0, 0], [widthPx - 100, heightPx - 100], [widthPx / 2 - 50, heightPx / 2 - 50]] as const) expect(tiles.some(({ x, y, w, h }) => px >= x && py >= y && px + 100 <= x + w && py + 100 <= y + h)).toBe(true);
});

const folder = sharedFile('images/faces/images');

test.skipIf(!folder)('of a crowd in full HD, whose faces are small in the picture as a whole, none is left', { timeout: 120_000 }, async () => {
  const manifest = await readManifest();
  const [objectModel, faceModel] = [objectModelOf(manifest), faceModelOf(manifest)];
  const objects = await openObjectDetector(objectModel, await locateModel(objectModel, modelPlaces()));
  const faces = await openFaceDetector(faceModel, await locateModel(faceModel, modelPlaces()));
  try {
    const crowd = await crowdOf(readdirSync(folder!).slice(0, 30).map((name) => path.join(folder!, name)));
    const { stage, laid } = stageOver({ decodeJpeg, objects, faces }, crowd);
    await stage.redact(JOB);
    const left = async (picture: Picture): Promise<number> => (await closelyLooking(faces).findAllFaces(picture, [])).filter(({ score }) => score >= 0.5).length;
    expect(await left(await decodeJpeg(crowd))).toBeGreaterThan(50);
    expect(await left(await decodeJpeg(laid.get('a-still')!))).toBe(0);
    // Looking at the whole alone would have left some.
    expect(await left(await redact(await decodeJpeg(crowd), { persons: [], seen: [] }, faces))).toBeGreaterThan(5);
  } finally {
    await objects.close();
    await faces.close();
  }
});

/** Six by five pictures in one of 1920 × 1080. */
async function crowdOf(files: readonly string[]): Promise<Buffer> {
  const parts = await Promise.all(files.map(async (file, i) => ({ input: await sharp(file).resize(320, 216, { fit: 'cover' }).toBuffer(), left: (i % 6) * 320, top: Math.floor(i / 6) * 216 })));
  return sharp({ create: { width: 1920, height: 1080, channels: 3, background: '#777' } }).composite(parts).jpeg({ quality: 95 }).toBuffer();
}
