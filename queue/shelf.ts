/** Small things that lie in Redis between two jobs: track and rule state, and redacted evidence on its way to the desk. */
import type { Redis } from 'ioredis';
import { KEY_PREFIX } from './redis.ts';

/** JSON by key, forgotten when nobody touched it for `ttlMs`. */
export class StateShelf {
  readonly #redis: Redis;
  readonly #name: string;
  readonly #ttlMs: number;

  constructor(redis: Redis, name: string, ttlMs: number) {
    this.#redis = redis;
    this.#name = name;
    this.#ttlMs = ttlMs;
  }

  async load(key: string): Promise<unknown> {
    const text = await this.#redis.get(`${KEY_PREFIX}:${this.#name}:${key}`);
    return text === null ? null : (JSON.parse(text) as unknown);
  }

  async save(key: string, state: unknown): Promise<void> {
    await this.#redis.set(`${KEY_PREFIX}:${this.#name}:${key}`, JSON.stringify(state), 'PX', this.#ttlMs);
  }
}

/** Redacted JPEGs from worker to desk. They stay until their time runs out, so that a desk killed in between can take them again. */
export class EvidenceTray {
  readonly #redis: Redis;
  readonly #ttlMs: number;

  constructor(redis: Redis, ttlMs: number) {
    this.#redis = redis;
    this.#ttlMs = ttlMs;
  }

  async put(key: string, jpeg: Uint8Array): Promise<void> {
    await this.#redis.set(`${KEY_PREFIX}:evidence:${key}`, Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength), 'PX', this.#ttlMs);
  }

  async take(key: string): Promise<Uint8Array | null> {
    return this.#redis.getBuffer(`${KEY_PREFIX}:evidence:${key}`);
  }
}
