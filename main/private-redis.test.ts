/** The private Redis where the machine is not as it should be: not installed, gone for a while, somebody else's folder. */
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import { connectRedis } from '../queue/redis.ts';
import { makeSmallSite, type SmallSite } from '../test-fixtures/small-site.ts';
import { PrivateRedis } from './private-redis.ts';
import { ownFolder } from './site.ts';

let small: SmallSite;
const realPath = process.env['PATH'];
beforeEach(async () => {
  small = await makeSmallSite({ cameraUrl: null });
});
afterEach(async () => {
  process.env['PATH'] = realPath;
  await small.remove();
});

test('not installed: one sentence that says what to install', async () => {
  process.env['PATH'] = '/nowhere';
  await expect(new PrivateRedis(small.site, small.environment).start()).rejects.toMatchObject({ code: 'REDIS_MISSING' });
});

test('killed while its program is away for an upgrade: it is tried again until it is there', async () => {
  const server = new PrivateRedis(small.site, small.environment);
  await server.start();
  const redis = await connectRedis(small.site.redis, silentLog);
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  process.env['PATH'] = '/nowhere';
  process.kill(pid, 'SIGKILL');
  const told = () => small.environment.log.lines.map((line) => JSON.stringify(line.fields));
  while (!told().some((line) => line.includes('redis-server is not installed'))) await new Promise((resolve) => setTimeout(resolve, 20));
  process.env['PATH'] = realPath;
  expect(await redis.ping()).toBe('PONG'); // waits until it is back
  redis.disconnect();
  await server.close();
}, 30_000);

test('a frame that was taken is soon on no disk either', async () => {
  const server = new PrivateRedis(small.site, small.environment, 200);
  await server.start();
  const folder = path.join(small.site.dataDir, 'redis', 'appendonlydir');
  const onDisk = async (): Promise<boolean> => {
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name)).catch(() => Buffer.alloc(0))));
    return files.some((bytes) => bytes.includes('a face in a frame'));
  };
  const redis = await connectRedis(small.site.redis, silentLog);
  await redis.set('frame', 'a face in a frame');
  await redis.set('kept', 'a job');
  while (!(await onDisk())) await new Promise((resolve) => setTimeout(resolve, 10));
  await redis.del('frame');
  while (await onDisk()) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await redis.get('kept')).toBe('a job');
  redis.disconnect();
  await server.close();
}, 30_000);

test('its socket is for this user only, also where the data folder lies too deep for it', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-own-'));
  try {
    const own = await ownFolder(path.join(dir, 'own'));
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    await ownFolder(own); // a second start
    await symlink(own, path.join(dir, 'link'));
    await expect(ownFolder(path.join(dir, 'link'))).rejects.toMatchObject({ code: 'FOLDER_UNSAFE' });
    await mkdir(path.join(dir, 'open'));
    await chmod(path.join(dir, 'open'), 0o777);
    await expect(ownFolder(path.join(dir, 'open'))).rejects.toThrow('others may enter it');
    await expect(ownFolder('/tmp')).rejects.toMatchObject({ code: 'FOLDER_UNSAFE' });
  } finally {
    await rm(dir, { recursive: true });
  }
});
