/** Signing in to cameras: the examples of the standards, and what cameras make of them. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RtspLogin, type Credentials } from './rtsp-login.ts';
import { RtspRefused } from './wire.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function loginOf(credentials: Credentials | null, ...cnonces: readonly string[]): RtspLogin {
  let drawn = 0;
  return new RtspLogin(credentials, () => cnonces[drawn++] ?? `cnonce${drawn}`);
}

/** The fields of an Authorization, as they stand there and without quotes. */
function fieldsOf(authorization: string | null): Record<string, string> {
  expect(authorization).toMatch(/^Digest /);
  const fields = [...(authorization ?? '').slice(7).matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^", ]+)(?:, |$)/g)];
  expect(fields.map(([all]) => all).join('')).toBe(authorization?.slice(7));
  return Object.fromEntries(fields.map(([, name, value]) => [name ?? '', value ?? '']));
}

const plain = (quoted: string | undefined): string => (quoted ?? '').replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');

describe('the examples of', () => {
  test('RFC 2617, 3.5', () => {
    const login = loginOf({ user: 'Mufasa', password: 'Circle Of Life' }, '0a4f113b');
    expect(login.challenged(['Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'])).toBe(true);
    expect(fieldsOf(login.authorization('GET', '/dir/index.html'))).toEqual({
      username: '"Mufasa"',
      realm: '"testrealm@host.com"',
      nonce: '"dcd98b7102dd2f0e8b11d0f600bfb0c093"',
      uri: '"/dir/index.html"',
      qop: 'auth',
      nc: '00000001',
      cnonce: '"0a4f113b"',
      response: '"6629fae49393a05397450978507c4ef1"',
      opaque: '"5ccc069c403ebaf9f0171e9517f40e41"',
    });
  });

  const fields = 'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  const [sha256, plainMd5] = [`Digest ${fields.replace('nonce=', 'algorithm=SHA-256, nonce=')}`, `Digest ${fields.replace('nonce=', 'algorithm=MD5, nonce=')}`];

  test.each([
    ['MD5 alone', [plainMd5], 'MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256 before MD5', [sha256, plainMd5], 'SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['MD5 before SHA-256', [plainMd5, sha256], 'SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['all in one header, Basic first', [`Basic realm="Digest realm", ${plainMd5}, ${sha256}`], 'SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('RFC 7616, 3.9.1: %s', (_, challenges, algorithm, response) => {
    const login = loginOf({ user: 'Mufasa', password: 'Circle of Life' }, 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ');
    expect(login.challenged(challenges)).toBe(true);
    expect(fieldsOf(login.authorization('GET', '/dir/index.html'))).toMatchObject({ algorithm, response: `"${response}"`, qop: 'auth', nc: '00000001', cnonce: '"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"', opaque: '"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' });
  });

  test('RFC 7617, 2 and 2.1', () => {
    const login = loginOf({ user: 'Aladdin', password: 'open sesame' });
    expect(login.challenged(['Basic realm="WallyWorld"'])).toBe(true);
    expect(login.authorization('DESCRIBE', 'rtsp://c/x')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
    const other = loginOf({ user: 'test', password: '123£' });
    other.challenged(['basic realm="foo", charset="UTF-8"']);
    expect(other.authorization('DESCRIBE', 'rtsp://c/x')).toBe('Basic dGVzdDoxMjPCow==');
  });
});

const op: Credentials = { user: 'op', password: 'secret' };

describe('Digest', () => {
  test('as most cameras ask for it, without qop: nothing is counted', () => {
    const login = loginOf(op);
    expect(login.challenged(['Digest realm="IP Camera(C1234)", nonce="abc", stale="FALSE"'])).toBe(true);
    const expected = { username: '"op"', realm: '"IP Camera(C1234)"', nonce: '"abc"' };
    for (const method of ['DESCRIBE', 'SETUP']) {
      const response = md5(`${md5('op:IP Camera(C1234):secret')}:abc:${md5(`${method}:rtsp://c/x`)}`);
      expect(fieldsOf(login.authorization(method, 'rtsp://c/x'))).toEqual({ ...expected, uri: '"rtsp://c/x"', response: `"${response}"` });
    }
  });

  test('with qop counts the requests of each nonce', () => {
    const login = loginOf(op, 'aa', 'bb');
    login.challenged(['Digest realm="r", nonce="1", qop=auth']);
    const countOf = (): string | undefined => fieldsOf(login.authorization('OPTIONS', 'u')).nc;
    expect(Array.from({ length: 17 }, countOf).at(-1)).toBe('00000011');
    expect(login.challenged(['Digest realm="r", nonce="2", qop="auth", stale=true'])).toBe(true);
    expect(fieldsOf(login.authorization('OPTIONS', 'u'))).toMatchObject({ nc: '00000001', nonce: '"2"', cnonce: '"bb"' });
  });

  test('with qop auth-int alone is answered without, as there is no other way', () => {
    const login = loginOf(op);
    login.challenged(['Digest realm="r", nonce="1", qop="auth-int"']);
    expect(fieldsOf(login.authorization('OPTIONS', 'u'))).not.toHaveProperty('qop');
  });

  test.each([
    ['MD5-sess', 'md5'],
    ['sha-256-SESS', 'sha256'],
  ])('%s hashes the nonces into the secret, the same for the whole session', (algorithm, hash) => {
    const h = (text: string): string => createHash(hash).update(text).digest('hex');
    const login = loginOf(op, 'mine', 'another');
    login.challenged([`Digest realm="r", nonce="n", algorithm=${algorithm}, qop="auth"`]);
    const secret = h(`${h('op:r:secret')}:n:mine`);
    for (const count of ['00000001', '00000002']) {
      const fields = fieldsOf(login.authorization('PLAY', 'rtsp://c/x'));
      expect(fields).toMatchObject({ algorithm, nc: count, cnonce: '"mine"', response: `"${h(`${secret}:n:${count}:mine:auth:${h('PLAY:rtsp://c/x')}`)}"` });
    }
    const without = loginOf(op, 'mine');
    without.challenged([`Digest realm="r", nonce="n", algorithm=${algorithm}`]);
    expect(fieldsOf(without.authorization('PLAY', 'u'))).toMatchObject({ cnonce: '"mine"', response: `"${h(`${secret}:n:${h('PLAY:u')}`)}"` });
  });

  test('takes user, realm and password as they are, with quotes, commas and all', () => {
    const login = loginOf({ user: '值班 "1"\\', password: 'p:"ä' });
    expect(login.challenged(['Digest realm="门, \\"a=\\\\b\\" Basic ", nonce="n==", algorithm="MD5" , opaque=""'])).toBe(true);
    const fields = fieldsOf(login.authorization('PLAY', 'rtsp://c/"x"'));
    expect(plain(fields.username)).toBe('值班 "1"\\');
    expect(plain(fields.realm)).toBe('门, "a=\\b" Basic ');
    expect(plain(fields.uri)).toBe('rtsp://c/"x"');
    expect(fields).toMatchObject({ nonce: '"n=="', opaque: '""', algorithm: 'MD5' });
    expect(plain(fields.response)).toBe(md5(`${md5('值班 "1"\\:门, "a=\\b" Basic :p:"ä')}:n==:${md5('PLAY:rtsp://c/"x"')}`));
  });
});

describe('the password', () => {
  test('is not told before the camera asks, nor in the clear where it knows Digest', () => {
    const login = loginOf(op);
    expect(login.authorization('OPTIONS', 'u')).toBeNull();
    login.challenged(['Basic realm="r"', 'Digest realm="r", nonce="n"']);
    expect(login.authorization('OPTIONS', 'u')).toMatch(/^Digest /);
  });

  test('that was refused is not tried again, but one whose nonce grew old is', () => {
    for (const challenge of ['Digest realm="r", nonce="1"', 'Basic realm="r"']) {
      const login = loginOf(op);
      expect([login.challenged([challenge]), login.challenged([challenge])]).toEqual([true, false]);
    }
    const login = loginOf(op);
    login.challenged(['Digest realm="r", nonce="1"']);
    expect(login.challenged(['Digest realm="r", nonce="2", stale=TRUE'])).toBe(true);
    expect(login.challenged(['Digest realm="r", nonce="3", stale="false"'])).toBe(false);
    // The next request has the newest nonce all the same.
    expect(fieldsOf(login.authorization('OPTIONS', 'u')).nonce).toBe('"3"');
  });

  test('that nobody has is not asked for, and of no question no answer is made', () => {
    const without = loginOf(null);
    expect(without.challenged(['Digest realm="r", nonce="1"'])).toBe(false);
    expect(without.authorization('OPTIONS', 'u')).toBeNull();
    for (const challenges of [[], [''], ['Negotiate'], ['Bearer realm="x"']]) {
      const login = loginOf(op);
      expect(login.challenged(challenges)).toBe(false);
      expect(login.authorization('OPTIONS', 'u')).toBeNull();
    }
  });
});

test('an algorithm that is not spoken is refused by its name, unless something else is offered', () => {
  const unknown = 'Digest realm="r", nonce="n", algorithm=SHA-512-256';
  expect(() => loginOf(op).challenged([unknown, 'Digest realm="r", nonce="n", algorithm="token"'])).toThrow(RtspRefused);
  expect(() => loginOf(op).challenged([unknown, 'Digest realm="r", nonce="n", algorithm="token"'])).toThrow('it wants Digest with SHA-512-256 or TOKEN, which is not spoken here; let it offer Digest with SHA-256 or MD5');
  const long = `Digest realm="r", nonce="n", algorithm="${'x'.repeat(9000)}"`;
  expect(() => loginOf(op).challenged([long])).toThrow(/^.{0,200}$/);
  const login = loginOf(op);
  expect(login.challenged([unknown, 'Digest realm="r", nonce="n", algorithm=MD5-sess'])).toBe(true);
  expect(fieldsOf(login.authorization('OPTIONS', 'u')).algorithm).toBe('MD5-sess');
});
