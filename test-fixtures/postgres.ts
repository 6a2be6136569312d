/** A private PostgreSQL cluster for one test file, from Debian's own binaries, on a unix socket and a free loopback port. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

export interface TestPostgres {
  /** Superuser over the unix socket, no password. */
  readonly url: string;
  /** Over TCP, where a password is asked. */
  urlWithPassword(password: string): string;
  readonly password: string;
  /** Ends every connection at once, as a restart of the server does, and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Folder of initdb and postgres, or null after one loud line. */
export function postgresBinaries(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => path.join(DEBIAN, version, 'bin')).find((dir) => existsSync(path.join(dir, 'initdb')));
  if (found) return found;
  process.stderr.write(`SKIPPED for want of PostgreSQL: no ${DEBIAN}/*/bin/initdb; "apt-get install postgresql" makes the store's suite run on it too.\n`);
  return null;
}

/** `durable` keeps fsync on, for measuring; tests that do not cut the power leave it off. */
export async function startTestPostgres(bin: string, durable = false): Promise<TestPostgres> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-pg-'));
  const password = 'never-in-a-log-7f3a';
  const port = await freePort();
  await writeFile(path.join(dir, 'pw'), password);
  await ownedByPostgres(dir);
  await asPostgres(path.join(bin, 'initdb'), ['-D', path.join(dir, 'db'), '-U', 'postgres', '-E', 'UTF8', '--no-locale', '-N', '--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${path.join(dir, 'pw')}`]);

  const url = `postgresql://postgres@localhost:${port}/postgres?host=${encodeURIComponent(dir)}`;
  let server: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const [command, args] = commandAsPostgres(path.join(bin, 'postgres'), ['-D', path.join(dir, 'db'), '-k', dir, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `fsync=${durable ? 'on' : 'off'}`]);
    server = spawn(command, args, { stdio: 'ignore', cwd: dir });
    await untilReady(bin, dir, port);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const child = server;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  };

  await start();
  return {
    url,
    password,
    urlWithPassword: (given) => `postgresql://postgres:${given}@127.0.0.1:${port}/postgres`,
    // SIGINT is PostgreSQL's fast shutdown: it ends connections instead of waiting for them.
    restart: async () => {
      await stop('SIGINT');
      await start();
    },
    close: async () => {
      await stop('SIGINT');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** initdb and postgres refuse to run as root. */
function commandAsPostgres(command: string, args: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [command, [...args]];
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args]];
}

async function asPostgres(command: string, args: readonly string[]): Promise<void> {
  await run(...commandAsPostgres(command, args), { cwd: '/' });
}

async function ownedByPostgres(dir: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)));
  await chown(dir, uid ?? 0, gid ?? 0);
  await chown(path.join(dir, 'pw'), uid ?? 0, gid ?? 0);
}

async function untilReady(bin: string, dir: string, port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const ready = await run(path.join(bin, 'pg_isready'), ['-h', dir, '-p', String(port), '-q']).then(() => true, () => false);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the test's PostgreSQL in ${dir} was not ready within 5 s`);
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
