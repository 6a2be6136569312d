/** Tickets and sockets of live video over real HTTP: who gets in, what they see, when it ends, and what a slow one costs. */
import net from 'node:net';
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LiveBegin, LiveViewer } from '../../domain/live-video.ts';
import { type Person, startTestConsole, type TestConsole } from '../../test-fixtures/console.ts';
import { variantFor } from './live-routes.ts';

let it: TestConsole;
let base = '';

beforeAll(async () => {
  it = await startTestConsole();
  const { host, port } = await it.server.start();
  base = `http://${host}:${port}`;
});
afterAll(() => it.close());

const BEGIN: LiveBegin = { mime: 'video/mp4; codecs="avc1.64001f"', widthPx: 640, heightPx: 360, zeroAtMs: 5 };

async function ask(cookie: string, cameraId = 'cam-east', body?: object) {
  const headers = { cookie, 'x-gridwarden': '1', ...(body ? { 'content-type': 'application/json' } : {}) };
  const response = await fetch(`${base}/api/cameras/${cameraId}/live-ticket`, { method: 'POST', headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: response.status, answer: (await response.json()) as { ticket: string; variant: string; code: string } };
}

/** The status of the upgrade: 101, or why not. */
async function upgrade(ticket: string, cookie: string, origin: string | null = base): Promise<number> {
  const { hostname, port, host } = new URL(base);
  const socket = net.connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write([
    `GET /api/live/${ticket} HTTP/1.1`, `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Cookie: ${cookie}`, ...(origin === null ? [] : [`Origin: ${origin}`]), '', '',
  ].join('\r\n'));
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.destroy();
  return Number(answer.split(' ')[1]);
}

interface Open {
  readonly socket: WebSocket;
  readonly viewer: LiveViewer;
  /** Words as they are, bytes as their number. */
  readonly heard: unknown[];
  closed(): Promise<number>;
}

async function watch(person: Person, cookie?: string): Promise<Open> {
  const own = cookie ?? (await it.signedIn(person));
  const { answer } = await ask(own);
  const before = new Set(it.video.viewers.keys());
  // Node's own client takes headers; the browsers' does not.
  const socket = new WebSocket(`${base.replace('http', 'ws')}/api/live/${answer.ticket}`, { headers: { cookie: own, origin: base } });
  socket.binaryType = 'arraybuffer';
  const heard: unknown[] = [];
  socket.onmessage = ({ data }) => void heard.push(typeof data === 'string' ? JSON.parse(data) : (data as ArrayBuffer).byteLength);
  const closed = new Promise<number>((resolve) => (socket.onclose = ({ code }) => resolve(code)));
  const fresh = (): LiveViewer | undefined => [...it.video.viewers.keys()].find((one) => !before.has(one));
  await until(() => fresh() !== undefined && socket.readyState === WebSocket.OPEN);
  return { socket, viewer: fresh()!, heard, closed: () => closed };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

/** Bytes of buffers that somebody still holds. */
function held(): number {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

describe('a ticket', () => {
  test('is given to whoever may see the camera, for the variant they may see', async () => {
    expect(await ask(await it.signedIn('viewer'))).toMatchObject({ status: 200, answer: { variant: 'redacted', ticket: expect.stringMatching(/^[\w-]{20,}$/) } });
    expect(await ask(await it.signedIn('eastOnly'), 'cam-west')).toMatchObject({ status: 404, answer: { code: 'NOT_FOUND' } });
    expect(await ask(await it.signedIn('dispatcher'), 'cam-nowhere')).toMatchObject({ status: 404 });
    expect(await ask('gw_session=nobody')).toMatchObject({ status: 401 });
    expect(await ask(await it.signedIn('viewer'), 'cam-east', { variant: 'plain' })).toMatchObject({ status: 400 });
    expect(await ask(await it.signedIn('viewer'), 'cam-east', { variant: 'redacted' })).toMatchObject({ status: 200 });
    const person = { name: 'x', role: 'admin', cellScope: [], seesFaces: false } as const;
    expect([variantFor(person), variantFor({ ...person, seesFaces: true })]).toEqual(['redacted', 'plain']);
  });

  test('is good once, for its own session, for 30 s, and on a page of ours', async () => {
    const [cookie, other] = [await it.signedIn('viewer'), await it.signedIn('dispatcher')];
    const fresh = async (): Promise<string> => (await ask(cookie)).answer.ticket;
    const twice = await fresh();
    expect([await upgrade(twice, cookie), await upgrade(twice, cookie)]).toEqual([101, 403]);
    const stolen = await fresh();
    expect([await upgrade(stolen, other), await upgrade(stolen, cookie)]).toEqual([403, 403]);
    const another = await fresh();
    expect(await upgrade(another, await it.signedIn('viewer'))).toBe(403);
    const [justInTime, late] = [await fresh(), await fresh()];
    await it.clock.advance(30_000);
    expect(await upgrade(justInTime, cookie)).toBe(101);
    await it.clock.advance(1);
    expect(await upgrade(late, cookie)).toBe(403);
    const foreign = await fresh();
    for (const origin of ['https://elsewhere.example', 'null', null]) expect(await upgrade(foreign, cookie, origin)).toBe(403);
    expect(await upgrade(foreign, 'gw_session=nobody')).toBe(401);
    expect(await upgrade('made-up', cookie)).toBe(403);
    // A page that asks without an upgrade is told that there is no page.
    expect((await fetch(`${base}/api/live/${await fresh()}`, { headers: { cookie, origin: base } })).status).toBe(404);
    await until(() => it.video.viewers.size === 0);
  });

  test('for faces is noted when it is used, and not good once the right is taken away', async () => {
    await it.store.operators.setSeesFaces('li', true);
    const cookie = await it.signedIn('dispatcher');
    const plain = async (): Promise<string> => {
      const given = await ask(cookie, 'cam-east', { purpose: 'alert a-1' });
      expect(given).toMatchObject({ status: 200, answer: { variant: 'plain' } });
      return given.answer.ticket;
    };
    const [used, kept] = [await plain(), await plain()];
    expect(await it.store.faceViews.noted(10)).toEqual([]);
    expect(await upgrade(used, cookie)).toBe(101);
    expect(await it.store.faceViews.noted(10)).toEqual([{ operatorName: 'li', what: 'live video of camera cam-east', purpose: 'alert a-1', atMs: it.clock.nowMs() }]);
    await it.store.operators.setSeesFaces('li', false);
    expect(await upgrade(kept, cookie)).toBe(403);
    expect(await it.store.faceViews.noted(10)).toHaveLength(1);
  });
});

describe('a socket', () => {
  test('tells what comes: a beginning in words, its init segment, fragments from a key frame on', async () => {
    const open = await watch('viewer');
    expect([...it.video.viewers.values()]).toEqual(['cam-east redacted']);
    open.viewer.fragment(new Uint8Array(1), false);
    open.viewer.begin(BEGIN, new Uint8Array(2));
    for (const [bytes, key] of [[3, false], [4, true], [5, false]] as const) open.viewer.fragment(new Uint8Array(bytes), key);
    open.viewer.fragment(new Uint8Array(6), true, BEGIN.zeroAtMs + 50);
    open.viewer.fragment(new Uint8Array(7), true, BEGIN.zeroAtMs + 51);
    open.viewer.end();
    await until(() => open.heard.length === 8);
    expect(open.heard).toEqual([{ kind: 'begin', variant: 'redacted', ...BEGIN }, 2, 4, 5, 6, { kind: 'clock', zeroAtMs: BEGIN.zeroAtMs + 51 }, 7, { kind: 'end' }]);
    open.socket.close();
    await until(() => it.video.viewers.size === 0);
  });

  test('ends with the session, and with its rights', async () => {
    const [gone, narrowed, stays] = [await watch('viewer'), await watch('eastAdmin'), await watch('dispatcher')];
    await it.store.operators.removeOperator('zhao');
    await it.store.operators.saveOperator({ name: 'east-admin', role: 'viewer', cellScope: [] }, 0);
    await until(() => it.clock.sleeping >= 3);
    await it.clock.advance(5000);
    expect([await gone.closed(), await narrowed.closed()]).toEqual([4401, 4401]);
    expect([gone.heard, narrowed.heard]).toEqual([[{ kind: 'over' }], [{ kind: 'over' }]]);
    await until(() => it.video.viewers.size === 1);
    stays.viewer.begin(BEGIN, new Uint8Array(2));
    await until(() => stays.heard.length === 2);
    stays.socket.close();
    await it.store.operators.saveOperator({ name: 'zhao', role: 'viewer', cellScope: [] }, 0);
    await until(() => it.video.viewers.size === 0);
  });

  test('that talks is cut off', async () => {
    const open = await watch('dispatcher');
    open.socket.send('hello');
    await open.closed();
    await until(() => it.video.viewers.size === 0);
  });

  test('one person has so many and no more', async () => {
    const cookie = await it.signedIn('dispatcher');
    const open: Open[] = [];
    const spare = (await ask(cookie)).answer.ticket;
    for (let i = 0; i < 16; i++) open.push(await watch('dispatcher', cookie));
    expect(await ask(cookie)).toMatchObject({ status: 429, answer: { code: 'STREAMS_TOO_MANY' } });
    expect(await upgrade(spare, cookie)).toBe(429);
    expect((await ask(await it.signedIn('viewer'))).status).toBe(200);
    for (const { socket } of open) socket.close();
    await until(() => it.video.viewers.size === 0);
    expect((await ask(cookie)).status).toBe(200);
  });

  test('that does not read misses pictures up to the next key frame and holds no memory; nobody else does', async () => {
    const cookie = await it.signedIn('dispatcher');
    const { answer } = await ask(cookie);
    const { hostname, port, host } = new URL(base);
    const deaf = net.connect(Number(port), hostname);
    deaf.on('error', () => undefined);
    deaf.write(['GET /api/live/' + answer.ticket + ' HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Cookie: ${cookie}`, `Origin: ${base}`, '', ''].join('\r\n'));
    deaf.pause();
    await until(() => it.video.viewers.size === 1);
    const [slow] = it.video.viewers.keys();
    const reader = await watch('viewer');
    const heldBefore = held();
    const everyone = [slow!, reader.viewer];
    for (const viewer of everyone) viewer.begin(BEGIN, new Uint8Array(2));
    let sent = 0;
    for (let i = 0; i < 160; i++) {
      // Of its own each time, as pictures are: shared ones would hide what is kept.
      const picture = new Uint8Array(256 * 1024);
      for (const viewer of everyone) viewer.fragment(picture, i % 25 === 0);
      sent++;
      await until(() => reader.heard.length === sent + 2);
    }
    // What nobody holds is freed in a thread beside; what somebody holds never is.
    await until(() => held() - heldBefore < 8 * 1024 * 1024);
    // It never answers a ping either: after a while it is let go.
    for (let i = 0; i < 6; i++) {
      await it.clock.advance(5000);
      await until(() => it.clock.sleeping >= 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await until(() => it.video.viewers.size === 1);
    reader.socket.close();
    deaf.destroy();
    await until(() => it.video.viewers.size === 0);
  });

  test('does not hold up closing', async () => {
    const open = await watch('dispatcher');
    await it.server.close();
    await open.closed();
    expect(it.video.viewers.size).toBe(0);
  });
});
