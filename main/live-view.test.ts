/** Live video through the real processes: the camera host makes it while somebody wants it, the desk hands it to a socket. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveBegin, LiveViewer } from '../domain/live-video.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { systemIds as ids } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { Board } from '../queue/board.ts';
import { LiveListener, LivePublisher } from '../queue/live-channel.ts';
import { connectRedis } from '../queue/redis.ts';
import { type FakeCameras, startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../test-fixtures/moving-box-clip.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { makeSmallSite, type SmallSite } from '../test-fixtures/small-site.ts';
import { startDesk } from './desk.ts';
import { startGateway } from './gateway.ts';
import type { Running } from './process.ts';

const env = { clock, ids, log: keptLog() };
let server: TestRedis;
let clip: MadeClip;
let cameras: FakeCameras;
let small: SmallSite;
let redis: Redis;
let hears: Redis;
let base = '';
let cookie = '';
const running: Running[] = [];

async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  [server, clip] = await Promise.all([startTestRedis(), makeMovingBoxClip({ widthPx: 320, heightPx: 180, fps: 10, seconds: 2, reordered: 0 })]);
  cameras = await startFakeCameras({ cameras: [{ path: 'cam-1', play: { clip: clip.file }, timeline: 'shared' }] });
  small = await makeSmallSite({ cameraUrl: cameras.url('cam-1'), redisUrl: `unix://${server.socket}` });
  const desk = await startDesk(small.site, small.environment, [{ name: 'dispatcher', role: 'dispatcher' }]);
  running.push(desk);
  base = desk.says['console'] as string;
  const code = (desk.says['invites'] as Record<string, string>)['dispatcher'];
  const session = await fetch(`${base}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-gridwarden': '1' }, body: JSON.stringify({ code }) });
  cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  running.unshift(await startGateway(small.site, small.environment));
  [redis, hears] = await Promise.all([connectRedis({ socket: server.socket }, env.log), connectRedis({ socket: server.socket }, env.log)]);
}, 60_000);

afterAll(async () => {
  for (const part of running) await part.close();
  for (const one of [redis, hears]) one?.disconnect();
  await cameras?.close();
  await server?.close();
  await clip?.remove();
  await small?.remove();
});

class Kept implements LiveViewer {
  begun: LiveBegin | null = null;
  readonly keys: boolean[] = [];
  begin(begin: LiveBegin): void {
    this.begun = begin;
  }
  fragment(_: Uint8Array, key: boolean): void {
    this.keys.push(key);
  }
  end(): void {
    this.begun = null;
  }
}

test('a camera host makes a camera\'s video while somebody wants it, once for all, over the session it has anyway', async () => {
  await until(() => cameras.stats('cam-1').viewers === 1);
  const listener = new LiveListener(redis, hears, env);
  const [first, second] = [new Kept(), new Kept()];
  await listener.watch('cam-1', 'plain', first);
  await until(() => first.keys.length > 12);
  expect(first.begun).toMatchObject({ mime: expect.stringContaining('avc1.'), widthPx: 320, heightPx: 180 });
  expect(first.keys[0]).toBe(true);
  await listener.watch('cam-1', 'plain', second);
  await until(() => second.keys.length > 5);
  expect(cameras.stats('cam-1').viewersEver).toBe(1);
  listener.close();
  // Some seconds after the last viewer nothing is made any more.
  await until(async () => (await redis.exists('gw:live:cam-1:plain:begin')) === 0);
}, 60_000);

test('the desk hands on what is made, to the browser that has the ticket', async () => {
  const ask = (): Promise<Response> => fetch(`${base}/api/cameras/cam-1/live-ticket`, { method: 'POST', headers: { cookie, 'x-gridwarden': '1' } });
  expect(await (await ask()).json()).toMatchObject({ code: 'REDACTION_AWAY' });
  await new Board(redis).post('redactors', 'redactor/test', { atMs: clock.nowMs(), cameraIds: [], mostCameras: 1, trouble: null });
  const response = await ask();
  const { ticket, variant } = (await response.json()) as { ticket: string; variant: 'redacted' };
  expect(variant).toBe('redacted');
  const socket = new WebSocket(`${base.replace('http', 'ws')}/api/live/${ticket}`, { headers: { cookie, origin: base } });
  const heard: unknown[] = [];
  socket.onmessage = ({ data }) => void heard.push(typeof data === 'string' ? (JSON.parse(data) as { kind: string }).kind : (data as Blob).size);
  await until(() => redis.exists('gw:live:cam-1:redacted:wanted'));
  const out = new LivePublisher(redis, 'cam-1', 'redacted', env);
  out.begin({ mime: 'video/mp4; codecs="avc1.64001f"', widthPx: 320, heightPx: 180, zeroAtMs: clock.nowMs() }, new Uint8Array(3));
  out.fragment(new Uint8Array(5), true);
  await out.end();
  await until(() => heard.length === 4);
  expect(heard).toEqual(['begin', 3, 5, 'end']);
  socket.close();
}, 60_000);
