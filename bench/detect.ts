/**
 * How much it costs to have a frame seen, from Redis to tracks, against the bare inference: the whole camera stage of a worker (frame and
 * state out of Redis, tensor filled, session.run, boxes decoded and suppressed, tracks, state and count back into Redis) and, in turns with
 * it, session.run alone on the very same session and tensor. One core for all: this process with its threads, and Redis, whose work for the
 * frame is so in the wall time and not in the CPU time, and told beside. (On a core of its own it would work for nothing, and in a virtual
 * machine one would measure how long an idle core takes to wake: 0.2 ms and more a round trip, seen here.) The goal is held against the
 * stream, frames per second against bare runs per second; one frame alone also waits for Redis, which in a stream is time for the other.
 */
import { CAMERA_SOURCE_DEFAULTS } from '../gateway/cameras/camera-source.ts';
import type { SmallSize } from '../devices/camera/libav-picture.ts';
import { openObjectDetector } from '../models/detector.ts';
import { locateModel, modelPlaces, type LocatedModel } from '../models/locate.ts';
import { readManifest, type ObjectModel } from '../models/manifest.ts';
import { sentenceOf } from '../platform/errors.ts';
import { keptLog } from '../platform/log.ts';
import { connectRedis } from '../queue/redis.ts';
import { startTestRedis } from '../test-fixtures/redis.ts';
import { BareRun } from './detect/bare-run.ts';
import { type Cost, cost, middle } from './detect/cost.ts';
import { type Feeder, startFeeder } from './detect/feeder.ts';
import { jobCost } from './detect/job-cost.ts';
import { moveToOneCore } from './detect/one-core.ts';
import { pidOf, stream, type Streamed } from './detect/stream.ts';
import { type OurRedis, type Part, WatchedStage } from './detect/watched-stage.ts';
import type { Measure } from './measured.ts';

const SIZES = [[640, 360], [960, 540], [1280, 720]] as const;
const SENT = SIZES.find(([widthPx]) => widthPx === CAMERA_SOURCE_DEFAULTS.maxWidthPx)!;
const STREET_FRAMES = 40;
const WARM_UP = 20;
const ROUNDS = 100;
/** As a worker (main/worker.ts). */
const AT_ONCE = 2;
/** The duty model; where it is not there the goal is held against the first model that is. */
const GOAL_MODEL = 'yolox-nano';
const GOAL = 1.15;

const say = (line: string): void => void process.stderr.write(`detect: ${line}\n`);

/** Frame after frame, each alone. */
interface Compared {
  readonly frame: Cost;
  readonly bareRun: Cost;
  /** Medians of the ratios within a round. */
  readonly timesBare: { readonly wall: number; readonly cpu: number };
  /** Median of the wall time of each part; detect holds the inference. */
  readonly partsMs: Readonly<Record<Part, number>>;
}

export const measure: Measure = async () => {
  const server = await startTestRedis(['--appendfsync', 'everysec']);
  const redis = await connectRedis({ socket: server.socket }, keptLog());
  const core = moveToOneCore([await pidOf(redis)]);
  const bare = new BareRun();
  const models: Record<string, { stream: Streamed; alone: Record<string, unknown> }> = {};
  const missing: Record<string, string> = {};
  try {
    for (const { entry, located } of await modelsHere(missing)) models[entry.name] = await measureModel(redis, server.socket, entry, located, bare);
    const jobMs = await jobCost(redis, server.socket, AT_ONCE);
    say(`BullMQ's own for a job: ${jobMs.wallMs} ms, CPU ${jobMs.cpuMs} ms`);
    const judged = models[GOAL_MODEL] ? GOAL_MODEL : Object.keys(models)[0];
    return {
      figures: { core, cameraFramesAtOnce: AT_ONCE, models, jobMs, ...(Object.keys(missing).length > 0 ? { missing } : {}) },
      goals: [{ name: `${judged ?? 'no model'}, ${SENT.join('x')} as cameras send by default: wall time of a frame in a stream over that of a bare run`, value: models[judged ?? '']?.stream.timesBare.wall ?? null, op: '<=', goal: GOAL }],
    };
  } finally {
    bare.release();
    redis.disconnect();
    await server.close();
  }
};

