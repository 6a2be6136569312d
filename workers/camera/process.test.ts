/** The stage with plain objects for its neighbours: the order of its durable steps, and what each failure costs. */
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Camera } from '../../domain/camera.ts';
import type { Box, Detection, FaceBox } from '../../domain/detection.ts';
import { outlineOf, type CameraFinding, type Finding } from '../../domain/finding.ts';
import { distanceM } from '../../domain/geo.ts';
import type { CameraRule } from '../../domain/rule.ts';
import { decodeJpeg, type Picture } from '../../models/picture.ts';
import type { Seen } from '../../models/small-picture.ts';
import { ManualClock } from '../../platform/clock.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics, metricsText } from '../../platform/metrics.ts';
import { JOB_SCHEMAS } from '../../queue/jobs.ts';
import { createCameraStage, type CameraStage, type CameraStageDeps, type FrameSource } from './process.ts';
import type { TakenFrame } from './see.ts';

const START_MS = 1_760_000_000_000;
const WIDTH_PX = 320;
const HEIGHT_PX = 240;
const person = (x: number, score = 0.8): Detection => ({ label: 'person', score, box: { x, y: 80, w: 40, h: 120 } });
const IN_ZONE = 200;
const OUTSIDE = 40;

const camera: Camera = {
  id: 'gate', name: 'Gate', location: { lon: 116.4, lat: 39.9 }, homeCell: '110101001001001', groundPlane: null,
  lines: [],
  zones: [{ id: 'yard', name: 'Yard', polygon: [[0.5, 0], [1, 0], [1, 1], [0.5, 1]] }],
};
const rule: CameraRule = { kind: 'intrusion', id: 'r1', name: 'Nobody in the yard', version: 3, severity: 'Severe', schedules: [], profiles: [], cameraId: 'gate', zoneId: 'yard', classes: ['person'], size: null, inertiaFrames: 2 };

/** Stripes one pixel wide: what is covered is told at once from what is not. */
let stripes: Uint8Array;
beforeAll(async () => {
  const rgb = Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX * 3 }, (_, i) => (Math.floor(i / 3) % 2 ? 230 : 20));
  stripes = await sharp(rgb, { raw: { width: WIDTH_PX, height: HEIGHT_PX, channels: 3 } }).jpeg({ quality: 95 }).toBuffer();
});

/** Neighbours that write down in which order they were called. `failing` makes one of them throw. */
class Neighbours {
  readonly steps: string[] = [];
  /** The steps made when the pixels were given back. */
  releasedAfter: readonly string[] | null = null;
  readonly found: CameraFinding[] = [];
  readonly pictures = new Map<string, Uint8Array>();
  readonly shelf = new Map<string, string>();
  readonly faceQuestions: { picture: Picture; persons: readonly Box[] }[] = [];
  readonly log = keptLog();
  readonly metrics = createMetrics(false);
  detections: Detection[] = [];
  closer: Detection[] = [];
  faces: FaceBox[] = [];
  waiting: TakenFrame | null = null;
  /** Beside the small picture in the slot; null once it is gone. */
  whole: Uint8Array | null = null;
  lookedAt: { picture: Seen; region: Box | undefined }[] = [];
  failing: 'jpeg' | 'detect' | 'closer' | 'faces' | 'evidence' | 'finding' | 'done' | null = null;
  seq = 0;

  put(jpeg = stripes, cameraId = 'gate'): void {
    this.seq++;
    this.waiting = { info: { cameraId, seq: this.seq, capturedAtMs: START_MS + 200 * this.seq, receivedAtMs: START_MS + 200 * this.seq + 40, widthPx: WIDTH_PX, heightPx: HEIGHT_PX, traceparent: `00-${String(this.seq).padStart(32, '0')}-0000000000000001-01` }, jpeg };
  }

  /** The next frame as camera hosts send it: a small picture, and the JPEG on demand. */
  putSmall(jpeg: Uint8Array | null = stripes, moving: readonly Box[] = []): void {
    this.put();
    const [widthPx, heightPx] = [WIDTH_PX / 2, HEIGHT_PX / 2];
    this.whole = jpeg;
    this.waiting = { info: { ...this.waiting!.info, moving }, small: { widthPx, heightPx, i420: new Uint8Array((widthPx * heightPx * 3) / 2).fill(128) }, jpeg: null };
  }

