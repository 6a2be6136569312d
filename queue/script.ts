/** A Lua script that Redis runs as one step; sent by its hash, and whole only to a server that does not know it yet. */
import { createHash } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';

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
      if (!isForgotten(error)) throw error;
      return redis.callBuffer('EVAL', this.#lua, keys.length, ...keys, ...args);
    }
  }

  /**
   * As run(), in one piece with what `also` adds, which runs after it: the answers in their order. One write, and Redis is woken once.
   * Strings in the script's answer come as text.
   */
  async runWith(also: (sent: ChainableCommander) => ChainableCommander, redis: Redis, keys: readonly string[], ...args: readonly (string | number | Buffer)[]): Promise<unknown[]> {
    const send = async (command: string, script: string): Promise<[Error | null, unknown][]> => (await also(redis.pipeline().call(command, script, keys.length, ...keys, ...args)).exec()) ?? [];
    const known = await send('EVALSHA', this.#sha);
    const answers = isForgotten(known[0]?.[0]) ? await send('EVAL', this.#lua) : known;
    return answers.map(([error, answer]) => {
      if (error) throw error;
      return answer;
    });
  }
}

/** A restarted server has forgotten its scripts; EVAL teaches it again. */
function isForgotten(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
