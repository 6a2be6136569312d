/** Live video from whoever makes it to whoever watches: Redis pub/sub per camera and variant, made only while somebody wants it. */
import type { Redis } from 'ioredis';
import { LIVE_VARIANTS, type LiveBegin, type LiveVariant, type LiveViewer } from '../domain/live-video.ts';
import type { Clock } from '../platform/clock.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { KEY_PREFIX } from './redis.ts';
import { Script } from './script.ts';

/*
 * Per camera and variant: the channel  gw:live:<camera>:<variant>  and beside it  …:wanted  (somebody watches, or did some seconds ago),
 * …:begin  and  …:since-key , for those who come late: the init segment, and the fragments since the last key frame. Faces are in these:
 * REPL_NONE keeps them out of the append-only file and of replicas, and they are gone seconds after the last viewer.
 */
const WANTED_MS = 10_000;
const RENEW_EVERY_MS = 3000;
const KEPT_MS = 10_000;
/** A group of pictures larger than this is not kept for those who come late: they wait for the next key frame. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;
/** What may be on its way to Redis at once; beyond it everything up to the next key frame is left out. */
const MOST_UNDER_WAY_BYTES = 4 * 1024 * 1024;
/** Where cameras and variants are named that somebody wants to see. */
const WANTED = `${KEY_PREFIX}:live:wanted`;

const channelOf = (cameraId: string, variant: LiveVariant): string => `${KEY_PREFIX}:live:${cameraId}:${variant}`;

const WANT = new Script(`
redis.set_repl(redis.REPL_NONE)
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
return redis.call('PUBLISH', ARGV[2], ARGV[3])`);

const BEGIN = new Script(`
redis.set_repl(redis.REPL_NONE)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return redis.call('PUBLISH', ARGV[1], ARGV[2])`);

/* 0: Redis has forgotten the beginning (it was restarted, or held up beyond the time to live). */
const FRAGMENT = new Script(`
redis.set_repl(redis.REPL_NONE)
if ARGV[3] ~= 'on' then redis.call('DEL', KEYS[2]) end
if ARGV[3] ~= 'unkept' then
  redis.call('RPUSH', KEYS[2], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[4])`);

const END = new Script(`
redis.set_repl(redis.REPL_NONE)
redis.call('DEL', KEYS[1], KEYS[2])
return redis.call('PUBLISH', ARGV[1], ARGV[2])`);

/** What stands before the bytes of a message. `life` names one beginning and what follows it; `seq` counts its fragments. */
type Head =
  | { readonly kind: 'begin'; readonly life: string; readonly begin: LiveBegin }
  | { readonly kind: 'fragment'; readonly life: string; readonly seq: number; readonly key: boolean; readonly zeroAtMs?: number | undefined }
  | { readonly kind: 'end'; readonly life: string };

interface Message {
  readonly head: Head;
  readonly bytes: Buffer;
}

/** Two bytes with the length of the JSON, the JSON, the bytes. */
function packed(head: Head, bytes: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(json.length);
  return Buffer.concat([length, json, bytes]);
}

function unpacked(message: Buffer): Message {
  const end = 2 + message.readUInt16BE(0);
  return { head: JSON.parse(message.toString('utf8', 2, end)) as Head, bytes: message.subarray(end) };
}

export interface LiveEnv {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Gives out the live video of one camera in one variant. No call waits for Redis or throws. */
export class LivePublisher {
  readonly #redis: Redis;
  readonly #channel: string;
  readonly #env: LiveEnv;
  #life = '';
  #beginning: Buffer | null = null;
  #seq = 0;
  #keptBytes = 0;
  #underWayBytes = 0;
  #leavingOut = true;
  #leftOut = 0;
  #failing = false;

  constructor(redis: Redis, cameraId: string, variant: LiveVariant, env: LiveEnv) {
    this.#redis = redis;
    this.#channel = channelOf(cameraId, variant);
    this.#env = env;
  }

  /** Fragments that were left out because Redis did not keep up. */
  get leftOut(): number {
    return this.#leftOut;
  }

  begin(begin: LiveBegin, init: Uint8Array): void {
    this.#life = this.#env.ids.id();
    this.#beginning = packed({ kind: 'begin', life: this.#life, begin }, init);
    this.#seq = 0;
    this.#leavingOut = true;
    this.#sendBeginning();
  }

