/** Who of several makers makes a camera's live video: the first that says so, for as long as it goes on saying so. */
import type { Redis } from 'ioredis';
import { KEY_PREFIX } from './redis.ts';
import { Script } from './script.ts';

/** A maker that died gives way after this. */
const CLAIM_MS = 10_000;

const CLAIM = new Script(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`);

const RELEASE = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`);

export class LiveClaims {
  readonly #redis: Redis;
  readonly #owner: string;

  /** `owner` is unique to this maker. */
  constructor(redis: Redis, owner: string) {
    this.#redis = redis;
    this.#owner = owner;
  }

  /** True when it is ours, for the next ten seconds; say it again before they are over. */
  async claim(cameraId: string): Promise<boolean> {
    return Number(await CLAIM.run(this.#redis, [keyOf(cameraId)], this.#owner, CLAIM_MS)) === 1;
  }

  /** No error where it is another's. */
  async release(cameraId: string): Promise<void> {
    await RELEASE.run(this.#redis, [keyOf(cameraId)], this.#owner);
  }
}

const keyOf = (cameraId: string): string => `${KEY_PREFIX}:live:${cameraId}:redacted:maker`;
