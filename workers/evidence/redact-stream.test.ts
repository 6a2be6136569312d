/** Redaction of video: heads that walk, finders that fail, and real faces judged by a detector that redaction never saw. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clipPictures } from '../../devices/camera/clip-frames.ts';
import type { Box, Detection, FaceBox } from '../../domain/detection.ts';
import { openFaceDetector, openObjectDetector } from '../../models/detector.ts';
import { locateModel, modelPlaces } from '../../models/locate.ts';
import { readManifest } from '../../models/manifest.ts';
import type { Picture } from '../../models/picture.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { faceModelOf, objectModelOf } from '../../test-fixtures/shipped-models.ts';
import { CLIP_PACE, LIVE_PACE, type RedactionEyes, type RedactionPace, RedactStream, type Shot } from './redact-stream.ts';

const SIZE = { widthPx: 240, heightPx: 120 };
const FACE_PX = 12;
const GREY = 90;

/** Grey with a face: a white square in a black frame of one pixel, with its middle there. */
function pictureOf(faces: readonly { readonly x: number; readonly y: number }[]): Picture {
  const rgb = new Uint8Array(SIZE.widthPx * SIZE.heightPx * 3).fill(GREY);
  for (const { x, y } of faces) {
    for (let dy = -FACE_PX / 2; dy < FACE_PX / 2; dy++) {
      for (let dx = -FACE_PX / 2; dx < FACE_PX / 2; dx++) {
        const [px, py] = [Math.round(x) + dx, Math.round(y) + dy];
        if (px >= 0 && py >= 0 && px < SIZE.widthPx && py < SIZE.heightPx) rgb.fill(Math.abs(dx + 0.5) > FACE_PX / 2 - 1 || Math.abs(dy + 0.5) > FACE_PX / 2 - 1 ? 0 : 255, (py * SIZE.widthPx + px) * 3, (py * SIZE.widthPx + px) * 3 + 3);
      }
    }
  }
  return { ...SIZE, rgb };
}

const boxAt = ({ x, y }: { readonly x: number; readonly y: number }): Box => ({ x: x - FACE_PX / 2, y: y - FACE_PX / 2, w: FACE_PX, h: FACE_PX });
const bare = ({ rgb }: Picture): number => rgb.filter((value) => value === 255 || value === 0).length / 3;

/** Finds the faces of a picture by what is known of it; pictures that were covered it does not know. */
function eyesOf(truth: ReadonlyMap<Picture, readonly { readonly x: number; readonly y: number }[]>, fails: () => boolean = () => false): RedactionEyes & { readonly asked: Picture[] } {
  const asked: Picture[] = [];
  return {
    asked,
    objects: { detect: () => Promise.resolve<Detection[]>([]) },
    faces: {
      findAllFaces: (picture) => {
        asked.push(picture);
        if (fails()) return Promise.reject(new Error('the finder failed'));
        return Promise.resolve((truth.get(picture) ?? []).map((at): FaceBox => ({ score: 0.9, box: boxAt(at) })));
      },
    },
  };
}

async function through(stream: RedactStream, shots: readonly Shot[]): Promise<Shot[]> {
  const out: Shot[] = [];
  for (const shot of shots) out.push(...(await stream.push(shot).catch(() => [])));
  return [...out, ...(await stream.end().catch(() => stream.end()))];
}

/** Heads that go from place to place and back, as people do: up to four widths a second. */
interface Walk {
  readonly stepMs: number;
  readonly heads: readonly { readonly x: number; readonly y: number; readonly reachPx: number; readonly periodMs: number; readonly phase: number }[];
}

const walks: fc.Arbitrary<Walk> = fc.record({
  stepMs: fc.integer({ min: 35, max: 140 }),
  heads: fc.array(fc.record({ x: fc.integer({ min: 40, max: 200 }), y: fc.integer({ min: 30, max: 90 }), reachPx: fc.integer({ min: 0, max: 25 }), periodMs: fc.integer({ min: 3300, max: 9000 }), phase: fc.double({ min: 0, max: 6.28, noNaN: true }) }), { minLength: 1, maxLength: 3 }),
});
const paces: readonly [string, RedactionPace][] = [['live', LIVE_PACE], ['clip', CLIP_PACE]];

