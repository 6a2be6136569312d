/** Debian's gst-rtsp-server serves the real clips, on over their end, and goes when it is told to. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { beforeAll, expect, test } from 'vitest';
import { streetFiles } from '../street-scene/clip.ts';
import { watch } from '../fake-camera/watch.ts';
import { startGstRtsp } from './start.ts';

beforeAll(() => Log.setLevel(AV_LOG_QUIET));

test('a clip plays on over its end with time that only goes on, for two viewers at once', async (context) => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-gst-'));
  const files = await streetFiles({ seed: 4, widthPx: 320, heightPx: 180, fps: 10, loopS: 1, persons: 2 }, dir);
  // A name with a space and a quotation mark must not end up as pipeline syntax.
  await symlink(files.mp4, path.join(dir, 'gate "north".mp4'));
  const server = await startGstRtsp(dir);
  if (!server) return context.skip();
  const street = path.basename(files.mp4, '.mp4');
  expect(server.clips).toEqual(['gate "north"', street].sort());
  expect(() => server.url('nowhere')).toThrow(/nowhere/);
  const views = await Promise.all([watch(server.url(street), 25), watch(server.url(street), 25)]);
  for (const seen of views) {
    expect(seen).toMatchObject({ codec: 'h264', widthPx: 320, heightPx: 180, framesDecoded: 25, framesBroken: 0 });
    const times = seen.packets.slice(1).map((packet) => packet.present90k ?? Number.NaN);
    times.reduce((before, now) => (expect(Math.abs(now - before - 9_000)).toBeLessThan(90), now));
  }
  await expect(watch(`rtsp://127.0.0.1:${server.port}/nowhere`, 1)).rejects.toThrow(/404|not found/i);
  await Promise.all([server.close(), server.close()]);
  await expect(watch(server.url(street), 1, 1_000)).rejects.toThrow();
  await rm(dir, { recursive: true });
});

test('a folder that is not there serves nothing, and says so by its list', async (context) => {
  const server = await startGstRtsp('/nowhere');
  if (!server) return context.skip();
  expect(server.clips).toEqual([]);
  await server.close();
});
