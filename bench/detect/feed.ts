/** The child of feeder.ts: puts frames of one street where camera hosts put them, whenever its parent asks. */
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { FrameSlot } from '../../queue/frame-slot.ts';
import { connectRedis } from '../../queue/redis.ts';
import type { Asked, Street } from './feeder.ts';
import { streetFrames } from './frames.ts';

const START_MS = 1_760_000_000_000;
const FRAME_MS = 200;

const { socket, widthPx, heightPx, into, frames: count } = JSON.parse(process.argv[2] ?? '{}') as Street;
const redis = await connectRedis({ socket }, keptLog());
const slot = new FrameSlot(redis, { maxFrameBytes: 2 ** 20, ttlMs: 30_000 });
const frames = await streetFrames(widthPx, heightPx, into, count);

process.on('message', ({ cameras, seq, withSmall }: Asked) => void put(cameras, seq, withSmall));
process.on('disconnect', () => process.exit(0));
process.send?.({ jpegBytes: frames[0]!.jpeg.length, smallBytes: frames[0]!.small.i420.length });

async function put(cameras: readonly string[], seq: number, withSmall: boolean): Promise<void> {
  for (const [c, cameraId] of cameras.entries()) {
    const { jpeg, small } = frames[(seq + c) % frames.length]!;
    const atMs = START_MS + seq * FRAME_MS;
    await slot.put({ cameraId, seq, capturedAtMs: atMs, receivedAtMs: atMs, widthPx, heightPx, traceparent: systemIds.traceparent() }, jpeg, withSmall ? small : null);
  }
  process.send?.('put');
}
