/** Small, far persons of a generated street: how many more are found with closer looks, and how many looks that takes. Counts, not times. */
import { AV_LOG_ERROR, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame, Log } from 'node-av/lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PictureMaker } from '../../devices/camera/libav-picture.ts';
import { iou, type Detection } from '../../domain/detection.ts';
import { MotionGate } from '../../gateway/cameras/motion-gate.ts';
import { openObjectDetector, type ObjectDetector } from '../../models/detector.ts';
import { locateModel, modelPlaces } from '../../models/locate.ts';
import { readManifest } from '../../models/manifest.ts';
import { objectModelOf } from '../../test-fixtures/shipped-models.ts';
import { decodeJpeg } from '../../models/picture.ts';
import { ManualClock } from '../../platform/clock.ts';
import { createMetrics, metricsText } from '../../platform/metrics.ts';
import { createScene, type SceneActor } from '../../test-fixtures/street-scene/scene.ts';
import { Sights } from './see.ts';

const FRAMES = 12;
/** Taller than this at 1280×720 nobody is far. */
const FAR_BELOW_PX = 90;
const FPS = 5;

let objects: ObjectDetector | null = null;
beforeAll(async () => {
  Log.setLevel(AV_LOG_ERROR);
  const entry = objectModelOf(await readManifest());
  const located = await locateModel(entry, modelPlaces()).catch(() => null);
  if (located) objects = await openObjectDetector(entry, located);
  else process.stderr.write('SKIPPED for want of weights: nothing shows here what closer looks find.\n');
}, 60_000);
afterAll(() => objects?.close());

test('with closer looks more far persons are found, for at most one more look a frame', { timeout: 300_000 }, async ({ skip }) => {
  if (!objects) return skip('no weights of the object model');
  const plain = await watch(objects, 0);
  const closer = await watch(objects, 1);
  process.stderr.write(`far persons seen: ${plain.found} of ${plain.far} without closer looks, ${closer.found} with ${closer.looks} looks in ${FRAMES} frames; boxes that are nobody's: ${plain.wrong} and ${closer.wrong}\n`);
  expect(plain.far).toBeGreaterThan(10);
  expect(plain.looks).toBe(0);
  expect(closer.looks).toBeGreaterThan(0);
  expect(closer.looks).toBeLessThanOrEqual(FRAMES);
  expect(closer.found).toBeGreaterThan(plain.found);
});

interface Watched {
  readonly far: number;
  readonly found: number;
  readonly wrong: number;
  readonly looks: number;
}

/** The street as a camera host sends it, at the size that the model takes in, seen with so many closer looks a frame. */
async function watch(detector: ObjectDetector, maxRegions: number): Promise<Watched> {
  const scene = createScene({ seed: 5, fps: FPS, loopS: FRAMES / FPS, persons: 16, vehicles: 0, twoWheelers: 0 });
  const { widthPx, heightPx } = scene.options;
  const [maker, gate, metrics, clock] = [new PictureMaker(widthPx, 160), new MotionGate(), createMetrics(false), new ManualClock()];
  let jpeg = new Uint8Array(0);
  // Every look takes one millisecond on this clock, so that nothing here depends on the machine.
  const sights = new Sights({ eyes: { decodeJpeg, objects: { detect: async (p, r) => (await clock.advance(1), detector.detect(p, r)) } }, jpegOf: () => Promise.resolve(jpeg), clock, metrics }, { maxRegions, timeShare: 0.9 });
  let [far, found, wrong] = [0, 0, 0];
  for (let i = 0; i < FRAMES; i++) {
    const frame = Frame.fromVideoBuffer(scene.render(i), { width: widthPx, height: heightPx, format: AV_PIX_FMT_YUV420P });
    jpeg = Uint8Array.from(await maker.jpeg(frame));
    const small = await maker.small({ widthPx: 416, heightPx: 416, stretch: false });
    const luma = await maker.luma(frame);
    frame.free();
    const { moving } = gate.decide(luma.bytes, luma.widthPx, luma.heightPx, i * (1000 / FPS));
    const opened = await sights.open({ info: { cameraId: 'street', seq: i, capturedAtMs: i * 200, receivedAtMs: i * 200, widthPx, heightPx, traceparent: `t${i}`, moving }, small, jpeg: null });
    const persons = (await sights.look(opened)).detections.filter((d) => d.label === 'person' && d.score >= 0.3);
    const truth = scene.actorsAt(i).filter((a) => a.label === 'person');
    const there = truth.filter((a) => a.box.h < FAR_BELOW_PX && a.visibleFraction > 0.6);
    far += there.length;
    found += there.filter((a) => persons.some((d) => isOf(d, a))).length;
    wrong += persons.filter((d) => !truth.some((a) => isOf(d, a))).length;
  }
  maker.free();
  const text = await metricsText([await metrics.snapshot()]);
  return { far, found, wrong, looks: Number(/closer_looks_total\{camera="street"\} (\d+)/.exec(text)?.[1] ?? 0) };
}

const isOf = (detection: Detection, actor: SceneActor): boolean => iou(detection.box, actor.box) >= 0.4;
