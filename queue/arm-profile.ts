/** The arm profile the site is in: kept in Redis without an end, so that it outlives every process, and read by every worker. */
import type { Redis } from 'ioredis';
import type { ArmProfile } from '../domain/rule.ts';
import type { Clock } from '../platform/clock.ts';
import { KEY_PREFIX } from './redis.ts';

const KEY = `${KEY_PREFIX}:arm-profile`;
/** A worker asks this often at most; whoever arms a site waits no longer. */
const ASKED_EVERY_MS = 1000;

export class ArmProfileShelf {
  readonly #redis: Redis;
  readonly #profiles: readonly ArmProfile[];
  readonly #clock: Clock;
  #known: { readonly id: string | null; readonly atMs: number } | null = null;

  /** `profiles` are those of the site; it begins in the first. */
  constructor(redis: Redis, profiles: readonly ArmProfile[], clock: Clock) {
    this.#redis = redis;
    this.#profiles = profiles;
    this.#clock = clock;
  }

  /** The id of the profile the site is in, at most a second old; null where the site has none. Rejects when Redis is away. */
  async now(): Promise<string | null> {
    if (this.#profiles.length === 0) return null;
    const nowMs = this.#clock.nowMs();
    if (!this.#known || nowMs < this.#known.atMs || nowMs - this.#known.atMs >= ASKED_EVERY_MS) this.#known = { id: this.#ofSite(await this.#redis.get(KEY)), atMs: nowMs };
    return this.#known.id;
  }

  /** Puts the site into a profile. False when the site has none of that id. */
  async set(id: string): Promise<boolean> {
    if (!this.#profiles.some((profile) => profile.id === id)) return false;
    await this.#redis.set(KEY, id);
    this.#known = null;
    return true;
  }

  /** One that was taken out of the configuration since counts as never set. */
  #ofSite(id: string | null): string | null {
    return (this.#profiles.find((profile) => profile.id === id) ?? this.#profiles[0])?.id ?? null;
  }
}
