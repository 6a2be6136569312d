/** A process that reads a camera by an ffmpeg program, for the test that kills it: argument 1 is the camera's address; it writes a line once pictures come. */
import { openFfmpeg } from '../devices/camera/ffmpeg-session.ts';
import { systemClock } from '../platform/clock.ts';

const session = await openFfmpeg(process.argv[2] ?? '', {
  cameraId: 'cam-1', timeoutMs: 5000, noPictureMs: 10_000, detectFps: 10, maxWidthPx: 240, lumaWidthPx: 160, signal: new AbortController().signal, clock: systemClock,
}, { program: 'ffmpeg', inputOptions: [] });
await session.next();
process.stdout.write('pictures come\n');
for (;;) await session.next();
