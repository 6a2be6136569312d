/** Packets of cameras as they send them: their times, their shapes, and how a session ends. */
import dgram from 'node:dgram';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { rtpHeader } from '../../test-fixtures/fake-camera/rtp.ts';
import { startScriptedCamera } from '../../test-fixtures/fake-camera/scripted.ts';
import { makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
import { RtspVideo } from '../rtsp/rtsp-video.ts';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { isShape, openPackets, type PacketSource, type PacketSourceOptions } from './packet-source.ts';

const options: PacketSourceOptions = {
  cameraId: 'c',
  transport: 'tcp',
  caFile: null,
  timeoutMs: 3000,
  noPacketMs: 3000,
  signal: new AbortController().signal,
  clock: systemClock,
};

let cameras: FakeCameras | null = null;
let source: PacketSource | null = null;
afterEach(async () => {
  await source?.close();
  await cameras?.close();
  [source, cameras] = [null, null];
});

type Seen = Omit<CodedPacket, 'packet'> & { readonly packetPts: bigint; readonly packetDts: bigint };

/** The next `count` packets, without what lives only until the next, and the shapes given out between them. */
async function take(from: PacketSource, count: number): Promise<{ packets: Seen[]; shapes: StreamShape[] }> {
  const packets: Seen[] = [];
  const shapes: StreamShape[] = [];
  while (packets.length < count) {
    const given = await from.next();
    if (isShape(given)) shapes.push(given);
    else {
      const { packet, ...rest } = given;
      packets.push({ ...rest, packetPts: packet.pts, packetDts: packet.dts });
    }
  }
  return { packets, shapes };
}

function expectGoodTimes(packets: readonly Seen[], intervalMs: number): void {
  // Of the last, some are shown after others that are still to come.
  const shown = packets.map((p) => p.ptsMs).sort((a, b) => a - b).slice(0, -3);
  shown.slice(1).forEach((ptsMs, i) => expect(ptsMs - (shown[i] ?? NaN)).toBeCloseTo(intervalMs, 0));
  packets.slice(1).forEach(({ dtsMs }, i) => expect(dtsMs).toBeGreaterThan(packets[i]?.dtsMs ?? Infinity));
  const inOrder = [...packets].sort((a, b) => a.ptsMs - b.ptsMs);
  inOrder.slice(1).forEach(({ capturedAtMs }, i) => expect(capturedAtMs).toBeGreaterThanOrEqual(inOrder[i]?.capturedAtMs ?? Infinity));
  for (const packet of packets) {
    expect(packet.ptsMs).toBeGreaterThanOrEqual(packet.dtsMs);
    expect(packet.packetPts).toBe(BigInt(Math.round(packet.ptsMs * 90)));
    expect(packet.packetDts).toBe(BigInt(Math.round(packet.dtsMs * 90)));
    expect(packet.capturedAtMs).toBeLessThanOrEqual(systemClock.nowMs());
  }
}

describe('each codec, with reordered pictures where it knows them', () => {
  test.each([
    { codec: 'h264', given: 'h264' },
    { codec: 'h265', given: 'hevc' },
    { codec: 'mjpeg', given: 'mjpeg' },
  ] as const)('$codec', async ({ codec, given }) => {
    const clip = await makeMovingBoxClip({ widthPx: 320, heightPx: 184, fps: 25, seconds: 1, codec, keyEveryS: 0.4 });
    cameras = await startFakeCameras({ cameras: [{ path: 'c', play: { clip: clip.file } }] });
    source = await openPackets(cameras.url('c'), options);
    expect(source.shape.codec).toBe(given);
    const { packets, shapes } = await take(source, 24);
    expect(source.shape).toMatchObject({ widthPx: 320, heightPx: 184 });
    // What the description says is what the stream brings; only of JPEGs it tells nothing.
    expect(shapes).toEqual(codec === 'mjpeg' ? [source.shape] : []);
    expect(packets.filter((p) => p.key).length).toBe(codec === 'mjpeg' ? 24 : 3);
    expect(packets[0]?.key).toBe(true);
    // Decoding order differs from the order of showing where B-frames are.
    expect(packets.some((p, i) => p.ptsMs < (packets[i - 1]?.ptsMs ?? 0))).toBe(codec !== 'mjpeg');
    expectGoodTimes(packets, 40);
    expect(new Set(packets.map((p) => p.clock))).toEqual(new Set(['rtcp']));
    await clip.remove();
  });
});

describe('over datagrams', () => {
  test('plays H.264 and H.265 of our fake camera; lost ones leave the times right', async () => {
    const made = [await makeMovingBoxClip({ widthPx: 640, heightPx: 360, fps: 25, seconds: 1 }), await makeMovingBoxClip({ widthPx: 320, heightPx: 184, fps: 25, seconds: 1, codec: 'h265' })];
    const [h264, h265] = made.map(({ file }) => ({ clip: file }));
    if (!h264 || !h265) return;
    cameras = await startFakeCameras({
      cameras: [
        { path: 'a', play: h264, transports: ['udp'] },
        { path: 'b', play: h265, transports: ['udp'] },
        { path: 'loses', play: h264, transports: ['udp'], fault: { kind: 'loses', part: 0.1 } },
        { path: 'silent', play: h264, transports: ['udp'], fault: { kind: 'silent' } },
        { path: 'tcp', play: h264, transports: ['tcp'] },
      ],
    });
    const udp = (path: string, noPacketMs = 5000): Promise<PacketSource> => openPackets(cameras?.url(path) ?? '', { ...options, transport: 'udp', noPacketMs });
    for (const path of ['a', 'b']) {
      source = await udp(path);
      const { packets } = await take(source, 30);
      expectGoodTimes(packets, 40);
      expect(packets.filter((p) => p.key).length).toBe(2);
      await source.close();
      expect(cameras.stats(path).viewers).toBe(0);
    }
    source = await udp('loses');
    const seen = (await take(source, 40)).packets;
    seen.slice(1).forEach(({ dtsMs }, i) => expect(dtsMs).toBeGreaterThan(seen[i]?.dtsMs ?? Infinity));
    expect((seen.at(-1)?.ptsMs ?? 0) / 40).toBeLessThan(60);
    await source.close();

    source = await udp('silent', 500);
    await expect(source.next()).rejects.toThrow('Camera c ended its stream: none of its datagrams came, for 0.5 s; let UDP from it through the firewall, or write transport: tcp.');
    await expect(udp('tcp')).rejects.toThrow('it does not send its video this way; write the other one of transport: tcp and transport: udp');
    await expect(openPackets(cameras.url('a'), options)).rejects.toThrow('it does not send its video this way');
    await Promise.all(made.map((clip) => clip.remove()));
  });
});

describe('in mid-stream', () => {
  test('another resolution is a new shape, before its first packet, and time goes on', async () => {
    const small = await makeMovingBoxClip({ widthPx: 320, heightPx: 184, fps: 25, seconds: 1 });
    const large = await makeMovingBoxClip({ widthPx: 640, heightPx: 360, fps: 25, seconds: 1 });
    cameras = await startFakeCameras({ cameras: [{ path: 'c', play: { clip: small.file } }] });
    source = await openPackets(cameras.url('c'), options);
    const before = await take(source, 10);
    await cameras.switchTo('c', { clip: large.file });
    const packets = [...before.packets];
    let given = await source.next();
    while (!isShape(given)) {
      const { packet, ...rest } = given;
      packets.push({ ...rest, packetPts: packet.pts, packetDts: packet.dts });
      given = await source.next();
    }
    expect(given).toMatchObject({ codec: 'h264', widthPx: 640, heightPx: 360 });
    expect(source.shape).toBe(given);
    const after = await take(source, 20);
    expect(after.packets[0]?.key).toBe(true);
    expect(after.shapes).toEqual([]);
    packets.push(...after.packets);
    packets.slice(1).forEach(({ dtsMs }, i) => expect(dtsMs).toBeGreaterThan(packets[i]?.dtsMs ?? Infinity));
    expect(cameras.stats('c').viewersEver).toBe(1);
    await Promise.all([small.remove(), large.remove()]);
  });

  test.each([3600, -3600])('time stamps that jump by %d s leave the stream\'s time even and its date right', async (byS) => {
    const clip = await makeMovingBoxClip({ widthPx: 160, heightPx: 96, fps: 25, seconds: 1 });
    cameras = await startFakeCameras({ cameras: [{ path: 'c', play: { clip: clip.file }, fault: { kind: 'jumps', afterFrames: 25, byS } }] });
    source = await openPackets(cameras.url('c'), options);
    const { packets } = await take(source, 45);
    const shown = packets.map((p) => p.ptsMs).sort((a, b) => a - b);
    shown.slice(1).forEach((ptsMs, i) => expect(ptsMs - (shown[i] ?? NaN)).toBeLessThan(300));
    packets.slice(1).forEach(({ dtsMs }, i) => expect(dtsMs).toBeGreaterThan(packets[i]?.dtsMs ?? Infinity));
    expect(systemClock.nowMs() - (packets.at(-1)?.capturedAtMs ?? 0)).toBeLessThan(1000);
    await clip.remove();
  });

  test('a camera whose clock is an hour off, tells none, or jumps dates its pictures by their arrival, and says so', async () => {
    const clip = await makeMovingBoxClip({ widthPx: 160, heightPx: 96, fps: 25, seconds: 1 });
    const play = { clip: clip.file };
    cameras = await startFakeCameras({ cameras: [{ path: 'off', play, reports: { clockAheadMs: -3_600_000 } }, { path: 'none', play, reports: { everyMs: null } }, { path: 'right', play }] });
    const last = async (path: string): Promise<{ clock: string | undefined; lateMs: number }> => {
      source = await openPackets(cameras?.url(path) ?? '', options);
      const { packets } = await take(source, 15);
      return { clock: packets.at(-1)?.clock, lateMs: systemClock.nowMs() - (packets.at(-1)?.capturedAtMs ?? 0) };
    };
    const off = await last('off');
    expect(off).toMatchObject({ clock: 'arrival' });
    expect(off.lateMs).toBeLessThan(1000);
    expect((source?.cameraAheadMs ?? 0) + 3_600_000).toBeLessThan(1000);
    await source?.close();
    expect(await last('none')).toMatchObject({ clock: 'arrival' });
    expect(source?.cameraAheadMs).toBeNull();
    await source?.close();
    expect(await last('right')).toMatchObject({ clock: 'rtcp' });
    cameras.setReports('right', { clockAheadMs: 90_000 });
    if (!source) return;
    expect((await take(source, 40)).packets.at(-1)?.clock).toBe('arrival');
    expect(Math.abs((source.cameraAheadMs ?? 0) - 90_000)).toBeLessThan(1000);
    await clip.remove();
  });
});

describe('a session ends', () => {
  test('when nothing comes: for the time told, and not for time in which nobody asked', async () => {
    const clip = await makeMovingBoxClip({ widthPx: 160, heightPx: 96, fps: 25, seconds: 1 });
    cameras = await startFakeCameras({ cameras: [{ path: 'c', play: { clip: clip.file } }, { path: 'stalls', play: { clip: clip.file }, fault: { kind: 'stalls', afterFrames: 5 } }] });
    source = await openPackets(cameras.url('c'), { ...options, noPacketMs: 200 });
    await take(source, 3);
    await systemClock.sleep(400);
    await take(source, 3);
    await source.close();
    source = await openPackets(cameras.url('stalls'), { ...options, noPacketMs: 200 });
    await expect(take(source, 10)).rejects.toThrow('Camera c ended its stream: nothing came that makes a picture, for 0.2 s.');
    await clip.remove();
  });

  test('by interrupt(), by stop() and close() in the middle of next(), twice if need be', async () => {
    const clip = await makeMovingBoxClip({ widthPx: 160, heightPx: 96, fps: 1, seconds: 5 });
    cameras = await startFakeCameras({ cameras: [{ path: 'c', play: { clip: clip.file } }] });
    source = await openPackets(cameras.url('c'), options);
    await take(source, 1);
    const waiting = source.next();
    source.interrupt();
    await expect(waiting).rejects.toThrow('ended its stream');
    const closing = [source.close(), source.close(), source.stop()];
    await expect(source.next()).rejects.toThrow('it was closed here');
    await Promise.all(closing);
    // The camera hears of it by its socket, a moment after us.
    await expect.poll(() => cameras?.stats('c').viewers).toBe(0);
    await clip.remove();
  });
});

describe('a camera that sends faster than is taken', () => {
  const SDP = 'v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n';
  const MIB = 1024 * 1024;
  const COUNT = 96;
  const PARTS = 16;
  const PART_BYTES = 65_000;

  /** Key frames of one megabyte, in fragments (RFC 6184, 5.8); each begins with its number. */
  function* pictures(): Generator<Buffer> {
    const stream = { ssrc: 1, payloadType: 96, channel: 0, rtcpChannel: 1, sequence: 0, packets: 0, octets: 0 };
    const part = Buffer.alloc(PART_BYTES, 0x55);
    for (let i = 0; i < COUNT; i++) {
      yield Buffer.concat(
        Array.from({ length: PARTS }, (_, k) => {
          const flags = (k === 0 ? 0x80 : 0) | (k === PARTS - 1 ? 0x40 : 0);
          part[0] = 0x80 | i;
          return Buffer.concat([rtpHeader(stream, 2 + PART_BYTES, k === PARTS - 1, i * 3600), Buffer.of(0x7c, flags | 5), part]);
        }),
      );
    }
  }

  test('waits: over a connection it is not read, and nothing of it is lost', async () => {
    const [pause, resume] = [vi.spyOn(RtspVideo.prototype, 'pause'), vi.spyOn(RtspVideo.prototype, 'resume')];
    const camera = await startScriptedCamera(SDP);
    try {
      source = await openPackets(camera.url, options);
      for (const picture of pictures()) camera.send(picture);
      // What the kernel keeps of a connection on both sides comes on top.
      const read = (): number => camera.bytesSent;
      await expect.poll(() => pause.mock.calls.length).toBe(1);
      let before = -1;
      await expect.poll(() => before === (before = read()), { interval: 50 }).toBe(true);
      expect(before).toBeLessThan((COUNT / 2) * MIB);
      expect(resume).not.toHaveBeenCalled();

      for (let i = 0; i < COUNT; i++) {
        const given = await source.next();
        if (isShape(given)) throw new Error('a shape of what has none');
        expect(given.bytes).toBe(4 + 1 + PARTS * PART_BYTES);
        expect(given.packet.data?.[5]).toBe(0x80 | i);
        // Half of what may wait is taken before it is read again, lest it is stopped for every picture.
        if (resume.mock.calls.length === 0) expect(i).toBeLessThan(5);
        if (i < 3) expect(resume).not.toHaveBeenCalled();
      }
      expect(pause.mock.calls.length).toBe(resume.mock.calls.length);
    } finally {
      vi.restoreAllMocks();
      await source?.close();
      await camera.close();
    }
  });

  test('as datagrams, which nobody can hold back: everything is left out from where it is too much up to a key frame', async () => {
    const camera = await startScriptedCamera(SDP);
    const sender = dgram.createSocket('udp4');
    const stream = { ssrc: 1, payloadType: 96, channel: 0, rtcpChannel: 1, sequence: 0, packets: 0, octets: 0 };
    let sent = 0;
    try {
      source = await openPackets(camera.url, { ...options, transport: 'udp' });
      const port = Number(/client_port=(\d+)/.exec(camera.requests.find(({ method }) => method === 'SETUP')?.headers.get('transport') ?? '')?.[1]);
      const send = async (key: boolean): Promise<void> => {
        const slice = Buffer.concat([Buffer.of(key ? 0x65 : 0x41, 0x88, sent >> 8, sent & 0xff), Buffer.alloc(60_000, 0x55)]);
        const datagram = Buffer.concat([rtpHeader(stream, slice.length, true, sent++ * 3600), slice]).subarray(4);
        await new Promise((resolve) => sender.send(datagram, port, '127.0.0.1', resolve));
        // It lies in this process' own socket now: the loop comes by there.
        for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
      };
      const numberOf = ({ packet }: CodedPacket): number => packet.data?.readUInt16BE(6) ?? NaN;
      for (let i = 0; i < 200; i++) await send(i === 0);
      const most = Math.floor((8 * MIB) / (4 + 60_004));
      for (let i = 0; i < most; i++) {
        const given = await source.next();
        expect(isShape(given) ? null : numberOf(given)).toBe(i);
      }
      // Nothing waits any more, but what comes leans on what was left out.
      await send(false);
      await send(true);
      await send(false);
      for (const number of [201, 202]) {
        const given = await source.next();
        expect(isShape(given) ? null : numberOf(given)).toBe(number);
      }
    } finally {
      sender.close();
      await source?.close();
      await camera.close();
    }
  });
});
