/** The whole program with so many cameras for a while: what was lost of them, and what every process of it cost. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { CameraStatus, GatePolicy } from '../../domain/camera.ts';
import { Child } from '../../main/children.ts';
import { frameLimits } from '../../main/frame-limits.ts';
import { openSite, systemEnvironment } from '../../main/site.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { Board } from '../../queue/board.ts';
import { FrameSlot } from '../../queue/frame-slot.ts';
import { connectRedis } from '../../queue/redis.ts';
import { districtCells, GRID_FILE } from '../../test-fixtures/district/layout.ts';
import { type CamerasApart, startCamerasApart } from '../../test-fixtures/fake-camera/apart.ts';
import { cpuByProgram, memoryByProgram } from '../cpu-of.ts';

export interface Load {
  readonly cameras: number;
  readonly clip: string;
  readonly loopMs: number;
  readonly settleMs: number;
  readonly stretchMs: number;
}

export interface Carried {
  readonly cameras: number;
  /** Cameras that gave no picture within a minute; the stretch was not measured then. */
  readonly neverSeen: number;
  readonly reconnects: number;
  readonly framesIn: number;
  readonly framesInferred: number;
  /** Frames that no worker saw, and packets that were wanted and not decoded. */
  readonly framesShed: number;
  readonly packetsShed: number;
  readonly packetsPerS: number;
  readonly decodedPerS: number;
  /** Of all cameras on average over the stretch: on how many something moved, and of how many everything was decoded. */
  readonly activeShare: number;
  readonly decodedFullyShare: number;
  /** The gate's reasons for what it decoded, by their share. */
  readonly because: Readonly<Record<string, number>>;
  /** Cores that each program took; `others`: what else ran on this machine meanwhile. */
  readonly cores: Readonly<Record<string, number>>;
  readonly memoryMiB: Readonly<Record<string, number>>;
  readonly hostMiBPerCamera: number;
}

const START_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 1000;
const CLOSE_MS = 8000;

