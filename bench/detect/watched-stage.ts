/** A worker's camera stage on a real Redis, with a watch on its parts. */
import type { ObjectDetector } from '../../models/detector.ts';
import { decodeJpeg } from '../../models/picture.ts';
import { systemClock } from '../../platform/clock.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { FrameSlot } from '../../queue/frame-slot.ts';
import type { connectRedis } from '../../queue/redis.ts';
import { createCameraStage, type CameraStage } from '../../workers/camera/process.ts';

export type OurRedis = Awaited<ReturnType<typeof connectRedis>>;
export type Part = 'fetch' | 'jpeg' | 'detect' | 'keep';

export class WatchedStage {
  readonly stage: CameraStage;
  #parts: Record<Part, number> = { fetch: 0, jpeg: 0, detect: 0, keep: 0 };

  constructor(redis: OurRedis, objects: ObjectDetector) {
    const slot = new FrameSlot(redis, { maxFrameBytes: 2 ** 20, ttlMs: 30_000 });
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

  /** Wall time of each part since last asked. */
  takeParts(): Record<Part, number> {
    const parts = this.#parts;
    this.#parts = { fetch: 0, jpeg: 0, detect: 0, keep: 0 };
    return parts;
  }
}
