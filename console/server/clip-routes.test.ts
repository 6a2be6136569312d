/** Clips over HTTP: who gets which, in which parts, what is noted, and what nobody gets. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { candidate, NOON_MS } from '../../test-fixtures/alert-candidates.ts';
import { EAST, PEOPLE, startTestConsole, type TestConsole, WEST } from '../../test-fixtures/console.ts';
import { spanIn } from './clip-routes.ts';

const PLAIN = Buffer.from('the camera\'s own video, faces and all');
const REDACTED = Buffer.from('the same without faces');
const east = candidate({ name: 'east', source: 'camera', device: 'cam-east', cellCode: EAST });
const west = candidate({ name: 'west', source: 'camera', device: 'cam-west', cellCode: WEST });
let it: TestConsole;
let cookies: { dispatcher: string; eastOnly: string; seer: string };

beforeAll(async () => {
  it = await startTestConsole();
  await it.store.operators.setSeesFaces(PEOPLE.admin.name, true);
  cookies = { dispatcher: await it.signedIn('dispatcher'), eastOnly: await it.signedIn('eastOnly'), seer: await it.signedIn('admin') };
  const add = (id: string, alertId: string, kind: 'clip' | 'redacted-clip' | 'picture', content: Buffer) =>
    it.store.filing.addEvidence({ id, alertId, kind, takenAtMs: NOON_MS, mediaType: kind === 'picture' ? 'image/jpeg' : 'video/mp4' }, content);
  for (const alert of [east, west]) await it.store.filing.fileAlert(alert);
  await add('east-clip', east.newAlertId, 'clip', PLAIN);
  await add('east-picture', east.newAlertId, 'picture', PLAIN);
  await add('west-clip', west.newAlertId, 'clip', PLAIN);
  await add('west-redacted', west.newAlertId, 'redacted-clip', REDACTED);
});
afterAll(() => it.close());

const get = (url: string, who: keyof typeof cookies, headers: Record<string, string> = {}) => it.server.app.inject({ method: 'GET', url, headers: { cookie: cookies[who], ...headers } });
const post = (url: string, who: keyof typeof cookies) => it.server.app.inject({ method: 'POST', url, headers: { cookie: cookies[who], 'x-gridwarden': '1' } });

describe('the redacted clip', () => {
  test('is what everybody gets of a clip, by either name, whole', async () => {
    for (const url of ['/api/evidence/west-clip/clip', '/api/evidence/west-clip/clip?purpose=curiosity', '/api/evidence/west-redacted/clip']) {
      const answer = await get(url, 'dispatcher');
      expect([answer.statusCode, answer.rawPayload.equals(REDACTED), answer.headers['content-type'], answer.headers['accept-ranges']]).toEqual([200, true, 'video/mp4', 'bytes']);
    }
    // Without a purpose also for those who might see more.
    expect((await get('/api/evidence/west-clip/clip', 'seer')).rawPayload.equals(REDACTED)).toBe(true);
    expect(await it.store.faceViews.noted(10)).toEqual([]);
  });

  test('is told to be missing until somebody has it rendered', async () => {
    const before = await get('/api/evidence/east-clip/clip', 'dispatcher');
    expect([before.statusCode, before.json()]).toEqual([202, { state: 'not-rendered' }]);
    const asked = await post('/api/evidence/east-clip/redacted', 'dispatcher');
    expect([asked.statusCode, asked.json()]).toEqual([202, { state: 'rendering' }]);
    expect(it.redacted).toEqual(['east-clip']);
    const there = await post('/api/evidence/west-clip/redacted', 'dispatcher');
    expect([there.statusCode, there.json()]).toEqual([200, { id: 'west-redacted' }]);
    expect(it.redacted).toEqual(['east-clip']);
  });
});

describe('the clip as it was taken', () => {
  test('is for those alone who may see faces and say what for, and each look is noted once', async () => {
    const url = `/api/evidence/east-clip/clip?purpose=${encodeURIComponent('fight at the gate, case 17')}`;
    for (const range of ['bytes=0-', 'bytes=5-9', 'bytes=-3']) {
      const answer = await get(url, 'seer', { range });
      expect([answer.statusCode, answer.headers['cache-control']]).toEqual([206, 'no-store']);
    }
    expect(await it.store.faceViews.noted(10)).toEqual([{ operatorName: 'admin', what: `clip of alert ${east.newAlertId}`, purpose: 'fight at the gate, case 17', atMs: it.clock.nowMs() }]);
    await it.clock.advance(11 * 60_000);
    await get(url, 'seer');
    expect(await it.store.faceViews.noted(10)).toHaveLength(2);
    expect((await get('/api/evidence/east-clip/clip?purpose=x', 'seer')).statusCode).toBe(400);
    expect((await get(url, 'dispatcher')).statusCode).toBe(202);
  });

  test('is never given out as a picture', async () => {
    for (const who of ['seer', 'dispatcher'] as const) expect((await get('/api/evidence/east-clip.jpg', who)).statusCode).toBe(404);
    expect((await get('/api/evidence/east-picture/clip?purpose=whatever', 'seer')).statusCode).toBe(404);
  });
});

test('of another street there is no clip, nor the asking for one', async () => {
  expect((await get('/api/evidence/west-clip/clip', 'eastOnly')).statusCode).toBe(404);
  expect((await post('/api/evidence/west-clip/redacted', 'eastOnly')).statusCode).toBe(404);
  expect((await get('/api/evidence/../clip', 'eastOnly')).statusCode).toBe(404);
});

describe('parts', () => {
  test.each([
    ['bytes=0-3', 206, 'bytes 0-3/22', REDACTED.subarray(0, 4)],
    ['bytes=4-', 206, 'bytes 4-21/22', REDACTED.subarray(4)],
    ['bytes=-5', 206, 'bytes 17-21/22', REDACTED.subarray(17)],
    ['bytes=20-1000', 206, 'bytes 20-21/22', REDACTED.subarray(20)],
    ['bytes=22-', 416, 'bytes */22', Buffer.alloc(0)],
    ['bytes=0-1,4-5', 200, undefined, REDACTED],
    ['bytes=3-1', 200, undefined, REDACTED],
    ['lines=1-2', 200, undefined, REDACTED],
  ] as const)('%s', async (range, status, contentRange, content) => {
    const answer = await get('/api/evidence/west-redacted/clip', 'dispatcher', { range });
    expect([answer.statusCode, answer.headers['content-range'], answer.rawPayload.equals(content)]).toEqual([status, contentRange, true]);
    if (status !== 416) expect(answer.headers['content-length']).toBe(String(content.length));
  });

  test('of a clip that is another by now are not mixed: the whole comes', async () => {
    expect((await get('/api/evidence/west-redacted/clip', 'dispatcher', { range: 'bytes=0-3', 'if-range': '"another"' })).statusCode).toBe(200);
  });

  test('never lie outside', () => {
    fc.assert(fc.property(fc.stringMatching(/^bytes=\d{0,16}-\d{0,16}$/), fc.integer({ min: 1, max: 1_000_000 }), (range, bytes) => {
      const span = spanIn(range, bytes);
      if (span === null || span === 'beyond') return true;
      return span.from >= 0 && span.from <= span.to && span.to < bytes;
    }));
  });
});
