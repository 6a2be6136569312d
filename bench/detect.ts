/**
 * How much it costs to have a frame seen, from Redis to tracks, against the bare inference: the whole camera stage of a worker (frame and
 * state out of Redis, tensor filled, session.run, boxes decoded and suppressed, tracks, state and count back into Redis) and, in turns with
 * it, session.run alone on the very same session and tensor. One core for this process with all its threads; Redis is another process, as
 * it always is, and may be on another core: its part is waiting here, and counts in the wall time.
 */
import { CAMERA_SOURCE_DEFAULTS } from '../gateway/cameras/camera-source.ts';
import type { SmallSize } from '../devices/camera/libav-picture.ts';
import { openObjectDetector, type ObjectDetector } from '../models/detector.ts';
import { locateModel, modelPlaces, type LocatedModel } from '../models/locate.ts';
import { readManifest, type ObjectModel } from '../models/manifest.ts';
import { decodeJpeg } from '../models/picture.ts';
import { systemClock } from '../platform/clock.ts';
import { sentenceOf } from '../platform/errors.ts';
import { countedIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { FrameSlot } from '../queue/frame-slot.ts';
import { connectRedis } from '../queue/redis.ts';
import { StateShelf } from '../queue/shelf.ts';
import { startTestRedis } from '../test-fixtures/redis.ts';
import { createCameraStage, type CameraStage } from '../workers/camera/process.ts';
import { BareRun } from './detect/bare-run.ts';
import { streetFrames, type SentFrame } from './detect/frames.ts';
import { moveToOneCore } from './detect/one-core.ts';
import type { Measure } from './measured.ts';

const SIZES = [[640, 360], [960, 540], [1280, 720]] as const;
const SENT = SIZES.find(([widthPx]) => widthPx === CAMERA_SOURCE_DEFAULTS.maxWidthPx)!;
const STREET_FRAMES = 40;
const WARM_UP = 20;
const ROUNDS = 150;
/** The duty model; where it is not there the goal is held against the first model that is. */
const GOAL_MODEL = 'yolox-nano';
const GOAL = 1.15;
const START_MS = 1_760_000_000_000;

const say = (line: string): void => void process.stderr.write(`detect: ${line}\n`);
const round = (value: number): number => Math.round(value * 1000) / 1000;

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

interface Compared {
  readonly frame: Cost;
  readonly bareRun: Cost;
  /** Medians of the ratios within a round. */
  readonly timesBare: { readonly wall: number; readonly cpu: number };
  /** Median of the wall time of each part; detect holds the inference. */
  readonly partsMs: Readonly<Record<Part, number>>;
}

type Part = 'fetch' | 'jpeg' | 'detect' | 'keep';

export const measure: Measure = async () => {
  const server = await startTestRedis(['--appendfsync', 'everysec']);
  const redis = await connectRedis({ socket: server.socket }, keptLog());
  const core = moveToOneCore();
  const bare = new BareRun();
  const models: Record<string, Record<string, unknown>> = {};
  const missing: Record<string, string> = {};
  try {
    for (const { entry, located } of await modelsHere(missing)) {
      const objects = await openObjectDetector(entry, located);
      models[entry.name] = {};
      // The duty model at all sizes, the others as cameras send by default.
      for (const [widthPx, heightPx] of entry.name === GOAL_MODEL ? SIZES : [SENT]) {
        const frames = await streetFrames(widthPx, heightPx, sizeFor(entry), STREET_FRAMES);
        const asSent = await compare(new Bench(redis, objects), frames, true, bare);
        const jpegOnly = entry.name === GOAL_MODEL ? await compare(new Bench(redis, objects), frames, false, bare) : null;
        models[entry.name]![`${widthPx}x${heightPx}`] = { jpegBytes: frames[0]!.jpeg.length, smallBytes: frames[0]!.small.i420.length, asSent, ...(jpegOnly ? { jpegOnly } : {}) };
        say(`${entry.name}, ${widthPx}×${heightPx}: ${asSent.frame.wallMs} ms a frame, ${asSent.timesBare.wall} × bare (CPU ${asSent.timesBare.cpu} ×)${jpegOnly ? `; from JPEG ${jpegOnly.timesBare.wall} × (CPU ${jpegOnly.timesBare.cpu} ×)` : ''}`);
      }
      await objects.close();
    }
  } finally {
    bare.release();
    redis.disconnect();
    await server.close();
  }
  const judged = models[GOAL_MODEL] ? GOAL_MODEL : Object.keys(models)[0];
  const at = judged === undefined ? undefined : (models[judged]![SENT.join('x')] as { asSent: Compared } | undefined);
  return {
    figures: { core, rounds: ROUNDS, models, ...(Object.keys(missing).length > 0 ? { missing } : {}) },
    goals: [{ name: `${judged ?? 'no model'}, ${SENT.join('x')} as cameras send by default: frame over bare run`, value: at?.asSent.timesBare.wall ?? null, op: '<=', goal: GOAL }],
  };
};

async function modelsHere(missing: Record<string, string>): Promise<{ entry: ObjectModel; located: LocatedModel }[]> {
  const found: { entry: ObjectModel; located: LocatedModel }[] = [];
  for (const entry of (await readManifest()).models) {
    if (entry.task !== 'objects') continue;
    try {
      found.push({ entry, located: await locateModel(entry, modelPlaces()) });
    } catch (error) {
      missing[entry.name] = sentenceOf(error);
    }
  }
  return found;
}

function sizeFor({ input: { size, fit } }: ObjectModel): SmallSize {
  const { widthPx, heightPx } = 'widthPx' in size ? size : { widthPx: size.longSidePx, heightPx: size.longSidePx };
  return { widthPx, heightPx, stretch: fit === 'stretch' };
}

/** A worker's camera stage on the real Redis, with a watch on its parts. */
class Bench {
  readonly stage: CameraStage;
  readonly #slot: FrameSlot;
  readonly #ids = countedIds();
  #parts: Record<Part, number> = { fetch: 0, jpeg: 0, detect: 0, keep: 0 };
  #seq = 0;

  constructor(redis: Awaited<ReturnType<typeof connectRedis>>, objects: ObjectDetector) {
    this.#slot = new FrameSlot(redis, { maxFrameBytes: 2 ** 20, ttlMs: 30_000 });
    const slot = this.#slot;
    const shelf = new StateShelf(redis, 'tracks', 60_000);
    const timed = async <T>(part: Part, work: () => Promise<T>): Promise<T> => {
      const from = performance.now();
      return work().finally(() => (this.#parts[part] += performance.now() - from));
    };
    this.stage = createCameraStage({
      frames: { take: (id) => timed('fetch', () => slot.take(id)), done: (info) => timed('keep', () => slot.done(info)), jpegOf: (info) => slot.jpegOf(info) },
      shelf: { load: (id) => shelf.load(id), save: (id, state) => timed('keep', () => shelf.save(id, state)) },
      eyes: { decodeJpeg: (jpeg) => timed('jpeg', () => decodeJpeg(jpeg)), objects: { detect: (picture, region) => timed('detect', () => objects.detect(picture, region)) }, faces: { findAllFaces: () => Promise.resolve([]) } },
      findings: { findingMade: () => Promise.resolve() },
      evidence: { put: () => Promise.resolve() },
      site: { cameras: [], rules: [], timeZone: 'Asia/Shanghai' },
      clock: systemClock, log: keptLog(), metrics: createMetrics(false),
    });
  }

  async put({ widthPx, heightPx, jpeg, small }: SentFrame, withSmall: boolean): Promise<void> {
    const seq = this.#seq++;
    const atMs = START_MS + seq * 200;
    await this.#slot.put({ cameraId: 'bench', seq, capturedAtMs: atMs, receivedAtMs: atMs, widthPx, heightPx, traceparent: this.#ids.traceparent() }, jpeg, withSmall ? small : null);
  }

  takeParts(): Record<Part, number> {
    const parts = this.#parts;
    this.#parts = { fetch: 0, jpeg: 0, detect: 0, keep: 0 };
    return parts;
  }
}

async function compare(bench: Bench, frames: readonly SentFrame[], withSmall: boolean, bare: BareRun): Promise<Compared> {
  const rounds: { frame: Cost; bareRun: Cost; parts: Record<Part, number> }[] = [];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    await bench.put(frames[i % frames.length]!, withSmall);
    const runFirst = i > 0 && i % 2 === 1;
    // In turns, and each of them first as often: what disturbs one disturbs the other.
    const before = runFirst ? await cost(() => bare.again()) : null;
    bench.takeParts();
    const frame = await cost(() => bench.stage.process('bench'));
    const parts = bench.takeParts();
    const bareRun = before ?? (await cost(() => bare.again()));
    if (i >= WARM_UP) rounds.push({ frame, bareRun, parts });
  }
  const middle = (of: (one: (typeof rounds)[number]) => number): number => round(rounds.map(of).sort((a, b) => a - b)[rounds.length >> 1]!);
  return {
    frame: { wallMs: middle((r) => r.frame.wallMs), cpuMs: middle((r) => r.frame.cpuMs) },
    bareRun: { wallMs: middle((r) => r.bareRun.wallMs), cpuMs: middle((r) => r.bareRun.cpuMs) },
    timesBare: { wall: middle((r) => r.frame.wallMs / r.bareRun.wallMs), cpu: middle((r) => r.frame.cpuMs / r.bareRun.cpuMs) },
    partsMs: { fetch: middle((r) => r.parts.fetch), jpeg: middle((r) => r.parts.jpeg), detect: middle((r) => r.parts.detect), keep: middle((r) => r.parts.keep) },
  };
}

/** Wall time, and CPU time of all threads of this process. */
async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const wallMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}
