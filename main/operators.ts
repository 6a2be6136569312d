/** `npm run operators -- invite NAME --role ROLE`: makes a one-time sign-in for a person while the desk is not running. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SignIn } from '../console/server/sign-in.ts';
import { ROLES, type Role } from '../domain/operator.ts';
import { GridwardenError } from '../platform/errors.ts';
import { openStore } from '../store/store.ts';
import { exitWith } from './process.ts';
import { openSite, systemEnvironment } from './site.ts';

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { config: { type: 'string', default: 'gridwarden.yaml' }, data: { type: 'string', default: 'data' }, role: { type: 'string', default: 'dispatcher' }, cells: { type: 'string', default: '' } },
  });
  const [command, name] = positionals;
  const role = ROLES.find((known): known is Role => known === values.role);
  if (command !== 'invite' || !name || !role) throw new GridwardenError('BAD_REQUEST', { why: `the command is "npm run operators -- invite NAME [--role ${ROLES.join('|')}] [--cells PREFIX,PREFIX]"` });
  // An empty prefix would be every cell.
  const cellScope = values.cells.split(',').filter((prefix) => prefix !== '');
  const wrong = cellScope.find((prefix) => !/^\d{1,20}$/.test(prefix));
  if (wrong !== undefined || (values.cells !== '' && cellScope.length === 0)) throw new GridwardenError('BAD_REQUEST', { why: `--cells is "${values.cells}"; write the first digits of cell codes, e.g. 110101001,110101002` });
  const environment = systemEnvironment('operators');
  const { config, dataDir } = await openSite(values);
  const store = await openStore(config.store.url === null ? { kind: 'embedded', dir: path.join(dataDir, 'database') } : { kind: 'postgres', url: config.store.url }, { filesDir: dataDir, ...environment });
  try {
    await store.operators.saveOperator({ name, role, cellScope }, environment.clock.nowMs());
    const code = await new SignIn(store.operators, environment).issueCode(name);
    const origin = config.http.port === 0 ? "the console's address, which the desk prints when it starts, followed by " : `http://${config.http.host}:${config.http.port}`;
    process.stdout.write(`${name} signs in once within the hour at  ${origin}/#code=${code}\n`);
  } finally {
    await store.close();
  }
} catch (error) {
  exitWith(error);
}
