/** Frames of many cameras one after another without a pause, as many in work at once as a worker has, against as many bare runs. */
import { readFileSync } from 'node:fs';
import type { BareRun } from './bare-run.ts';
import { type Cost, cost, middle } from './cost.ts';
import type { Feeder } from './feeder.ts';
import type { OurRedis, WatchedStage } from './watched-stage.ts';

const CAMERAS = Array.from({ length: 24 }, (_, i) => `stream-${i}`);
const WARM_UP = 3;
const ROUNDS = 40;

export interface Streamed {
  /** One frame of a round, and one bare run. */
  readonly frame: Cost;
  readonly bareRun: Cost;
  readonly framesPerS: number;
  readonly bareRunsPerS: number;
  /** Medians of the ratios within a round. */
  readonly timesBare: { readonly wall: number; readonly cpu: number };
  /** CPU time of the Redis server for one frame taken and done (not for putting it); on this core, so that the wall time holds it. */
  readonly redisCpuMs: number | null;
}

export async function stream(stage: WatchedStage, redis: OurRedis, feeder: Feeder, atOnce: number, bare: BareRun): Promise<Streamed> {
  const redisPid = await pidOf(redis);
  const rounds: { frame: Cost; bareRun: Cost; redisMs: number }[] = [];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    await feeder.put(CAMERAS, true);
    const bareFirst = i % 2 === 1 ? await cost(() => bareRuns(bare)) : null;
    const before = cpuMsOf(redisPid);
    const frame = await cost(() => allCameras(stage, atOnce));
    const redisMs = cpuMsOf(redisPid) - before;
    const bareRun = bareFirst ?? (await cost(() => bareRuns(bare)));
    if (i >= WARM_UP) rounds.push({ frame, bareRun, redisMs });
  }
  const each = (of: (one: (typeof rounds)[number]) => number): number => middle(rounds, (r) => of(r) / CAMERAS.length);
  const [frame, bareRun] = [{ wallMs: each((r) => r.frame.wallMs), cpuMs: each((r) => r.frame.cpuMs) }, { wallMs: each((r) => r.bareRun.wallMs), cpuMs: each((r) => r.bareRun.cpuMs) }];
  return {
    frame, bareRun, framesPerS: Math.round(10_000 / frame.wallMs) / 10, bareRunsPerS: Math.round(10_000 / bareRun.wallMs) / 10,
    timesBare: { wall: middle(rounds, (r) => r.frame.wallMs / r.bareRun.wallMs), cpu: middle(rounds, (r) => r.frame.cpuMs / r.bareRun.cpuMs) },
    redisCpuMs: rounds.some(({ redisMs }) => Number.isNaN(redisMs)) ? null : each((r) => r.redisMs),
  };
}

async function bareRuns(bare: BareRun): Promise<void> {
  for (const _ of CAMERAS) await bare.again();
}

/** One frame of every camera, `atOnce` of them in work. */
async function allCameras({ stage }: WatchedStage, atOnce: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let camera = CAMERAS[next++]; camera !== undefined; camera = CAMERAS[next++]) await stage.process(camera);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** NaN where it does not say. */
export async function pidOf(redis: OurRedis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
}

/** Time on a core of a process's first thread, to the nanosecond (proc(5), schedstat); NaN where it cannot be read. */
function cpuMsOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}
