/** What every process starts from: its arguments, the configuration, the data folder, and the real clock, ids and log. */
import { lstat, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createHash } from 'node:crypto';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';
import { type Ids, systemIds } from '../platform/ids.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createMetrics, type Metrics } from '../platform/metrics.ts';
import type { RedisPlace } from '../queue/redis.ts';

/** The outside world as one plain struct; no part takes more of it than it needs. */
export interface Environment {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Site {
  readonly config: Config;
  readonly configFile: string;
  readonly gridFile: string;
  readonly dataDir: string;
  readonly redis: RedisPlace;
}

export interface SiteArguments {
  readonly config: string;
  readonly data: string;
}

/** `--config FILE --data DIR`, both with defaults; anything else is refused with the usage. */
export function siteArguments(argv: readonly string[]): SiteArguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { config: { type: 'string', default: 'gridwarden.yaml' }, data: { type: 'string', default: 'data' } },
    });
    return values;
  } catch (error) {
    throw new GridwardenError('BAD_REQUEST', { why: `${(error as Error).message}; the options are --config FILE and --data DIR` }, error);
  }
}

export async function openSite(args: SiteArguments): Promise<Site> {
  const configFile = path.resolve(args.config);
  const { config, gridFile } = await loadConfig(configFile, process.env);
  const dataDir = path.resolve(args.data);
  await mkdir(path.join(dataDir, 'run'), { recursive: true, mode: 0o700 });
  return { config, configFile, gridFile, dataDir, redis: await redisPlace(config, dataDir) };
}

export function systemEnvironment(processName: string): Environment {
  const level = process.env['GRIDWARDEN_LOG'] ?? 'info';
  return { clock: systemClock, ids: systemIds, log: createLog(processName, level), metrics: createMetrics() };
}

/** A unix socket's path may have 107 bytes (unix(7)); for a deeper data folder it lies in a folder of ours under the temporary folder instead. */
async function redisPlace(config: Config, dataDir: string): Promise<RedisPlace> {
  if (config.redis.url !== null) return { url: config.redis.url };
  const socket = path.join(dataDir, 'run', 'redis.sock');
  if (Buffer.byteLength(socket) <= 100) return { socket };
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return { socket: path.join(await ownFolder(path.join(os.tmpdir(), `gridwarden-${os.userInfo().uid}-${name}`)), 'redis.sock') };
}

/**
 * Everybody may write to the temporary folder, so anybody may have been there first: with a folder or a link of theirs they would be
 * our Redis. Throws FOLDER_UNSAFE unless the folder is really one, this user's, and closed to all others.
 */
export async function ownFolder(dir: string): Promise<string> {
  await mkdir(dir, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const found = await lstat(dir);
  const why = !found.isDirectory() ? 'it is no folder' : found.uid !== os.userInfo().uid ? 'it belongs to another user' : (found.mode & 0o077) !== 0 ? 'others may enter it' : null;
  if (why !== null) throw new GridwardenError('FOLDER_UNSAFE', { dir, why });
  return dir;
}

/** How many processes of a kind can work at once here. */
export function cores(): number {
  return os.availableParallelism();
}