function walkOf({ stepMs, heads }: Walk, hidden: (i: number) => boolean = () => false): { shots: Shot[]; truth: Map<Picture, { x: number; y: number }[]> } {
  const truth = new Map<Picture, { x: number; y: number }[]>();
  const shots = Array.from({ length: 40 }, (_, i) => {
    const atMs = i * stepMs;
    const at = heads.map(({ x, y, reachPx, periodMs, phase }) => ({ x: x + reachPx * Math.sin(phase + (atMs * 2 * Math.PI) / periodMs), y: y + (reachPx / 3) * Math.cos(phase + (atMs * 2 * Math.PI) / periodMs) }));
    const picture = pictureOf(at);
    truth.set(picture, hidden(i) ? [] : at);
    return { atMs, picture };
  });
  return { shots, truth };
}

describe.each(paces)('%s', (_, pace) => {
  test('a head that walks is covered in every picture, looked at or not; none is missing or out of order', async () => {
    await fc.assert(
      fc.asyncProperty(walks, async (walk) => {
        const { shots, truth } = walkOf(walk);
        const eyes = eyesOf(truth);
        const out = await through(new RedactStream(eyes, pace), shots);
        expect(out.map(({ atMs }) => atMs)).toEqual(shots.map(({ atMs }) => atMs));
        for (const { picture } of out) expect(bare(picture)).toBe(0);
        expect(eyes.asked.filter((picture) => truth.has(picture)).length).toBeLessThanOrEqual(Math.ceil(shots.length / Math.min(pace.lookEvery, Math.max(1, Math.floor(pace.mostBlindMs / walk.stepMs)))) + 2);
      }),
      { numRuns: 25 },
    );
  });

  test('a face that the finder loses for half a second stays covered, unless its head turns back meanwhile at full speed', async () => {
    await fc.assert(
      fc.asyncProperty(walks, fc.integer({ min: 8, max: 20 }), async (walk, from) => {
        const slower = walk.heads.map((head) => ({ ...head, periodMs: head.periodMs * 2 }));
        const { shots, truth } = walkOf({ ...walk, heads: slower }, (i) => i >= from && (i - from) * walk.stepMs < 500);
        for (const { picture } of await through(new RedactStream(eyesOf(truth), pace), shots)) expect(bare(picture)).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  test('a finder that fails costs pictures, never a bare face', async () => {
    await fc.assert(
      fc.asyncProperty(walks, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), async (walk, failures) => {
        const { shots, truth } = walkOf(walk);
        let n = 0;
        const stream = new RedactStream(eyesOf(truth, () => failures[n++ % failures.length] ?? false), pace);
        const out = await through(stream, shots);
        for (const { picture } of out) expect(bare(picture)).toBe(0);
        expect(out.length + stream.dropped).toBe(shots.length);
        expect(out.map(({ atMs }) => atMs)).toEqual(out.map(({ atMs }) => atMs).sort((a, b) => a - b));
      }),
      { numRuns: 25 },
    );
  });

  test('where pictures are missing, both beside the gap are looked at', async () => {
    const at = [{ x: 100, y: 60 }];
    const truth = new Map<Picture, { x: number; y: number }[]>();
    // Somebody appears in the last picture before the camera is silent for seconds.
    const shots = [0, 40, 80, 5000, 5040].map((atMs) => {
      const here = atMs === 80 ? at : [];
      const picture = pictureOf(here);
      truth.set(picture, here);
      return { atMs, picture };
    });
    const eyes = eyesOf(truth);
    const out = await through(new RedactStream(eyes, pace), shots);
    expect(out).toHaveLength(5);
    for (const { picture } of out) expect(bare(picture)).toBe(0);
    expect(eyes.asked).toContain(shots[2]!.picture);
    expect(eyes.asked).toContain(shots[3]!.picture);
  });

  test('the pictures given in are not changed, and pictures without anybody are handed on as they are', async () => {
    const [with_, without] = [pictureOf([{ x: 50, y: 50 }]), pictureOf([])];
    const copy = Uint8Array.from(with_.rgb);
    await through(new RedactStream(eyesOf(new Map([[with_, [{ x: 50, y: 50 }]]])), pace), [{ atMs: 0, picture: with_ }]);
    expect(with_.rgb).toEqual(copy);
    expect((await through(new RedactStream(eyesOf(new Map()), pace), [{ atMs: 0, picture: without }]))[0]?.picture).toBe(without);
  });
});

test('a clip covers a face also before it was found, as far as it holds pictures', async () => {
  const at = [{ x: 100, y: 60 }];
  const truth = new Map<Picture, { x: number; y: number }[]>();
  const shots = Array.from({ length: 20 }, (_, i) => {
    const picture = pictureOf(at);
    truth.set(picture, i >= 9 ? at : []);
    return { atMs: i * 40, picture };
  });
  const out = await through(new RedactStream(eyesOf(truth), CLIP_PACE), shots);
  const foundAtMs = shots.find(({ picture }) => (truth.get(picture) ?? []).length > 0)!.atMs;
  expect(out.filter(({ picture }) => bare(picture) > 0).every(({ atMs }) => atMs < foundAtMs - CLIP_PACE.beforeMs + CLIP_PACE.lookEvery * 40)).toBe(true);
});

test('heads of persons are covered though no face is found', async () => {
  const picture = pictureOf([{ x: 100, y: 30 }]);
  const person: Detection = { label: 'person', score: 0.8, box: { x: 75, y: 15, w: 50, h: 100 } };
  const eyes: RedactionEyes = { objects: { detect: () => Promise.resolve([person]) }, faces: { findAllFaces: () => Promise.resolve([]) } };
  const [out] = await through(new RedactStream(eyes, LIVE_PACE), [{ atMs: 0, picture }]);
  expect(bare(out!.picture)).toBe(0);
});

const judgeModel = sharedFile('models/faces/scrfd_500m_kps_640.onnx');
const clips = ['head-pose-face-detection-female-and-male-preview', 'face-demographics-walking-preview', 'classroom-preview'].map((name) => sharedFile(`clips/${name}.mp4`));

describe.skipIf(!judgeModel || clips.includes(null))('real faces', () => {
  const SURE = 0.5;
  const UNTIL_MS = 3500;
  const sure = (faces: readonly FaceBox[]): number => faces.filter(({ score }) => score >= SURE).length;

  test.each(paces)('%s: of those that another detector is sure of, at most one of fifty is left', async (kind, pace) => {
    const [manifest, reference] = [await readManifest(), await readManifest('test-fixtures/reference-models.yaml')];
    const judgeEntry = reference.models.find((model) => model.name === 'scrfd-500m');
    if (judgeEntry?.task !== 'faces') throw new Error('the judge is not in reference-models.yaml');
    const objects = await openObjectDetector(objectModelOf(manifest), await locateModel(objectModelOf(manifest), modelPlaces()));
    const faces = await openFaceDetector(faceModelOf(manifest), await locateModel(faceModelOf(manifest), modelPlaces()));
    const judge = await openFaceDetector(judgeEntry, await locateModel(judgeEntry, modelPlaces()));
    let [had, has, changed, pixels] = [0, 0, 0, 0];
    for (const clip of clips) {
      const stream = new RedactStream({ objects, faces }, pace);
      const before = new Map<number, Picture>();
      const compare = async (out: readonly Shot[]): Promise<void> => {
        for (const { atMs, picture } of out) {
          const plain = before.get(atMs)!;
          before.delete(atMs);
          had += sure(await judge.findFaces(plain));
          has += sure(await judge.findFaces(picture));
          pixels += picture.rgb.length;
          for (let i = 0; i < picture.rgb.length; i++) if (picture.rgb[i] !== plain.rgb[i]) changed++;
        }
      };
      let nextMs = 0;
      for await (const picture of clipPictures(readFileSync(clip!), 640)) {
        if (picture.atMs > UNTIL_MS) break;
        if (kind === 'live' && picture.atMs < nextMs) continue;
        nextMs = picture.atMs + 120;
        before.set(picture.atMs, picture);
        await compare(await stream.push({ atMs: picture.atMs, picture }));
      }
      await compare(await stream.end());
      expect(before.size).toBe(0);
    }
    for (const one of [objects, faces, judge]) await one.close();
    expect(had).toBeGreaterThan(100);
    expect(has).toBeLessThanOrEqual(had / 50);
    // Covering everything would be no art.
    expect(changed / pixels).toBeLessThan(0.25);
  }, 120_000);
});
