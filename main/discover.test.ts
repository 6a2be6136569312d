/** `npm run devices -- discover` as it is run: what it prints is configuration that loads, and the cameras in it can be opened. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../config/load.ts';
import { openRtsp } from '../devices/camera/libav-session.ts';
import { systemClock } from '../platform/clock.ts';
import { type FakeCameras, startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../test-fixtures/moving-box-clip.ts';
import { type FakeOnvifs, type OnvifProfile, startOnvif } from '../test-fixtures/onvif/responder.ts';

const HERE = '127.0.82.1';
const login = { user: 'admin', password: 'p@ss/w:d 秘密' };
let clip: MadeClip;
let cameras: FakeCameras;
let fakes: FakeOnvifs | null = null;
beforeAll(async () => {
  clip = await makeMovingBoxClip({ widthPx: 160, heightPx: 96, fps: 10, seconds: 1 });
  cameras = await startFakeCameras({ host: '127.0.0.2', cameras: [{ path: 'sub', play: { clip: clip.file }, auth: { scheme: 'digest', ...login } }] });
});
afterAll(async () => {
  await cameras.close();
  await clip.remove();
});
afterEach(async () => {
  await fakes?.close();
  fakes = null;
});

async function discover(args: readonly string[], env: Record<string, string> = {}): Promise<{ out: string; said: string; status: number | null }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'devices.ts'), 'discover', '--interface', HERE, '--timeout', '0.6', ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, said] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out, said, status };
}
const profiles = (): OnvifProfile[] => [
  { token: 'main', name: 'Main', encoding: 'H264', widthPx: 2560, heightPx: 1440, fps: 25, keyEvery: 50, uri: `rtsp://127.0.0.2:${cameras.port}/main` },
  { token: 'sub', name: 'Sub', encoding: 'H264', widthPx: 640, heightPx: 360, fps: 10, keyEvery: 20, uri: `rtsp://127.0.0.2:${cameras.port}/sub` },
  { token: 'jpeg', name: 'Snap', encoding: 'JPEG', widthPx: 1280, heightPx: 720, fps: 1, keyEvery: 1, uri: `rtsp://127.0.0.2:${cameras.port}/snap` },
];

test('prints configuration that loads: the sub-stream watched, the main stream for evidence, nothing of the password', async () => {
  fakes = await startOnvif(HERE, [{ address: '127.0.0.2', name: '南门: "1" # x', profiles: profiles(), login: { ...login, by: 'token' } }]);
  const { out, said, status } = await discover(['--user', login.user, '--no-prompt'], { ONVIF_PASSWORD: login.password });
  expect({ said, status }).toEqual({ said: '', status: 0 });
  for (const secret of [login.password, encodeURIComponent(login.password)]) expect(out).not.toContain(secret);
  expect(out).toContain('# H264, 640×360, 10 a second, a key frame every 2 s, profile Sub');
  expect(out).toContain(`# also: rtsp://127.0.0.2:${cameras.port}/snap  JPEG, 1280×720`);
  const { cameras: [camera] } = parseConfig(`${out}grid: { file: grid.geojson }\n`, 'printed', { CAMERA_USER: login.user, CAMERA_PASSWORD: encodeURIComponent(login.password) });
  expect(camera).toMatchObject({ id: 'camera-127-0-0-2', name: '南门: "1" # x', url: cameras.url('sub'), evidenceUrl: cameras.url('sub').replace(/sub$/, 'main'), homeCell: 'FILL-IN' });
  const session = await openRtsp(camera?.url ?? '', { cameraId: 'c', timeoutMs: 5000, noPictureMs: 10_000, detectFps: 10, maxWidthPx: 160, lumaWidthPx: 160, signal: new AbortController().signal, clock: systemClock });
  expect((await session.next()).widthPx).toBe(160);
  await session.close();
});

test('each camera that fails is one line, and the others are printed', async () => {
  fakes = await startOnvif(HERE, [
    { address: '127.0.0.2', name: 'good', profiles: profiles() },
    { address: '127.0.0.3', name: 'guarded', profiles: profiles(), login: { ...login, by: 'token' } },
    { address: '127.0.0.4', name: 'huge', profiles: [], fault: { kind: 'huge', bytes: 1e8 } },
    { address: '127.0.0.5', name: 'bad', profiles: [], fault: { kind: 'rubbish-match', bytes: Buffer.from('<a') } },
    { address: '127.0.0.6', name: 'old', profiles: [{ ...profiles()[0]!, encoding: 'MPEG4' }] },
  ]);
  const { out, said, status } = await discover([]);
  expect(status).toBe(0);
  expect(said.trim().split('\n').toSorted()).toEqual([
    '127.0.0.3: it wants a user name and password: name the user with --user or ONVIF_USER, the password with ONVIF_PASSWORD',
    '127.0.0.4: its answer is longer than 256 KB',
    expect.stringMatching(/^127\.0\.0\.5: its answer cannot be read: /),
  ]);
  expect(out).toContain('- id: camera-127-0-0-2');
  expect(out).toMatch(/# Nobody old-1 at 127\.0\.0\.6: sends MPEG4 only/);
  expect(out).not.toContain('${');
});

test('says what to do where nobody answers, and what a command takes', async () => {
  expect(await discover([])).toMatchObject({ status: 0, out: '', said: expect.stringContaining('No ONVIF camera answered.') as string });
  expect(await discover(['--timeout', 'soon'])).toMatchObject({ status: 2, said: expect.stringContaining('--timeout takes 0.1 to 120 seconds') as string });
  expect(await discover(['--interface', 'eth0'])).toMatchObject({ status: 2, said: expect.stringContaining('--interface takes an IPv4 address') as string });
  expect(await discover(['--interface', '192.0.2.1'])).toMatchObject({ status: 2, said: expect.stringContaining('no search can go out from') as string });
  expect(await discover(['--user', 'admin'])).toMatchObject({ status: 2, said: expect.stringContaining('set ONVIF_PASSWORD') as string });
  expect(await discover(['--password', 'x'])).toMatchObject({ status: 2 });
});
