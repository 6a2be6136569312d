/** The private redis-server of `up`: on a unix socket in the data folder, durable by an append-only file, nobody else's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { silentLog } from '../platform/log.ts';
import { backoffMs } from '../platform/supervise.ts';
import { connectRedis } from '../queue/redis.ts';
import type { Environment, Site } from './site.ts';

const REVIVE = { firstMs: 500, maxMs: 10_000 };
const HEALTHY_AFTER_MS = 30_000;
/**
 * What is deleted in Redis stays in its append-only file until that is written anew, and the frames that wait for a worker have faces
 * in them: so that no more than some minutes of them lie on the disk, it is written anew so often. (Some 20 ms for what we keep there.)
 */
const FORGET_EVERY_MS = 5 * 60_000;

export class PrivateRedis {
  readonly #site: Site;
  readonly #environment: Environment;
  #server: ChildProcess | null = null;
  #closing = false;
  #deaths = 0;
  readonly #forgetEveryMs: number;
  readonly #stop = new AbortController();
  #forgetting: Promise<void> = Promise.resolve();

  constructor(site: Site, environment: Environment, forgetEveryMs = FORGET_EVERY_MS) {
    this.#site = site;
    this.#environment = environment;
    this.#forgetEveryMs = forgetEveryMs;
  }

  /** Throws REDIS_MISSING where it is not installed, REDIS_UNAVAILABLE when it does not come up. */
  async start(): Promise<void> {
    const dir = path.join(this.#site.dataDir, 'redis');
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await this.#endOrphan();
    if (this.#closing) return;
    await this.#spawn(dir);
    const redis = await connectRedis(this.#site.redis, silentLog, 20_000);
    redis.disconnect();
    this.#forgetting = this.#forget();
  }

  /** Asks it to save and end; everything that used it must be closed before. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#stop.abort();
    await this.#forgetting;
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  }

  async #forget(): Promise<void> {
    const { clock, log } = this.#environment;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(this.#forgetEveryMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        const redis = await connectRedis(this.#site.redis, silentLog, 1000);
        await redis.bgrewriteaof().finally(() => redis.disconnect());
      } catch (error) {
        // One under way already, or no server for the moment: next time.
        log.debug({ reason: sentenceOf(error) }, 'the append-only file was not written anew');
      }
    }
  }

  /** A server left over by an `up` that was killed -9 still has our append-only file open: two writers would ruin it. */
  async #endOrphan(): Promise<void> {
    const orphan = await connectRedis(this.#site.redis, silentLog, 300).catch(() => null);
    if (!orphan) return;
    this.#environment.log.warn({}, 'a redis-server of an earlier run is still there; ending it first');
    const ended = new Promise((resolve) => orphan.once('close', resolve));
    orphan.shutdown().catch(() => undefined);
    await ended;
    orphan.disconnect();
  }

  async #spawn(dir: string): Promise<void> {
    const { config, redis } = this.#site;
    const socket = 'socket' in redis ? redis.socket : '';
    await rm(socket, { force: true });
    const options = {
      port: '0',
      unixsocket: socket,
      unixsocketperm: '700',
      dir,
      appendonly: 'yes',
      appendfsync: config.redis.appendFsync,
      save: '',
      maxmemory: `${config.redis.maxMemoryMb}mb`,
      'maxmemory-policy': 'noeviction',
      'auto-aof-rewrite-min-size': '64mb',
      loglevel: 'warning',
    };
    const server = spawn('redis-server', Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]), { stdio: 'ignore', detached: true });
    try {
      await once(server, 'spawn');
    } catch (error) {
      throw new GridwardenError('REDIS_MISSING', {}, error);
    }
    this.#server = server;
    // However this process ends, short of kill -9, its server ends with it.
    const endWithUs = (): void => void server.kill('SIGTERM');
    process.once('exit', endWithUs);
    // A signal that could not be sent is told here; without a listener it would end this process.
    server.on('error', (error) => this.#environment.log.warn({ reason: sentenceOf(error) }, 'redis-server could not be signalled'));
    const aliveSinceMs = this.#environment.clock.nowMs();
    server.once('exit', (code, signal) => {
      process.off('exit', endWithUs);
      if (this.#environment.clock.nowMs() - aliveSinceMs > HEALTHY_AFTER_MS) this.#deaths = 0;
      void this.#revive(dir, { code, signal });
    });
    // Closing began while it was being started.
    if (this.#closing) server.kill('SIGTERM');
  }

  /** Never rejects: a machine out of memory, or redis-server being upgraded, is no reason to end everything else. */
  async #revive(dir: string, how: object): Promise<void> {
    const { clock, ids, log } = this.#environment;
    for (let why = how; !this.#closing; ) {
      const waitMs = Math.round(backoffMs(this.#deaths++, REVIVE, ids.random()));
      log.error({ ...why, restartInMs: waitMs }, 'redis-server ended unexpectedly; starting it again on the same data');
      await clock.sleep(waitMs);
      if (this.#closing) return;
      try {
        return await this.#spawn(dir);
      } catch (error) {
        why = { reason: sentenceOf(error) };
      }
    }
  }
}
