/** Every way a camera can misbehave, in a real host process beside a healthy one: what is said, what it costs, and that it is over when the fault is. */
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CameraStatus, CameraTrouble } from '../../domain/camera.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import type { Counted } from '../../test-fixtures/camera-host/counting.ts';
import type { Fault } from '../../test-fixtures/fake-camera/fault.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from './camera-source.ts';
import { HostSupervisor } from './host-supervisor.ts';

interface Case {
  readonly fault: Fault;
  readonly says: Pick<CameraTrouble, 'code' | 'cause'>;
  /** Where chance decides whether anything in it looks like a picture. */
  readonly orSays?: Pick<CameraTrouble, 'code' | 'cause'>;
}

const ends = (fault: Fault, cause: CameraTrouble['cause'], code: CameraTrouble['code'] = 'CAMERA_STREAM_ENDED'): Case => ({ fault, says: { code, cause } });
const noPicture = (fault: Fault): Case => ({ ...ends(fault, 'no-picture'), orSays: { code: 'CAMERA_DECODE', cause: 'undecodable' } });
const unreachable = (fault: Fault, cause: CameraTrouble['cause']): Case => ends(fault, cause, 'CAMERA_UNREACHABLE');

/** What makes it impossible to go on. */
const ENDING: Readonly<Record<string, Case>> = {
  hangs: unreachable({ kind: 'hangs' }, 'timeout'),
  refuses: unreachable({ kind: 'refuses', status: 503 }, 'camera-error'),
  trickles: unreachable({ kind: 'trickles' }, 'timeout'),
  'sdp of 100 MB': unreachable({ kind: 'huge-sdp' }, 'oversized-answer'),
  'endless header': unreachable({ kind: 'endless-header' }, 'oversized-answer'),
  'sdp of garbage': unreachable({ kind: 'rubbish', where: 'sdp' }, 'bad-description'),
  silent: ends({ kind: 'silent' }, 'no-picture'),
  'stalls in mid-packet': ends({ kind: 'stalls', afterFrames: 12 }, 'no-picture'),
  'closes after each frame': ends({ kind: 'dies', afterFrames: 1 }, 'closed'),
  dies: ends({ kind: 'dies', afterFrames: 12 }, 'closed'),
  'garbage after PLAY': ends({ kind: 'rubbish', where: 'framing' }, 'no-picture'),
  'garbage in packets': noPicture({ kind: 'rubbish', where: 'payload' }),
  'MPEG-1': ends({ kind: 'wrong-codec', codec: 'MPV' }, null, 'CAMERA_CODEC'),
  'H.264 called H.265': noPicture({ kind: 'wrong-codec', codec: 'H265' }),
  'no video': ends({ kind: 'no-video' }, null, 'CAMERA_NO_VIDEO'),
};
/** What a stream goes on with. */
const BEARABLE: Readonly<Record<string, Fault>> = {
  'jumps an hour ahead': { kind: 'jumps', afterFrames: 20, byS: 3600 },
  'jumps an hour back': { kind: 'jumps', afterFrames: 20, byS: -3600 },
  'cut pictures': { kind: 'truncated', keep: 0.6 },
};
const FAULTS: Readonly<Record<string, Fault>> = { ...Object.fromEntries(Object.entries(ENDING).map(([id, { fault }]) => [id, fault])), ...BEARABLE };

const MiB = 1024 * 1024;
const SECONDS = 5;

let dir: string;
let clip: MadeClip;
let larger: MadeClip;
let hevc: MadeClip;
let cameras: FakeCameras;
const pathOf = (id: string): string => id.replaceAll(/\W/g, '-');
const source = (cameraId: string): CameraSource => ({ cameraId, url: cameras.url(pathOf(cameraId)), ...CAMERA_SOURCE_DEFAULTS, timeoutMs: 1000, noPictureMs: 1000, motionGate: false });

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'gw-faults-'));
  clip = await makeMovingBoxClip({ widthPx: 480, heightPx: 272, fps: 10, seconds: 4 });
  larger = await makeMovingBoxClip({ widthPx: 640, heightPx: 352, fps: 10, seconds: 2 });
  hevc = await makeMovingBoxClip({ widthPx: 320, heightPx: 176, fps: 10, seconds: 2, codec: 'h265' });
  cameras = await startFakeCameras({ cameras: ['good', ...Object.keys(FAULTS)].map((id) => ({ path: pathOf(id), play: { clip: clip.file } })) });
});
afterAll(async () => {
  await cameras.close();
  await Promise.all([clip, larger, hevc].map((each) => each.remove()));
  await rm(dir, { recursive: true });
});

/** One host process with these cameras. */
async function startHost(ids: readonly string[]) {
  const said: CameraStatus[] = [];
  const file = path.join(dir, `${ids.length}.json`);
  const entryFile = path.resolve(import.meta.dirname, '../../test-fixtures/camera-host/counting.ts');
  const env = { clock: systemClock, ids: systemIds, log: keptLog() };
  const supervisor = new HostSupervisor({ entryFile, cameras: ids.map(source), hosts: 1, settings: { file }, status: { cameraStatus: (status) => void said.push(status) }, env });
  await supervisor.start();
  const [pid] = supervisor.pids;
  const of = (id: string, from = 0): CameraStatus[] => said.slice(from).filter((status) => status.cameraId === id);
  const streams = (id: string): boolean => of(id).at(-1)?.state === 'streaming';
  return {
    supervisor,
    said,
    of,
    streams,
    frames: (id: string): number => (JSON.parse(readFileSync(file, 'utf8')) as Counted)[id] ?? 0,
    peakBytes: (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    children: (): number => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).length, 0),
  };
}
type Host = Awaited<ReturnType<typeof startHost>>;

