/** What each person gets from each route, over a real store: answers, rights, and what lies outside their cells. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { candidate, NOON_MS } from '../../test-fixtures/alert-candidates.ts';
import { EAST, type Person, startTestConsole, type TestConsole, WEST } from '../../test-fixtures/console.ts';

const JPEG = Buffer.from('/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/2Q==', 'base64');

let it: TestConsole;
let cookies: Record<Person, string>;
const east = candidate({ name: 'east', source: 'camera', device: 'cam-east', cellCode: EAST });
const west = candidate({ name: 'west', source: 'sensor', device: 'heat-west', cellCode: WEST, atMs: NOON_MS + 1000 });
const nowhere = candidate({ name: 'nowhere', source: 'sos', device: 'sos-1', cellCode: null, atMs: NOON_MS + 2000 });

beforeAll(async () => {
  it = await startTestConsole();
  cookies = {
    admin: await it.signedIn('admin'),
    dispatcher: await it.signedIn('dispatcher'),
    viewer: await it.signedIn('viewer'),
    eastOnly: await it.signedIn('eastOnly'),
    eastAdmin: await it.signedIn('eastAdmin'),
  };
  for (const alert of [east, west, nowhere]) await it.store.filing.fileAlert(alert);
  for (const [id, alertId] of [['pic-east', east.newAlertId], ['pic-west', west.newAlertId]] as const) {
    await it.store.filing.addEvidence({ id, alertId, takenAtMs: NOON_MS, kind: 'picture', mediaType: 'image/jpeg' }, JPEG);
  }
  for (const [patrolId, cellCode] of [['p-east', EAST], ['p-west', WEST]] as const) {
    await it.store.casework.savePosition({ patrolId, at: { lon: 116.46, lat: 39.93 }, fixAtMs: NOON_MS, receivedAtMs: NOON_MS, accuracyM: 5, cellCode });
  }
  for (const [id, deviceId] of [['q-east', 'heat-east'], ['q-west', 'heat-west'], ['q-unknown', null]] as const) {
    await it.store.quarantine.addQuarantined({ id, deviceId, topic: 't', reason: 'r', payloadBase64: 'AA==', payloadBytes: 1, receivedAtMs: NOON_MS });
  }
});

afterAll(() => it.close());

async function get(url: string, as: Person | null = 'dispatcher') {
  const answer = await it.server.app.inject({ method: 'GET', url, headers: as ? { cookie: cookies[as] } : {} });
  return { status: answer.statusCode, headers: answer.headers, raw: answer.rawPayload, body: /json/.test(String(answer.headers['content-type'])) ? answer.json<Body>() : {} };
}

async function post(url: string, payload: object, as: Person, method: 'POST' | 'PUT' = 'POST') {
  const answer = await it.server.app.inject({ method, url, payload, headers: { cookie: cookies[as], 'x-gridwarden': '1' } });
  return { status: answer.statusCode, body: answer.json<Body>() };
}

// The tests look into answers of many shapes; each expectation names what it looks for.
type Body = Record<string, unknown> & { code?: string; alerts?: { id: string }[] };
const idsOf = (list: unknown, key = 'id'): string[] => (list as Record<string, string>[]).map((one) => one[key] ?? '');

const GUARDED = [
  '/api/me', '/api/cells', '/api/cameras', '/api/patrols', '/api/sensors', '/api/alerts', `/api/alerts/${east.newAlertId}`, '/api/evidence/pic-east.jpg', '/api/evidence/pic-east/clip', `/api/cases/${east.newCaseId}`,
  `/api/cases/${east.newCaseId}/candidates`, '/api/quarantine', '/api/face-views', '/api/summary', '/api/stream', '/api/arm-profile', '/api/cameras/cam-east/tracks', '/api/openapi.json', '/metrics', '/readyz',
];

describe('nothing without signing in', () => {
  test.each(GUARDED)('%s', async (url) => {
    expect(await get(url, null)).toMatchObject({ status: 401, body: { code: 'SIGN_IN_REQUIRED', kind: 'not-allowed', retry: false } });
    const forged = await it.server.app.inject({ method: 'GET', url, headers: { cookie: 'gw_session=guess', authorization: 'Bearer guess' } });
    expect(forged.statusCode).toBe(401);
  });

  test('every route of the program is either in this list, or known to be open', async () => {
    const document = (await get('/api/openapi.json')).body as { paths: Record<string, Record<string, unknown>> };
    const named = new Set(GUARDED.map((url) => url.replace(/alert-east|case-east|pic-east|cam-east/, '{id}')));
    const missing = Object.keys(document.paths).filter((path) => document.paths[path]?.['get'] && !named.has(path));
    expect(missing).toEqual(['/healthz']);
    expect(await get('/healthz', null)).toMatchObject({ status: 200, body: { ok: true } });
  });
});

describe('what everybody reads', () => {
  test('who they are and where', async () => {
    expect((await get('/api/me')).body).toEqual({ operator: { name: 'li', role: 'dispatcher', cellScope: [], seesFaces: false }, mustSetPassword: true, site: { name: 'Test district', timeZone: 'Asia/Shanghai' } });
  });

  test('cells as GeoJSON', async () => {
    const { body } = await get('/api/cells');
    expect(body).toMatchObject({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'Polygon' }, properties: { code: EAST, community: { code: EAST.slice(0, 12) }, teamId: null } }, { properties: { code: WEST } }] });
  });

  test('cameras with status and counts, without their addresses', async () => {
    const { body, raw } = await get('/api/cameras');
    expect(body).toMatchObject({ cameras: [{ id: 'cam-east', status: { state: 'streaming' }, counts: { framesIn: 10, framesInferred: 7, framesShed: 2 } }, { id: 'cam-west', status: null }] });
    expect(raw.toString()).not.toMatch(/geheim|rtsp/);
  });

  test('patrols and devices with what is known of them', async () => {
    expect((await get('/api/patrols')).body).toMatchObject({ patrols: [{ id: 'p-east', skills: ['first-aid'], state: { onDuty: true, cellCode: EAST, openOrders: 0 } }, { id: 'p-west' }] });
    expect((await get('/api/sensors')).body).toMatchObject({ devices: [{ id: 'heat-east', status: { connected: true } }, { id: 'heat-west', status: null }] });
  });

  test('alerts newest first, with case and cell', async () => {
    const { body } = await get('/api/alerts');
    expect(idsOf(body['alerts'])).toEqual(['alert-nowhere', 'alert-west', 'alert-east']);
    expect(body).toMatchObject({ alerts: [{ cellName: null }, { cellName: 'Cell 001', caseStage: 'reported', caseVersion: 1, assignee: null }, { source: 'camera', evidence: [{ id: 'pic-east', bytes: JPEG.length }], finding: { about: { box: { x: 10.5 } } } }] });
  });

  test.each([
    ['?source=camera', ['alert-east']],
    [`?cell=${WEST.slice(0, 12)}`, ['alert-west']],
    ['?stage=closed,handling', []],
    ['?stage=reported&limit=2', ['alert-nowhere', 'alert-west']],
    [`?before=${NOON_MS + 1040}`, ['alert-east']],
  ])('alerts %s', async (query, ids) => {
    expect(idsOf((await get(`/api/alerts${query}`)).body['alerts'])).toEqual(ids);
  });

  test.each([
    ['?stage=done', 'stage: "done" is none of reported'],
    ['?limit=0', 'limit'],
    ['?limit=many', 'limit'],
    ['?cell=11%27--', 'cell: must be at most 15 digits'],
    ['?source=radar', 'source'],
    ['?before=-1', 'before'],
  ])('a wrong question is told what is wrong: %s', async (query, words) => {
    expect(await get(`/api/alerts${query}`)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST', message: expect.stringContaining(words) } });
  });

  test('one alert whole, and one case whole', async () => {
    expect((await get(`/api/alerts/${east.newAlertId}`)).body).toMatchObject({ alert: { id: 'alert-east' }, others: [], case: { id: 'case-east', history: [{ what: 'opened' }] }, cell: { code: EAST }, rule: { id: 'hot', name: 'Too hot', version: 3 } });
    expect((await get(`/api/cases/${west.newCaseId}`)).body).toMatchObject({ case: { id: 'case-west', severity: 'Severe' }, alerts: [{ id: 'alert-west' }] });
    expect(await get('/api/alerts/none')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await get('/api/cases/none')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  test('the picture, for no cache but the own browser', async () => {
    const picture = await get('/api/evidence/pic-east.jpg');
    expect(picture).toMatchObject({ status: 200, headers: { 'content-type': 'image/jpeg' } });
    expect(picture.headers['cache-control']).toMatch(/^private/);
    expect(picture.raw.equals(JPEG)).toBe(true);
  });

  test.each(['..%2F..%2Fetc%2Fpasswd', '%2e%2e%2f%2e%2e%2fdb%2fin-use', '..%5c..%5cx', 'pic-east%00', '....//x', '%2fetc%2fpasswd', 'none'])('no way out of the folder of pictures: %s', async (name) => {
    expect((await get(`/api/evidence/${name}.jpg`)).status).toBe(404);
  });

  test('counts', async () => {
    const { body } = await get('/api/summary');
    expect(body).toMatchObject({ byStage: { reported: 3, closed: 0 }, bySource: { camera: 1, sensor: 1, sos: 1 }, openBySeverity: { Severe: 3, Minor: 0 }, framesIn: 110, framesInferred: 67, framesShed: 42, eventsIn: 42, quarantined: 3, jobsGivenUp: 3 });
    // Three alerts, and three persons signed in who may move cases beside the dispatcher.
    expect(body['perOperatorPer10Min']).toBe(0.75);
    expect((await get(`/api/summary?cell=${EAST.slice(0, 12)}`)).body).toMatchObject({ bySource: { camera: 1, sensor: 0, sos: 0 }, framesIn: 10 });
  });
});

describe('moving a case', () => {
  test('the whole way to closed, each step by its version', async () => {
    const caseId = west.newCaseId;
    const moves = `/api/cases/${caseId}/moves`;
    expect((await get(`/api/cases/${caseId}/candidates`)).body).toMatchObject({ candidates: [{ patrolId: expect.any(String), openOrders: 0, reason: { rank: 1 } }, {}], shortfall: null });
    expect(await post(moves, { move: 'claim', seenVersion: 1 }, 'dispatcher')).toMatchObject({ status: 200, body: { case: { version: 2, assignee: 'li' } } });
    expect(await post(moves, { move: 'claim', seenVersion: 1 }, 'admin')).toMatchObject({ status: 409, body: { code: 'CASE_CHANGED', kind: 'conflict' } });
    expect(await post(moves, { move: 'close', seenVersion: 2, closeCode: 'true' }, 'dispatcher')).toMatchObject({ status: 409, body: { code: 'MOVE_NOT_ALLOWED', fields: { move: 'close', reason: 'true-needs-follow-up', stage: 'reported' } } });
    expect(await post(moves, { move: 'classify', seenVersion: 2, category: 'fire' }, 'dispatcher')).toMatchObject({ status: 200 });
    expect(await post(moves, { move: 'dispatch', seenVersion: 3, patrolId: 'p-gone' }, 'dispatcher')).toMatchObject({ status: 404 });
    expect(await post(moves, { move: 'dispatch', seenVersion: 3, patrolId: 'p-west' }, 'dispatcher')).toMatchObject({ status: 200, body: { case: { stage: 'handling', orders: [{ patrolId: 'p-west', status: 'sent' }] } } });
    expect(it.sent).toMatchObject([{ caseId, patrolId: 'p-west' }]);
    expect(await post(moves, { move: 'follow_up', seenVersion: 4, why: 'by telephone' }, 'dispatcher')).toMatchObject({ status: 200 });
    expect(await post(moves, { move: 'close', seenVersion: 5, closeCode: 'true' }, 'dispatcher')).toMatchObject({ status: 200, body: { case: { stage: 'closed', closeCode: 'true' } } });
    expect(await it.store.reading.wholeJourneys()).toEqual({ camera: 0, health: 0, sensor: 1, sos: 0 });
    expect((await it.store.reading.countsBySourceAndStage()).sensor.closed).toBe(1);
    expect(idsOf((await get('/api/alerts?stage=closed')).body['alerts'])).toEqual(['alert-west']);
  });

  test('a viewer may only look', async () => {
    expect(await post(`/api/cases/${east.newCaseId}/moves`, { move: 'claim', seenVersion: 1 }, 'viewer')).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    expect((await get(`/api/alerts/${east.newAlertId}`, 'viewer')).status).toBe(200);
  });

  test.each([
    [{ move: 'fly', seenVersion: 1 }, 'move'],
    [{ move: 'claim' }, 'seenVersion'],
    [{ move: 'claim', seenVersion: 1, actor: 'admin' }, 'actor'],
    [{ move: 'close', seenVersion: 1, closeCode: 'maybe' }, 'closeCode'],
  ])('a body that does not fit is told why: %j', async (body, words) => {
    expect(await post(`/api/cases/${east.newCaseId}/moves`, body, 'dispatcher')).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST', message: expect.stringContaining(words) } });
  });
});

describe('a person kept to one community', () => {
  test('lists show only what lies in it', async () => {
    expect(idsOf((await get('/api/alerts', 'eastOnly')).body['alerts'])).toEqual(['alert-east']);
    expect(idsOf((await get(`/api/alerts?cell=${WEST}`, 'eastOnly')).body['alerts'])).toEqual([]);
    expect(idsOf((await get('/api/cameras', 'eastOnly')).body['cameras'])).toEqual(['cam-east']);
    expect(idsOf((await get('/api/patrols', 'eastOnly')).body['patrols'])).toEqual(['p-east']);
    expect(idsOf((await get('/api/sensors', 'eastOnly')).body['devices'])).toEqual(['heat-east']);
    expect((await get('/api/cells', 'eastOnly')).body).toMatchObject({ features: [{ properties: { code: EAST } }] });
    expect((await get('/api/summary', 'eastOnly')).body).toMatchObject({ bySource: { camera: 1, sensor: 0, sos: 0 }, framesIn: 10 });
    expect(idsOf((await get('/api/quarantine', 'eastAdmin')).body['messages'])).toEqual(['q-east']);
  });

  test.each([
    `/api/alerts/${west.newAlertId}`, `/api/alerts/${nowhere.newAlertId}`, `/api/cases/${west.newCaseId}`, `/api/cases/${nowhere.newCaseId}`, `/api/cases/${west.newCaseId}/candidates`,
    '/api/evidence/pic-west.jpg',
  ])('what lies elsewhere is not there: %s', async (url) => {
    expect(await get(url, 'eastOnly')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await get(url, 'dispatcher')).status).toBe(200);
  });

  test('and cannot be moved', async () => {
    expect(await post(`/api/cases/${nowhere.newCaseId}/moves`, { move: 'claim', seenVersion: 1 }, 'eastOnly')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await post(`/api/cases/${east.newCaseId}/moves`, { move: 'claim', seenVersion: 1 }, 'eastOnly')).status).toBe(200);
  });
});

describe('looks at faces', () => {
  test('are shown to administrators of the whole site', async () => {
    await it.store.faceViews.note({ operatorName: 'li', what: 'live video of camera cam-east', purpose: 'alert a-1', atMs: 7 });
    await it.store.faceViews.note({ operatorName: 'zhao', what: 'clip of alert a-1', purpose: 'alert a-1', atMs: 8 });
    expect(await get('/api/face-views', 'dispatcher')).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    expect(await get('/api/face-views', 'eastAdmin')).toMatchObject({ status: 403, body: { code: 'SCOPE_TOO_NARROW' } });
    expect((await get('/api/face-views?limit=1', 'admin')).body).toEqual({ views: [{ operatorName: 'zhao', what: 'clip of alert a-1', purpose: 'alert a-1', atMs: 8 }] });
  });
});

describe('the quarantine', () => {
  test('is for administrators', async () => {
    expect(await get('/api/quarantine', 'dispatcher')).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    expect(idsOf((await get('/api/quarantine?limit=2', 'admin')).body['messages'])).toEqual(['q-unknown', 'q-west']);
  });
});

describe('the OpenAPI document', () => {
  test('is 3.1, names every route and every shape', async () => {
    const document = (await get('/api/openapi.json')).body as { openapi: string; paths: Record<string, Record<string, unknown>>; components: { schemas: Record<string, unknown> } };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/alerts', '/api/alerts/{id}', '/api/arm-profile', '/api/cameras', '/api/cameras/{id}/live-ticket', '/api/cameras/{id}/tracks', '/api/cases/{id}', '/api/cases/{id}/candidates', '/api/cases/{id}/moves', '/api/cells', '/api/evidence/{id}.jpg', '/api/evidence/{id}/clip', '/api/evidence/{id}/redacted', '/api/face-views',
      '/api/me', '/api/me/password', '/api/patrols', '/api/quarantine', '/api/rules/dry-run', '/api/sensors', '/api/session', '/api/stream', '/api/summary', '/healthz', '/metrics', '/readyz',
    ]);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['AlertRow', 'CaseDetail', 'Refusal', 'Candidate', 'PatrolState']));
    const references = JSON.stringify(document).match(/#\/components\/schemas\/[A-Za-z]+/g) ?? [];
    const unresolved = references.filter((reference) => !(reference.split('/').at(-1) ?? '' in document.components.schemas));
    expect([references.length > 20, unresolved]).toEqual([true, []]);
  });
});

describe('the arm profile', () => {
  const put = (profile: string, as: Person) => post('/api/arm-profile', { profile }, as, 'PUT');

  test('everybody sees it; dispatchers and up change it, and who did is kept', async () => {
    expect(await get('/api/arm-profile', 'viewer')).toMatchObject({ status: 200, body: { profiles: [{ id: 'home', name: 'Home' }, { id: 'away' }], current: 'home', changes: [] } });
    expect(await put('away', 'viewer')).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    expect(await put('away', 'dispatcher')).toMatchObject({ status: 200, body: { current: 'away', changes: [{ by: 'li', from: 'home', to: 'away', atMs: it.clock.nowMs() }] } });
    expect(await put('home', 'admin')).toMatchObject({ status: 200, body: { current: 'home', changes: [{ by: 'admin' }, { by: 'li' }] } });
  });

  test('who answers for a part of the site changes nothing for all of it', async () => {
    for (const as of ['eastOnly', 'eastAdmin'] as const) expect(await put('away', as)).toMatchObject({ status: 403, body: { code: 'SCOPE_TOO_NARROW' } });
    expect((await get('/api/arm-profile', 'eastOnly')).body).toMatchObject({ current: 'home' });
  });

  test('one that the site does not have is refused', async () => {
    expect(await put('party', 'admin')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await post('/api/arm-profile', { profile: '' }, 'admin', 'PUT')).toMatchObject({ status: 400 });
  });
});

describe('trying a rule', () => {
  const zone = { id: 'trial', name: 'Drawn', polygon: [[0.3, 0.45], [0.6, 0.45], [0.6, 0.7], [0.3, 0.7]] };
  const rule = { id: 'r', name: 'Waits', severity: 'Minor', kind: 'loitering', cameraId: 'cam-east', zoneId: 'trial', forS: 60 };
  const tried = (change: object, as: Person = 'dispatcher', beside: object = { zones: [zone] }) => post('/api/rules/dry-run', { rule: { ...rule, ...change }, ...beside }, as);

  test('tells what it would have found, over which frames', async () => {
    expect(await tried({})).toMatchObject({ status: 200, body: { found: 1, frames: 1201, cutShort: false, profile: null, widthPx: 960, findings: [{ about: { kind: 'track', label: 'person' }, where: { id: 'trial', name: 'Drawn' } }] } });
    expect((await tried({ forS: 600 })).body).toMatchObject({ found: 0, findings: [], frames: 1201 });
    const { body } = await tried({}, 'admin', { zones: [zone], from: NOON_MS - 60_000 });
    expect(body).toMatchObject({ found: 0, fromMs: NOON_MS - 60_000, toMs: NOON_MS });
  });

  test('is for dispatchers and up, on cameras they may see', async () => {
    expect(await tried({}, 'viewer')).toMatchObject({ status: 403, body: { code: 'ROLE_TOO_LOW' } });
    expect(await tried({}, 'eastOnly')).toMatchObject({ status: 200 });
    expect(await tried({ cameraId: 'cam-west' }, 'eastOnly')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await get('/api/cameras/cam-east/tracks', 'viewer')).toMatchObject({ status: 403 });
    expect(await get('/api/cameras/cam-west/tracks', 'eastOnly')).toMatchObject({ status: 404 });
  });

  test.each([
    [{ zoneId: 'nowhere' }, {}, 'rules "r" zoneId: camera "cam-east" has no zone "nowhere": name one of gate'],
    [{ forS: -1 }, { zones: [zone] }, 'rule.forS: found -1: give at least 0'],
    [{ speed: 9 }, { zones: [zone] }, 'rule: unknown key "speed"'],
    [{}, { zones: [{ ...zone, polygon: [[0.3, 0.45], [0.6, 0.7], [0.6, 0.45], [0.3, 0.7]] }] }, 'zone "trial" polygon: its sides cross'],
    [{ profiles: ['party'] }, { zones: [zone] }, 'there is no arm profile "party": name some of home, away'],
    [{ cameraId: undefined }, { zones: [zone] }, 'rule.cameraId: it is missing: give text'],
    [{ kind: 'threshold' }, {}, 'rule.limit: it is missing'],
  ])('%j beside %j is refused in the words of the configuration', async (change, beside, sentence) => {
    const answer = await tried(change, 'dispatcher', beside);
    expect(answer).toMatchObject({ status: 400, body: { code: 'RULE_INVALID', message: expect.stringContaining(sentence) } });
  });

  test.each(['left-object', 'removed-object', 'tamper'])('%s needs pictures, and says so', async (kind) => {
    const { id, name, severity, cameraId } = rule;
    const answer = await post('/api/rules/dry-run', { rule: { id, name, severity, cameraId, kind, ...(kind === 'tamper' ? {} : { zoneId: 'gate' }) } }, 'admin');
    expect(answer).toMatchObject({ status: 403, body: { code: 'RULE_NEEDS_PICTURES', fields: { kind }, message: expect.stringContaining('only boxes are recorded, never pictures') } });
  });

  test('one at a time: the next is told to wait', async () => {
    const [one, two] = await Promise.all([tried({}), tried({})]);
    expect([one.status, two.status].toSorted()).toEqual([200, 429]);
    expect([one, two].find(({ status }) => status === 429)?.body).toMatchObject({ code: 'TRIAL_BUSY', retry: true });
  });

  test('the paths to draw over: foot points, no boxes, no scores', async () => {
    const { body } = await get('/api/cameras/cam-east/tracks');
    expect(body).toMatchObject({ frames: 1201, toMs: NOON_MS, objects: 9, picture: { widthPx: 960, heightPx: 540 } });
    const paths = body['paths'] as { points: [number, number][]; label: string }[];
    expect(paths.map(({ label }) => label).toSorted()).toEqual(['bicycle', 'car', 'car', 'car', 'person', 'person', 'person', 'person', 'person']);
    for (const path of paths) {
      expect(Object.keys(path).toSorted()).toEqual(['fromMs', 'label', 'points', 'toMs', 'trackId']);
      expect(path.points.length).toBeLessThanOrEqual(80);
    }
    expect((await get('/api/cameras/cam-west/tracks')).body).toMatchObject({ frames: 0, picture: null, paths: [] });
  });
});
