/** The RTSP conversation byte by byte: each request gets the status that RFC 2326 names. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countedIds } from '../../platform/ids.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { streetClip } from '../street-scene/clip.ts';
import { InterleavedClient } from './interleaved.ts';
import { RequestReader } from './rtsp-message.ts';
import { type FakeCameras, startFakeCameras } from './server.ts';

let cameras: FakeCameras;
const scene = { seed: 5, widthPx: 160, heightPx: 90, fps: 5, loopS: 1, persons: 1, vehicles: 0, twoWheelers: 0, parked: 0 };

beforeAll(async () => {
  cameras = await startFakeCameras({
    ids: countedIds('s'),
    cameras: [
      { path: 'open', play: { scene } },
      { path: 'silent', play: { scene }, fault: { kind: 'silent' } },
      { path: 'basic', play: { scene }, auth: { user: 'op', password: 'p w', scheme: 'basic' } },
      { path: 'digest', play: { scene }, auth: { user: 'op', password: 'p w', scheme: 'digest' } },
      { path: 'absent', play: { scene }, fault: { kind: 'refuses', status: 404 } },
      { path: 'hung', play: { scene }, fault: { kind: 'hangs' } },
    ],
  });
});
afterAll(() => cameras.close());

const request = (method: string, path: string, headers: readonly string[] = [], cseq = 7): string =>
  [`${method} rtsp://127.0.0.1:${cameras.port}/${path} RTSP/1.0`, `CSeq: ${cseq}`, ...headers, '', ''].join('\r\n');
const TCP = 'Transport: RTP/AVP/TCP;unicast;interleaved=2-3';

async function once(text: string): Promise<string> {
  const talker = new InterleavedClient(cameras.port);
  const answer = await talker.say(text);
  talker.close();
  return answer;
}

describe('one request on a fresh connection', () => {
  test.each([
    ['OPTIONS of a camera', () => request('OPTIONS', 'open'), 200],
    ['OPTIONS *', () => 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n', 200],
    ['DESCRIBE', () => request('DESCRIBE', 'open', ['Accept: application/sdp']), 200],
    ['DESCRIBE with a trailing slash and a query', () => request('DESCRIBE', 'open/?profile=1'), 200],
    ['DESCRIBE of what is not there', () => request('DESCRIBE', 'nowhere'), 404],
    ['DESCRIBE as HTML', () => request('DESCRIBE', 'open', ['Accept: text/html']), 406],
    ['SETUP over this connection', () => request('SETUP', 'open/trackID=0', [TCP]), 200],
    ['SETUP of what is not there', () => request('SETUP', 'nowhere/trackID=0', [TCP]), 404],
    ['SETUP over UDP', () => request('SETUP', 'open/trackID=0', ['Transport: RTP/AVP;unicast;client_port=5000-5001']), 461],
    ['SETUP over UDP or, failing that, TCP', () => request('SETUP', 'open/trackID=0', [`Transport: RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=0-1`]), 200],
    ['SETUP by multicast', () => request('SETUP', 'open/trackID=0', ['Transport: RTP/AVP/TCP;multicast']), 461],
    ['SETUP without a transport', () => request('SETUP', 'open/trackID=0'), 461],
    ['SETUP on channel 300', () => request('SETUP', 'open/trackID=0', ['Transport: RTP/AVP/TCP;interleaved=300-301']), 461],
    ['PLAY before SETUP', () => request('PLAY', 'open'), 454],
    ['PLAY of a made-up session', () => request('PLAY', 'open', ['Session: 123']), 454],
    ['TEARDOWN of a made-up session', () => request('TEARDOWN', 'open', ['Session: 123']), 454],
    ['GET_PARAMETER to keep alive', () => request('GET_PARAMETER', 'open'), 200],
    ['GET_PARAMETER of a made-up session', () => request('GET_PARAMETER', 'open', ['Session: 123']), 454],
    ['PAUSE', () => request('PAUSE', 'open'), 405],
    ['a method that RTSP does not know', () => request('BREW', 'open'), 501],
    ['no CSeq', () => `OPTIONS rtsp://127.0.0.1/open RTSP/1.0\r\n\r\n`, 400],
    ['RTSP 2.0', () => `OPTIONS rtsp://127.0.0.1/open RTSP/2.0\r\nCSeq: 1\r\n\r\n`, 505],
    ['HTTP', () => 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a header without a colon', () => 'OPTIONS * RTSP/1.0\r\nCSeq 1\r\n\r\n', 400],
    ['a body that is too long', () => request('GET_PARAMETER', 'open', ['Content-Length: 99999999']), 400],
    ['a head that never ends', () => `OPTIONS * RTSP/1.0\r\nX: ${'x'.repeat(20_000)}`, 400],
    ['a camera that refuses', () => request('DESCRIBE', 'absent'), 404],
    ['DESCRIBE without a login', () => request('DESCRIBE', 'basic'), 401],
    ['DESCRIBE with the wrong password', () => request('DESCRIBE', 'basic', [`Authorization: Basic ${btoa('op:wrong')}`]), 401],
    ['DESCRIBE with the right password', () => request('DESCRIBE', 'basic', [`Authorization: Basic ${btoa('op:p w')}`]), 200],
    ['DESCRIBE with Basic where Digest is asked', () => request('DESCRIBE', 'digest', [`Authorization: Basic ${btoa('op:p w')}`]), 401],
  ])('%s → %2$d', async (_name, text, status) => {
    expect(await once(text())).toMatch(new RegExp(`^RTSP/1\\.0 ${status} `));
  });

  test('the answer repeats CSeq', async () => {
    expect(await once(request('OPTIONS', 'open', [], 4711))).toContain('CSeq: 4711\r\n');
  });
});

test('the description names codec, parameter sets and track', async () => {
  const answer = await once(request('DESCRIBE', 'open'));
  const clip = await streetClip(scene);
  expect(answer).toContain(`Content-Base: rtsp://127.0.0.1:${cameras.port}/open/\r\n`);
  expect(answer).toContain('m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n');
  expect(answer).toContain(`sprop-parameter-sets=${clip.sps[0]?.toString('base64')},${clip.pps[0]?.toString('base64')}\r\n`);
  expect(answer).toContain('a=control:trackID=0\r\n');
});

test('Digest is accepted with the right answer, with and without qop, and refused with another nonce', async () => {
  const talker = new InterleavedClient(cameras.port);
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const asked = await talker.say(request('DESCRIBE', 'digest'));
  const nonce = /nonce="([^"]+)"/.exec(asked)?.[1] ?? '';
  const uri = `rtsp://127.0.0.1:${cameras.port}/digest`;
  const ha1 = md5('op:fake camera:p w');
  const ha2 = md5(`DESCRIBE:${uri}`);
  const header = (n: string, response: string, more = ''): string => `Authorization: Digest username="op", realm="fake camera", nonce="${n}", uri="${uri}", response="${response}"${more}`;
  expect(await talker.say(request('DESCRIBE', 'digest', [header(nonce, md5(`${ha1}:${nonce}:${ha2}`))]))).toMatch(/^RTSP\/1\.0 200/);
  expect(await talker.say(request('DESCRIBE', 'digest', [header(nonce, md5(`${ha1}:${nonce}:00000001:abc:auth:${ha2}`), ', qop=auth, nc=00000001, cnonce="abc"')]))).toMatch(/^RTSP\/1\.0 200/);
  expect(await talker.say(request('DESCRIBE', 'digest', [header('other', md5(`${ha1}:other:${ha2}`))]))).toMatch(/^RTSP\/1\.0 401/);
  expect(await talker.say(request('DESCRIBE', 'digest', [header(nonce, md5(`${ha1}:${nonce}:${md5(`PLAY:${uri}`)}`))]))).toMatch(/^RTSP\/1\.0 401/);
  talker.close();
});

test('a whole session: frames come on the channel that was asked for, a second SETUP is refused, TEARDOWN ends them', async () => {
  const talker = new InterleavedClient(cameras.port);
  const session = /Session: ([^;\r]+)/.exec(await talker.say(request('SETUP', 'open/trackID=0', [TCP])))?.[1] ?? '';
  const playing = await talker.say(request('PLAY', 'open/', [`Session: ${session}`]));
  expect(playing).toMatch(/^RTSP\/1\.0 200/);
  await talker.until(() => talker.frames.some((f) => f[1] === 2));
  // countedIds gives 0.5: the first RTP packet bears what RTP-Info promised.
  const first = talker.frames.find((f) => f[1] === 2);
  expect(playing).toContain(`seq=${first?.readUInt16BE(6)};rtptime=${first?.readUInt32BE(8)}`);
  expect(await talker.say(request('SETUP', 'open/trackID=0', [TCP]))).toMatch(/^RTSP\/1\.0 455/);
  // A receiver report of the viewer lies between two requests.
  expect(await talker.say(`$\u0003\u0000\u0004abcd${request('GET_PARAMETER', 'open', [`Session: ${session}`])}`)).toMatch(/^RTSP\/1\.0 200/);
  expect(await talker.say(request('TEARDOWN', 'open', [`Session: ${session}`]))).toMatch(/^RTSP\/1\.0 200/);
  expect(cameras.stats('open').viewers).toBe(0);
  expect(await talker.say(request('PLAY', 'open', [`Session: ${session}`]))).toMatch(/^RTSP\/1\.0 454/);
  talker.close();
});

test('a silent camera accepts PLAY, keeps answering and sends no frame', async () => {
  const talker = new InterleavedClient(cameras.port);
  const session = /Session: ([^;\r]+)/.exec(await talker.say(request('SETUP', 'silent/trackID=0', [TCP])))?.[1] ?? '';
  expect(await talker.say(request('PLAY', 'silent', [`Session: ${session}`]))).toMatch(/^RTSP\/1\.0 200/);
  expect(await talker.say(request('GET_PARAMETER', 'silent', [`Session: ${session}`]))).toMatch(/^RTSP\/1\.0 200/);
  expect(cameras.stats('silent')).toMatchObject({ viewers: 1, frames: 0, packets: 0 });
  expect(talker.frames).toEqual([]);
  talker.close();
});

test('a hung camera answers nothing, and its connection still serves the others', async () => {
  const talker = new InterleavedClient(cameras.port);
  expect(await talker.say(request('DESCRIBE', 'hung', [], 1) + request('OPTIONS', 'open', [], 2))).toContain('CSeq: 2');
  talker.close();
});

test('requests arrive whole however the bytes are cut', () => {
  const text = request('OPTIONS', 'a', ['Content-Length: 3'], 1) + 'abc' + '$\0\0\u0002xy' + request('PLAY', 'b', ['Session:  9 '], 2);
  for (const size of [1, 2, 7, 1000]) {
    const reader = new RequestReader();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...reader.push(Buffer.from(text.slice(at, at + size), 'latin1')));
    expect(found.map((r) => [r?.method, r?.headers.get('cseq')])).toEqual([['OPTIONS', '1'], ['PLAY', '2']]);
    expect(found[1]?.headers.get('session')).toBe('9');
  }
});

describe('starting', () => {
  test('a port in use is said', async () => {
    await expect(startFakeCameras({ port: cameras.port, cameras: [{ path: 'a', play: { scene } }] })).rejects.toThrow(GridwardenError);
  });
  test('two cameras of one path, and a clip that is not there, are refused by name', async () => {
    await expect(startFakeCameras({ cameras: [{ path: 'twin', play: { scene } }, { path: 'twin', play: { scene } }] })).rejects.toThrow(/twin/);
    await expect(startFakeCameras({ cameras: [{ path: 'a', play: { clip: '/nowhere/x.mp4' } }] })).rejects.toThrow(/\/nowhere\/x\.mp4/);
  });
  test('closing twice is closing once', async () => {
    const other = await startFakeCameras({ cameras: [{ path: 'a', play: { scene } }] });
    await Promise.all([other.close(), other.close()]);
    await expect(fetch(`http://127.0.0.1:${other.port}/`)).rejects.toThrow();
  });
});
