/** Where a camera's frames wait for a worker (a short line per camera, the oldest shed where it is full, every frame counted), and what is kept of the camera between two. */
import type { Redis } from 'ioredis';
import type { FrameCounts, FrameInfo, SmallPicture } from '../domain/frame.ts';
import { KEY_PREFIX } from './redis.ts';
import { Script } from './script.ts';

export interface FrameLimits {
  /** A frame larger than this is shed. */
  readonly maxFrameBytes: number;
  /** So many frames of a camera wait at most, and so many bytes, plus the frame in work; unless given one frame, the newest. */
  readonly maxWaiting?: number;
  readonly maxWaitingBytes?: number;
  /** Pixels nobody fetched are dropped after this time; the frame then counts as shed. */
  readonly ttlMs: number;
}

/** A frame a worker has taken. With a small picture its JPEG stays in Redis, for whoever asks for it with jpegOf(). */
export type TakenFrame =
  | { readonly info: FrameInfo; readonly small: SmallPicture; readonly jpeg: null }
  | { readonly info: FrameInfo; readonly small: null; readonly jpeg: Uint8Array };

/** A frame, and the JSON that done() kept with the one before; null where there is none. */
export interface TakenWork {
  readonly frame: TakenFrame;
  readonly kept: unknown;
  /** How many more of the camera's frames wait. */
  readonly waiting: number;
  /** Gives the pixels' memory back at once; from then on they read as nothing. Left to the collector they drive it through the whole heap. */
  release(): void;
}

const STATE_KEPT_MS = 7 * 86_400_000;

/** A line in which a frame has waited for longer is no burst but a worker that is too slow: then all but the newest are shed, as what it sees must be of now. */
const MOST_WAIT_MS = 2000;

/*
 * Per camera a hash  gw:frame:<id>  { in, inferred, shed, taken, bytes } , the line of those that wait, a list  gw:frame:<id>:line  (oldest
 * first, each "id|bytes|put at|info"), and the pixels, hashes  gw:frame:<id>:waiting:<frame>  and  gw:frame:<id>:work  { of, size, seen,
 * jpeg } , and  gw:tracks:<id> , the kept JSON. `seen` is what a worker fetches: the small picture of `size` where there is one, and then
 * `jpeg` lies beside it, otherwise the JPEG. `bytes` are those of the pixels in the line. `taken` names the frame a worker has in work. If
 * the next worker finds it still there, the one before died: that frame is shed.
 * Pixels are kept out of the append-only file and of replicas (REPL_NONE): they are the bulk of all bytes written, live for a
 * second, and show faces. So after a restart of Redis they may be missing: such a frame is shed when its turn comes.
 */
const LINE = `
local function parts(entry) return string.match(entry, '^([^|]*)|(%d+)|(%d+)|(.*)$') end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- Takes the first out of the line; the bytes that are left in it.
local function leaves(bytes)
  redis.call('LPOP', KEYS[2])
  return redis.call('HINCRBY', KEYS[1], 'bytes', -bytes)
end
local function shed(of, bytes)
  redis.call('HINCRBY', KEYS[1], 'shed', 1)
  redis.call('DEL', KEYS[3] .. of)
  return leaves(bytes)
end
`;

const PUT = new Script(`${LINE}
redis.call('HINCRBY', KEYS[1], 'in', 1)
if #ARGV[3] > tonumber(ARGV[6]) then
  redis.call('HINCRBY', KEYS[1], 'shed', 1)
  return 0
end
local size = #ARGV[3] + #ARGV[5]
local line = redis.call('RPUSH', KEYS[2], ARGV[1] .. '|' .. size .. '|' .. string.format('%d', now()) .. '|' .. ARGV[2])
local total = redis.call('HINCRBY', KEYS[1], 'bytes', size)
while line > 1 and (line > tonumber(ARGV[8]) or total > tonumber(ARGV[9])) do
  local of, bytes = parts(redis.call('LINDEX', KEYS[2], 0))
  total = shed(of, bytes)
  line = line - 1
end
redis.set_repl(redis.REPL_NONE)
local pixels = KEYS[3] .. ARGV[1]
if ARGV[4] == '' then redis.call('HSET', pixels, 'of', ARGV[1], 'seen', ARGV[3])
else redis.call('HSET', pixels, 'of', ARGV[1], 'jpeg', ARGV[3], 'size', ARGV[4], 'seen', ARGV[5]) end
redis.call('PEXPIRE', pixels, ARGV[7])
return 1`);

const TAKE = new Script(`${LINE}
if redis.call('HEXISTS', KEYS[1], 'taken') == 1 then
  redis.call('HDEL', KEYS[1], 'taken')
  redis.call('HINCRBY', KEYS[1], 'shed', 1)
end
local line = redis.call('LLEN', KEYS[2])
local stale = false
while line > 0 do
  local of, bytes, put, info = parts(redis.call('LINDEX', KEYS[2], 0))
  stale = stale or now() - put > tonumber(ARGV[1])
  if (stale and line > 1) or redis.call('EXISTS', KEYS[3] .. of) == 0 then
    shed(of, bytes)
    line = line - 1
  else
    leaves(bytes)
    redis.call('HSET', KEYS[1], 'taken', of)
    redis.set_repl(redis.REPL_NONE)
    redis.call('RENAME', KEYS[3] .. of, KEYS[4])
    return { info, redis.call('HGET', KEYS[4], 'size'), redis.call('GET', KEYS[5]), line - 1 }
  end
end
return nil`);

