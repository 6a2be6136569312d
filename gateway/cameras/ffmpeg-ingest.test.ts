/** A camera whose site says `ingest: ffmpeg`: its frames come by the program that the site names, beside one read by libav. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CameraStatus } from '../../domain/camera.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { CameraHost } from './camera-host.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from './camera-source.ts';

const missing = spawnSync('ffmpeg', ['-version']).status !== 0;
if (missing) process.stderr.write('SKIPPED: there is no ffmpeg program here, cameras read by one are not tested; apt-get install ffmpeg\n');

describe.skipIf(missing)('a host', () => {
  let clip: MadeClip;
  let cameras: FakeCameras;
  beforeAll(async () => {
    clip = await makeMovingBoxClip({ widthPx: 320, heightPx: 192, fps: 10, seconds: 4 });
    cameras = await startFakeCameras({ cameras: [{ path: 'yard', play: { clip: clip.file } }] });
  });
  afterAll(async () => {
    await cameras.close();
    await clip.remove();
  });

  test('opens each camera as the site says', async () => {
    const seen = new Map<string, number>();
    const said: CameraStatus[] = [];
    const source: CameraSource = { ...CAMERA_SOURCE_DEFAULTS, cameraId: 'by-libav', url: cameras.url('yard'), motionGate: false };
    const host = new CameraHost({
      cameras: [source, { ...source, cameraId: 'by-program', ingest: 'ffmpeg' }, { ...source, cameraId: 'by-none', ingest: 'ffmpeg', ffmpeg: { program: '/nowhere/ffmpeg', inputOptions: [] } }],
      frames: { put: async ({ cameraId }) => void seen.set(cameraId, (seen.get(cameraId) ?? 0) + 1), shed: () => undefined },
      status: { cameraStatus: (status) => void said.push(status) },
      env: { clock: systemClock, ids: systemIds, log: silentLog },
    });
    host.start();
    await expect.poll(() => [seen.get('by-libav') ?? 0, seen.get('by-program') ?? 0].every((frames) => frames > 5), { timeout: 10_000 }).toBe(true);
    await host.close();
    expect(seen.has('by-none')).toBe(false);
    expect(said.find(({ cameraId, state }) => cameraId === 'by-none' && state === 'backing-off')?.reason).toContain('there is no such program');
  });
});
