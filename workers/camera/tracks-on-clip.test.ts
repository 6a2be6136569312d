/** A real clip through real models and the whole stage: people enter a room one at a time, stand in the zone, and leave. */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { CameraFinding, Finding } from '../../domain/finding.ts';
import { openFaceDetector, openObjectDetector } from '../../models/detector.ts';
import { locateModel, modelPlaces } from '../../models/locate.ts';
import { readManifest } from '../../models/manifest.ts';
import { faceModelOf, objectModelOf } from '../../test-fixtures/shipped-models.ts';
import { decodeJpeg } from '../../models/picture.ts';
import { systemClock } from '../../platform/clock.ts';
import { countedIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { clipFrames, type ClipFrame } from '../../test-fixtures/clip-frames.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { createCameraStage, type CameraStageDeps } from './process.ts';

const clip = sharedFile('clips/one-by-one-person-detection.mp4');
const START_MS = 1_760_000_000_000;
const FPS = 2.5;
/** When somebody is in the picture, seconds, read off the clip: six visits. */
const VISITS_S = [[5, 20.5], [21.5, 45.5], [49, 70.5], [73, 87.5], [91, 120.5], [122, 137]] as const;

const SITE: CameraStageDeps['site'] = {
  timeZone: 'Asia/Shanghai',
  cameras: [{
    id: 'room', name: 'Room', location: { lon: 116.4, lat: 39.9 }, homeCell: '110101001001001', groundPlane: null,
    lines: [],
    zones: [{ id: 'table', name: 'By the table', polygon: [[0.4, 0.7], [0.8, 0.7], [0.8, 1], [0.4, 1]] }],
  }],
  rules: [{ kind: 'intrusion', id: 'no-entry', name: 'Nobody by the table', version: 1, severity: 'Severe', schedules: [], profiles: [], cameraId: 'room', zoneId: 'table', classes: ['person'], size: null, inertiaFrames: 3 }],
};

describe.skipIf(!clip)('the clip of people one by one', () => {
  test(`gives one finding per visit at ${FPS} frames a second, though the worker is replaced every twenty frames`, { timeout: 60_000 }, async () => {
    const manifest = await readManifest();
    const objects = await openObjectDetector(objectModelOf(manifest), await locateModel(objectModelOf(manifest), modelPlaces()));
    const faces = await openFaceDetector(faceModelOf(manifest), await locateModel(faceModelOf(manifest), modelPlaces()));
    let kept = 'null';
    const evidence = new Map<string, Uint8Array>();
    const found: CameraFinding[] = [];
    const ids = countedIds();
    let waiting: ClipFrame | null = null;
    let done = 0;
    const deps: CameraStageDeps = {
      frames: {
        take: () => {
          const info = { cameraId: 'room', seq: done, capturedAtMs: START_MS + waiting!.atMs, receivedAtMs: START_MS + waiting!.atMs, widthPx: waiting!.widthPx, heightPx: waiting!.heightPx, traceparent: ids.traceparent() };
          return Promise.resolve({ frame: { info, jpeg: waiting!.jpeg }, kept: JSON.parse(kept) as unknown });
        },
        done: (_, state) => Promise.resolve(void (done++, (kept = JSON.stringify(state)))),
      },
      eyes: { decodeJpeg, objects, faces },
      findings: { findingMade: (f: Finding) => Promise.resolve(void found.push(f as CameraFinding)) },
      evidence: { put: (key, jpeg) => Promise.resolve(void evidence.set(key, jpeg)) },
      site: SITE, clock: systemClock, log: keptLog(), metrics: createMetrics(false),
    };
    let stage = createCameraStage(deps);
    let taken = 0;
    try {
      for await (const frame of clipFrames(clip!, FPS)) {
        if (taken++ % 20 === 0) stage = createCameraStage(deps);
        waiting = frame;
        await stage.process('room');
      }
    } finally {
      await objects.close();
      await faces.close();
    }

    const visitOf = (f: CameraFinding): number => VISITS_S.findIndex(([from, to]) => f.occurredAtMs >= START_MS + from * 1000 && f.occurredAtMs <= START_MS + to * 1000);
    expect(done).toBe(taken);
    expect(found.map(visitOf)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(found.map((f) => f.about.kind === 'track' && f.about.trackId)).size).toBe(6);
    expect(found.every((f) => f.about.kind === 'track' && f.about.label === 'person' && f.place.basis === 'home-cell' && f.evidenceKey === f.id)).toBe(true);
    for (const f of found) expect(await sharp(evidence.get(f.id)).metadata()).toMatchObject({ format: 'jpeg', width: 768, height: 432 });
  });
});
