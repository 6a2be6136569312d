/** The arm profile the site is in, and who changed it when: kept in Redis without an end, so that it outlives every process, and read by every worker. */
import type { Redis } from 'ioredis';
import type { ArmProfile, ArmProfileChange, ArmProfileState } from '../domain/rule.ts';
import type { Clock } from '../platform/clock.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { KEY_PREFIX } from './redis.ts';
import { Script } from './script.ts';

const KEY = `${KEY_PREFIX}:arm-profile`;
const CHANGES = `${KEY_PREFIX}:arm-profile:changes`;
/** A worker asks this often at most; whoever arms a site waits no longer. */
const ASKED_EVERY_MS = 1000;
/** A frame waits for the answer no longer; an ordinary one takes a thousandth of it. */
const PATIENCE_MS = 500;
/** Years of a site that is armed and disarmed every day. */
const CHANGES_KEPT = 5000;

/** The change and its record are one: neither is ever there without the other. What changes nothing is no change. */
const SET = new Script(`
local from = redis.call('GET', KEYS[1]) or ARGV[2]
if from == ARGV[1] then return from end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'by', ARGV[3], 'atMs', ARGV[4], 'from', from, 'to', ARGV[1])
return from`);

export class ArmProfileShelf {
  readonly #redis: Redis;
  readonly #profiles: readonly ArmProfile[];
  readonly #platform: { readonly clock: Clock; readonly log: Log };
  #known: { readonly id: string; readonly atMs: number } | null = null;
  #asking: Promise<void> | null = null;
  #silent = false;

  /** `profiles` are those of the site; it begins in the first. */
  constructor(redis: Redis, profiles: readonly ArmProfile[], platform: { readonly clock: Clock; readonly log: Log }) {
    this.#redis = redis;
    this.#profiles = profiles;
    this.#platform = platform;
  }

  /**
   * The id of the profile the site is in, at most a second old; null where the site has none. Never rejects: while Redis does not
   * answer the last known one holds (at first: the one the site begins in), and the log has it once.
   */
  async now(): Promise<string | null> {
    const first = this.#profiles[0];
    if (!first) return null;
    const { clock } = this.#platform;
    const nowMs = clock.nowMs();
    if (this.#known && nowMs >= this.#known.atMs && nowMs - this.#known.atMs < ASKED_EVERY_MS) return this.#known.id;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    const answered = new AbortController();
    const inTime = await Promise.race([this.#asking.then(() => true), clock.sleep(PATIENCE_MS, answered.signal).then(() => false)]);
    answered.abort();
    if (!inTime) this.#holdOn('no answer');
    return this.#known?.id ?? first.id;
  }

  /** Fresh, with the last changes. Rejects when Redis refuses. */
  async state(mostChanges = 20): Promise<ArmProfileState> {
    const [id, entries] = await Promise.all([this.#redis.get(KEY), this.#redis.xrevrange(CHANGES, '+', '-', 'COUNT', mostChanges)]);
    return { profiles: this.#profiles, current: this.#ofSite(id), changes: entries.map(([, fields]) => changeOf(fields)) };
  }

  /** Puts the site into a profile, and keeps by whom. False when the site has none of that id. */
  async set(id: string, by: string): Promise<boolean> {
    const first = this.#profiles[0];
    if (!first || !this.#profiles.some((profile) => profile.id === id)) return false;
    const { clock, log } = this.#platform;
    const from = String(await SET.run(this.#redis, [KEY, CHANGES], id, first.id, by, clock.nowMs(), CHANGES_KEPT));
    if (from !== id) log.info({ by, from, to: id }, 'the site was put into another arm profile');
    this.#known = null;
    return true;
  }

  async #ask(): Promise<void> {
    const { clock, log } = this.#platform;
    try {
      const id = this.#ofSite(await this.#redis.get(KEY));
      if (id !== null) this.#known = { id, atMs: clock.nowMs() };
      if (this.#silent) log.info({ profile: id }, 'the arm profile can be read again');
      this.#silent = false;
    } catch (error) {
      this.#holdOn(sentenceOf(error));
    }
  }

  /** The last known profile counts as asked for just now: frames must not wait again and again. */
  #holdOn(reason: string): void {
    const { clock, log } = this.#platform;
    const id = this.#known?.id ?? this.#profiles[0]?.id ?? '';
    this.#known = { id, atMs: clock.nowMs() };
    if (!this.#silent) log.warn({ reason, profile: id }, 'the arm profile cannot be read; the last known one holds');
    this.#silent = true;
  }

  /** One that was taken out of the configuration since counts as never set. */
  #ofSite(id: string | null): string | null {
    return (this.#profiles.find((profile) => profile.id === id) ?? this.#profiles[0])?.id ?? null;
  }
}

function changeOf(fields: readonly string[]): ArmProfileChange {
  const value = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  return { by: value('by'), atMs: Number(value('atMs')), from: value('from'), to: value('to') };
}
