/** A camera host process for tests: the real loops and libav, frames counted and dropped. */
import { CameraHost } from '../../gateway/cameras/camera-host.ts';
import type { StatusSink } from '../../gateway/cameras/camera-loop.ts';
import { serveCameraHost } from '../../gateway/cameras/serve-camera-host.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';

serveCameraHost((start, status) => {
  const settings = start.settings as { fail?: string; deaf?: boolean; poison?: string };
  if (settings.fail) return Promise.reject(new Error(settings.fail));
  const env = { clock: systemClock, ids: systemIds, log: createLog('camera-host', 'silent') };
  // A camera whose stream kills the decoder, and with it the process, as soon as it streams.
  const said: StatusSink = {
    cameraStatus: (told) => {
      status.cameraStatus(told);
      if (told.cameraId === settings.poison && told.state === 'streaming') process.kill(process.pid, 'SIGSEGV');
    },
  };
  const host = new CameraHost({ cameras: start.cameras, frames: { put: () => Promise.resolve(), shed: () => undefined }, status: said, env });
  host.start();
  // A host that neither closes nor heeds SIGTERM, to prove that it is ended all the same.
  const close = settings.deaf ? () => new Promise<void>(() => undefined) : () => host.close();
  // It remembers no media, but says which camera it was asked about.
  return Promise.resolve({ ask: (cameraId, ask) => Promise.resolve({ key: `${ask.kind} of ${cameraId}`, takenAtMs: 1 }), close });
});
