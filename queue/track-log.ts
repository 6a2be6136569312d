/**
 * The tracks of every judged frame, for trying rules on: per camera one Redis stream  gw:track-log:<id> , bounded by frames, bytes and age.
 * Boxes and classes only: no pictures, nothing that tells one person from another beyond a number that is new with every passing.
 */
import type { Redis } from 'ioredis';
import { OBJECT_CLASSES, type Track } from '../domain/detection.ts';
import type { LoggedFrame, TimeSpan } from '../domain/trial.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { KEY_PREFIX } from './redis.ts';
import { Script } from './script.ts';

export interface TrackLogLimits {
  /** Of one camera; 0 records nothing. */
  readonly keepFrames: number;
  /** Of one camera's frames as text. */
  readonly keepBytes: number;
  readonly keepMs: number;
}

/** Frames in which nothing is seen say little: one in so long. But the first after something was seen tells that it is gone. */
const EMPTY_EVERY_MS = 2000;
const PAGE = 500;
/** Name of an entry's only field. Another version of the program that writes them differently names it differently. */
const FORMAT = '1';
const STATES = ['tentative', 'confirmed', 'lost'] as const;

/** Appends, and drops the oldest until all three limits hold. The bytes are counted beside the stream: Redis counts none itself. */
const APPEND = new Script(`
redis.call('XADD', KEYS[1], '*', '${FORMAT}', ARGV[1])
local frames = redis.call('XLEN', KEYS[1])
local bytes = #ARGV[1] + (frames > 1 and tonumber(redis.call('GET', KEYS[2]) or 0) or 0)
local oldestMs = tonumber(redis.call('TIME')[1]) * 1000 - tonumber(ARGV[4])
while true do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not first or (frames <= tonumber(ARGV[2]) and bytes <= tonumber(ARGV[3]) and tonumber(string.match(first[1], '^%d+')) >= oldestMs) then break end
  redis.call('XDEL', KEYS[1], first[1])
  frames = frames - 1
  bytes = bytes - #first[2][2]
end
redis.call('SET', KEYS[2], bytes, 'PX', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return frames`);

export class TrackLog {
  readonly #redis: Redis;
  readonly #limits: TrackLogLimits;
  readonly #log: Log;
  /** Camera id → when the last frame was recorded, while that was one without tracks. */
  readonly #emptySince = new Map<string, number>();
  #failing = false;

  constructor(redis: Redis, limits: TrackLogLimits, log: Log) {
    this.#redis = redis;
    this.#limits = limits;
    this.#log = log;
  }

  /** Never rejects: a recording that fails costs no frame, and the log has it once. */
  async record(cameraId: string, frame: LoggedFrame): Promise<void> {
    const { keepFrames, keepBytes, keepMs } = this.#limits;
    if (keepFrames === 0 || this.#saysLittle(cameraId, frame)) return;
    try {
      const [entries, bytes] = keysOf(cameraId);
      await APPEND.run(this.#redis, [entries, bytes], packed(frame), keepFrames, keepBytes, Math.round(keepMs));
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ camera: cameraId, reason: sentenceOf(error) }, 'tracks are not recorded for trying rules; frames are judged all the same');
      this.#failing = true;
    }
  }

  /** The frames of a span, oldest first, each once: a frame that was judged again after a crash was recorded twice. */
  async *read(cameraId: string, { fromMs, toMs }: TimeSpan): AsyncGenerator<LoggedFrame> {
    const [key] = keysOf(cameraId);
    let lastMs = -Infinity;
    for (let start = '-'; ; ) {
      const page = await this.#redis.xrange(key, start, '+', 'COUNT', PAGE);
      for (const [, [format, text]] of page) {
        const frame = format === FORMAT && text !== undefined ? unpacked(text) : null;
        if (!frame || frame.atMs <= lastMs || frame.atMs < (fromMs ?? -Infinity) || frame.atMs > (toMs ?? Infinity)) continue;
        lastMs = frame.atMs;
        yield frame;
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      start = `(${last[0]}`;
    }
  }

  #saysLittle(cameraId: string, { atMs, tracks }: LoggedFrame): boolean {
    if (tracks.length > 0) {
      this.#emptySince.delete(cameraId);
      return false;
    }
    const before = this.#emptySince.get(cameraId);
    if (before !== undefined && atMs >= before && atMs - before < EMPTY_EVERY_MS) return true;
    this.#emptySince.set(cameraId, atMs);
    return false;
  }
}

const keysOf = (cameraId: string): readonly [entries: string, bytes: string] => [`${KEY_PREFIX}:track-log:${cameraId}`, `${KEY_PREFIX}:track-log:${cameraId}:bytes`];

type PackedTrack = readonly [id: number, label: number, score: number, x: number, y: number, w: number, h: number, state: number, firstSeenAgoMs: number, lastSeenAgoMs: number, stationaryForMs: number | null];

/** A tenth of a pixel is finer than any detector. */
const tenth = (value: number): number => Math.round(value * 10) / 10;

function packed({ atMs, widthPx, heightPx, tracks }: LoggedFrame): string {
  return JSON.stringify([atMs, widthPx, heightPx, tracks.map(({ trackId, label, score, box, state, firstSeenAtMs, lastSeenAtMs, stationarySinceMs }): PackedTrack => [
    trackId, OBJECT_CLASSES.indexOf(label), Math.round(score * 1000) / 1000, tenth(box.x), tenth(box.y), tenth(box.w), tenth(box.h),
    STATES.indexOf(state), atMs - firstSeenAtMs, atMs - lastSeenAtMs, stationarySinceMs === null ? null : atMs - stationarySinceMs,
  ])]);
}

function unpacked(text: string): LoggedFrame {
  const [atMs, widthPx, heightPx, tracks] = JSON.parse(text) as [number, number, number, PackedTrack[]];
  return { atMs, widthPx, heightPx, tracks: tracks.map((track) => trackOf(track, atMs)) };
}

function trackOf([trackId, label, score, x, y, w, h, state, firstSeenAgoMs, lastSeenAgoMs, stationaryForMs]: PackedTrack, atMs: number): Track {
  return {
    trackId, label: OBJECT_CLASSES[label] ?? 'person', score, box: { x, y, w, h }, state: STATES[state] ?? 'lost',
    firstSeenAtMs: atMs - firstSeenAgoMs, lastSeenAtMs: atMs - lastSeenAgoMs, stationarySinceMs: stationaryForMs === null ? null : atMs - stationaryForMs,
  };
}
