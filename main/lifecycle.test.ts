/** Start and close: nothing stays open, nothing stays running, what was kept is there again, and a dead part comes back. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import type { AlertRow } from '../domain/alert.ts';
import { makeSmallSite, PASSWORD, type SmallSite } from '../test-fixtures/small-site.ts';
import { startTestRedis } from '../test-fixtures/redis.ts';
import { sharedFile } from '../test-fixtures/shared-data.ts';
import { startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { newRedis } from '../queue/redis.ts';
import type { CameraFinding, TrackSubject } from '../domain/finding.ts';
import { Child } from './children.ts';
import { ConsoleClient } from './console-client.ts';
import { startDesk } from './desk.ts';
import { startGateway } from './gateway.ts';
import { startWorker } from './worker.ts';

/** A camera nobody answers for: its loop must close like any other. */
const DEAD_CAMERA = 'rtsp://127.0.0.1:1/none';

/** A file read under way ends by itself; what is asked for here is what would stay. */
const PASSING = ['Immediate', 'FSReqCallback', 'FSReqPromise'];
const openHandles = (): string[] => process.getActiveResourcesInfo().filter((kind) => !PASSING.includes(kind)).sort();

async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function upChild({ site, environment }: SmallSite): Child {
  return new Child({ name: 'up', file: path.join(import.meta.dirname, 'up.ts'), args: ['--config', site.configFile, '--data', site.dataDir], env: { GRIDWARDEN_LOG: 'error' } }, environment);
}

