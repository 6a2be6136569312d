/** Sessions with somebody else's RTSP server, Debian's gst-rtsp-server, on every real clip. */
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { type GstRtsp, startGstRtsp } from '../../test-fixtures/gst-rtsp/start.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import type { CameraSessionOptions } from './camera-session.ts';
import { openRtsp } from './libav-session.ts';

const clip = sharedFile('clips/cutl.mp4');

describe.skipIf(clip === null)('gst-rtsp-server', () => {
  let server: GstRtsp | null = null;
  beforeAll(async () => {
    server = await startGstRtsp(path.dirname(clip ?? ''));
  });
  afterAll(() => server?.close());

  const options: CameraSessionOptions = {
    cameraId: 'gst',
    timeoutMs: 5000,
    noPictureMs: 5000,
    detectFps: 5,
    maxWidthPx: 640,
    lumaWidthPx: 160,
    signal: new AbortController().signal,
    clock: systemClock,
  };

  test('plays each of its clips to a session: pictures at the rate asked for, quickly, until closed', async (context) => {
    if (server === null) return context.skip('gst-rtsp-server is not installed');
    const { clips, url } = server;
    expect(clips.length).toBeGreaterThan(0);
    await Promise.all(
      clips.map(async (name) => {
        const startedAtMs = systemClock.nowMs();
        const session = await openRtsp(url(name), { ...options, cameraId: name });
        try {
          const first = await session.next();
          expect(systemClock.nowMs() - startedAtMs).toBeLessThan(3000);
          const picture = await sharp(await first.jpeg()).stats();
          // A real picture: it has more than one brightness.
          expect(Math.max(...picture.channels.map((c) => c.stdev))).toBeGreaterThan(10);
          for (let i = 0; i < 9; i++) await session.next();
          const tookMs = systemClock.nowMs() - first.capturedAtMs;
          expect(tookMs).toBeGreaterThan(1300);
          expect(tookMs).toBeLessThan(3500);
          expect(session.counts.undecodable).toBe(0);
        } finally {
          await session.close();
        }
      }),
    );
  });

  test('has no such path, and says so', async (context) => {
    if (server === null) return context.skip('gst-rtsp-server is not installed');
    const work = openRtsp(`rtsp://admin:s3cret@127.0.0.1:${server.port}/nowhere`, options);
    await expect(work).rejects.toThrow('Camera gst cannot be reached: it has no stream under this path.');
  });

  test('may die in the middle', async (context) => {
    const own = await startGstRtsp(path.dirname(clip ?? ''));
    if (own === null) return context.skip('gst-rtsp-server is not installed');
    const session = await openRtsp(own.url('cutl'), options);
    await session.next();
    await own.close();
    await expect((async () => { for (;;) await session.next(); })()).rejects.toThrow('Camera gst ended its stream');
    await session.close();
  });
});
