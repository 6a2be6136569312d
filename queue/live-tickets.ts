/** Tickets to live video between the desk that gave one and the desk that is shown it. */
import type { Redis } from 'ioredis';
import { KEY_PREFIX } from './redis.ts';

export class LiveTicketShelf {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async keepTicket(hash: string, ticket: string, forMs: number): Promise<void> {
    await this.#redis.set(`${KEY_PREFIX}:live-ticket:${hash}`, ticket, 'PX', forMs);
  }

  /** Once, to whoever comes first. */
  async takeTicket(hash: string): Promise<string | null> {
    return this.#redis.getdel(`${KEY_PREFIX}:live-ticket:${hash}`);
  }
}
