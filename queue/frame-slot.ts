/** Where a camera's newest frame waits for a worker: one slot per camera, newest wins, every frame counted. */
import type { Redis } from 'ioredis';
import type { FrameCounts, FrameInfo } from '../domain/frame.ts';
import { KEY_PREFIX } from './redis.ts';

export interface FrameLimits {
  /** A frame larger than this is shed, so a camera never holds more than this in Redis, plus the frame in work. */
  readonly maxFrameBytes: number;
  /** Pixels nobody fetched are dropped after this time; the frame then counts as shed. */
  readonly ttlMs: number;
}

export interface WaitingFrame {
  readonly info: FrameInfo;
  readonly jpeg: Uint8Array;
}

/*
 * Per camera a hash  gw:frame:<id>  { info, in, inferred, shed, taken }  and the pixels  gw:frame:<id>:jpeg .
 * `taken` names the frame a worker has in work. If the next worker finds it still there, the one before died: that frame is shed.
 */
const PUT = `
redis.call('HINCRBY', KEYS[1], 'in', 1)
if #ARGV[2] > tonumber(ARGV[3]) then
  redis.call('HINCRBY', KEYS[1], 'shed', 1)
  return 0
end
if redis.call('HEXISTS', KEYS[1], 'info') == 1 then redis.call('HINCRBY', KEYS[1], 'shed', 1) end
redis.call('HSET', KEYS[1], 'info', ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
return 1`;

const TAKE = `
if redis.call('HEXISTS', KEYS[1], 'taken') == 1 then
  redis.call('HDEL', KEYS[1], 'taken')
  redis.call('HINCRBY', KEYS[1], 'shed', 1)
end
local info = redis.call('HGET', KEYS[1], 'info')
if not info then return nil end
redis.call('HDEL', KEYS[1], 'info')
local jpeg = redis.call('GET', KEYS[2])
redis.call('DEL', KEYS[2])
if not jpeg then
  redis.call('HINCRBY', KEYS[1], 'shed', 1)
  return nil
end
redis.call('HSET', KEYS[1], 'taken', cjson.decode(info).traceparent)
return { info, jpeg }`;

const DONE = `
if redis.call('HGET', KEYS[1], 'taken') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'taken')
  redis.call('HINCRBY', KEYS[1], 'inferred', 1)
  return 1
end
return 0`;

const metaKey = (cameraId: string): string => `${KEY_PREFIX}:frame:${cameraId}`;

export class FrameSlot {
  readonly #redis: Redis;
  readonly #limits: FrameLimits;

  constructor(redis: Redis, limits: FrameLimits) {
    this.#redis = redis;
    this.#limits = limits;
  }

  /** Puts a frame into its camera's slot, shedding the one that waited there. False when it was too large and shed itself. */
  async put(info: FrameInfo, jpeg: Uint8Array): Promise<boolean> {
    const key = metaKey(info.cameraId);
    const { maxFrameBytes, ttlMs } = this.#limits;
    return (await this.#redis.eval(PUT, 2, key, `${key}:jpeg`, JSON.stringify(info), Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength), maxFrameBytes, ttlMs)) === 1;
  }

  /** Counts frames that were decoded but never put because the slot's writer was busy. */
  async shed(cameraId: string, frames: number): Promise<void> {
    await this.#redis.multi().hincrby(metaKey(cameraId), 'in', frames).hincrby(metaKey(cameraId), 'shed', frames).exec();
  }

  /** Takes the camera's newest frame, or null when there is none. */
  async take(cameraId: string): Promise<WaitingFrame | null> {
    const key = metaKey(cameraId);
    const answer = (await this.#redis.callBuffer('EVAL', TAKE, 2, key, `${key}:jpeg`)) as [Buffer, Buffer] | null;
    return answer === null ? null : { info: JSON.parse(answer[0].toString()) as FrameInfo, jpeg: answer[1] };
  }

  /** The frame's work is finished; only now does it count as inferred. */
  async done(info: FrameInfo): Promise<void> {
    await this.#redis.eval(DONE, 1, metaKey(info.cameraId), info.traceparent);
  }

  async counts(cameraId: string): Promise<FrameCounts> {
    const [framesIn, framesInferred, framesShed] = await this.#redis.hmget(metaKey(cameraId), 'in', 'inferred', 'shed');
    return { framesIn: Number(framesIn ?? 0), framesInferred: Number(framesInferred ?? 0), framesShed: Number(framesShed ?? 0) };
  }
}
