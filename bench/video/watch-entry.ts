/** Child of the benches on cameras: watches them in one of three ways until its parent ends it. The way is its first argument, the addresses come by IPC. */
import { spawn } from 'node:child_process';
import { Dictionary, FFmpegError, FormatContext, InputFormat, Packet } from 'node-av/lib';
import { CameraEyes } from '../../gateway/cameras/camera-eyes.ts';
import { CameraHost } from '../../gateway/cameras/camera-host.ts';
import { CAMERA_SOURCE_DEFAULTS } from '../../gateway/cameras/camera-source.ts';
import { MotionGate } from '../../gateway/cameras/motion-gate.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';

/** What every bench child is told first. */
export interface ToWatch {
  readonly urls: readonly string[];
}

/** What it tells once a second, all of it since it began. */
export interface Watched {
  readonly streaming: number;
  readonly reconnects: number;
  readonly frames: number;
  readonly shed: number;
}

export const WAYS = ['gridwarden', 'ffmpeg', 'demux'] as const;
export type Way = (typeof WAYS)[number];

const TELL_EVERY_MS = 1000;
/** What YOLOX-nano takes in, as a gateway would say. */
const SMALL = { widthPx: 416, heightPx: 416, stretch: false } as const;
/** The recipe of every design with an ffmpeg for each camera: five pictures a second, scaled, raw, through a pipe; options as Frigate's detect role has them. */
const RECIPE = { fps: 5, widthPx: 1280, heightPx: 720 } as const;
/** yuv420p: brightness, and half as much for colour behind it. */
const BYTES_PER_PIXEL = 1.5;
/** Each of its pictures is looked at as ours are: brightness of 160 × 90 points. */
const EVERY_PX = 8;

const tally = { streaming: new Set<number | string>(), reconnects: 0, frames: 0, shed: 0 };
const env = { clock: systemClock, ids: systemIds, log: createLog('bench', 'silent') };

function gridwarden(urls: readonly string[]): void {
  const cameras = urls.map((url, i) => ({ ...CAMERA_SOURCE_DEFAULTS, cameraId: `camera-${i}`, url, small: SMALL }));
  const host = new CameraHost({
    cameras,
    env,
    eyesOf: () => new CameraEyes(),
    frames: { put: () => Promise.resolve(void tally.frames++), shed: (_, frames) => void (tally.shed += frames) },
    status: {
      cameraStatus: ({ cameraId, state }) => {
        if (state === 'streaming') tally.streaming.add(cameraId);
        if (state === 'backing-off') tally.reconnects++;
      },
    },
  });
  host.start();
}

function ffmpeg(urls: readonly string[]): void {
  for (const [i, url] of urls.entries()) {
    const { fps, widthPx, heightPx } = RECIPE;
    const child = spawn('ffmpeg', ['-loglevel', 'quiet', '-threads', '2', '-rtsp_transport', 'tcp', '-i', url, '-an', '-vf', `fps=${fps},scale=${widthPx}:${heightPx}`, '-threads', '2', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const gate = new MotionGate();
    const picture = Buffer.alloc(widthPx * heightPx * BYTES_PER_PIXEL);
    const luma = new Uint8Array((widthPx / EVERY_PX) * (heightPx / EVERY_PX));
    let filled = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; ) {
        const took = chunk.copy(picture, filled, at);
        at += took;
        filled += took;
        if (filled < picture.length) return;
        filled = 0;
        tally.streaming.add(i);
        tally.frames++;
        for (let y = 0, to = 0; y < heightPx; y += EVERY_PX) for (let x = 0; x < widthPx; x += EVERY_PX) luma[to++] = picture[y * widthPx + x]!;
        gate.decide(luma, widthPx / EVERY_PX, heightPx / EVERY_PX, systemClock.nowMs());
      }
    });
    child.once('exit', () => void tally.reconnects++);
    process.once('exit', () => child.kill('SIGKILL'));
  }
}

/** By libav, as every other program does that reads cameras: packets read and let go, nothing else. */
function demux(urls: readonly string[]): void {
  for (const [i, url] of urls.entries()) {
    void (async () => {
      const context = new FormatContext();
      context.allocContext();
      FFmpegError.throwIfError(await context.openInput(url, InputFormat.findInputFormat('rtsp'), Dictionary.fromObject({ rtsp_transport: 'tcp' })), 'opening');
      const packet = new Packet();
      packet.alloc();
      for (;;) {
        FFmpegError.throwIfError(await context.readFrame(packet), 'reading');
        packet.unref();
        tally.frames++;
        tally.streaming.add(i);
      }
    })().catch(() => void tally.reconnects++);
  }
}

if (import.meta.main) {
  const ways: Readonly<Record<Way, (urls: readonly string[]) => void>> = { gridwarden, ffmpeg, demux };
  process.once('message', ({ urls }: ToWatch) => {
    ways[process.argv[2] as Way](urls);
    setInterval(() => process.send?.({ ...tally, streaming: tally.streaming.size } satisfies Watched), TELL_EVERY_MS);
  });
  process.once('disconnect', () => process.exit(0));
}
