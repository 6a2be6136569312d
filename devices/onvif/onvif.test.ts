/** Cameras found and described over real sockets: what good ones tell, and that bad ones cost nobody more than their own line. */
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../platform/clock.ts';
import { type FakeOnvif, type FakeOnvifs, type OnvifFault, startOnvif } from '../../test-fixtures/onvif/responder.ts';
import { OnvifFailed } from './failed.ts';
import { describeCamera, type OnvifCamera } from './onvif-camera.ts';
import type { OnvifLogin } from './soap.ts';
import { discover, type Discovered } from './ws-discovery.ts';

const HERE = '127.0.81.1';
const profiles = [
  { token: 'main', name: 'Main', encoding: 'H264', widthPx: 2560, heightPx: 1440, fps: 25, keyEvery: 50, uri: 'rtsp://127.0.0.2:8554/main?a=1&b=2' },
  { token: 'sub', name: 'Sub', encoding: 'H264', widthPx: 640, heightPx: 360, fps: 12.5, keyEvery: 25, uri: 'rtsp://10.9.8.7/sub' },
];
const camera: FakeOnvif = { address: '127.0.0.2', name: '南门 1', profiles };
const login = { user: 'ope<rator', password: 'p"w&d 秘密' };

let fakes: FakeOnvifs | null = null;
afterEach(async () => {
  await fakes?.close();
  fakes = null;
});
const found = async (cameras: readonly FakeOnvif[]): Promise<Discovered> => {
  fakes = await startOnvif(HERE, cameras);
  return discover({ timeoutMs: 400, interfaces: [HERE], clock });
};
const described = async (one: FakeOnvif, as: OnvifLogin | null = null, timeoutMs = 2000): Promise<OnvifCamera> => {
  const { devices } = await found([one]);
  expect(devices.map(({ address }) => address)).toEqual([one.address]);
  return describeCamera(devices[0]!, { login: as, timeoutMs, clock });
};
const refusal = (work: Promise<unknown>): Promise<OnvifFailed> =>
  work.then(() => Promise.reject(new Error('it did not fail')), (error: unknown) => {
    expect(error).toBeInstanceOf(OnvifFailed);
    return error as OnvifFailed;
  });

