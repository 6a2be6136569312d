/** Signing in, staying in and being kept out; and what every request must prove. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PEOPLE, startTestConsole, type TestConsole } from '../../test-fixtures/console.ts';
import { Attempts } from './attempts.ts';
import { hashPassword, passwordFits } from './password.ts';
import { CODE_MS, hashOfSecret, SESSION_MS } from './sign-in.ts';
import { ManualClock } from '../../platform/clock.ts';

let it: TestConsole;
beforeAll(async () => {
  it = await startTestConsole();
});
afterAll(() => it.close());

const OURS = { 'x-gridwarden': '1' };

async function signIn(body: object, headers: Record<string, string> = OURS, remoteAddress = '10.1.1.1') {
  const answer = await it.server.app.inject({ method: 'POST', url: '/api/session', payload: body, headers, remoteAddress });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), headers: answer.headers, cookie: answer.cookies[0] };
}

const me = (cookie: string) => it.server.app.inject({ url: '/api/me', headers: { cookie } }).then((answer) => answer.statusCode);

describe('a one-time code', () => {
  test('signs in once, by a cookie that no script reads and no other site sends', async () => {
    const code = await it.server.signIn.issueCode('li');
    const first = await signIn({ code });
    expect(first).toMatchObject({ status: 200, body: { operator: PEOPLE.dispatcher, mustSetPassword: true }, cookie: { name: 'gw_session', httpOnly: true, sameSite: 'Strict', path: '/', maxAge: SESSION_MS / 1000 } });
    expect(await me(`gw_session=${first.cookie?.value}`)).toBe(200);
    expect(await signIn({ code })).toMatchObject({ status: 401, body: { code: 'SIGN_IN_REFUSED' }, cookie: undefined });
  });

  test('of two who use it at the same moment lets one in', async () => {
    const code = await it.server.signIn.issueCode('li');
    const both = await Promise.all([signIn({ code }, OURS, '10.1.2.1'), signIn({ code }, OURS, '10.1.2.2')]);
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 401]);
  });

  test('runs out', async () => {
    const code = await it.server.signIn.issueCode('li');
    await it.clock.advance(CODE_MS);
    expect((await signIn({ code })).status).toBe(401);
  });

  test('is for somebody', async () => {
    await expect(it.server.signIn.issueCode('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a session', () => {
  test('slides: used within twelve hours it goes on, unused it ends', async () => {
    const cookie = await it.signedIn('viewer');
    for (let i = 0; i < 3; i++) {
      await it.clock.advance(SESSION_MS - 1000);
      expect(await me(cookie)).toBe(200);
    }
    await it.clock.advance(SESSION_MS);
    expect(await me(cookie)).toBe(401);
  });

  test('ends when signed out, also on the server', async () => {
    const cookie = await it.signedIn('viewer');
    const out = await it.server.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie, ...OURS } });
    expect([out.statusCode, out.cookies[0]?.value]).toEqual([204, '']);
    expect(await me(cookie)).toBe(401);
  });

  test('is kept as a hash only', async () => {
    const cookie = await it.signedIn('viewer');
    const token = cookie.slice('gw_session='.length);
    expect(await it.store.operators.findSession(token, it.clock.nowMs())).toBeNull();
    expect(await it.store.operators.findSession(hashOfSecret(token), it.clock.nowMs())).toMatchObject({ operator: { name: 'zhao' } });
  });

  test('ends with its person', async () => {
    await it.store.operators.saveOperator({ name: 'leaver', role: 'viewer', cellScope: [] }, 0);
    const { token } = await it.server.signIn.withCode(await it.server.signIn.issueCode('leaver'), 'test');
    expect(await me(`gw_session=${token}`)).toBe(200);
    expect(await it.store.operators.removeOperator('leaver')).toBe(true);
    expect(await me(`gw_session=${token}`)).toBe(401);
  });
});

describe('a password', () => {
  const set = (cookie: string, password: string) => it.server.app.inject({ method: 'PUT', url: '/api/me/password', payload: { password }, headers: { cookie, ...OURS } });

  test('is set by whoever came with a code, ends their other sessions, and signs in from then on', async () => {
    const [here, elsewhere] = [await it.signedIn('admin'), await it.signedIn('admin')];
    const unused = await it.server.signIn.issueCode('admin');
    expect((await set(here, 'too short')).json()).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('at least 10') });
    expect((await set(here, 'gänseblümchen 7')).statusCode).toBe(204);
    expect([await me(here), await me(elsewhere)]).toEqual([200, 401]);
    expect((await signIn({ code: unused })).status).toBe(401);
    // The same letters, composed another way, as another keyboard sends them.
    expect(await signIn({ name: 'admin', password: 'gänseblümchen 7'.normalize('NFD') })).toMatchObject({ status: 200, body: { mustSetPassword: false } });
  });

  test('is refused in the same words for a wrong one, an unknown name, and a person without', async () => {
    const refused = await Promise.all(['admin', 'nobody', 'east'].map((name) => signIn({ name, password: 'wrong password' }, OURS, '10.1.3.1')));
    expect(new Set(refused.map((answer) => JSON.stringify([answer.status, answer.body])))).toEqual(new Set([JSON.stringify([401, refused[0]?.body])]));
  });

  test('is hashed with a salt of its own and its parameters', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect([await passwordFits('correct horse', one), await passwordFits('Correct horse', one), await passwordFits('', null), await passwordFits('x', 'scrypt$junk')]).toEqual([true, false, false, false]);
  });
});

describe('guessing', () => {
  test('is stopped after five failures per name and address in a minute, and only there', async () => {
    const guess = (address: string, name = 'li') => signIn({ name, password: 'guess guess' }, OURS, address);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await guess('10.9.0.1')).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
    expect(await guess('10.9.0.1')).toMatchObject({ body: { code: 'SIGN_IN_SLOW_DOWN', retry: true, kind: 'exhausted' }, headers: { 'retry-after': '60' } });
    expect([(await guess('10.9.0.2')).status, (await guess('10.9.0.1', 'zhao')).status]).toEqual([401, 401]);
    await it.clock.advance(60_000);
    expect((await guess('10.9.0.1')).status).toBe(401);
  });

  test('many at once get no further than one after the other', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn({ code: 'guess' }, OURS, '10.9.1.1')));
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(5);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(7);
  });

  test('one password on many names from one address is stopped too', async () => {
    const answers = await Promise.all(Array.from({ length: 23 }, (_, i) => signIn({ name: `person ${i}`, password: 'password 123' }, OURS, '10.9.2.1')));
    expect(answers.map((answer) => answer.status).filter((status) => status === 429)).toHaveLength(3);
  });

  test('from very many addresses does not fill the memory', () => {
    const attempts = new Attempts(new ManualClock(), 5);
    for (let i = 0; i < 25_000; i++) attempts.begin(`address ${i}`);
    expect(attempts.keys).toBe(10_000);
  });
});

describe('a request from elsewhere', () => {
  test.each([
    ['without the header', {}],
    ['with another value of it', { 'x-gridwarden': '2' }],
    ['with the origin of another site', { ...OURS, origin: 'https://evil.example', host: 'console.local' }],
    ['with an origin that is none', { ...OURS, origin: 'null', host: 'console.local' }],
  ])('%s changes nothing', async (_, headers: Record<string, string>) => {
    const code = await it.server.signIn.issueCode('li');
    expect(await signIn({ code }, headers, '10.8.0.1')).toMatchObject({ status: 403, body: { code: 'REQUEST_FOREIGN' } });
    expect((await signIn({ code }, { ...OURS, origin: 'http://console.local:81', host: 'console.local:81' }, '10.8.0.1')).status).toBe(200);
  });

  test.each([
    ['plain text', 'text/plain', '{"code":"x"}', 415],
    ['a form', 'application/x-www-form-urlencoded', 'code=x', 415],
    ['JSON cut short', 'application/json', '{"code":', 400],
    ['a poisoned prototype', 'application/json', '{"__proto__":{"a":1},"code":"x"}', 400],
    ['more than anybody needs', 'application/json', `{"code":"x"${' '.repeat(70_000)}}`, 413],
    ['a code and a name', 'application/json', '{"code":"x","name":"y"}', 400],
  ])('a body that is %s is refused', async (_, type, payload, status) => {
    const answer = await it.server.app.inject({ method: 'POST', url: '/api/session', payload, headers: { ...OURS, 'content-type': type }, remoteAddress: '10.8.1.1' });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, 'BAD_REQUEST']);
  });
});

describe('every answer', () => {
  test.each(['/', '/healthz', '/api/me', '/api/alerts/%zz', '/no/such/page'])('%s is fenced in', async (url) => {
    const { headers } = await it.server.app.inject({ url });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' });
    expect(headers['content-security-policy']).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers['server']).toBeUndefined();
  });

  test('to a failure has no stack, only where the log has it', async () => {
    const cookie = await it.signedIn('admin');
    const original = it.store.positions.patrolStates.bind(it.store.positions);
    Object.assign(it.store.positions, { patrolStates: () => Promise.reject(new TypeError('secret at /srv/app/store.ts:1:1')) });
    const answer = await it.server.app.inject({ url: '/api/patrols', headers: { cookie } });
    Object.assign(it.store.positions, { patrolStates: original });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'INTERNAL', kind: 'defect' });
    expect(answer.body).not.toMatch(/secret|store\.ts|TypeError/);
    const reference = /under (\S+)\.$/.exec(answer.json<{ message: string }>().message)?.[1];
    expect(it.log.lines).toContainEqual({ level: 'error', message: 'a request failed', fields: expect.objectContaining({ reference, method: 'GET', path: '/api/patrols' }) });
  });

  test('to a path that cannot be decoded or is not there is JSON', async () => {
    const answers = await Promise.all(['/api/alerts/%zz', '/api/nothing', '/api/'].map((url) => it.server.app.inject({ url })));
    expect(answers.map((answer) => [answer.statusCode, answer.json<{ code: string }>().code])).toEqual([[400, 'BAD_REQUEST'], [404, 'NOT_FOUND'], [404, 'NOT_FOUND']]);
  });
});
