/** What is particular to sessions that decode by an ffmpeg program: what it may know, and that it never outlives or holds up anybody. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import type { CameraSession } from './camera-session.ts';
import type { FfmpegChoice } from './ffmpeg-program.ts';
import { openFfmpeg } from './ffmpeg-session.ts';

const missing = spawnSync('ffmpeg', ['-version']).status !== 0;
if (missing) process.stderr.write('SKIPPED: there is no ffmpeg program here, sessions with one are not tested; apt-get install ffmpeg\n');

/** Running processes called ffmpeg that `parent` started, with their command lines. */
async function ffmpegsOf(parent: number | undefined): Promise<{ pid: number; words: string }[]> {
  const found: { pid: number; words: string }[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (!/^Name:\s+ffmpeg$/m.test(status) || !new RegExp(`^PPid:\\s+${parent}$`, 'm').test(status) || /^State:\s+Z/m.test(status)) continue;
    found.push({ pid: Number(pid), words: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') });
  }
  return found;
}
const isAlive = async (pid: number): Promise<boolean> => !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: Z'));

describe.skipIf(missing)('the program', () => {
  const secret = 'geheim-4711';
  let dir: string;
  let clip: MadeClip;
  let cameras: FakeCameras;
  let session: CameraSession | null = null;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'gw-ffmpeg-'));
    clip = await makeMovingBoxClip({ widthPx: 320, heightPx: 192, fps: 10, seconds: 4 });
    cameras = await startFakeCameras({ cameras: [{ path: 'room', play: { clip: clip.file }, auth: { scheme: 'digest', user: 'admin', password: secret } }] });
  });
  afterAll(async () => {
    await cameras.close();
    await clip.remove();
    await rm(dir, { recursive: true, force: true });
  });
  afterEach(async () => {
    await session?.close();
    session = null;
  });
  const open = async (choice: Partial<FfmpegChoice> = {}, noPictureMs = 10_000): Promise<CameraSession> => {
    const options = { cameraId: 'cam-1', timeoutMs: 5000, noPictureMs, detectFps: 10, maxWidthPx: 240, lumaWidthPx: 160, signal: new AbortController().signal, clock: systemClock };
    return (session = await openFfmpeg(cameras.url('room'), options, { program: 'ffmpeg', inputOptions: [], ...choice }));
  };
  const endOf = async (work: CameraSession): Promise<never> => {
    for (;;) await work.next();
  };
  const script = async (name: string, text: string): Promise<string> => {
    const file = path.join(dir, name);
    await writeFile(file, text);
    await chmod(file, 0o700);
    return file;
  };

  test('is told nothing of the camera: neither password nor user nor address stand in its command line', async () => {
    await (await open()).next();
    const [child, ...others] = await ffmpegsOf(process.pid);
    expect(others).toEqual([]);
    expect(child?.words).toContain('pipe:0');
    for (const word of [secret, 'admin', 'rtsp', '127.0.0.1', String(cameras.port)]) expect(child?.words).not.toContain(word);
  });

  test('ends when whoever started it is killed', async () => {
    const owner = spawn(process.execPath, [path.join(import.meta.dirname, '../../test-fixtures/ffmpeg-owner.ts'), cameras.url('room')], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(owner.stdout, 'data');
    const [child] = await ffmpegsOf(owner.pid);
    const pid = child?.pid ?? 0;
    expect(await isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  test('that is killed ends the session in a sentence', async () => {
    const work = await open();
    await work.next();
    const [child] = await ffmpegsOf(process.pid);
    process.kill(child?.pid ?? 0, 'SIGKILL');
    await expect(endOf(work)).rejects.toThrow('Camera cam-1: the stream cannot be decoded: the program that video.ffmpeg names is of no use: it ended by itself.');
  });

  test('that hangs ends the session like pictures that do not come, and is gone after it', async () => {
    const work = await open({}, 1500);
    await work.next();
    const [child] = await ffmpegsOf(process.pid);
    process.kill(child?.pid ?? 0, 'SIGSTOP');
    await expect(endOf(work)).rejects.toThrow('for 1.5 s');
    await work.close();
    expect(await isAlive(child?.pid ?? 0)).toBe(false);
  });

  test('is handed the options of the site, with the codec in its place', async () => {
    const work = await open({ inputOptions: ['-flags', 'low_delay', '-c:v', '{codec}'] });
    await work.next();
    expect((await ffmpegsOf(process.pid))[0]?.words.replaceAll('\0', ' ')).toContain('-flags low_delay -c:v h264 -i pipe:0');
  });

  test('that refuses its options says why', async () => {
    const work = await open({ inputOptions: ['-c:v', 'h264_of_nobody'] });
    await expect(endOf(work)).rejects.toThrow(/of no use: it ended by itself, saying ".*h264_of_nobody.*"\.$/);
  });

  test('that cannot be run is found out when the camera is opened', async () => {
    await expect(open({ program: path.join(dir, 'nowhere') })).rejects.toThrow('of no use: there is no such program.');
    await expect(open({ program: dir })).rejects.toThrow('of no use: it may not be run.');
    await expect(open({ program: await script('other', '#!/bin/sh\necho hello\n') })).rejects.toThrow('of no use: it is no ffmpeg, or one without the formats ivf and nut.');
    await (await open()).next();
  });

  test('whose output is no pictures ends the session', async () => {
    const program = await script('liar', '#!/bin/sh\ncase "$*" in *pipe:*) exec cat ;; *) exec ffmpeg "$@" ;; esac\n');
    await expect(endOf(await open({ program }))).rejects.toThrow('what it wrote cannot be read: it does not begin as NUT does.');
  });
});
