/** Whom we connect to, whom we believe, and how much a camera may answer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { makeTestCertificates } from '../../test-fixtures/fake-camera/certificates.ts';
import { type FakeCameras, type FakeCamerasOptions, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { isShape, openPackets, type PacketSource, type PacketSourceOptions } from '../camera/packet-source.ts';

const made = makeTestCertificates();
const TIMEOUT_MS = 3000;
let dir: string;
let clip: MadeClip;
let caFile: string;
let cameras: FakeCameras | null = null;
let source: PacketSource | null = null;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'gw-link-'));
  clip = await makeMovingBoxClip({ widthPx: 160, heightPx: 96, fps: 25, seconds: 1 });
  caFile = await pem('ca.pem', made.ca);
});
afterAll(() => Promise.all([clip.remove(), rm(dir, { recursive: true })]));
afterEach(async () => {
  await source?.close();
  await cameras?.close();
  [source, cameras] = [null, null];
});

async function pem(name: string, text: string): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, text);
  return file;
}

const options = (more: Partial<PacketSourceOptions> = {}): PacketSourceOptions => ({
  cameraId: 'c',
  transport: 'tcp',
  caFile: null,
  timeoutMs: TIMEOUT_MS,
  noPacketMs: TIMEOUT_MS,
  signal: new AbortController().signal,
  clock: systemClock,
  ...more,
});

const serve = async (more: Partial<FakeCamerasOptions> & { camera?: Partial<FakeCamerasOptions['cameras'][number]> } = {}): Promise<FakeCameras> =>
  (cameras = await startFakeCameras({ cameras: [{ path: 'gate/1', play: { clip: clip.file }, ...more.camera }], ...more }));

async function play(url: string, more: Partial<PacketSourceOptions> = {}): Promise<number> {
  source = await openPackets(url, options(more));
  let keys = 0;
  for (let packets = 0; packets < 30; ) {
    const given = await source.next();
    if (isShape(given)) continue;
    packets++;
    if (given.key) keys++;
  }
  return keys;
}

describe('rtsps', () => {
  test.each(['127.0.0.1', 'localhost'])('plays from %s, signed in by Digest, when its authority is in caFile; never as datagrams', async (host) => {
    await serve({ tls: made.good, camera: { auth: { user: 'op', password: 'p:w@/', scheme: 'digest' }, transports: ['tcp'] } });
    const url = cameras?.url('gate/1').replace('127.0.0.1', host) ?? '';
    expect(await play(url, { caFile, transport: 'udp' })).toBe(2);
  });

  test('a self-signed certificate is believed when it is in caFile itself', async () => {
    await serve({ tls: made.selfSigned });
    expect(await play(cameras?.url('gate/1') ?? '', { caFile: await pem('own.pem', made.selfSigned.cert) })).toBe(2);
  });

  test.each([
    ['good', false, 'trusts the authority of its certificate'],
    ['selfSigned', true, 'signed by nobody but itself'],
    ['wrongName', true, 'its certificate is for another name'],
    ['expired', true, 'its certificate has expired'],
  ] as const)('the %s certificate (authority known: %s) is refused, at an address as at a name', async (kind, known, words) => {
    await serve({ tls: made[kind], camera: { auth: { user: 'op', password: 'secret', scheme: 'basic' } } });
    const url = cameras?.url('gate/1') ?? '';
    for (const each of [url, url.replace('127.0.0.1', 'localhost')]) {
      const refused = openPackets(each, options({ caFile: known ? caFile : null }));
      await expect(refused).rejects.toThrow(words);
      await expect(refused).rejects.not.toThrow(/secret|127\.0\.0\.1/);
    }
    expect(cameras?.stats('gate/1').viewersEver).toBe(0);
  });

  test('says so where no TLS is spoken, and where caFile is gone or holds no certificate', async () => {
    await serve();
    const url = cameras?.url('gate/1').replace('rtsp:', 'rtsps:') ?? '';
    await expect(openPackets(url, options({ timeoutMs: 300 }))).rejects.toThrow(/does not speak TLS .* within 0\.3 s/);
    const talks = net.createServer((socket) => void socket.resume().end('RTSP/1.0 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => talks.listen(0, '127.0.0.1', () => resolve()));
    await expect(openPackets(`rtsps://127.0.0.1:${portOf(talks)}/x`, options())).rejects.toThrow('does not speak TLS');
    await new Promise((resolve) => talks.close(resolve));
    await expect(openPackets(url, options({ caFile: path.join(dir, 'gone.pem') }))).rejects.toThrow('file of certificate authorities (video.caFile) cannot be read');
    await expect(openPackets(url, options({ caFile: await pem('text.pem', '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n') }))).rejects.toThrow('cannot be read');
  });
});

describe('what a camera may answer', () => {
  const anHour = 3_600_000;

  test.each([
    [{ kind: 'huge-sdp' }, 'far larger than a description of a stream'],
    [{ kind: 'endless-header' }, 'the header of its answer never ends'],
  ] as const)('%o is refused after some thousand bytes', async (fault, words) => {
    await serve({ camera: { fault } });
    const before = process.memoryUsage().rss;
    await expect(openPackets(cameras?.url('gate/1') ?? '', options())).rejects.toThrow(words);
    // The camera's own chunks and socket buffers among them: libav took all 100 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024);
    expect(cameras?.stats('gate/1').hostileBytes).toBeLessThan(8 * 1024 * 1024);
  });

  test('one that answers a byte at a time is given up in time', async () => {
    await serve({ camera: { fault: { kind: 'trickles' } } });
    await expect(openPackets(cameras?.url('gate/1') ?? '', options({ timeoutMs: 300, noPacketMs: anHour }))).rejects.toThrow('it did not answer within 0.3 s');
  });

  test('one that hangs up at once, or after the first request, harms nobody', async () => {
    for (const after of [0, 1]) {
      const rude = net.createServer((socket) => {
        socket.on('error', () => undefined);
        if (after === 0) socket.resetAndDestroy();
        else socket.once('data', () => socket.resetAndDestroy());
      });
      await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', () => resolve()));
      await expect(openPackets(`rtsp://127.0.0.1:${portOf(rude)}/x`, options())).rejects.toThrow(/the connection was (reset|closed)/);
      await new Promise((resolve) => rude.close(resolve));
    }
  });

  test('a redirection is not followed', async () => {
    const asked: string[] = [];
    const elsewhere = net.createServer((socket) => void asked.push(String(socket.remotePort)));
    const moved = net.createServer((socket) =>
      socket.on('data', (request) => {
        const cseq = /CSeq: (\d+)/.exec(String(request))?.[1] ?? '';
        socket.write(`RTSP/1.0 302 Moved\r\nCSeq: ${cseq}\r\nLocation: rtsp://127.0.0.1:${portOf(elsewhere)}/there\r\n\r\n`);
      }),
    );
    await Promise.all([elsewhere, moved].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))));
    await expect(openPackets(`rtsp://op:secret@127.0.0.1:${portOf(moved)}/here`, options())).rejects.toThrow('it sends us to another address');
    expect(asked).toEqual([]);
    await Promise.all([elsewhere, moved].map((server) => new Promise((resolve) => server.close(resolve))));
  });
});

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;

test('is told why there is no connection', async () => {
  await expect(openPackets('rtsp://op:secret@127.0.0.1:1/x', options())).rejects.toThrow('Camera c cannot be reached: nothing listens at its address (connection refused).');
  await expect(openPackets('rtsp://no-such-host.invalid/x', options())).rejects.toThrow('its name cannot be resolved');
  await expect(openPackets('http://127.0.0.1/x', options())).rejects.toThrow('not an RTSP address');
  await expect(openPackets('rtsp://127.0.0.1:99999/x', options())).rejects.toThrow('not an RTSP address');
});
