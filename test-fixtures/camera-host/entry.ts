/** A camera host process for tests: the real loops and libav, frames counted and dropped. */
import { CameraHost } from '../../gateway/cameras/camera-host.ts';
import { serveCameraHost } from '../../gateway/cameras/serve-camera-host.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';

serveCameraHost((start, status) => {
  const settings = start.settings as { fail?: string; deaf?: boolean };
  if (settings.fail) return Promise.reject(new Error(settings.fail));
  const env = { clock: systemClock, ids: systemIds, log: createLog('camera-host', 'silent') };
  const host = new CameraHost({ cameras: start.cameras, frames: { put: () => Promise.resolve(), shed: () => undefined }, status, env });
  host.start();
  // A host that neither closes nor heeds SIGTERM, to prove that it is ended all the same.
  const close = settings.deaf ? () => new Promise<void>(() => undefined) : () => host.close();
  // It remembers no media, but says which camera it was asked about.
  return Promise.resolve({ ask: (cameraId, ask) => Promise.resolve({ key: `${ask.kind} of ${cameraId}`, takenAtMs: 1 }), close });
});
