/** The live stream over real HTTP, what machines ask, the pages, and starting and closing. */
import { mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertRow } from '../../domain/alert.ts';
import type { PatrolState } from '../../domain/patrol.ts';
import { candidate, NOON_MS } from '../../test-fixtures/alert-candidates.ts';
import { EAST, type Person, startTestConsole, type TestConsole, WEST } from '../../test-fixtures/console.ts';

let it: TestConsole;
let base = '';
let east: AlertRow;
let west: AlertRow;

beforeAll(async () => {
  it = await startTestConsole();
  const { host, port } = await it.server.start();
  base = `http://${host}:${port}`;
  for (const [name, cellCode] of [['east', EAST], ['west', WEST]] as const) await it.store.filing.fileAlert(candidate({ name, cellCode }));
  [east, west] = [await it.store.reading.alertRow('alert-east'), await it.store.reading.alertRow('alert-west')];
});
afterAll(() => it.close());

interface Open {
  /** The next event or comment, without the first `retry` line. */
  next(): Promise<string>;
  /** Resolves with what was left when the server ends the stream. */
  ended(): Promise<string[]>;
  leave(): void;
  readonly headers: Headers;
}

async function listen(person: Person, query = ''): Promise<Open> {
  const leaving = new AbortController();
  const before = it.listeners();
  const response = await fetch(`${base}/api/stream${query}`, { headers: { cookie: await it.signedIn(person) }, signal: leaving.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('the stream has no body');
  let text = '';
  const next = async (): Promise<string> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) return '';
      text += value;
    }
    const block = text.slice(0, text.indexOf('\n\n'));
    text = text.slice(block.length + 2);
    return block;
  };
  expect(await next()).toBe('retry: 2000');
  await until(() => it.listeners() === before + 1);
  return {
    next,
    ended: async () => {
      const left = [];
      for (let block = await next(); block !== ''; block = await next()) left.push(block);
      return left;
    },
    leave: () => leaving.abort(),
    headers: response.headers,
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

test('one person has so many live views and no more; one that is left makes room', async () => {
  const views: Open[] = [];
  for (let i = 0; i < 20; i++) views.push(await listen('viewer'));
  const another = async (): Promise<number> => {
    const leaving = new AbortController();
    const { status } = await fetch(`${base}/api/stream`, { headers: { cookie: await it.signedIn('viewer') }, signal: leaving.signal });
    leaving.abort();
    return status;
  };
  expect(await another()).toBe(429);
  views[0]?.leave();
  await until(() => it.listeners() === 19);
  expect(await another()).toBe(200);
  for (const view of views.slice(1)) view.leave();
  await until(() => it.listeners() === 0);
});

const patrolIn = (patrolId: string, cellCode: string | null): PatrolState => ({ patrolId, onDuty: true, position: null, fixAtMs: null, accuracyM: null, cellCode, openOrders: 0 });
const camera = (cameraId: string) => ({ cameraId, state: 'streaming', reason: null, atMs: NOON_MS, lastFrameAtMs: null, codec: null, widthPx: null, heightPx: null }) as const;

describe('the live stream', () => {
  test('tells what changed, as events with names and the data of the API', async () => {
    const open = await listen('dispatcher');
    expect([open.headers.get('content-type'), open.headers.get('x-accel-buffering'), open.headers.get('x-content-type-options')]).toEqual(['text/event-stream; charset=utf-8', 'no', 'nosniff']);
    const detail = await it.store.casework.caseDetail(west.caseId);
    it.announce({ kind: 'alert', alert: west });
    it.announce({ kind: 'case', case: detail });
    it.announce({ kind: 'patrol', patrol: patrolIn('p-east', null) });
    it.announce({ kind: 'camera', camera: camera('cam-west') });
    expect(await open.next()).toBe(`event: alert\ndata: ${JSON.stringify(west)}`);
    expect(await open.next()).toBe(`event: case\ndata: ${JSON.stringify(detail)}`);
    expect(await open.next()).toMatch(/^event: patrol\ndata: .*"p-east"/);
    expect(await open.next()).toMatch(/^event: camera\ndata: .*"cam-west"/);
    open.leave();
    await until(() => it.listeners() === 0);
  });

  test('keeps every kind of event within the person and the subtree looked at', async () => {
    const [east1, west1] = [await listen('eastOnly'), await listen('dispatcher', `?cell=${WEST.slice(0, 12)}`)];
    const caseOf = (row: AlertRow) => it.store.casework.caseDetail(row.caseId);
    for (const change of [
      { kind: 'alert', alert: west }, { kind: 'alert', alert: east },
      { kind: 'alert', alert: { ...east, place: { ...east.place, cellCode: null } } },
      { kind: 'case', case: await caseOf(west) }, { kind: 'case', case: await caseOf(east) },
      { kind: 'patrol', patrol: patrolIn('p-west', WEST) }, { kind: 'patrol', patrol: patrolIn('p-east', EAST) }, { kind: 'patrol', patrol: patrolIn('p-lost', null) },
      { kind: 'camera', camera: camera('cam-west') }, { kind: 'camera', camera: camera('cam-east') }, { kind: 'camera', camera: camera('cam-unknown') },
    ] as const) it.announce(change);
    // A ping closes the list: whatever had been sent wrongly would stand before it.
    await it.clock.advance(15_000);
    const seen = async (open: Open): Promise<string[]> => {
      const blocks = [];
      for (let block = await open.next(); block !== ': ping'; block = await open.next()) blocks.push(block);
      return blocks.map((block) => `${/^event: (\w+)/.exec(block)?.[1]} ${/"(?:cameraId|patrolId|id)":"([\w-]+)"/.exec(block)?.[1]}`);
    };
    expect(await seen(east1)).toEqual(['alert alert-east', 'case case-east', 'patrol p-east', 'camera cam-east']);
    expect(await seen(west1)).toEqual(['alert alert-west', 'case case-west', 'patrol p-west', 'camera cam-west']);
    for (const open of [east1, west1]) open.leave();
    await until(() => it.listeners() === 0);
  });

  test('does not outlive the session, nor a change of rights', async () => {
    const [gone, narrowed] = [await listen('viewer'), await listen('eastAdmin')];
    await it.store.operators.removeOperator('zhao');
    await it.store.operators.saveOperator({ name: 'east-admin', role: 'viewer', cellScope: [] }, 0);
    await it.clock.advance(15_000);
    expect([await gone.ended(), await narrowed.ended()]).toEqual([[], []]);
    await until(() => it.listeners() === 0);
  });

  test('cuts off a reader who does not read, and nobody else', async () => {
    const cookie = await it.signedIn('dispatcher');
    const { port } = new URL(base);
    const deaf = net.connect(Number(port), '127.0.0.1');
    deaf.on('error', () => undefined);
    deaf.pause();
    deaf.write(`GET /api/stream HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`);
    await until(() => it.listeners() === 1);
    const reader = await listen('dispatcher');
    const bulky = { ...west, ruleName: 'x'.repeat(100_000) };
    let heard = 0;
    for (let i = 0; i < 300 && it.listeners() === 2; i++) {
      it.announce({ kind: 'alert', alert: bulky });
      if ((await reader.next()).startsWith('event: alert')) heard++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => it.listeners() === 1);
    expect(heard).toBeGreaterThan(10);
    reader.leave();
    deaf.destroy();
    await until(() => it.listeners() === 0);
  });
});

describe('what machines ask', () => {
  const bearer = { authorization: 'Bearer scrape-token-0123456789' };
  const ask = async (url: string, headers: Record<string, string> = bearer) => {
    const response = await fetch(base + url, { headers });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  test('metrics, by token or session', async () => {
    expect(await ask('/metrics')).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: '# metrics\nup 1\n' });
    expect((await ask('/metrics', { cookie: await it.signedIn('dispatcher') })).status).toBe(200);
    expect((await ask('/metrics', { authorization: 'Bearer wrong' })).status).toBe(401);
    // The token opens nothing else.
    expect((await ask('/api/alerts')).status).toBe(401);
  });

  test('readiness: by really writing, and by name when something refuses', async () => {
    expect(JSON.parse((await ask('/readyz')).text)).toEqual({ ok: true, checks: { store: 'ok', redis: 'ok' } });
    it.breakProbe('redis', 'redis://user:geheim@host refused');
    const broken = await ask('/readyz');
    expect(broken.status).toBe(503);
    expect(JSON.parse(broken.text)).toMatchObject({ ok: false, checks: { store: 'ok', redis: expect.stringMatching(/refused/) } });
    expect(broken.text).not.toContain('geheim');
    it.breakProbe('redis', 'silence');
    const silent = ask('/readyz');
    await until(() => it.clock.nextWakeInMs === 3000);
    await it.clock.advance(3000);
    expect(JSON.parse((await silent).text)).toMatchObject({ ok: false, checks: { redis: 'It did not answer within 3 s.' } });
    it.breakProbe('redis', null);
  });
});