  #step(name: string): Promise<void> {
    this.steps.push(name);
    return this.failing === name ? Promise.reject(new Error(`${name} failed`)) : Promise.resolve();
  }

  deps(site: Partial<CameraStageDeps['site']> = {}): CameraStageDeps {
    return {
      frames: {
        take: (id) => Promise.resolve(this.waiting && { frame: this.waiting, kept: JSON.parse(this.shelf.get(id) ?? 'null') as unknown, release: () => void (this.releasedAfter = [...this.steps]) }),
        jpegOf: async () => (await this.#step('jpeg'), this.whole),
        done: async ({ cameraId }, state) => (await this.#step('done'), void (state !== undefined && this.shelf.set(cameraId, JSON.stringify(state)))),
      },
      eyes: {
        decodeJpeg,
        objects: { detect: async (picture, region) => (await this.#step(region ? 'closer' : 'detect'), this.lookedAt.push({ picture, region }), region ? this.closer : this.detections) },
        faces: { findAllFaces: async (picture, persons) => (await this.#step('faces'), this.faceQuestions.push({ picture, persons }), this.faceQuestions.length === 1 ? this.faces : []) },
      },
      findings: { findingMade: async (f: Finding) => (await this.#step('finding'), void this.found.push(f as CameraFinding)) },
      evidence: { put: async (key, jpeg) => (await this.#step('evidence'), void this.pictures.set(key, jpeg)) },
      site: { cameras: [camera], rules: [rule], timeZone: 'Asia/Shanghai', ...site },
      clock: new ManualClock(), log: this.log, metrics: this.metrics,
    };
  }
}

let near: Neighbours;
let stage: CameraStage;
beforeEach(() => {
  near = new Neighbours();
  stage = createCameraStage(near.deps());
});

/** Somebody at each place in turn, one frame each; null is an empty picture. */
async function walk(places: readonly (number | null)[]): Promise<void> {
  for (const x of places) {
    near.put();
    near.detections = x === null ? [] : [person(x)];
    await stage.process('gate');
  }
}

test('a camera\'s frames are worked on one after the other until none waits, or it is another camera\'s turn', async () => {
  const burst = (count: number) => {
    let left = count;
    const seen: number[] = [];
    const take: FrameSource['take'] = () => {
      near.put();
      seen.push(near.seq);
      return Promise.resolve(left === 0 ? null : { frame: near.waiting!, kept: null, waiting: --left });
    };
    return { seen, stage: createCameraStage({ ...near.deps(), frames: { ...near.deps().frames, take } }) };
  };
  const long = burst(6);
  expect(await long.stage.processWaiting('gate', 4)).toBe(true);
  expect(await long.stage.processWaiting('gate', 4)).toBe(false);
  expect(long.seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await burst(0).stage.processWaiting('gate', 4)).toBe(false);
});

describe('a person who comes into the zone', () => {
  test('is found once, with all that the desk needs', async () => {
    await walk([IN_ZONE, IN_ZONE, IN_ZONE, IN_ZONE, IN_ZONE]);
    expect(near.found).toHaveLength(1);
    const finding = near.found[0]!;
    expect(JOB_SCHEMAS['finding.made'].safeParse({ finding }).error).toBeUndefined();
    expect(finding).toMatchObject({
      source: 'camera', ruleId: 'r1', ruleName: 'Nobody in the yard', ruleVersion: 3, severity: 'Severe', certainty: 'Likely', ruleKind: 'intrusion', cameraId: 'gate', where: { id: 'yard', name: 'Yard' }, about: { kind: 'track', label: 'person', score: 0.8 }, sinceMs: START_MS + 400,
      // First frame tentative, then two in the zone: the third frame raises it.
      occurredAtMs: START_MS + 600, receivedAtMs: START_MS + 640, traceparent: '00-00000000000000000000000000000003-0000000000000001-01',
      place: { basis: 'home-cell', at: null, homeCell: '110101001001001' }, evidenceKey: finding.id,
    });
    expect(Math.abs(outlineOf(finding.about)!.x - IN_ZONE)).toBeLessThan(2);
  });

  test.each([null, 'finding', 'done'] as const)('has its pixels given back when all is done that looks at them (failing: %s)', async (failing) => {
    await walk([IN_ZONE, IN_ZONE]);
    near.steps.length = 0;
    near.failing = failing;
    await walk([IN_ZONE]).catch(() => undefined);
    expect(near.steps).toContain('finding');
    expect(near.releasedAfter).toEqual(near.steps);
  });

  test('is told before the state is kept, which is one step with the frame being done', async () => {
    await walk([IN_ZONE, IN_ZONE]);
    near.steps.length = 0;
    await walk([IN_ZONE]);
    expect(near.steps).toEqual(['detect', 'faces', 'faces', 'evidence', 'finding', 'done']);
  });

  test('is only possible at a low score', async () => {
    near.detections = [person(IN_ZONE)];
    for (const score of [0.8, 0.8, 0.3]) {
      near.put();
      near.detections = [person(IN_ZONE, score)];
      await stage.process('gate');
    }
    expect(near.found).toMatchObject([{ certainty: 'Possible', about: { score: 0.3 } }]);
  });

  test('who stays outside is followed and not told, and no face is looked for', async () => {
    await walk([OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE]);
    expect(near.found).toEqual([]);
    expect(near.faceQuestions).toEqual([]);
    expect(JSON.parse(near.shelf.get('gate')!).tracker.tracks).toMatchObject([{ state: 'confirmed' }]);
  });

  test('is placed on the ground where the camera was surveyed', async () => {
    const ground = (east: number, north: number) => ({ lon: 116.4 + east * 1e-5, lat: 39.9 + north * 1e-5 });
    const surveyed: Camera = { ...camera, groundPlane: [{ picture: [0, 1], ground: ground(0, 0) }, { picture: [1, 1], ground: ground(10, 0) }, { picture: [0.8, 0.4], ground: ground(10, 20) }, { picture: [0.2, 0.4], ground: ground(0, 20) }] };
    stage = createCameraStage(near.deps({ cameras: [surveyed] }));
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    const { place } = near.found[0]!;
    expect(place).toMatchObject({ basis: 'ground-plane', homeCell: '110101001001001' });
    // Feet at (220, 200) of 320×240: right of the middle, a little up from the lower edge of the surveyed ground.
    expect(distanceM(place.at!, ground(7, 2.5))).toBeLessThan(1.5);
  });

  test('is filed in the home cell, and said so in the log, where the survey cannot be solved', async () => {
    const inLine: Camera = { ...camera, groundPlane: [0, 1, 2, 3].map((i) => ({ picture: [i / 4, i / 4] as const, ground: { lon: 116.4 + i, lat: 39 + i } })) };
    stage = createCameraStage(near.deps({ cameras: [inLine] }));
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    expect(near.found).toMatchObject([{ place: { basis: 'home-cell' } }]);
    expect(near.log.lines).toMatchObject([{ level: 'error', fields: { camera: 'gate', reason: expect.stringContaining('lie in line') } }]);
  });
});

describe('faces', () => {
  test('are looked for where persons are, and are not in the evidence', async () => {
    near.faces = [{ score: 0.9, box: { x: 205, y: 85, w: 30, h: 30 } }];
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    expect(near.faceQuestions[0]!.persons).toContainEqual(person(IN_ZONE).box);
    const evidence = await decodeJpeg(near.pictures.get(near.found[0]!.evidenceKey!)!);
    const contrast = (x: number, y: number): number => Math.abs(evidence.rgb[(y * WIDTH_PX + x) * 3]! - evidence.rgb[(y * WIDTH_PX + x + 1) * 3]!);
    expect(contrast(220, 100)).toBeLessThan(12);
    expect(contrast(100, 40)).toBeGreaterThan(150);
  });

  test('the head of a person in whom none was found is covered all the same', async () => {
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    const { box } = person(IN_ZONE);
    const evidence = await decodeJpeg(near.pictures.get(near.found[0]!.evidenceKey!)!);
    const contrast = (x: number, y: number): number => Math.abs(evidence.rgb[(y * WIDTH_PX + x) * 3]! - evidence.rgb[(y * WIDTH_PX + x + 1) * 3]!);
    const middle = Math.round(box.x + box.w / 2);
    expect(contrast(middle, Math.round(box.y + box.h * 0.1))).toBeLessThan(12);
    expect(contrast(middle, Math.round(box.y + box.h * 0.8))).toBeGreaterThan(150);
  });

  test.each(['faces', 'evidence'] as const)('when %s fails the finding goes out without a picture', async (failing) => {
    near.failing = failing;
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    expect(near.found).toMatchObject([{ evidenceKey: null }]);
    expect(near.pictures.size).toBe(0);
    expect(near.log.lines).toMatchObject([{ level: 'error', fields: { reason: `${failing} failed` } }]);
    expect(await metricsText([await near.metrics.snapshot()])).toContain('gridwarden_evidence_failed_total{camera="gate"} 1');
  });
});

describe('what dies in between', () => {
  test('before the state is kept: the next worker tells the same finding under the same id', async () => {
    await walk([IN_ZONE, IN_ZONE]);
    near.failing = 'done';
    near.put();
    await expect(stage.process('gate')).rejects.toThrow('done failed');
    near.failing = null;
    stage = createCameraStage(near.deps());
    await stage.process('gate'); // the same frame again
    near.put();
    await stage.process('gate');
    expect(near.found).toHaveLength(2);
    expect(near.found[1]).toEqual(near.found[0]);
  });

  test('before the state is kept, and the frame is gone: the next frame gives the same id', async () => {
    await walk([IN_ZONE, IN_ZONE]);
    near.failing = 'done';
    near.put();
    await expect(stage.process('gate')).rejects.toThrow('done failed');
    near.failing = null;
    await walk([IN_ZONE, IN_ZONE]);
    expect(near.found.map((f) => f.id)).toEqual([near.found[0]!.id, near.found[0]!.id]);
  });

  test('when the finding cannot be told, nothing is kept and the frame is not done', async () => {
    await walk([IN_ZONE, IN_ZONE]);
    const before = near.shelf.get('gate');
    near.failing = 'finding';
    near.put();
    near.steps.length = 0;
    await expect(stage.process('gate')).rejects.toThrow('finding failed');
    expect(near.steps).toEqual(['detect', 'faces', 'faces', 'evidence', 'finding']);
    expect(near.shelf.get('gate')).toBe(before);
  });

  test('a frame that is already in the state is only done', async () => {
    await walk([IN_ZONE, IN_ZONE]);
    near.steps.length = 0;
    expect(await stage.process('gate')).toBe('repeated');
    expect(near.steps).toEqual(['done']);
  });

  test('a model that fails is not swallowed', async () => {
    near.failing = 'detect';
    near.put();
    await expect(stage.process('gate')).rejects.toThrow('detect failed');
    expect(near.steps).toEqual(['detect']);
  });
});

describe('frames', () => {
  test('none waiting is no error', async () => {
    expect(await stage.process('gate')).toBe('no-frame');
    expect(near.steps).toEqual([]);
  });

  test.each([['rubbish', () => new Uint8Array([1, 2, 3])], ['a JPEG cut short', () => stripes.subarray(0, 2000)]])('%s is passed over, counted, and the tracks stay', async (_, bytes) => {
    await walk([OUTSIDE, OUTSIDE]);
    const before = near.shelf.get('gate');
    near.put(bytes());
    near.steps.length = 0;
    expect(await stage.process('gate')).toBe('unreadable');
    expect(near.steps).toEqual(['done']);
    expect(near.shelf.get('gate')).toBe(before);
    expect(await metricsText([await near.metrics.snapshot()])).toContain('gridwarden_frames_unreadable_total{camera="gate"} 1');
  });

  test('of a camera without rules, or unknown to the site, are followed all the same', async () => {
    stage = createCameraStage(near.deps({ rules: [] }));
    near.detections = [person(IN_ZONE)];
    for (const cameraId of ['gate', 'new one']) {
      near.put(stripes, cameraId);
      expect(await stage.process(cameraId)).toEqual({ detections: 1, tracks: 1, findings: 0 });
      expect(near.shelf.has(cameraId)).toBe(true);
    }
  });

  test('tell how long each step took', async () => {
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    const text = await metricsText([await near.metrics.snapshot()]);
    for (const step of ['decode', 'detect', 'track', 'judge', 'frame']) expect(text).toContain(`gridwarden_camera_stage_ms_count{step="${step}"} 3`);
    for (const step of ['redact', 'evidence']) expect(text).toContain(`gridwarden_camera_stage_ms_count{step="${step}"} 1`);
  });
});

describe('a frame with a small picture', () => {
  /** Half the size: boxes are in the small picture's pixels. */
  const half = ({ label, score, box }: Detection): Detection => ({ label, score, box: { x: box.x / 2, y: box.y / 2, w: box.w / 2, h: box.h / 2 } });
  const MOVING: Box[] = [{ x: 0.2, y: 0.2, w: 0.05, h: 0.1 }];

  async function walkSmall(frames: number, jpeg: Uint8Array | null = stripes): Promise<void> {
    for (let i = 0; i < frames; i++) {
      near.putSmall(jpeg);
      near.detections = [half(person(IN_ZONE))];
      await stage.process('gate');
    }
  }

  test('is detected in that, told in pixels of the whole one, and its JPEG is asked for only when there is something to tell', async () => {
    await walkSmall(2);
    expect(near.steps).not.toContain('jpeg');
    await walkSmall(2);
    expect(near.steps.filter((step) => step === 'jpeg')).toHaveLength(1);
    expect(near.lookedAt.every(({ picture }) => picture.widthPx === WIDTH_PX / 2)).toBe(true);
    const box = outlineOf(near.found[0]!.about)!;
    expect(Math.abs(box.x - IN_ZONE)).toBeLessThan(2);
    const evidence = await decodeJpeg(near.pictures.get(near.found[0]!.evidenceKey!)!);
    expect(evidence).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX });
    expect(near.faceQuestions[0]!.picture).toMatchObject({ widthPx: WIDTH_PX, heightPx: HEIGHT_PX });
  });

  test.each([['gone', null, 'no longer there'], ['rubbish', new Uint8Array([1, 2, 3]), '']])('whose JPEG is %s gives its finding without a picture', async (_, jpeg, reason) => {
    await walkSmall(2);
    await walkSmall(1, jpeg);
    expect(near.found).toMatchObject([{ evidenceKey: null }]);
    expect(near.pictures.size).toBe(0);
    expect(near.log.lines).toMatchObject([{ level: 'error', fields: { camera: 'gate', reason: expect.stringContaining(reason) } }]);
    expect(near.steps.at(-1)).toBe('done');
  });

  test('of which bytes are missing is decoded from its JPEG', async () => {
    near.putSmall();
    near.waiting = { ...near.waiting!, small: { widthPx: 160, heightPx: 120, i420: new Uint8Array(10) } };
    near.detections = [person(OUTSIDE)];
    expect(await stage.process('gate')).toEqual({ detections: 1, tracks: 1, findings: 0 });
    expect(near.lookedAt).toMatchObject([{ picture: { widthPx: WIDTH_PX } }]);
  });

  describe('in which something small moves', () => {
    beforeEach(() => {
      // Every look takes the clock a millisecond, and looks may take as long as they like.
      const clock = new ManualClock();
      const deps = near.deps({ closerLooks: { maxRegions: 1, timeShare: 1 } });
      const { objects } = deps.eyes;
      stage = createCameraStage({ ...deps, clock, eyes: { ...deps.eyes, objects: { detect: async (picture, region) => (await clock.advance(1), objects.detect(picture, region)) } } });
      near.closer = [{ label: 'person', score: 0.9, box: { x: 64, y: 48, w: 12, h: 24 } }];
    });

    test('is looked at closer in the whole picture', async () => {
      near.putSmall(stripes, MOVING);
      expect(await stage.process('gate')).toEqual({ detections: 1, tracks: 1, findings: 0 });
      expect(near.lookedAt.map(({ picture }) => picture.widthPx)).toEqual([WIDTH_PX / 2, WIDTH_PX]);
    });

    test.each([['gone', null], ['rubbish', new Uint8Array([1, 2, 3])]])('gives what the small one showed where the JPEG is %s', async (_, jpeg) => {
      near.putSmall(jpeg, MOVING);
      near.detections = [half(person(OUTSIDE))];
      expect(await stage.process('gate')).toEqual({ detections: 1, tracks: 1, findings: 0 });
      expect(near.steps).toEqual(['detect', 'jpeg', 'done']);
    });

    test('is not done when the model fails on the closer look, and the next frame is worked on all the same', async () => {
      near.failing = 'closer';
      near.putSmall(stripes, MOVING);
      await expect(stage.process('gate')).rejects.toThrow('closer failed');
      expect(near.steps).not.toContain('done');
      near.failing = null;
      near.putSmall(stripes, MOVING);
      expect(await stage.process('gate')).toEqual({ detections: 1, tracks: 1, findings: 0 });
    });
  });
});

test('frames of two cameras at once are looked at one after the other', async () => {
  const deps = near.deps();
  let [looking, most] = [0, 0];
  stage = createCameraStage({ ...deps, eyes: { ...deps.eyes, objects: { detect: async () => {
    most = Math.max(most, ++looking);
    await new Promise((resolve) => setImmediate(resolve));
    looking--;
    return [];
  } } } });
  near.put();
  await Promise.all(['gate', 'yard', 'roof'].map((id) => stage.process(id)));
  expect(most).toBe(1);
});

describe('the kept state', () => {
  test.each([
    ['another version', '{"version":99,"tracker":{},"rules":{}}'],
    ['another tracker', '{"version":3,"lastFrame":null,"tracker":{"version":0,"tracks":[]},"rules":{},"sightings":{}}'],
    ['another rule state', '{"version":3,"lastFrame":null,"tracker":{"version":2,"nextTrackId":5,"atMs":1,"tracks":[]},"rules":{"r1":7},"sightings":{}}'],
    ['something else', '[1,2]'],
  ])('of %s is forgotten, told, and written anew', async (_, kept) => {
    near.shelf.set('gate', kept);
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    expect(near.found).toHaveLength(1);
    expect(near.log.lines).toMatchObject([{ level: 'warn', fields: { camera: 'gate' } }]);
  });

  test('of a rule in an earlier version of its kind is forgotten, and the tracks stay', async () => {
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    const kept = JSON.parse(near.shelf.get('gate')!) as { rules: Record<string, unknown> };
    near.shelf.set('gate', JSON.stringify({ ...kept, rules: { r1: { version: 1, visits: {} } } }));
    await walk([IN_ZONE, IN_ZONE]);
    expect(near.found.map(({ about }) => about.kind === 'track' && about.trackId)).toEqual([near.found[0], near.found[0]].map((f) => f?.about.kind === 'track' && f.about.trackId));
    expect(near.log.lines).toEqual([]);
  });

  test('loses what rules that are gone remembered', async () => {
    await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
    stage = createCameraStage(near.deps({ rules: [] }));
    await walk([IN_ZONE]);
    expect(JSON.parse(near.shelf.get('gate')!).rules).toEqual({});
  });
});

test('a rule that names no zone is told in the log and costs no other rule', async () => {
  stage = createCameraStage(near.deps({ rules: [{ ...rule, id: 'lost', zoneId: 'nowhere' }, rule] }));
  expect(near.log.lines).toMatchObject([{ level: 'error', fields: { camera: 'gate', rule: 'lost' } }]);
  await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
  expect(near.found.map((f) => f.ruleId)).toEqual(['r1']);
});

test('two rules on one zone tell one person twice, with one redaction', async () => {
  stage = createCameraStage(near.deps({ rules: [rule, { ...rule, id: 'r2', severity: 'Minor' }] }));
  await walk([IN_ZONE, IN_ZONE, IN_ZONE]);
  expect(near.found.map((f) => f.ruleId)).toEqual(['r1', 'r2']);
  expect(new Set(near.found.map((f) => f.id)).size).toBe(2);
  expect(near.faceQuestions).toHaveLength(2); // the look, and the one that proves the covering
});
