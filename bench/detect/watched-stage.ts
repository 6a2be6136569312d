/** A worker's camera stage on a real Redis, with a watch on its parts, and a hand that puts frames where camera hosts put them. */
import type { ObjectDetector } from '../../models/detector.ts';
import { decodeJpeg } from '../../models/picture.ts';
import { systemClock } from '../../platform/clock.ts';
import { countedIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { FrameSlot } from '../../queue/frame-slot.ts';
import type { connectRedis } from '../../queue/redis.ts';
import { createCameraStage, type CameraStage } from '../../workers/camera/process.ts';
import type { SentFrame } from './frames.ts';

export type OurRedis = Awaited<ReturnType<typeof connectRedis>>;
export type Part = 'fetch' | 'jpeg' | 'detect' | 'keep';

const START_MS = 1_760_000_000_000;
const FRAME_MS = 200;

export class WatchedStage {
  readonly stage: CameraStage;
  readonly #slot: FrameSlot;
  readonly #ids = countedIds();
  #parts: Record<Part, number> = { fetch: 0, jpeg: 0, detect: 0, keep: 0 };

  constructor(redis: OurRedis, objects: ObjectDetector) {
    this.#slot = new FrameSlot(redis, { maxFrameBytes: 2 ** 20, ttlMs: 30_000 });
    const slot = this.#slot;
    const timed = async <T>(part: Part, work: () => Promise<T>): Promise<T> => {
      const from = performance.now();
      return work().finally(() => (this.#parts[part] += performance.now() - from));
    };
    this.stage = createCameraStage({
      frames: { take: (id) => timed('fetch', () => slot.take(id)), done: (info, state) => timed('keep', () => slot.done(info, state)), jpegOf: (info) => slot.jpegOf(info) },
      eyes: { decodeJpeg: (jpeg) => timed('jpeg', () => decodeJpeg(jpeg)), objects: { detect: (picture, region) => timed('detect', () => objects.detect(picture, region)) }, faces: { findAllFaces: () => Promise.resolve([]) } },
      findings: { findingMade: () => Promise.resolve() },
      evidence: { put: () => Promise.resolve() },
      site: { cameras: [], rules: [], timeZone: 'Asia/Shanghai' },
      clock: systemClock, log: keptLog(), metrics: createMetrics(false),
    });
  }

  /** `seq` counts a camera's frames: they are as far apart as at 5 fps. */
  async put(cameraId: string, seq: number, { widthPx, heightPx, jpeg, small }: SentFrame, withSmall: boolean): Promise<void> {
    const atMs = START_MS + seq * FRAME_MS;
    await this.#slot.put({ cameraId, seq, capturedAtMs: atMs, receivedAtMs: atMs, widthPx, heightPx, traceparent: this.#ids.traceparent() }, jpeg, withSmall ? small : null);
  }

  /** Wall time of each part since last asked. */
  takeParts(): Record<Part, number> {
    const parts = this.#parts;
    this.#parts = { fetch: 0, jpeg: 0, detect: 0, keep: 0 };
    return parts;
  }
}
