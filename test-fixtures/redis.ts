/** A private redis-server for one test file, on a unix socket, that can be killed and started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export interface TestRedis {
  /** Path of the unix socket: what ioredis takes as `path`. */
  readonly socket: string;
  start(): Promise<void>;
  /** kill -9, as a power cut would. */
  kill(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** `extra` are further redis-server arguments, e.g. ['--maxmemory', '8mb']. */
export async function startTestRedis(extra: readonly string[] = []): Promise<TestRedis> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-redis-'));
  const socket = path.join(dir, 'r.sock');
  let child: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    await rm(socket, { force: true });
    child = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'always', '--save', '', ...extra],
      { stdio: 'ignore' },
    );
    child.on('error', (error) => {
      throw new Error('redis-server is not installed; "npm test" installs it', { cause: error });
    });
    await untilListening(socket);
  };
  const end = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill(signal);
    });

  await start();
  return {
    socket,
    start,
    kill: () => end('SIGKILL'),
    close: async () => {
      await end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function untilListening(socket: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await new Promise<string>((resolve) => {
      const probe = net.connect(socket, () => probe.write('PING\r\n'));
      probe.once('data', (data) => (probe.destroy(), resolve(data.toString())));
      probe.once('error', () => resolve(''));
    });
    if (answer.startsWith('+PONG')) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the test's redis-server did not answer on ${socket} within 5 s`);
}
