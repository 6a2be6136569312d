/** Whom we connect to, whom we believe, how much a camera may answer, and what it is told while it plays. */
import dgram from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock, systemClock } from '../../platform/clock.ts';
import type { CameraLogin } from '../../test-fixtures/fake-camera/authentication.ts';
import { makeTestCertificates } from '../../test-fixtures/fake-camera/certificates.ts';
import { rtpHeader, senderReport } from '../../test-fixtures/fake-camera/rtp.ts';
import { type Answering, type ScriptedCamera, startScriptedCamera } from '../../test-fixtures/fake-camera/scripted.ts';
import { type FakeCameras, type FakeCamerasOptions, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { isShape, openPackets, type PacketSource, type PacketSourceOptions } from '../camera/packet-source.ts';
import { RtspVideo, type RtspPicture, type VideoTaker } from './rtsp-video.ts';

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

describe('signs in', () => {
  const login: CameraLogin = { user: 'op', password: 'p:w@/"值', scheme: 'digest' };
  test.each([
    ['Digest with SHA-256', { algorithms: ['SHA-256'] }],
    ['Digest with SHA-256 and qop', { algorithms: ['SHA-256'], qop: true }],
    ['Digest with MD5 and qop', { qop: true }],
    ['Digest with either', { algorithms: ['MD5', 'SHA-256'], qop: true }],
    ['Basic', { scheme: 'basic' }],
  ] as const)('by %s, and not with a wrong password', async (_, more) => {
    await serve({ camera: { auth: { ...login, ...more } } });
    const url = cameras?.url('gate/1') ?? '';
    source = await openPackets(url, options());
    expect(isShape(await source.next())).toBe(false);
    for (const wrong of [url.replace('%3A', ''), url.replace(/\/\/.*@/, '//')]) await expect(openPackets(wrong, options())).rejects.toThrow('it refused the user name and password');
  });
});

describe('in conversation with', () => {
  const SSRC = 0x1234_5678;
  const SDP = 'v=0\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n';
  const session = (timeoutS: number): Answering => ({ method, headers }) => (method === 'SETUP' ? { status: 200, headers: { Transport: headers.get('transport') ?? '', Session: `S1;timeout=${timeoutS}` } } : undefined);
  const unauthorised = (nonce: string, more = ''): ReturnType<Answering> => ({ status: 401, headers: { 'WWW-Authenticate': `Digest realm="r", nonce="${nonce}"${more}` } });

  let camera: ScriptedCamera | null = null;
  let video: RtspVideo | null = null;
  let clock = new ManualClock();
  let stream = newStream(SSRC);
  const pictures: Omit<RtspPicture, 'bytes'>[] = [];
  const ends: string[] = [];
  const taker: VideoTaker = { picture: ({ bytes: _, ...picture }) => void pictures.push(picture), ended: (why) => void ends.push(why) };

  afterEach(async () => {
    const closing = video?.close();
    // What waits for the camera to hang up, where it does not.
    await clock.advance(1000);
    await closing;
    await camera?.close();
    [camera, video, clock, stream] = [null, null, new ManualClock(), newStream(SSRC)];
    pictures.length = ends.length = 0;
  });

  function newStream(ssrc: number): Parameters<typeof rtpHeader>[0] {
    return { ssrc, payloadType: 96, channel: 0, rtcpChannel: 1, sequence: 100, packets: 0, octets: 0 };
  }

  async function open(answering?: Answering, login = '', transport: 'tcp' | 'udp' = 'tcp'): Promise<ScriptedCamera> {
    camera = await startScriptedCamera(SDP, answering);
    video = await RtspVideo.open(camera.url.replace('//', `//${login}`), { cameraId: 'c', transport, caFile: null, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal, clock }, taker);
    return camera;
  }

  const picture = (timestamp90k: number, nal = '65881122'): Buffer => Buffer.concat([rtpHeader(stream, nal.length / 2, true, timestamp90k), Buffer.from(nal, 'hex')]);
  const bye = (ssrc: number): Buffer => {
    const bytes = Buffer.from('2401000881cb000100000000', 'hex');
    bytes.writeUInt32BE(ssrc, 8);
    return bytes;
  };
  const asked = (method: string): number => camera?.requests.filter((request) => request.method === method).length ?? 0;

  /** One picture, taken. */
  async function playing(timestamp90k = 0): Promise<void> {
    const before = pictures.length;
    camera?.send(picture(timestamp90k));
    await expect.poll(() => pictures.length).toBe(before + 1);
  }

  test.each([
    [60, 6, 'GET_PARAMETER'],
    [60, 6, 'OPTIONS'],
    [10, 1, 'GET_PARAMETER'],
    [13, 1, 'GET_PARAMETER'],
    [4, 1, 'GET_PARAMETER'],
  ])('a session of %d s: a report each time, after each %d of them %s', async (timeoutS, reportsEach, method) => {
    const heard = await open((request, count) => (request.method === 'OPTIONS' && method === 'OPTIONS' ? { status: 200, headers: { Public: 'DESCRIBE, SETUP, PLAY' } } : session(timeoutS)(request, count)));
    const before = asked(method);
    await playing();
    const everyMs = Math.min(5000, timeoutS * 500);
    for (let reports = 1; reports <= 2 * reportsEach; reports++) {
      await clock.advance(everyMs);
      await expect.poll(() => heard.frames.length).toBe(reports);
      await expect.poll(() => asked(method) - before).toBe(Math.floor(reports / reportsEach));
    }
    expect(2 * reportsEach * everyMs).toBeLessThanOrEqual(timeoutS * 1000);
    expect(heard.requests.at(-1)?.headers.get('session')).toBe('S1');
    const [report = Buffer.alloc(0)] = heard.frames;
    expect([report.readUInt8(1), report.readUInt8(5), report.readUInt32BE(12), report.readUInt32BE(20)]).toEqual([1, 201, SSRC, 100]);
  });

  test('one that says goodbye: the session ends, and not by what another stream says', async () => {
    const heard = await open();
    await playing();
    heard.send(bye(SSRC + 1));
    await playing(3600);
    expect(ends).toEqual([]);
    heard.send(Buffer.concat([bye(SSRC), picture(7200)]));
    await expect.poll(() => ends).toEqual(['it said goodbye and the connection was closed']);
    expect(pictures).toHaveLength(2);
  });

  test('one that asks something itself: it gets an answer, and plays on', async () => {
    const heard = await open();
    for (const [i, method] of ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE', 'REDIRECT'].entries()) heard.send(`${method} rtsp://c/x RTSP/1.0\r\nCSeq: ${40 + i}\r\nSession: S1\r\n\r\n`);
    await expect.poll(() => heard.answers).toEqual(['200 OK', '200 OK', '200 OK', '501 Not Implemented', '501 Not Implemented'].map((status, i) => `RTSP/1.0 ${status}\r\nCSeq: ${40 + i}\r\n\r\n`));
    await playing();
    await Promise.all([video?.close(), clock.advance(1000)]);
    // Who ended it need not be told.
    expect(ends).toEqual([]);
  });

  test.each([
    [404, 'it has no stream under this path'],
    [453, 'it refused (RTSP 4xx): often it has too many viewers at once'],
    [503, 'it reports an error of its own (RTSP 5xx)'],
    [100, 'what it answers is not a usable RTSP description'],
  ])('one that refuses to play with %d: it is told goodbye, and why is said', async (status, words) => {
    await expect(open(({ method }) => (method === 'PLAY' ? { status } : undefined))).rejects.toThrow(`Camera c cannot be reached: ${words}`);
    await expect.poll(() => camera?.requests.map(({ method }) => method)).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN']);
  });

  test('one that finds every nonce too old: it is not asked for ever', async () => {
    await expect(open(({ method }, count) => (method === 'DESCRIBE' ? unauthorised(String(count), ', stale=true') : undefined), 'op:secret@')).rejects.toThrow('it refused the user name and password');
    expect(asked('DESCRIBE')).toBe(3);
  });

  test('one whose nonce grows old between two requests: the newer one is taken, also for what keeps the session', async () => {
    const heard = await open(
      ({ method, headers }, count) => {
        const nonce = /nonce="(\w+)"/.exec(headers.get('authorization') ?? '')?.[1];
        if (method === 'DESCRIBE' && nonce === undefined) return unauthorised('a');
        if (method === 'SETUP' && nonce === 'a') return unauthorised('b', ', stale=true');
        if (method === 'GET_PARAMETER' && nonce === 'b') return unauthorised('c', ', stale=true');
        return method === 'SETUP' ? session(10)({ method, headers, url: '', version: '' }, count) : undefined;
      },
      'op:secret@',
    );
    await clock.advance(5000);
    await expect.poll(() => asked('GET_PARAMETER')).toBe(2);
    expect(heard.requests.at(-1)?.headers.get('authorization')).toContain('nonce="c"');
    await clock.advance(5000);
    await expect.poll(() => asked('GET_PARAMETER')).toBe(3);
    await playing();
  });

  test('one that asks for a login nobody knows, when all is done: it harms nobody', async () => {
    const unknown = 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-512\r\n\r\n';
    const heard = await open((request, count) => (request.method === 'GET_PARAMETER' ? { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n", algorithm=SHA-512' } } : session(10)(request, count)), 'op:secret@');
    heard.send(`RTSP/1.0 401 Unauthorized\r\nCSeq: 77\r\n${unknown}RTSP/1.0 401 Unauthorized\r\nCSeq: x\r\n${unknown}`);
    await playing();
    await clock.advance(5000);
    await expect.poll(() => ends).toEqual([expect.stringContaining('it wants Digest with SHA-512')]);
  });

  test('one that forgets to count its answers', async () => {
    camera = await startScriptedCamera(SDP);
    const between = net.createServer((viewer) => {
      const behind = net.connect(Number(new URL(camera?.url ?? '').port), '127.0.0.1');
      for (const socket of [viewer, behind]) socket.on('error', () => undefined);
      viewer.pipe(behind);
      behind.on('data', (bytes) => viewer.write(Buffer.from(bytes.toString('latin1').replace(/CSeq: \d+\r\n/g, ''), 'latin1')));
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', () => resolve()));
    video = await RtspVideo.open(`rtsp://127.0.0.1:${portOf(between)}/live`, { ...options(), clock }, taker);
    await playing();
    await Promise.all([video.close(), new Promise((resolve) => between.close(resolve))]);
  });

  test.each(['0-0', '0', '5004-0', '65535', '70000-70001'])('one that listens for datagrams at the ports %s, which are none', async (ports) => {
    const heard = await open(({ method, headers }) => (method === 'SETUP' ? { status: 200, headers: { Transport: `${headers.get('transport') ?? ''};server_port=${ports}`, Session: 'S1' } } : undefined), '', 'udp');
    const [rtpPort] = /client_port=(\d+)/.exec(heard.requests.find(({ method }) => method === 'SETUP')?.headers.get('transport') ?? '')?.slice(1).map(Number) ?? [];
    const [sender, stranger] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.2', () => resolve()));
    // Whoever is not the camera is not heard.
    await new Promise((resolve) => stranger.send(picture(0).subarray(4), rtpPort ?? 0, '127.0.0.1', resolve));
    sender.send(picture(0).subarray(4), rtpPort ?? 0, '127.0.0.1');
    await expect.poll(() => pictures.length).toBe(1);
    await clock.advance(10_000);
    for (const socket of [sender, stranger]) socket.close();
    expect(ends).toEqual([]);
    expect(pictures).toHaveLength(1);
  });

  test('one that begins anew with another source: its old clock says nothing of the new times', async () => {
    const heard = await open();
    heard.send(senderReport(stream, clock.nowMs(), 0));
    await playing(90);
    stream = newStream(SSRC + 1);
    await playing(180_000);
    heard.send(Buffer.concat([senderReport(stream, clock.nowMs() + 7, 180_000), senderReport(newStream(SSRC), clock.nowMs() + 5000, 0)]));
    await playing(180_090);
    expect(pictures.map(({ cameraMs }) => cameraMs && Math.round(cameraMs - clock.nowMs()))).toEqual([1, null, 8]);
  });

  test('one of whose packets some are lost: the reports say so, each of its own time', async () => {
    const heard = await open(session(60));
    for (const lost of [0, 3, 0]) {
      for (let i = 0; i < 3; i++) await playing(stream.sequence * 900);
      stream.sequence += lost;
      await playing(stream.sequence * 900);
      await clock.advance(5000);
    }
    await expect.poll(() => heard.frames.length).toBe(3);
    expect(heard.frames.map((report) => [report.readUInt8(16), report.readUIntBE(17, 3)])).toEqual([
      [0, 0],
      [Math.floor((256 * 3) / 7), 3],
      [0, 3],
    ]);
  });

  test('one whose picture comes bit by bit: it is dated by the first of it', async () => {
    const heard = await open();
    await playing();
    const beganAtMs = clock.nowMs();
    const [first, last] = ['7c8588', '7c4511'].map((part, i) => Buffer.concat([rtpHeader(stream, 3, i === 1, 3600), Buffer.from(part, 'hex')]));
    heard.send(Buffer.concat([first ?? Buffer.alloc(0), Buffer.from('OPTIONS rtsp://c/x RTSP/1.0\r\nCSeq: 1\r\n\r\n')]));
    await expect.poll(() => heard.answers.length).toBe(1);
    await clock.advance(30);
    heard.send(last ?? '');
    await expect.poll(() => pictures.length).toBe(2);
    expect(pictures[1]?.arrivedAtMs).toBe(beganAtMs);
    expect(clock.nowMs()).toBe(beganAtMs + 30);
  });

  test.each(['H264', 'H265', 'JPEG'])('one that sends anything at all as %s: what follows is played', async (name) => {
    camera = await startScriptedCamera(SDP.replace('H264', name));
    video = await RtspVideo.open(camera.url, { ...options(), clock }, taker);
    const bytes = fc.uint8Array({ maxLength: 90 }).map((each) => Buffer.from(each));
    const packet = fc.tuple(fc.boolean(), fc.constantFrom(0, 28, 24, 0x62, 0x60, 0x65, 0x42, 0x06), bytes).map(([marker, first, rest]) => Buffer.concat([rtpHeader(stream, 1 + rest.length, marker, stream.sequence * 900), Buffer.of(first), rest]));
    const report = fc.tuple(fc.constantFrom(200, 201, 202, 203, 204), fc.nat({ max: 31 }), bytes).map(([type, count, rest]) => Buffer.concat([Buffer.of(0x24, 1, 0, 4 + rest.length, 0x80 | count, type, 0, rest.length >> 2), rest]));
    for (const each of fc.sample(fc.oneof(packet, packet, report), { numRuns: 600, seed: 5 })) camera.send(each);
    camera.send('OPTIONS rtsp://c/x RTSP/1.0\r\nCSeq: 1\r\n\r\n');
    // All before it was read.
    await expect.poll(() => camera?.answers.length).toBe(1);
    expect(ends).toEqual([]);
    const before = pictures.length;
    if (name !== 'JPEG') {
      camera.send(Buffer.concat([1, 2].map((timestamp) => picture(timestamp, name === 'H265' ? '2601af11' : '65881122'))));
      await expect.poll(() => pictures.length).toBeGreaterThanOrEqual(before + 2);
    }
  });

  test('one whose time goes over 32 bits', async () => {
    await open();
    for (let i = 0; i < 4; i++) await playing((0xffff_ffff - 5000 + i * 3600) % 2 ** 32);
    expect(pictures.map(({ streamMs }) => Math.round(streamMs))).toEqual([0, 40, 80, 120]);
  });
});