/** The duty model alone at all sizes and from JPEG, the others as cameras send by default. */
async function measureModel(redis: OurRedis, socket: string, entry: ObjectModel, located: LocatedModel, bare: BareRun): Promise<{ stream: Streamed; alone: Record<string, unknown> }> {
  const objects = await openObjectDetector(entry, located);
  const stage = new WatchedStage(redis, objects);
  const alone: Record<string, unknown> = {};
  for (const [widthPx, heightPx] of entry.name === GOAL_MODEL ? SIZES : [SENT]) {
    const feeder = await startFeeder({ socket, widthPx, heightPx, into: sizeFor(entry), frames: STREET_FRAMES });
    const asSent = await compare(stage, feeder, true, bare);
    const jpegOnly = entry.name === GOAL_MODEL ? await compare(stage, feeder, false, bare) : null;
    alone[`${widthPx}x${heightPx}`] = { ...feeder.bytes, asSent, ...(jpegOnly ? { jpegOnly } : {}) };
    await feeder.close();
    say(`${entry.name}, ${widthPx}×${heightPx}, alone: ${asSent.frame.wallMs} ms a frame, ${asSent.timesBare.wall} × bare (CPU ${asSent.timesBare.cpu} ×)${jpegOnly ? `; from JPEG ${jpegOnly.timesBare.wall} × (CPU ${jpegOnly.timesBare.cpu} ×)` : ''}`);
  }
  const feeder = await startFeeder({ socket, widthPx: SENT[0], heightPx: SENT[1], into: sizeFor(entry), frames: STREET_FRAMES });
  const streamed = await stream(stage, redis, feeder, AT_ONCE, bare);
  await feeder.close();
  say(`${entry.name}, ${SENT.join('×')}, in a stream: ${streamed.framesPerS} frames/s against ${streamed.bareRunsPerS} bare runs/s, ${streamed.timesBare.wall} × bare (CPU ${streamed.timesBare.cpu} ×)`);
  await objects.close();
  return { stream: streamed, alone };
}

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

async function compare(stage: WatchedStage, feeder: Feeder, withSmall: boolean, bare: BareRun): Promise<Compared> {
  const rounds: { frame: Cost; bareRun: Cost; parts: Record<Part, number> }[] = [];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    await feeder.put(['alone'], withSmall);
    const runFirst = i > 0 && i % 2 === 1;
    // In turns, and each of them first as often: what disturbs one disturbs the other.
    const before = runFirst ? await cost(() => bare.again()) : null;
    stage.takeParts();
    const frame = await cost(() => stage.stage.process('alone'));
    const parts = stage.takeParts();
    const bareRun = before ?? (await cost(() => bare.again()));
    if (i >= WARM_UP) rounds.push({ frame, bareRun, parts });
  }
  return {
    frame: { wallMs: middle(rounds, (r) => r.frame.wallMs), cpuMs: middle(rounds, (r) => r.frame.cpuMs) },
    bareRun: { wallMs: middle(rounds, (r) => r.bareRun.wallMs), cpuMs: middle(rounds, (r) => r.bareRun.cpuMs) },
    timesBare: { wall: middle(rounds, (r) => r.frame.wallMs / r.bareRun.wallMs), cpu: middle(rounds, (r) => r.frame.cpuMs / r.bareRun.cpuMs) },
    partsMs: { fetch: middle(rounds, (r) => r.parts.fetch), jpeg: middle(rounds, (r) => r.parts.jpeg), detect: middle(rounds, (r) => r.parts.detect), keep: middle(rounds, (r) => r.parts.keep) },
  };
}