/** Processes that were started for this data folder and still live. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(dataDir) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

test('every part started and closed in one process leaves no handle open', async () => {
  const redis = await startTestRedis();
  const small = await makeSmallSite({ cameraUrl: DEAD_CAMERA, redisUrl: `unix://${redis.socket}` });
  const cycle = async (): Promise<void> => {
    const desk = await startDesk(small.site, small.environment, []);
    const worker = await startWorker(small.site, small.environment);
    const gateway = await startGateway(small.site, small.environment);
    await gateway.close();
    await worker.close();
    await desk.close();
    await desk.close(); // again: nothing happens
  };
  await cycle(); // whatever libraries open once and for all, they have opened now
  const before = openHandles();
  await cycle();
  await until(() => openHandles().length <= before.length);
  expect(openHandles()).toEqual(before);
  await redis.close();
  await small.remove();
}, 60_000);

describe('the product as processes', () => {
  test('closes within 5 s, leaves no process, and a second start finds what was kept', async () => {
    const small = await makeSmallSite({ cameraUrl: DEAD_CAMERA });
    const first = upChild(small);
    const says = (await first.start()) as { console: string; mqtt: string; invites: Record<string, string> };
    const sos = await mqtt.connectAsync(says.mqtt, { clientId: 'sos-1', username: 'sos-1', password: PASSWORD });
    await sos.publishAsync('sos/sos-1', '{"pressed":true}', { qos: 1 });
    const client = new ConsoleClient(says.console);
    await client.signIn(says.invites['admin'] ?? '');
    const alert = await until(async () => (await client.get<{ alerts: AlertRow[] }>('/api/alerts')).alerts[0]);
    await sos.endAsync(true);
    expect((await fetch(`${says.console}/healthz`)).status).toBe(200);
    expect((await fetch(`${says.console}/readyz`)).status).toBe(401);
    expect(await client.get('/readyz')).toMatchObject({ ok: true });

    const closingSince = performance.now();
    await first.close(5000);
    expect(performance.now() - closingSince).toBeLessThan(5000);
    expect(processesOf(small.site.dataDir)).toEqual([]);

    const second = upChild(small);
    const again = (await second.start()) as { console: string; invites: Record<string, string> };
    const later = new ConsoleClient(again.console);
    await later.signIn(again.invites['admin'] ?? '');
    expect((await later.get<{ alerts: AlertRow[] }>('/api/alerts')).alerts.map(({ id }) => id)).toEqual([alert.id]);
    await second.close(5000);
    expect(processesOf(small.site.dataDir)).toEqual([]);
    await small.remove();
  }, 90_000);

  test('a worker, the gateway and Redis killed -9 come back, and what was acknowledged becomes its one alert', async () => {
    const small = await makeSmallSite({ cameraUrl: null });
    const up = upChild(small);
    const says = (await up.start()) as { console: string; mqtt: string; invites: Record<string, string> };
    const client = new ConsoleClient(says.console);
    await client.signIn(says.invites['admin'] ?? '');
    const pidOf = (script: string): number => Number(processesOf(small.site.dataDir).find((line) => line.includes(script))?.split(' ')[0]);

    process.kill(pidOf('main/worker.ts'), 'SIGKILL');
    const sensor = await mqtt.connectAsync(says.mqtt, { clientId: 'smoke-1', username: 'smoke-1', password: PASSWORD, reconnectPeriod: 0 });
    await sensor.publishAsync('sensor/smoke-1', '{"smoke":91}', { qos: 1 }); // acknowledged while no worker lives
    await sensor.endAsync(true);
    process.kill(pidOf('redis-server'), 'SIGKILL');
    process.kill(pidOf('main/gateway.ts'), 'SIGKILL');

    await until(async () => (await client.get<{ alerts: AlertRow[] }>('/api/alerts?source=sensor')).alerts[0]);
    await until(() => processesOf(small.site.dataDir).some((line) => line.includes('main/gateway.ts')));
    const { alerts } = await client.get<{ alerts: AlertRow[] }>('/api/alerts');
    expect(alerts).toHaveLength(1);
    await up.close(5000);
    expect(processesOf(small.site.dataDir)).toEqual([]);
    await small.remove();
  }, 90_000);
});

describe('ended while it is still starting', () => {
  test.each(['redis-server', 'main/desk.ts', 'main/gateway.ts'])('a SIGTERM when %s has just begun leaves no process, and the next start works', async (begun) => {
    const small = await makeSmallSite({ cameraUrl: DEAD_CAMERA });
    const up = upChild(small);
    const outcome = up.start().then(() => 'started', () => 'ended');
    await until(() => processesOf(small.site.dataDir).some((line) => line.includes(begun)));
    const closingSince = performance.now();
    await up.close(6000);
    expect(performance.now() - closingSince).toBeLessThan(5000);
    expect(processesOf(small.site.dataDir)).toEqual([]);
    await outcome;
    const again = upChild(small);
    expect(Object.keys(await again.start())).toContain('console');
    await again.close(5000);
    await small.remove();
  }, 60_000);

  test('an `up` that is killed -9 while its desk starts leaves no desk behind', async () => {
    const small = await makeSmallSite({ cameraUrl: null });
    const up = upChild(small);
    const outcome = up.start().catch(() => 'ended');
    await until(() => processesOf(small.site.dataDir).some((line) => line.includes('main/desk.ts')));
    process.kill(up.pid as number, 'SIGKILL');
    expect(await outcome).toBe('ended');
    await until(() => processesOf(small.site.dataDir).every((line) => line.includes('redis-server')));
    // The server left over is ended by the next start.
    const again = upChild(small);
    await again.start();
    await again.close(5000);
    expect(processesOf(small.site.dataDir)).toEqual([]);
    await small.remove();
  }, 60_000);

  test('a signal that comes by two ways at once still closes in order', async () => {
    const small = await makeSmallSite({ cameraUrl: null });
    const up = upChild(small);
    await up.start();
    process.kill(up.pid as number, 'SIGTERM');
    await up.close(5000);
    expect(processesOf(small.site.dataDir)).toEqual([]);
    await small.remove();
  }, 60_000);
});

const clip = sharedFile('clips/one-by-one-person-detection.mp4');
const weights = sharedFile('models/objects/yolox_nano_416.onnx');

test.skipIf(!clip || !weights)('a worker killed -9 while a person stands in the zone: the next one goes on with the same track, and there is one alert', async () => {
  // The second visit of the clip: somebody stands there from second 23 to second 45.
  const cameras = await startFakeCameras({ cameras: [{ path: 'cam', play: { clip: clip as string }, startAtS: 20 }] });
  const small = await makeSmallSite({ cameraUrl: cameras.url('cam') });
  const up = upChild(small);
  const says = (await up.start()) as { console: string; invites: Record<string, string> };
  const client = new ConsoleClient(says.console);
  await client.signIn(says.invites['admin'] ?? '');
  const redis = newRedis(small.site.redis, small.environment.log);
  const state = async (): Promise<{ lastFrame: string; trackIds: number[] }> => {
    const kept = JSON.parse((await redis.get('gw:tracks:cam-1')) ?? '{}') as { lastFrame?: string; tracker?: { tracks: { trackId: number }[] } };
    return { lastFrame: kept.lastFrame ?? '', trackIds: kept.tracker?.tracks.map(({ trackId }) => trackId) ?? [] };
  };
  const alert = await until(async () => (await client.get<{ alerts: AlertRow[] }>('/api/alerts?source=camera')).alerts[0]);
  const trackId = ((alert.finding as CameraFinding).about as TrackSubject).trackId;
  expect((await state()).trackIds).toContain(trackId);

  const pid = Number(processesOf(small.site.dataDir).find((line) => line.includes('main/worker.ts'))?.split(' ')[0]);
  process.kill(pid, 'SIGKILL');
  const atKill = (await state()).lastFrame;
  const after = await until(async () => {
    const now = await state();
    return now.lastFrame !== atKill ? now : null;
  });
  expect(after.trackIds).toContain(trackId);
  expect((await client.get<{ alerts: AlertRow[] }>('/api/alerts?source=camera')).alerts).toHaveLength(1);

  redis.disconnect();
  await up.close(5000);
  await cameras.close();
  await small.remove();
}, 90_000);

describe('what cannot start says why in a sentence, and leaves nothing running', () => {
  const run = (args: string[]): { code: number; said: string } => {
    try {
      execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'pipe', env: { ...process.env, GRIDWARDEN_LOG: 'silent' }, timeout: 60_000 });
      return { code: 0, said: '' };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer };
      return { code: status, said: stderr.toString() };
    }
  };
  const refused = async (override: Record<string, unknown>, program: string, redisUrl?: string): Promise<{ code: number; said: string }> => {
    const small = await makeSmallSite({ cameraUrl: null, override, ...(redisUrl ? { redisUrl } : {}) }).catch((error: unknown) => error as Error);
    if (small instanceof Error) throw small;
    const outcome = run([path.join(import.meta.dirname, program), '--config', small.site.configFile, '--data', small.site.dataDir]);
    expect(processesOf(small.site.dataDir)).toEqual([]);
    expect(outcome.said).not.toMatch(/\n\s+at .*\(/); // no stack
    await small.remove();
    return outcome;
  };

  test('the console port is in use', async () => {
    const taken = (await import('node:net')).createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { code, said } = await refused({ http: { port } }, 'up.ts');
    taken.close();
    expect(code).toBe(1);
    expect(said).toContain(`127.0.0.1:${port}: another program has the port`);
  }, 60_000);

  test('an address that this machine does not have', async () => {
    const { code, said } = await refused({ http: { host: '203.0.113.7', port: 0 } }, 'up.ts');
    expect(code).toBe(1);
    expect(said).toContain('The console cannot listen on 203.0.113.7:0');
  }, 60_000);

  test('Redis is absent', async () => {
    const { code, said } = await refused({}, 'gateway.ts', 'redis://:hidden@127.0.0.1:1');
    expect(code).toBe(1);
    expect(said).toContain('Redis at redis://***@127.0.0.1:1 does not answer');
  }, 60_000);

  test('PostgreSQL is absent', async () => {
    const redis = await startTestRedis();
    const { code, said } = await refused({ store: { url: 'postgres://gw:hidden@127.0.0.1:1/gw' } }, 'desk.ts', `unix://${redis.socket}`);
    await redis.close();
    expect(code).toBe(1);
    expect(said).toContain('does not answer');
    expect(said).not.toContain('hidden');
  }, 60_000);

  test('the grid cannot be read, or a home cell is not in it', async () => {
    expect((await refused({ grid: { file: '/nowhere/grid.geojson' } }, 'check.ts')).said).toContain('/nowhere/grid.geojson cannot be read: there is no such file');
    const lost = { devices: [{ id: 'd', name: 'd', kind: 'sos', language: 'sos-button', topics: ['sos/d'], passwordHash: `scrypt$16384$8$1$${'s'.repeat(32)}$${'h'.repeat(43)}`, homeCell: '110101999999999' }], patrols: [], rules: [] };
    expect((await refused(lost, 'check.ts')).said).toContain('devices "d" homeCell: the grid has no cell 110101999999999');
  }, 60_000);

  test('a sound site is called valid', async () => {
    const { code, said } = await refused({}, 'check.ts');
    expect({ code, said }).toEqual({ code: 0, said: '' });
  }, 60_000);
});
