/** The status board: what every process says of itself and its charges, for the desk to read, and news for whoever listens. */
import type { Redis } from 'ioredis';
import { KEY_PREFIX } from './redis.ts';

export type Section = 'cameras' | 'devices' | 'metrics' | 'redactors';
export type Tally = 'eventsIn' | 'quarantined';

export class Board {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async post(section: Section, id: string, status: unknown): Promise<void> {
    await this.#redis.hset(`${KEY_PREFIX}:board:${section}`, id, JSON.stringify(status));
  }

  async read(section: Section): Promise<Map<string, unknown>> {
    const rows = await this.#redis.hgetall(`${KEY_PREFIX}:board:${section}`);
    return new Map(Object.entries(rows).map(([id, text]) => [id, JSON.parse(text) as unknown]));
  }

  /** Drops the entries that `isOld` names: of processes that are gone nobody else does. */
  async forget(section: Section, isOld: (status: unknown) => boolean): Promise<void> {
    const old = [...(await this.read(section))].flatMap(([id, status]) => (isOld(status) ? [id] : []));
    if (old.length > 0) await this.#redis.hdel(`${KEY_PREFIX}:board:${section}`, ...old);
  }

  async count(tally: Tally, by: number): Promise<void> {
    await this.#redis.hincrby(`${KEY_PREFIX}:tally`, tally, by);
  }

  async tallies(): Promise<Record<Tally, number>> {
    const rows = await this.#redis.hgetall(`${KEY_PREFIX}:tally`);
    return { eventsIn: Number(rows['eventsIn'] ?? 0), quarantined: Number(rows['quarantined'] ?? 0) };
  }
}

const NEWS = `${KEY_PREFIX}:news`;

/** Tells every desk what changed, so that each can tell its consoles. Lost news is harmless: consoles re-read when they reconnect. */
export async function publishNews(redis: Redis, news: unknown): Promise<void> {
  await redis.publish(NEWS, JSON.stringify(news));
}

/** `subscriber` is a connection of its own: Redis allows it nothing else while it listens. */
export async function listenToNews(subscriber: Redis, listener: (news: unknown) => void): Promise<void> {
  subscriber.on('message', (channel: string, text: string) => {
    if (channel !== NEWS) return;
    // What throws here would end the process: anybody who may write to this Redis could do so with one word.
    let news: unknown;
    try {
      news = JSON.parse(text);
    } catch {
      return;
    }
    listener(news);
  });
  await subscriber.subscribe(NEWS);
}
