/** A camera host process for tests of faults: the real loops and libav; how many frames came of each camera it writes into a file, five times a second. */
import { renameSync, writeFileSync } from 'node:fs';
import { CameraHost } from '../../gateway/cameras/camera-host.ts';
import { serveCameraHost } from '../../gateway/cameras/serve-camera-host.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';

export interface CountingSettings {
  readonly file: string;
}

/** Frames that were handed on or shed, by camera. */
export type Counted = Readonly<Record<string, number>>;

const WRITE_EVERY_MS = 200;

serveCameraHost((start, status) => {
  const { file } = start.settings as CountingSettings;
  const frames: Record<string, number> = {};
  const count = (cameraId: string, by: number): void => void (frames[cameraId] = (frames[cameraId] ?? 0) + by);
  const put = ({ cameraId }: { readonly cameraId: string }): Promise<void> => Promise.resolve(count(cameraId, 1));
  const host = new CameraHost({ cameras: start.cameras, frames: { put, shed: count }, status, env: { clock: systemClock, ids: systemIds, log: createLog('camera-host', 'silent') } });
  host.start();
  setInterval(() => {
    writeFileSync(`${file}.part`, JSON.stringify(frames));
    renameSync(`${file}.part`, file);
  }, WRITE_EVERY_MS);
  return Promise.resolve({ ask: () => Promise.reject(new Error('it remembers no media')), close: () => host.close() });
});