describe('a camera', () => {
  test('tells its streams, at its own address whatever network it thinks it is in', async () => {
    expect(await described(camera)).toEqual({
      address: '127.0.0.2',
      name: '南门 1',
      manufacturer: 'Nobody',
      model: '南门 1-1',
      streams: [
        { profile: 'Main', url: 'rtsp://127.0.0.2:8554/main?a=1&b=2', codec: 'H264', widthPx: 2560, heightPx: 1440, fps: 25, keyEvery: 50 },
        { profile: 'Sub', url: 'rtsp://127.0.0.2/sub', codec: 'H264', widthPx: 640, heightPx: 360, fps: 12.5, keyEvery: 25 },
      ],
    });
  });

  test('tells H.265 by its newer media service', async () => {
    const { streams } = await described({ ...camera, media2: true, profiles: [{ ...profiles[0]!, encoding: 'H265' }] });
    expect(streams).toMatchObject([{ codec: 'H265', widthPx: 2560, keyEvery: 50 }]);
  });

  test.each(['token', 'http-digest'] as const)('that wants a login says so, and takes the right one (%s)', async (by) => {
    const guarded = { ...camera, login: { ...login, by } };
    expect(await refusal(described(guarded))).toMatchObject({ wantsLogin: true, message: 'it wants a user name and password' });
    await fakes?.close();
    expect((await described(guarded, login)).streams.length).toBe(2);
    expect(fakes?.asked(camera.address).join()).not.toContain(login.password);
  });

  test.each(['token', 'http-digest'] as const)('that is given a wrong password is not asked again (%s)', async (by) => {
    const error = await refusal(described({ ...camera, login: { ...login, by } }, { ...login, password: 'wrong' }));
    expect(error.message).toBe('it refused the user name and password');
    // Its time, to anybody; then the login once, and once more as it asked for it.
    expect(fakes?.asked(camera.address).length).toBeLessThanOrEqual(by === 'token' ? 2 : 3);
  });

  test('whose clock is a day ahead takes the login by its own time', async () => {
    expect((await described({ ...camera, clockAheadMs: 86_400_000, login: { ...login, by: 'token' } }, login)).streams.length).toBe(2);
  });

  test('cannot slip anything into a configuration by the address of its stream', async () => {
    const uri = 'rtsp://admin:pw@evil.example/${SECRET}/"\n  - id: x\n# \'`';
    const { streams } = await described({ ...camera, profiles: [{ ...profiles[0]!, uri }] });
    expect(streams[0]?.url).toMatch(/^rtsp:\/\/127\.0\.0\.2\/[\w%.\-/:]*$/);
    expect(streams[0]?.url).not.toContain('${');
  });

  test.each<[string, OnvifFault, string | RegExp]>([
    ['answers rubbish', { kind: 'says', text: '<<<>>>' }, 'its answer cannot be read: it is not well-formed'],
    ['answers no SOAP', { kind: 'says', text: '<html><body></body></html>' }, 'its answer cannot be read: it holds no answer'],
    ['refuses by HTTP', { kind: 'says', text: 'no', status: 503 }, 'it refused (HTTP 503)'],
    ['answers a bomb', { kind: 'says', text: `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(100)}"><!ENTITY b "${'&a;'.repeat(100)}">]><x>&b;</x>` }, 'it declares a document type'],
    ['answers deeply', { kind: 'says', text: '<a>'.repeat(50_000) }, 'nested too deeply'],
    ['answers 100 MB', { kind: 'huge', bytes: 1e8 }, 'its answer is longer than 256 KB'],
    ['answers without end', { kind: 'trickles' }, 'it did not answer within 0.5 s'],
    ['never answers', { kind: 'hangs' }, 'it did not answer within 0.5 s'],
    ['sends elsewhere', { kind: 'redirects', to: 'http://127.0.0.1:1/' }, 'it sends us to another address'],
  ])('that %s is a failure of one line', async (_, fault, why) => {
    const { message } = await refusal(described({ ...camera, fault }, login, 500));
    expect(message).toMatch(why instanceof RegExp ? why : new RegExp(why.replace(/[()]/g, '\\$&')));
    expect(message).not.toMatch(/[\n\r]|127\.0|秘密/);
  });
});

describe('discovery', () => {
  test('finds all that answer, once each, and tells those whose answer is of no use', async () => {
    const { devices, failures } = await found([
      camera,
      { ...camera, address: '127.0.0.3', name: 'two' },
      { ...camera, address: '127.0.0.4', fault: { kind: 'rubbish-match', bytes: Buffer.from([0xff, 0, 0x3c]) } },
      { ...camera, address: '127.0.0.5', fault: { kind: 'tells-address', xaddrs: 'http://127.0.0.2/onvif http://user:pw@127.0.0.5/x ftp://127.0.0.5/' } },
      { ...camera, address: '127.0.0.6', fault: { kind: 'tells-address', xaddrs: 'no address at all' } },
    ]);
    expect(devices.map(({ address, name }) => ({ address, name })).toSorted((a, b) => (a.address < b.address ? -1 : 1))).toEqual([{ address: '127.0.0.2', name: '南门 1' }, { address: '127.0.0.3', name: 'two' }]);
    expect([...failures].toSorted((a, b) => (a.address < b.address ? -1 : 1))).toEqual([
      { address: '127.0.0.4', why: expect.stringContaining('its answer cannot be read') as string },
      { address: '127.0.0.5', why: 'it tells an address that is not its own' },
      { address: '127.0.0.6', why: 'it tells no address of its service' },
    ]);
  });

  test('passes over answers to somebody else', async () => {
    const foreign = Buffer.from('<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header><a:RelatesTo>urn:uuid:another</a:RelatesTo></e:Header><e:Body/></e:Envelope>');
    expect(await found([{ ...camera, fault: { kind: 'rubbish-match', bytes: foreign } }])).toEqual({ devices: [], failures: [] });
  });

  test('finds nobody where nobody is', async () => {
    expect(await discover({ timeoutMs: 200, interfaces: [HERE], clock })).toEqual({ devices: [], failures: [] });
  });
});
