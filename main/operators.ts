/** `npm run operators`: one-time sign-ins, who may see faces, and who did; while the desk is not running, or beside it on PostgreSQL. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SignIn } from '../console/server/sign-in.ts';
import { ROLES, type Role } from '../domain/operator.ts';
import { GridwardenError } from '../platform/errors.ts';
import { openStore, type Store } from '../store/store.ts';
import { exitWith } from './process.ts';
import { type Environment, openSite, type Site, systemEnvironment } from './site.ts';

const VIEWS_SHOWN = 200;
const USAGE = `"npm run operators -- invite NAME [--role ${ROLES.join('|')}] [--cells PREFIX,PREFIX]", "npm run operators -- faces NAME on|off" or "npm run operators -- face-views"`;

type Work = (store: Store, site: Site, environment: Environment) => Promise<string>;

function workOf(positionals: readonly string[], values: { readonly role: string; readonly cells: string }): Work {
  const [command, name, word] = positionals;
  const role = ROLES.find((known): known is Role => known === values.role);
  if (command === 'invite' && name && role) return invite(name, role, scopeIn(values.cells));
  if (command === 'faces' && name && (word === 'on' || word === 'off')) return faces(name, word === 'on');
  if (command === 'face-views') return faceViews;
  throw new GridwardenError('BAD_REQUEST', { why: `the command is ${USAGE}` });
}

function scopeIn(text: string): string[] {
  // An empty prefix would be every cell.
  const cellScope = text.split(',').filter((prefix) => prefix !== '');
  const wrong = cellScope.find((prefix) => !/^\d{1,20}$/.test(prefix));
  if (wrong !== undefined || (text !== '' && cellScope.length === 0)) throw new GridwardenError('BAD_REQUEST', { why: `--cells is "${text}"; write the first digits of cell codes, e.g. 110101001,110101002` });
  return cellScope;
}

const invite = (name: string, role: Role, cellScope: readonly string[]): Work => async (store, { config }, environment) => {
  await store.operators.saveOperator({ name, role, cellScope }, environment.clock.nowMs());
  const code = await new SignIn(store.operators, environment).issueCode(name);
  const origin = config.http.port === 0 ? "the console's address, which the desk prints when it starts, followed by " : `http://${config.http.host}:${config.http.port}`;
  return `${name} signs in once within the hour at  ${origin}/#code=${code}\n`;
};

const faces = (name: string, on: boolean): Work => async (store) => {
  if (!(await store.operators.setSeesFaces(name, on))) throw new GridwardenError('NOT_FOUND', { what: 'operator', id: name });
  return on ? `${name} sees faces from now on; every look is noted ("npm run operators -- face-views")\n` : `${name} sees pictures and video with faces made unreadable only\n`;
};

const faceViews: Work = async (store) => {
  const views = await store.faceViews.noted(VIEWS_SHOWN);
  if (views.length === 0) return 'nobody looked at faces\n';
  return views.map(({ atMs, operatorName, what, purpose }) => `${new Date(atMs).toISOString()}  ${operatorName}: ${what}, for ${purpose}\n`).join('');
};

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { config: { type: 'string', default: 'gridwarden.yaml' }, data: { type: 'string', default: 'data' }, role: { type: 'string', default: 'dispatcher' }, cells: { type: 'string', default: '' } },
  });
  const work = workOf(positionals, values);
  const environment = systemEnvironment('operators');
  const site = await openSite(values);
  const { config, dataDir } = site;
  const store = await openStore(config.store.url === null ? { kind: 'embedded', dir: path.join(dataDir, 'database') } : { kind: 'postgres', url: config.store.url }, { filesDir: dataDir, ...environment });
  try {
    process.stdout.write(await work(store, site, environment));
  } finally {
    await store.close();
  }
} catch (error) {
  exitWith(error);
}
