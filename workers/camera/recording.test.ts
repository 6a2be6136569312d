/** What the stage hands to the track log: each judged frame once, with all its tracks, and none that was handed in again or cannot be read. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Detection } from '../../domain/detection.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import type { LoggedFrame } from '../../domain/trial.ts';
import { decodeJpeg } from '../../models/picture.ts';
import { ManualClock } from '../../platform/clock.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createCameraStage } from './process.ts';

const START_MS = 1_760_000_000_000;
const info = (seq: number): FrameInfo => ({ cameraId: 'gate', seq, capturedAtMs: START_MS + 200 * seq, receivedAtMs: START_MS + 200 * seq, widthPx: 64, heightPx: 48, traceparent: `00-${String(seq).padStart(32, '0')}-0000000000000001-01` });
const car: Detection = { label: 'car', score: 0.9, box: { x: 10, y: 20, w: 20, h: 12 } };

test('every judged frame is recorded once, without a rule and without a finding', async () => {
  const jpeg = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#778899' } }).jpeg().toBuffer();
  const recorded: (LoggedFrame & { cameraId: string })[] = [];
  let kept: unknown = null;
  let waiting = { info: info(1), small: null, jpeg: jpeg as Uint8Array };
  const stage = createCameraStage({
    frames: { take: async () => ({ frame: waiting, kept }), done: async (_, state) => void (kept = state === undefined ? kept : JSON.parse(JSON.stringify(state))) },
    eyes: { decodeJpeg, objects: { detect: async () => [car] }, faces: { findAllFaces: async () => [] } },
    findings: { findingMade: async () => undefined },
    evidence: { put: async () => undefined },
    recorder: { record: async (cameraId, frame) => void recorded.push({ cameraId, ...frame }) },
    site: { cameras: [{ id: 'gate', name: 'Gate', location: { lon: 116.4, lat: 39.9 }, homeCell: '1', zones: [], lines: [], groundPlane: null }], rules: [], timeZone: 'Asia/Shanghai' },
    clock: new ManualClock(), log: keptLog(), metrics: createMetrics(false),
  });
  await stage.process('gate');
  expect(await stage.process('gate'), 'the same frame again').toBe('repeated');
  waiting = { ...waiting, info: info(2) };
  await stage.process('gate');
  waiting = { ...waiting, info: info(3), jpeg: new Uint8Array([1, 2, 3]) };
  expect(await stage.process('gate')).toBe('unreadable');
  expect(recorded).toMatchObject([
    { cameraId: 'gate', atMs: START_MS + 200, widthPx: 64, heightPx: 48, tracks: [{ label: 'car', state: 'tentative' }] },
    { cameraId: 'gate', atMs: START_MS + 400, tracks: [{ label: 'car', state: 'confirmed', box: { w: expect.closeTo(20, 0) } }] },
  ]);
});