  /** `zeroAtMs` where the beginning's no longer holds: told with key frames is often enough. */
  fragment(bytes: Uint8Array, key: boolean, zeroAtMs?: number): void {
    if (this.#beginning === null) return;
    if (key && this.#underWayBytes < MOST_UNDER_WAY_BYTES / 2) this.#leavingOut = false;
    else if (this.#underWayBytes + bytes.length > MOST_UNDER_WAY_BYTES) this.#leavingOut = true;
    if (this.#leavingOut) return void this.#leftOut++;
    this.#keptBytes = key ? bytes.length : this.#keptBytes + bytes.length;
    const kept = this.#keptBytes > MOST_KEPT_BYTES ? 'unkept' : key ? 'anew' : 'on';
    const message = packed({ kind: 'fragment', life: this.#life, seq: this.#seq++, key, zeroAtMs }, bytes);
    void this.#send(message.length, async () => {
      if ((await FRAGMENT.run(this.#redis, this.#keys, this.#channel, message, kept, KEPT_MS)) === 0) this.#sendBeginning();
    });
  }

  /** Nothing more comes; resolves when Redis knows it, at once when nothing had begun or Redis is away: then time tells. */
  async end(): Promise<void> {
    if (this.#beginning === null) return;
    this.#beginning = null;
    if (this.#redis.status !== 'ready') return;
    const message = packed({ kind: 'end', life: this.#life }, new Uint8Array());
    await this.#send(message.length, () => END.run(this.#redis, this.#keys, this.#channel, message));
  }

  get #keys(): readonly string[] {
    return [`${this.#channel}:begin`, `${this.#channel}:since-key`];
  }

  #sendBeginning(): void {
    const beginning = this.#beginning;
    if (beginning) void this.#send(beginning.length, () => BEGIN.run(this.#redis, this.#keys, this.#channel, beginning, KEPT_MS));
  }

  async #send(bytes: number, send: () => Promise<unknown>): Promise<void> {
    this.#underWayBytes += bytes;
    try {
      await send();
      this.#failing = false;
    } catch (error) {
      // Said once, not at every picture.
      if (!this.#failing) this.#env.log.warn({ channel: this.#channel, reason: sentenceOf(error) }, 'live video cannot be handed on');
      this.#failing = true;
      this.#leavingOut = true;
    } finally {
      this.#underWayBytes -= bytes;
    }
  }
}

/** Hears, for whoever makes live video, which cameras somebody wants to see in one variant. */
export class LiveWants {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #variant: LiveVariant;
  readonly #env: LiveEnv;
  readonly #stop = new AbortController();
  /** Until when each wanted camera is, if nobody says so again. */
  readonly #untilMs = new Map<string, number>();

  /** `subscriber` is a connection that does nothing but listen; others may listen on it, too. */
  constructor(redis: Redis, subscriber: Redis, variant: LiveVariant, env: LiveEnv) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#variant = variant;
    this.#env = env;
  }

  /** Calls for every camera of these that comes to be wanted or is no longer; those wanted already are told before it resolves. */
  async follow(cameraIds: readonly string[], changed: (cameraId: string, wanted: boolean) => void): Promise<void> {
    const own = new Set(cameraIds);
    const want = (cameraId: string, forMs: number): void => {
      const fresh = !this.#untilMs.has(cameraId);
      this.#untilMs.set(cameraId, this.#env.clock.nowMs() + forMs);
      if (fresh) changed(cameraId, true);
    };
    this.#subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      if (this.#stop.signal.aborted || channel.toString() !== WANTED) return;
      const wanted = wantIn(message);
      if (wanted?.variant === this.#variant && own.has(wanted.cameraId)) want(wanted.cameraId, WANTED_MS);
    });
    await this.#subscriber.subscribe(WANTED);
    for (const cameraId of own) {
      const leftMs = await this.#leftMs(cameraId);
      if (leftMs > 0) want(cameraId, leftMs);
    }
    void this.#lapse(changed);
  }

  /** Tells no more. The connection stays open. May be called twice. */
  close(): void {
    this.#stop.abort();
  }

  async #leftMs(cameraId: string): Promise<number> {
    return this.#redis.pttl(`${channelOf(cameraId, this.#variant)}:wanted`);
  }

  async #lapse(changed: (cameraId: string, wanted: boolean) => void): Promise<void> {
    const { clock } = this.#env;
    for (;;) {
      await clock.sleep(1000, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      for (const [cameraId, untilMs] of this.#untilMs) {
        if (clock.nowMs() < untilMs) continue;
        // What was said may have been missed while the line was down: the key knows. Without an answer nobody can be watching either.
        const leftMs = await this.#leftMs(cameraId).catch(() => 0);
        if (leftMs > 0) this.#untilMs.set(cameraId, clock.nowMs() + leftMs);
        else if (this.#untilMs.delete(cameraId)) changed(cameraId, false);
      }
    }
  }
}

/** Anybody who may write to this Redis may write here: what does not fit is nobody's wish. */
function wantIn(message: Buffer): { readonly cameraId: string; readonly variant: LiveVariant } | null {
  const [variant, ...rest] = message.toString().split(' ');
  const known = LIVE_VARIANTS.find((one) => one === variant);
  return known ? { variant: known, cameraId: rest.join(' ') } : null;
}

interface Watcher {
  readonly viewer: LiveViewer;
  /** Heard while what lay there already was being read; null once that is handed on. */
  early: Message[] | null;
  life: string;
  seq: number;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  readonly stop: AbortController;
  readonly subscribed: Promise<unknown>;
}

/** Watches live video, for any number of viewers over one connection: a camera's channel is listened to once, and wanted while it has viewers. */
export class LiveListener {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #env: LiveEnv;
  readonly #watched = new Map<string, Watched>();

  /** `subscriber` is a connection that does nothing but listen; others may listen on it, too. */
  constructor(redis: Redis, subscriber: Redis, env: LiveEnv) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#env = env;
    subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => this.#heard(channel.toString(), message));
  }

  /** Tells the viewer what is shown now, from the last key frame on, and all that follows. Answers how to stop. Rejects when Redis refuses. */
  async watch(cameraId: string, variant: LiveVariant, viewer: LiveViewer): Promise<() => void> {
    const channel = channelOf(cameraId, variant);
    const watcher: Watcher = { viewer, early: [], life: '', seq: -1 };
    const watched = this.#watchedOn(channel, cameraId, variant);
    watched.watchers.add(watcher);
    const stop = (): void => this.#leave(channel, watched, watcher);
    try {
      await watched.subscribed;
      for (const message of [...(await this.#whatLies(channel)), ...(watcher.early ?? [])]) hand(watcher, message);
      watcher.early = null;
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  /** Wants nothing any more. The connections stay open. May be called twice. */
  close(): void {
    for (const [channel, watched] of this.#watched) for (const watcher of watched.watchers) this.#leave(channel, watched, watcher);
  }

  #watchedOn(channel: string, cameraId: string, variant: LiveVariant): Watched {
    const known = this.#watched.get(channel);
    if (known) return known;
    const watched: Watched = { watchers: new Set(), stop: new AbortController(), subscribed: this.#subscriber.subscribe(channel) };
    this.#watched.set(channel, watched);
    void this.#want(channel, `${variant} ${cameraId}`, watched);
    return watched;
  }

  #leave(channel: string, watched: Watched, watcher: Watcher): void {
    if (!watched.watchers.delete(watcher) || watched.watchers.size > 0) return;
    watched.stop.abort();
    this.#watched.delete(channel);
    this.#subscriber.unsubscribe(channel).catch(() => undefined);
  }

  /** Said after the channel is listened to, so that the answer is not missed; and again and again. */
  async #want(channel: string, what: string, { stop, subscribed }: Watched): Promise<void> {
    await subscribed.catch(() => undefined);
    while (!stop.signal.aborted) {
      await WANT.run(this.#redis, [`${channel}:wanted`], WANTED_MS, WANTED, what).catch((error: unknown) => this.#env.log.warn({ channel, reason: sentenceOf(error) }, 'live video cannot be asked for'));
      await this.#env.clock.sleep(RENEW_EVERY_MS, stop.signal);
    }
  }

  async #whatLies(channel: string): Promise<readonly Message[]> {
    const [begin, since] = ((await this.#redis.multi().getBuffer(`${channel}:begin`).lrangeBuffer(`${channel}:since-key`, 0, -1).exec()) ?? []).map(([, value]) => value);
    return begin instanceof Buffer ? [begin, ...((since ?? []) as Buffer[])].map(unpacked) : [];
  }

  #heard(channel: string, bytes: Buffer): void {
    const watched = this.#watched.get(channel);
    if (!watched) return;
    const message = messageIn(bytes);
    if (message === null) return;
    for (const watcher of watched.watchers) {
      if (watcher.early) watcher.early.push(message);
      else hand(watcher, message);
    }
  }
}

/** What throws in a listener would end the process: anybody who may write to this Redis could do so with one word. */
function messageIn(bytes: Buffer): Message | null {
  try {
    return unpacked(bytes);
  } catch {
    return null;
  }
}

/** Each fragment once and in order; what belongs to a life that is not begun, or was told already, is left out. */
function hand(watcher: Watcher, { head, bytes }: Message): void {
  switch (head.kind) {
    case 'begin':
      if (head.life === watcher.life) return;
      watcher.life = head.life;
      watcher.seq = -1;
      return watcher.viewer.begin(head.begin, bytes);
    case 'fragment':
      if (head.life !== watcher.life || head.seq <= watcher.seq) return;
      // A gap (Redis dropped us, or the maker left some out): only a key frame may follow it.
      if (head.seq !== watcher.seq + 1 && !head.key) return;
      watcher.seq = head.seq;
      return watcher.viewer.fragment(bytes, head.key, head.zeroAtMs);
    case 'end':
      if (head.life !== watcher.life) return;
      watcher.life = '';
      return watcher.viewer.end();
  }
}
