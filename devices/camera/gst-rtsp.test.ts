/** Sessions with somebody else's RTSP server, Debian's gst-rtsp-server, on every real clip. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { type GstRtsp, startGstRtsp } from '../../test-fixtures/gst-rtsp/start.ts';
import { makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import type { CameraSessionOptions } from './camera-session.ts';
import { openRtsp } from './libav-session.ts';
import type { CodedPacket } from './coded-stream.ts';
import { isShape, openPackets } from './packet-source.ts';

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

test('sends each codec to a packet source, within the connection and as datagrams', async (context) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gw-gst-'));
  for (const codec of ['h264', 'h265', 'mjpeg'] as const) {
    const clip = await makeMovingBoxClip({ widthPx: 320, heightPx: 184, fps: 25, seconds: 1, codec });
    await rename(clip.file, path.join(folder, `${codec}.mp4`));
    await clip.remove();
  }
  const server = await startGstRtsp(folder);
  if (server === null) return context.skip('gst-rtsp-server is not installed');
  const seen = await Promise.all(
    (['tcp', 'udp'] as const).flatMap((transport) => server.clips.map(async (clip) => {
      const source = await openPackets(server.url(clip), { cameraId: clip, transport, caFile: null, timeoutMs: 5000, noPacketMs: 5000, signal: new AbortController().signal, clock: systemClock });
      const packets: CodedPacket[] = [];
      while (packets.length < 40) {
        const given = await source.next();
        if (!isShape(given)) packets.push(given);
      }
      await source.close();
      // The first has no time of its own, and of the last some are shown after others that are still to come.
      const shown = packets.map((p) => p.ptsMs).sort((a, b) => a - b).slice(1, -3);
      const steps = new Set(shown.slice(1).map((ptsMs, i) => Math.round(ptsMs - (shown[i] ?? NaN))));
      const rises = packets.every(({ ptsMs, dtsMs }, i) => ptsMs >= dtsMs && (i === 0 || dtsMs > (packets[i - 1]?.dtsMs ?? Infinity)));
      return { clip, transport, ...source.shape, extradata: null, keys: packets.filter((p) => p.key).length, steps, rises };
    })),
  );
  await server.close();
  await rm(folder, { recursive: true });
  const common = { widthPx: 320, heightPx: 184, extradata: null, steps: new Set([40]), rises: true };
  expect(seen).toEqual((['tcp', 'udp'] as const).flatMap((transport) => [
    { clip: 'h264', transport, codec: 'h264', keys: 2, ...common },
    { clip: 'h265', transport, codec: 'hevc', keys: 2, ...common },
    { clip: 'mjpeg', transport, codec: 'mjpeg', keys: 40, ...common },
  ]));
});
