/** A Lua script that Redis runs as one step; sent by its hash, and whole only to a server that does not know it yet. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export class Script {
  readonly #lua: string;
  readonly #sha: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /** Strings in the answer come as bytes. Throws what the script and Redis throw. */
  async run(redis: Redis, keys: readonly string[], ...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await redis.callBuffer('EVALSHA', this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      // A restarted server has forgotten its scripts; EVAL teaches it again.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.callBuffer('EVAL', this.#lua, keys.length, ...keys, ...args);
    }
  }
}
