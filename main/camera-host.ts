/** A camera host: the RTSP sessions of some cameras in a process of its own, a child of the gateway. */
import { CameraHost } from '../gateway/cameras/camera-host.ts';
import { serveCameraHost } from '../gateway/cameras/serve-camera-host.ts';
import { createProducer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import type { RedisPlace } from '../queue/redis.ts';
import { FrameSlot, type FrameLimits } from '../queue/frame-slot.ts';
import { sentenceOf } from '../platform/errors.ts';
import { systemEnvironment } from './site.ts';

/** What the gateway hands to each of its hosts beside the cameras. */
export interface HostSettings {
  readonly redis: RedisPlace;
  readonly limits: FrameLimits;
}

serveCameraHost(async ({ cameras, settings }, status) => {
  const { redis: place, limits } = settings as HostSettings;
  const env = systemEnvironment('camera-host');
  const redis = await connectRedis(place, env.log);
  const producer = createProducer(redis);
  const slot = new FrameSlot(redis, limits);
  let countFails = false;
  const host = new CameraHost({
    cameras,
    status,
    env,
    frames: {
      put: async (info, jpeg, small) => {
        if (await slot.put(info, jpeg, small)) await producer.add({ name: 'frame.ready', payload: { cameraId: info.cameraId } });
      },
      shed: (cameraId, frames) =>
        void slot.shed(cameraId, frames).then(
          () => (countFails = false),
          (error: unknown) => {
            // Said once, not five times a second for every camera.
            if (!countFails) env.log.warn({ camera: cameraId, reason: sentenceOf(error) }, 'shed frames cannot be counted');
            countFails = true;
          },
        ),
    },
  });
  host.start();
  return {
    ask: () => Promise.reject(new Error('this camera host keeps no stills or clips')),
    close: async () => {
      await host.close();
      await producer.close();
      redis.disconnect();
    },
  };
});
