/** `npm run models -- pull`: fetches the manifest's upstream weights where there is internet, and checks each by its SHA-256. */
import { parseArgs } from 'node:util';
import { WEIGHTS_DIR } from '../models/locate.ts';
import { readManifest } from '../models/manifest.ts';
import { pull } from '../models/pull.ts';
import { GridwardenError } from '../platform/errors.ts';
import { exitWith } from './process.ts';
import { systemEnvironment } from './site.ts';

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { into: { type: 'string', default: WEIGHTS_DIR } } });
  if (positionals[0] !== 'pull') throw new GridwardenError('BAD_REQUEST', { why: 'the command is "npm run models -- pull [--into FOLDER]"' });
  const pulled = await pull(await readManifest(), { into: values.into, fetch, log: systemEnvironment('models').log });
  for (const file of pulled) process.stdout.write(`${JSON.stringify(file)}\n`);
} catch (error) {
  exitWith(error);
}
