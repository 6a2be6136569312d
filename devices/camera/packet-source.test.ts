/** Packets of cameras as they send them: their times, their shapes, and how a session ends. */
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { type FakeCameras, startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { makeMovingBoxClip } from '../../test-fixtures/moving-box-clip.ts';
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
  const shown = packets.map((p) => p.ptsMs).sort((a, b) => a - b);
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
    const clip = await makeMovingBoxClip({ widthPx: 320, heightPx: 184, fps: 25, seconds: 2, codec });
    cameras = await startFakeCameras({ cameras: [{ path: 'c', play: { clip: clip.file } }] });
    source = await openPackets(cameras.url('c'), options);
    expect(source.shape.codec).toBe(given);
    const { packets, shapes } = await take(source, 60);
    expect(source.shape).toMatchObject({ widthPx: 320, heightPx: 184 });
    // What the description says is what the stream brings; only of JPEGs it tells nothing.
    expect(shapes).toEqual(codec === 'mjpeg' ? [source.shape] : []);
    expect(packets.filter((p) => p.key).length).toBe(codec === 'mjpeg' ? 60 : 3);
    expect(packets[0]?.key).toBe(true);
    // Decoding order differs from the order of showing where B-frames are.
    expect(packets.some((p, i) => p.ptsMs < (packets[i - 1]?.ptsMs ?? 0))).toBe(codec !== 'mjpeg');
    expectGoodTimes(packets, 40);
    expect(new Set(packets.map((p) => p.clock))).toEqual(new Set(['rtcp']));
    await clip.remove();
  });
});
