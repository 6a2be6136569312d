/** `npm run devices -- credential ID`: makes a device's password, shows it once, and the hash that goes into the configuration. */
import { parseArgs } from 'node:util';
import { hashPassword } from '../devices/credential.ts';
import { GridwardenError } from '../platform/errors.ts';
import { systemIds } from '../platform/ids.ts';
import { exitWith } from './process.ts';

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [command, deviceId] = positionals;
  if (command !== 'credential' || !deviceId) throw new GridwardenError('BAD_REQUEST', { why: 'the command is "npm run devices -- credential DEVICE-ID"' });
  const password = systemIds.secret();
  process.stdout.write(`username:     ${deviceId}\npassword:     ${password}    (shown this once; set it in the device)\npasswordHash: ${await hashPassword(password, systemIds)}    (goes into the configuration)\n`);
} catch (error) {
  exitWith(error);
}
