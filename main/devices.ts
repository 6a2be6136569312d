/** `npm run devices -- credential ID` makes a device's password, shows it once, and the hash that goes into the configuration; `discover` finds cameras. */
import { hashPassword } from '../devices/credential.ts';
import { GridwardenError } from '../platform/errors.ts';
import { systemIds } from '../platform/ids.ts';
import { DISCOVER_USAGE, discoverCameras } from './discover.ts';
import { exitWith } from './process.ts';

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === 'discover') await discoverCameras(args, process.env);
  else if (command === 'credential' && args.length === 1 && args[0]) await credential(args[0]);
  else throw new GridwardenError('BAD_REQUEST', { why: `the commands are "npm run devices -- credential DEVICE-ID" and "${DISCOVER_USAGE}"` });
} catch (error) {
  exitWith(error);
}

async function credential(deviceId: string): Promise<void> {
  const password = systemIds.secret();
  process.stdout.write(`username:     ${deviceId}\npassword:     ${password}    (shown this once; set it in the device)\npasswordHash: ${await hashPassword(password, systemIds)}    (goes into the configuration)\n`);
}