export async function carry(load: Load): Promise<Carried> {
  const ids = Array.from({ length: load.cameras }, (_, i) => `camera-${i}`);
  const fakes = await startCamerasApart({ cameras: ids.map((id, i) => ({ path: id, play: { clip: load.clip }, timeline: 'shared', runningForMs: (i * load.loopMs) / load.cameras })) });
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-bench-'));
  const args = ['--config', path.join(dir, 'site.yaml'), '--data', path.join(dir, 'data')] as const;
  await writeFile(args[1], JSON.stringify(siteOf(ids, fakes)));
  const up = new Child({ name: 'up', file: path.resolve(import.meta.dirname, '../../main/up.ts'), args, env: { GRIDWARDEN_LOG: 'error' } }, systemEnvironment('bench'));
  try {
    const says = (await up.start()) as { models?: string | null; withoutModels?: string };
    if (!says.models) throw new Error(`nobody looks at frames: ${says.withoutModels}`);
    return await watched(load, ids, fakes, args);
  } finally {
    await up.close(CLOSE_MS);
    await fakes.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** No rules: cameras are carried and looked at, and nothing is told. */
function siteOf(ids: readonly string[], fakes: CamerasApart): object {
  const [cell] = districtCells();
  return { mqtt: { port: 0 }, http: { port: 0 }, grid: { file: GRID_FILE }, cameras: ids.map((id) => ({ id, name: id, url: fakes.url(id), location: cell?.centre, homeCell: cell?.code })) };
}

async function watched(load: Load, ids: readonly string[], fakes: CamerasApart, [, config, , data]: readonly [string, string, string, string]): Promise<Carried> {
  const site = await openSite({ config, data });
  const redis = await connectRedis(site.redis, silentLog);
  try {
    const look = (): Promise<Look> => lookAt(ids, fakes, new Board(redis), new FrameSlot(redis, frameLimits(site.config)));
    const neverSeen = await untilStreaming(ids, new Board(redis));
    if (neverSeen > 0) return nothing(load, neverSeen);
    await systemClock.sleep(load.settleMs);
    const before = await look();
    const policies: GatePolicy[] = [];
    for (const endMs = before.atMs + load.stretchMs; systemClock.nowMs() < endMs; ) {
      await systemClock.sleep(LOOK_EVERY_MS);
      policies.push(...(await camerasOn(new Board(redis))).flatMap(({ policy }) => policy ?? []));
    }
    const share = (is: (policy: GatePolicy) => boolean): number => rounded(policies.filter(is).length / policies.length);
    const because = Object.fromEntries([...new Set(policies.map((policy) => policy.because))].map((reason) => [reason, share((policy) => policy.because === reason)]));
    return { ...between(before, await look(), ids.length), activeShare: share(({ state }) => state === 'active'), decodedFullyShare: share(({ decodes }) => decodes === 'everything'), because };
  } finally {
    redis.disconnect();
  }
}

interface Look {
  readonly atMs: number;
  readonly cpuS: ReadonlyMap<string, number>;
  /** Of the whole machine, and of this process. */
  readonly busyS: number;
  readonly ownS: number;
  readonly viewersEver: number;
  readonly frames: { readonly in: number; readonly inferred: number; readonly shed: number };
  readonly packets: { readonly packets: number; readonly decoded: number; readonly shed: number };
}

async function lookAt(ids: readonly string[], fakes: CamerasApart, board: Board, frames: FrameSlot): Promise<Look> {
  const [atMs, cpuS, busyS, own] = [systemClock.nowMs(), cpuByProgram(process.pid), machineBusyS(), process.cpuUsage()];
  const stats = await Promise.all(ids.map((id) => fakes.ask('stats', id)));
  const counts = await Promise.all(ids.map((id) => frames.counts(id)));
  const decoding = (await camerasOn(board)).flatMap((camera) => camera.decoding ?? []);
  return {
    atMs,
    cpuS,
    busyS,
    ownS: (own.user + own.system) / 1e6,
    viewersEver: sum(stats.map(({ viewersEver }) => viewersEver)),
    frames: { in: sum(counts.map((one) => one.framesIn)), inferred: sum(counts.map((one) => one.framesInferred)), shed: sum(counts.map((one) => one.framesShed)) },
    packets: { packets: sum(decoding.map((one) => one.packets)), decoded: sum(decoding.map((one) => one.decoded)), shed: sum(decoding.map((one) => one.shed)) },
  };
}

function between(before: Look, after: Look, cameras: number): Omit<Carried, 'activeShare' | 'decodedFullyShare' | 'because'> {
  const seconds = (after.atMs - before.atMs) / 1000;
  const cores = Object.fromEntries([...after.cpuS].map(([program, cpuS]) => [program, (cpuS - (before.cpuS.get(program) ?? 0)) / seconds]));
  const bench = (after.ownS - before.ownS) / seconds;
  const memory = memoryByProgram(process.pid);
  return {
    cameras,
    neverSeen: 0,
    reconnects: after.viewersEver - before.viewersEver,
    framesIn: after.frames.in - before.frames.in,
    framesInferred: after.frames.inferred - before.frames.inferred,
    framesShed: after.frames.shed - before.frames.shed,
    packetsShed: after.packets.shed - before.packets.shed,
    packetsPerS: Math.round((after.packets.packets - before.packets.packets) / seconds),
    decodedPerS: Math.round((after.packets.decoded - before.packets.decoded) / seconds),
    cores: Object.fromEntries(Object.entries({ ...cores, bench, others: Math.max(0, (after.busyS - before.busyS) / seconds - bench - sum(Object.values(cores))) }).map(([program, used]) => [program, rounded(used)])),
    memoryMiB: Object.fromEntries([...memory].map(([program, mib]) => [program, Math.round(mib)])),
    hostMiBPerCamera: rounded((memory.get('camera-host') ?? 0) / cameras),
  };
}

async function untilStreaming(ids: readonly string[], board: Board): Promise<number> {
  const giveUpAtMs = systemClock.nowMs() + START_WITHIN_MS;
  for (;;) {
    const seen = new Set((await camerasOn(board)).filter(({ state, lastFrameAtMs }) => state === 'streaming' && lastFrameAtMs !== null).map(({ cameraId }) => cameraId));
    if (seen.size === ids.length || systemClock.nowMs() > giveUpAtMs) return ids.length - seen.size;
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

const nothing = ({ cameras }: Load, neverSeen: number): Carried => ({ cameras, neverSeen, reconnects: 0, framesIn: 0, framesInferred: 0, framesShed: 0, packetsShed: 0, packetsPerS: 0, decodedPerS: 0, activeShare: 0, decodedFullyShare: 0, because: {}, cores: {}, memoryMiB: {}, hostMiBPerCamera: 0 });

const camerasOn = async (board: Board): Promise<CameraStatus[]> => [...(await board.read('cameras')).values()] as CameraStatus[];
const machineBusyS = (): number => sum(os.cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq)) / 1000;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
