/** Connections to Redis: by unix socket (the private server) or by URL, with errors that never show a password. */
import { Redis, type RedisOptions } from 'ioredis';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { type Log, withoutCredentials } from '../platform/log.ts';

export type RedisPlace = { readonly socket: string } | { readonly url: string };

/** All our keys and all of BullMQ's begin with this. */
export const KEY_PREFIX = 'gw';

export function placeInWords(place: RedisPlace): string {
  return 'socket' in place ? place.socket : withoutCredentials(place.url);
}

/** Retries for ever, at most 1 s apart; commands wait while Redis is away, so callers that may not wait set their own bound. */
const OPTIONS: RedisOptions = { maxRetriesPerRequest: null, lazyConnect: true, retryStrategy: (times) => Math.min(50 * times, 1000) };

export function newRedis(place: RedisPlace, log: Log): Redis {
  const redis = 'socket' in place ? new Redis({ ...OPTIONS, path: place.socket }) : new Redis(place.url, OPTIONS);
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) log.warn({ redis: placeInWords(place), reason: withoutCredentials(error.message) }, 'Redis is away; waiting for it');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info({ redis: placeInWords(place) }, 'Redis is back');
    down = false;
  });
  return redis;
}

/** Connects and proves it with a PING. Throws REDIS_UNAVAILABLE after `timeoutMs`. */
export async function connectRedis(place: RedisPlace, log: Log, timeoutMs = 5000): Promise<Redis> {
  const redis = newRedis(place, log);
  let lastError: unknown = new Error('no answer');
  redis.on('error', (error: Error) => (lastError = error));
  // The first attempt failing is no verdict: retryStrategy goes on until 'ready' or the deadline ends it.
  redis.connect().catch(() => undefined);
  try {
    await Promise.race([new Promise((resolve) => redis.once('ready', resolve)), rejectAfter(timeoutMs)]);
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new GridwardenError('REDIS_UNAVAILABLE', { where: placeInWords(place), why: withoutCredentials(sentenceOf(lastError)) }, error);
  }
}

function rejectAfter(timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs).unref());
}

function placeOf({ options: { path, host = 'localhost', port = 6379 } }: Redis): RedisPlace {
  return path ? { socket: path } : { url: `redis://${host}:${port}` };
}

/** A write that is read back: what readiness means (a server at its memory cap answers PING and refuses writes). */
export async function proveWritable(redis: Redis, token: string): Promise<void> {
  const key = `${KEY_PREFIX}:ready`;
  try {
    await redis.set(key, token, 'EX', 60);
  } catch (error) {
    throw new GridwardenError('REDIS_FULL', { where: placeInWords(placeOf(redis)), why: sentenceOf(error).replace(/\.$/, '') }, error);
  }
  if ((await redis.get(key)) === null) throw new GridwardenError('REDIS_FULL', { where: placeInWords(placeOf(redis)), why: 'a value just written is gone' });
}

/** What a Redis that is not ours is set to that could lose what was acknowledged; one sentence each. Empty where it does not let us look. */
export async function durabilityDoubts(redis: Redis): Promise<string[]> {
  const setting = async (name: string): Promise<string | null> => {
    const answer = (await redis.config('GET', name).catch(() => null)) as [string, string] | null;
    return answer?.[1] ?? null;
  };
  const [policy, appendOnly] = [await setting('maxmemory-policy'), await setting('appendonly')];
  return [
    ...(policy !== null && policy !== 'noeviction' ? [`maxmemory-policy is ${policy}: it may throw waiting events away; set noeviction`] : []),
    ...(appendOnly === 'no' ? ['appendonly is no: what was acknowledged is lost when Redis restarts; set appendonly yes'] : []),
  ];
}
