/** RTSP over TLS: who trusts the test authority reaches the good camera, and is told why none of the others. */
import { once } from 'node:events';
import tls from 'node:tls';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { beforeAll, expect, test } from 'vitest';
import { type TestCertificates, makeTestCertificates } from './certificates.ts';
import { startFakeCameras } from './server.ts';
import { watch } from './watch.ts';

const scene = { seed: 5, widthPx: 160, heightPx: 90, fps: 5, loopS: 1, persons: 1, vehicles: 0, twoWheelers: 0, parked: 0 };
const made = makeTestCertificates();
type Kind = Exclude<keyof TestCertificates, 'ca'>;

beforeAll(() => Log.setLevel(AV_LOG_QUIET));

/** What a client that trusts the test authority says of the camera's certificate; null where it is satisfied. */
async function verdict(kind: Kind, host: string): Promise<string | null> {
  const cameras = await startFakeCameras({ tls: made[kind], cameras: [{ path: 'a', play: { scene } }] });
  const socket = tls.connect({ host, port: cameras.port, ca: made.ca, ...(host === 'localhost' ? { servername: host } : {}) });
  const said = await once(socket, 'secureConnect').then(() => null, (error: NodeJS.ErrnoException) => error.code ?? '');
  socket.destroy();
  await cameras.close();
  return said;
}

test.each<[Kind, string, string | null]>([
  ['good', '127.0.0.1', null],
  ['good', 'localhost', null],
  ['wrongName', '127.0.0.1', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['wrongName', 'localhost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['expired', '127.0.0.1', 'CERT_HAS_EXPIRED'],
  ['selfSigned', '127.0.0.1', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
])('the %s certificate at %s: %s', async (kind, host, expected) => {
  expect(await verdict(kind, host)).toBe(expected);
});

test('libav plays an rtsps address, signed in by Digest', async () => {
  const cameras = await startFakeCameras({ tls: made.good, cameras: [{ path: 'gate/1', play: { scene }, auth: { user: 'op', password: 'p:w', scheme: 'digest' } }] });
  expect(cameras.url('gate/1')).toMatch(/^rtsps:/);
  expect(await watch(cameras.url('gate/1'), 7)).toMatchObject({ codec: 'h264', framesDecoded: 7, framesBroken: 0 });
  await expect(watch(cameras.url('gate/1').replace('rtsps', 'rtsp'), 1)).rejects.toThrow();
  await cameras.close();
});
