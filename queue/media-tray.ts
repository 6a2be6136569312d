/** Stills and clips on their way between processes: in Redis' memory alone, for some minutes, and all together never more than so many bytes. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { GridwardenError } from '../platform/errors.ts';
import { KEY_PREFIX } from './redis.ts';
import { Script } from './script.ts';

export interface TrayLimits {
  /** What nobody fetched by then is forgotten. */
  readonly ttlMs: number;
  /** Of all that lies in it. What would be too much is refused, so that facts never lack room for the sake of pictures. */
  readonly budgetBytes: number;
}

/** What lies in the tray, to be read piece by piece. */
export interface TrayItem {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Throws MEDIA_GONE where its time runs out meanwhile. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface TrayHeld {
  readonly items: number;
  readonly bytes: number;
  /** Ever. */
  readonly refused: number;
}

/** Redis does nothing else while it takes a piece: a megabyte is half a millisecond. */
const CHUNK_BYTES = 1024 * 1024;

/*
 * An item is a hash  gw:media:item:<key>  { bytes, sha256, 0, 1, … }  with its pieces; the ledger is  gw:media , a sorted set of keys by the time at
 * which they run out, and  gw:media:sizes . Room is taken before the first piece and given back with drop(), or when the time is up.
 * Nothing of it goes into the append-only file or to replicas (REPL_NONE): it is much, lives for minutes, and may show faces.
 */
const RESERVE = new Script(`
redis.set_repl(redis.REPL_NONE)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], old)
  redis.call('HDEL', KEYS[2], old)
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
local held = 0
for _, bytes in ipairs(redis.call('HVALS', KEYS[2])) do held = held + bytes end
if held + ARGV[2] > tonumber(ARGV[5]) then
  redis.call('INCR', KEYS[4])
  return held
end
redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], 'bytes', ARGV[2], 'sha256', ARGV[3])
for _, key in ipairs({ KEYS[1], KEYS[2], KEYS[3] }) do redis.call('PEXPIRE', key, ARGV[4]) end
return -1`);

const FILL = new Script(`
if redis.call('HGET', KEYS[1], 'sha256') ~= ARGV[1] then return 0 end
redis.set_repl(redis.REPL_NONE)
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1`);

const DROP = new Script(`
redis.set_repl(redis.REPL_NONE)
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])`);

const LEDGER = `${KEY_PREFIX}:media`;
const SIZES = `${KEY_PREFIX}:media:sizes`;
const REFUSED = `${KEY_PREFIX}:media:refused`;
const itemOf = (key: string): string => `${KEY_PREFIX}:media:item:${key}`;

export class MediaTray {
  readonly #redis: Redis;
  readonly #limits: TrayLimits;

  constructor(redis: Redis, limits: TrayLimits) {
    this.#redis = redis;
    this.#limits = limits;
  }

  /** The same key again replaces. Throws MEDIA_TRAY_FULL with nothing kept, and what Redis throws. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { ttlMs, budgetBytes } = this.#limits;
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sha256 = createHash('sha256').update(whole).digest('hex');
    const held = Number(await RESERVE.run(this.#redis, [LEDGER, SIZES, itemOf(key), REFUSED], key, whole.length, sha256, ttlMs, budgetBytes));
    if (held >= 0) throw new GridwardenError('MEDIA_TRAY_FULL', { bytes: whole.length, held, budget: budgetBytes });
    try {
      for (let at = 0, n = 0; at < whole.length; at += CHUNK_BYTES, n++) {
        if ((await FILL.run(this.#redis, [itemOf(key)], sha256, n, whole.subarray(at, at + CHUNK_BYTES))) !== 1) throw new Error(`what lay under ${key} in the media tray was taken away while it was put there`);
      }
    } catch (error) {
      await this.drop(key).catch(() => undefined);
      throw error;
    }
  }

  /** It stays, so that a retry finds it again. Null where it is not, or no longer whole. */
  async item(key: string): Promise<TrayItem | null> {
    const [bytesText, sha256] = await this.#redis.hmget(itemOf(key), 'bytes', 'sha256');
    if (!bytesText || !sha256) return null;
    const bytes = Number(bytesText);
    const pieces = Math.ceil(bytes / CHUNK_BYTES);
    if ((await this.#redis.hlen(itemOf(key))) !== pieces + 2) return null;
    return { bytes, sha256, chunks: () => this.#chunks(key, pieces) };
  }

  /** All of it at once. */
  async take(key: string): Promise<Uint8Array | null> {
    const item = await this.item(key);
    if (!item) return null;
    const parts: Uint8Array[] = [];
    for await (const part of item.chunks()) parts.push(part);
    return Buffer.concat(parts);
  }

  /** Gives its room back at once. No error where there is none. */
  async drop(key: string): Promise<void> {
    await DROP.run(this.#redis, [LEDGER, SIZES, itemOf(key)], key);
  }

  /** What was reserved and has not run out by its own time. */
  async held(): Promise<TrayHeld> {
    const [sizes, refused] = await Promise.all([this.#redis.hvals(SIZES), this.#redis.get(REFUSED)]);
    return { items: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + Number(bytes), 0), refused: Number(refused ?? 0) };
  }

  async *#chunks(key: string, pieces: number): AsyncIterable<Uint8Array> {
    for (let n = 0; n < pieces; n++) {
      const piece = await this.#redis.hgetBuffer(itemOf(key), String(n));
      if (!piece) throw new GridwardenError('MEDIA_GONE', { camera: key, why: 'its time in the media tray ran out' });
      yield piece;
    }
  }
}
