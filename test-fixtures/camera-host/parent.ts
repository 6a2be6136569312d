/** A parent of camera hosts that tests kill -9: prints the pids of its children as one line of JSON and waits. */
import path from 'node:path';
import { HostSupervisor } from '../../gateway/cameras/host-supervisor.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import type { CameraSource } from '../../gateway/cameras/camera-source.ts';

const cameras = JSON.parse(process.argv[2] ?? '[]') as CameraSource[];
const supervisor = new HostSupervisor({
  entryFile: path.join(import.meta.dirname, 'entry.ts'),
  cameras,
  hosts: 2,
  settings: {},
  status: { cameraStatus: () => undefined },
  env: { clock: systemClock, ids: systemIds, log: createLog('parent', 'silent') },
});
await supervisor.start();
process.stdout.write(`${JSON.stringify(supervisor.pids)}\n`);