async function framesOfGood(host: Host): Promise<number> {
  await vi.waitUntil(() => host.streams('good'), { timeout: 15_000 });
  await systemClock.sleep(500);
  const before = host.frames('good');
  await systemClock.sleep(SECONDS * 1000);
  return host.frames('good') - before;
}

describe('beside cameras with every fault there is', () => {
  let alone: { frames: number; bytes: number };
  let host: Host;
  let frames: number;
  beforeAll(async () => {
    const lonely = await startHost(['good']);
    alone = { frames: await framesOfGood(lonely), bytes: lonely.peakBytes() };
    await lonely.supervisor.close();
    for (const [id, fault] of Object.entries(FAULTS)) cameras.setFault(pathOf(id), fault);
    host = await startHost(['good', ...Object.keys(FAULTS)]);
    frames = await framesOfGood(host);
  });
  afterAll(() => host.supervisor.close());

  test('a good one in the same process gives as many frames as alone, and never has to connect again', () => {
    expect(alone.frames).toBeGreaterThan(SECONDS * CAMERA_SOURCE_DEFAULTS.detectFps * 0.8);
    expect(Math.abs(frames - alone.frames)).toBeLessThanOrEqual(Math.ceil(alone.frames / 5));
    expect(host.of('good').filter((s) => s.state === 'connecting').length).toBe(1);
    expect(host.supervisor.pids.length).toBe(1);
  });

  test('they cost what so many open connections cost, whatever they send', () => {
    // Measured: 2 MB each. One description of 100 MB taken into memory would show.
    expect(host.peakBytes() - alone.bytes).toBeLessThan(72 * MiB);
    // What the sockets' buffers held was sent; what lies beyond, nobody took.
    for (const id of ['sdp of 100 MB', 'endless header']) expect(cameras.stats(pathOf(id)).hostileBytes / host.of(id).filter((s) => s.state === 'connecting').length).toBeLessThan(20 * MiB);
    expect(host.children()).toBe(0);
  });

  test.each(Object.keys(ENDING))('%s: it is said why, and tried again after ever longer waits', async (id) => {
    await expect.poll(() => host.of(id).filter((s) => s.state === 'connecting').length, { timeout: 10_000 }).toBeGreaterThan(1);
    const said = host.of(id).filter((s) => s.state === 'backing-off').map((s) => ({ code: s.trouble?.code, cause: s.trouble?.cause }));
    for (const each of said) expect([ENDING[id]?.says, ENDING[id]?.orSays]).toContainEqual(each);
    const waits = host.of(id).flatMap((s, i, all) => (s.state === 'backing-off' && all[i + 1] ? [(all[i + 1]?.atMs ?? 0) - s.atMs] : []));
    waits.forEach((waitMs, i) => expect(waitMs).toBeGreaterThanOrEqual(500 * 2 ** i - 20));
  });

  test.each(Object.keys(BEARABLE))('%s: the stream goes on', (id) => {
    expect(host.of(id).filter((s) => s.state === 'backing-off').map((s) => s.reason)).toEqual([]);
    expect(host.frames(id)).toBeGreaterThan(frames / 2);
  });

  test('once the faults are over, each is back after at most one more failure, and the good one never noticed', async () => {
    const from = host.said.length;
    for (const id of Object.keys(FAULTS)) cameras.setFault(pathOf(id), null);
    const away = (): string[] => Object.keys(FAULTS).filter((id) => !host.streams(id));
    await expect.poll(away, { timeout: 25_000 }).toEqual([]);
    for (const id of Object.keys(FAULTS)) expect(host.of(id, from).filter((s) => s.state === 'backing-off').length).toBeLessThanOrEqual(1);
    expect(host.of('good').filter((s) => s.state !== 'streaming').map((s) => s.state)).toEqual(['connecting']);
  }, 40_000);

  test('another picture size in mid-stream is taken without a new connection, another codec with one', async () => {
    const [id] = Object.keys(FAULTS) as [string];
    const from = host.said.length;
    await cameras.switchTo(pathOf(id), { clip: larger.file });
    await expect.poll(() => host.of(id, from).at(-1), { timeout: 15_000 }).toMatchObject({ state: 'streaming', codec: 'h264', widthPx: 640, heightPx: 352 });
    expect(host.of(id, from).every((s) => s.state === 'streaming')).toBe(true);
    await cameras.switchTo(pathOf(id), { clip: hevc.file });
    await expect.poll(() => host.of(id, from).at(-1), { timeout: 15_000 }).toMatchObject({ state: 'streaming', codec: expect.stringMatching(/h265|hevc/), widthPx: 320 });
    expect(host.of(id, from).filter((s) => s.state === 'backing-off').map((s) => s.trouble?.cause)).toEqual(['closed']);
  }, 40_000);
});
