/** A camera host: the RTSP sessions of some cameras in a process of its own, a child of the gateway. */
import { CameraEyes } from '../gateway/cameras/camera-eyes.ts';
import { CameraHost } from '../gateway/cameras/camera-host.ts';
import type { FrameSink } from '../gateway/cameras/camera-loop.ts';
import { ClipDesk, type HistoryOf } from '../gateway/cameras/clip-desk.ts';
import { LiveTaps } from '../gateway/cameras/live-tap.ts';
import { type RunningHost, serveCameraHost } from '../gateway/cameras/serve-camera-host.ts';
import { StillDesk } from '../gateway/cameras/still-desk.ts';
import { LivePublisher, LiveWants } from '../queue/live-channel.ts';
import { MediaTray, type TrayLimits } from '../queue/media-tray.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import type { RedisPlace } from '../queue/redis.ts';
import { FrameSlot, freePixels, type FrameLimits } from '../queue/frame-slot.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { systemEnvironment } from './site.ts';

/** What the gateway hands to each of its hosts beside the cameras. */
export interface HostSettings {
  readonly redis: RedisPlace;
  readonly limits: FrameLimits;
  readonly media: TrayLimits;
  readonly mostClipBytes: number;
}

/** Of packets that clips in the making hold; most of them are in the cameras' rings as well. */
const MOST_HELD_BYTES = 256 * 1024 * 1024;

serveCameraHost(async ({ cameras, settings }, status) => {
  const { redis: place, limits, media, mostClipBytes } = settings as HostSettings;
  const env = systemEnvironment('camera-host');
  const redis = await connectRedis(place, env.log);
  const producer = createProducer(redis);
  const slot = new FrameSlot(redis, limits);
  const stop = new AbortController();
  const asked = (historyOf: HistoryOf): RunningHost['ask'] => {
    const parts = { historyOf, tray: new MediaTray(redis, media), clock: env.clock, signal: stop.signal };
    const [stills, clips] = [new StillDesk(parts), new ClipDesk({ ...parts, mostBytes: mostClipBytes, mostHeldBytes: MOST_HELD_BYTES })];
    return (cameraId, ask) => (ask.kind === 'still' ? stills.make(cameraId, ask) : clips.cut(cameraId, ask));
  };
  const host = new CameraHost({
    cameras,
    status,
    env,
    eyesOf: () => new CameraEyes(),
    frames: frameSink(slot, producer, env.log),
  });
  host.start();
  // Connections of their own: frames on their way to a worker would wait behind video, and who listens can do nothing else.
  const [liveOut, liveIn] = await Promise.all([connectRedis(place, env.log), connectRedis(place, env.log)]);
  const live = new LiveTaps({
    cameraIds: cameras.map(({ cameraId }) => cameraId),
    // What is watched all the time, and small enough for a wall of pictures; clips have the main stream.
    historyOf: (cameraId) => host.historyOf(cameraId, 'detect'),
    outOf: (cameraId) => new LivePublisher(liveOut, cameraId, 'plain', env),
    wants: new LiveWants(liveOut, liveIn, 'plain', env),
    log: env.log,
  });
  await live.start();
  return {
    ask: asked((cameraId) => host.historyOf(cameraId, 'evidence')),
    close: async () => {
      stop.abort();
      await live.close();
      await host.close();
      await producer.close();
      for (const connection of [redis, liveOut, liveIn]) connection.disconnect();
    },
  };
});

function frameSink(slot: FrameSlot, producer: Producer, log: Log): FrameSink {
  let countFails = false;
  return {
    put: async (info, jpeg, small) => {
      const waits = await slot.put(info, jpeg, small);
      // Left to the collector they drive it through the whole heap more than once a second: a tenth of what a host costs.
      for (const pixels of [jpeg, ...(small ? [small.i420] : [])]) freePixels(pixels);
      if (waits) await producer.add({ name: 'frame.ready', payload: { cameraId: info.cameraId } });
    },
    shed: (cameraId, frames) =>
      void slot.shed(cameraId, frames).then(
        () => (countFails = false),
        (error: unknown) => {
          // Said once, not five times a second for every camera.
          if (!countFails) log.warn({ camera: cameraId, reason: sentenceOf(error) }, 'shed frames cannot be counted');
          countFails = true;
        },
      ),
  };
}