describe('the pages', () => {
  const page = async (url: string) => {
    const response = await fetch(base + url, { redirect: 'manual' });
    return { status: response.status, type: response.headers.get('content-type'), cache: response.headers.get('cache-control'), text: await response.text() };
  };

  test('not built: one plain sentence on what to run', async () => {
    expect(await page('/')).toMatchObject({ status: 503, type: 'text/plain; charset=utf-8', text: expect.stringContaining('npm run web') });
  });

  test('built: the page, its files, and nothing beside them', async () => {
    await mkdir(path.join(it.webDir, 'assets'));
    await writeFile(path.join(it.webDir, 'index.html'), '<!doctype html><title>Gridwarden</title>');
    await writeFile(path.join(it.webDir, 'assets', 'a-1234.js'), 'export {};');
    await writeFile(path.join(it.webDir, '..', 'secret.txt'), 'geheim');
    await writeFile(path.join(it.webDir, '.hidden'), 'geheim');
    expect(await page('/')).toMatchObject({ status: 200, cache: 'no-cache', text: expect.stringContaining('Gridwarden') });
    expect(await page('/assets/a-1234.js')).toMatchObject({ status: 200, type: expect.stringContaining('javascript'), cache: expect.stringContaining('immutable') });
    for (const url of ['/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/..%5csecret.txt', '/.hidden', '/%2ehidden', '/assets/', '/assets', '/%00', '/%zz', '//secret.txt', '/nothing']) {
      const answer = await page(url);
      expect([url, answer.status >= 400 && answer.status < 500, answer.text.includes('geheim')]).toEqual([url, true, false]);
    }
  });
});

test('whoever sends a request byte by byte does not hold a connection for long', () => {
  const { requestTimeout, headersTimeout } = it.server.app.server;
  for (const withinMs of [requestTimeout, headersTimeout]) {
    expect(withinMs).toBeGreaterThan(0); // 0 means for ever
    expect(withinMs).toBeLessThanOrEqual(30_000);
  }
});

describe('starting and closing', () => {
  test('a port that is taken is named', async () => {
    const { port } = new URL(base);
    const second = await startTestConsole({ listen: { host: '127.0.0.1', port: Number(port) } });
    await expect(second.server.start()).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringContaining(`127.0.0.1:${port}`) });
    await second.close();
  });

  test('closing ends every stream, and twice is once', async () => {
    const open = await listen('dispatcher');
    const idle = net.connect(Number(new URL(base).port), '127.0.0.1');
    const idleEnded = new Promise((resolve) => idle.once('close', resolve));
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    await Promise.all([it.server.close(), it.server.close()]);
    expect(await open.ended()).toEqual([]);
    await idleEnded;
    expect(it.listeners()).toBe(0);
    await expect(fetch(`${base}/healthz`)).rejects.toThrow();
  });
});