const JPEG_OF = new Script(`
if redis.call('HGET', KEYS[1], 'of') ~= ARGV[1] then return nil end
return redis.call('HGET', KEYS[1], redis.call('HEXISTS', KEYS[1], 'size') == 1 and 'jpeg' or 'seen')`);

/* The state goes first: where Redis is full the script ends here, and the frame does not count as inferred. */
const DONE = new Script(`
if redis.call('HGET', KEYS[1], 'taken') ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3]) end
redis.call('HDEL', KEYS[1], 'taken')
redis.call('HINCRBY', KEYS[1], 'inferred', 1)
redis.call('DEL', KEYS[2])
return 1`);

function keysOf(cameraId: string): { readonly meta: string; readonly line: string; readonly waiting: string; readonly work: string; readonly state: string } {
  const meta = `${KEY_PREFIX}:frame:${cameraId}`;
  return { meta, line: `${meta}:line`, waiting: `${meta}:waiting:`, work: `${meta}:work`, state: `${KEY_PREFIX}:tracks:${cameraId}` };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Gives back the memory of pixels that nobody looks at any more; only where they have it to themselves: a small answer shares a buffer with others. */
export function freePixels({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

export class FrameSlot {
  readonly #redis: Redis;
  readonly #limits: FrameLimits;

  constructor(redis: Redis, limits: FrameLimits) {
    this.#redis = redis;
    this.#limits = limits;
  }

  /**
   * Puts a frame at the end of its camera's line, shedding the first of it where that is full. False when its JPEG was too large and it
   * was shed itself; a small picture that would take both over the limit is left out.
   */
  async put(info: FrameInfo, jpeg: Uint8Array, small: SmallPicture | null = null): Promise<boolean> {
    const { meta, line, waiting } = keysOf(info.cameraId);
    const { maxFrameBytes, maxWaiting = 1, maxWaitingBytes = maxFrameBytes, ttlMs } = this.#limits;
    const pixels = small && jpeg.length + small.i420.length <= maxFrameBytes ? [`${small.widthPx}x${small.heightPx}`, asBuffer(small.i420)] : ['', ''];
    return (await PUT.run(this.#redis, [meta, line, waiting], info.traceparent, JSON.stringify(info), asBuffer(jpeg), ...pixels, maxFrameBytes, ttlMs, maxWaiting, maxWaitingBytes)) === 1;
  }

  /** Counts frames that were decoded but never put because the line's writer was busy. */
  async shed(cameraId: string, frames: number): Promise<void> {
    await this.#redis.multi().hincrby(keysOf(cameraId).meta, 'in', frames).hincrby(keysOf(cameraId).meta, 'shed', frames).exec();
  }

  /** Takes the camera's next frame, with what was kept of the camera, in one step; null when no frame waits. */
  async take(cameraId: string): Promise<TakenWork | null> {
    const { meta, line, waiting, work, state } = keysOf(cameraId);
    // The pixels do not come out of the script, which would copy them twice more (0.2 ms a frame).
    // All but the pixels comes as text: a short answer in bytes is a view of the 64 KB that were read with it, and was seen to keep them
    // from every minor collection, so that the whole heap was gone through every 50 to 100 frames.
    const [answer, of, seen] = await TAKE.runWith((sent) => sent.hget(work, 'of').hgetBuffer(work, 'seen'), this.#redis, [meta, line, waiting, work, state], MOST_WAIT_MS);
    if (answer === null) return null;
    const [text, size, keptText, left] = answer as [info: string, size: string | null, kept: string | null, left: number];
    const info = JSON.parse(text) as FrameInfo;
    const pixels = seen as Buffer | null;
    // Gone, or another worker's by now: the frame counts as shed when the next one is taken.
    if (pixels === null || of !== info.traceparent) return null;
    const rest = { kept: keptText && (JSON.parse(keptText) as unknown), waiting: left, release: (): void => freePixels(pixels) };
    if (size === null) return { frame: { info, small: null, jpeg: pixels }, ...rest };
    const [widthPx = 0, heightPx = 0] = size.split('x').map(Number);
    return { frame: { info, small: { widthPx, heightPx, i420: pixels }, jpeg: null }, ...rest };
  }

  /** The whole picture of the frame in work; null when its time ran out or another worker has taken over. */
  async jpegOf(info: FrameInfo): Promise<Uint8Array | null> {
    return (await JPEG_OF.run(this.#redis, [keysOf(info.cameraId).work], info.traceparent)) as Buffer | null;
  }

  /**
   * The frame's work is finished: in one step it counts as inferred and `state` (JSON) is kept, without one what was kept stays. Neither
   * happens when another worker has taken the camera over meanwhile: a late one must not bring back an older state.
   */
  async done(info: FrameInfo, state?: unknown): Promise<void> {
    const { meta, work, state: key } = keysOf(info.cameraId);
    await DONE.run(this.#redis, [meta, work, key], info.traceparent, state === undefined ? '' : JSON.stringify(state), STATE_KEPT_MS);
  }

  async counts(cameraId: string): Promise<FrameCounts> {
    const [framesIn, framesInferred, framesShed] = await this.#redis.hmget(keysOf(cameraId).meta, 'in', 'inferred', 'shed');
    return { framesIn: Number(framesIn ?? 0), framesInferred: Number(framesInferred ?? 0), framesShed: Number(framesShed ?? 0) };
  }
}
