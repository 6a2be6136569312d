/** What cameras do beside playing well: datagrams, two streams, a change in mid-stream, clocks that are wrong, and answers that harm. */
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, ManualClock, systemClock } from '../../platform/clock.ts';
import { countedIds } from '../../platform/ids.ts';
import { type MadeClip, makeMovingBoxClip } from '../moving-box-clip.ts';
import type { CameraOptions } from './camera.ts';
import type { Fault } from './fault.ts';
import { InterleavedClient } from './interleaved.ts';
import { type FakeCameras, startFakeCameras } from './server.ts';
import { watch } from './watch.ts';

const hurried: Clock = { nowMs: () => systemClock.nowMs() * 10, sleep: (ms, signal) => systemClock.sleep(ms / 10, signal) };
let small: MadeClip;
let large: MadeClip;
let rare: MadeClip;
let hevc: MadeClip;

beforeAll(async () => {
  Log.setLevel(AV_LOG_QUIET);
  small = await makeMovingBoxClip({ widthPx: 320, heightPx: 176, fps: 10, seconds: 2 });
  large = await makeMovingBoxClip({ widthPx: 640, heightPx: 352, fps: 10, seconds: 2 });
  rare = await makeMovingBoxClip({ widthPx: 320, heightPx: 176, fps: 5, seconds: 20, keyEveryS: 10 });
  hevc = await makeMovingBoxClip({ widthPx: 320, heightPx: 176, fps: 10, seconds: 1, codec: 'h265' });
});
afterAll(() => Promise.all([small, large, rare, hevc].map((clip) => clip.remove())));

const playing = (clip: MadeClip, more: Partial<CameraOptions> = {}) => ({ path: 'a', play: { clip: clip.file }, ...more });

describe('as libav sees it', () => {
  let cameras: FakeCameras;
  beforeAll(async () => {
    cameras = await startFakeCameras({
      clock: hurried,
      cameras: [
        playing(small, { path: 'udp', transports: ['udp'] }),
        playing(hevc, { path: 'udp/h265', transports: ['udp', 'tcp'] }),
        playing(large, { path: 'udp/loses', transports: ['udp'], fault: { kind: 'loses', part: 0.1 } }),
        playing(large, { path: 'gate/main', timeline: 'shared' }),
        playing(small, { path: 'gate/sub', timeline: 'shared' }),
        playing(rare, { path: 'rare' }),
        playing(small, { path: 'switch' }),
      ],
    });
  });
  afterAll(() => cameras.close());

  test('packets come as datagrams, H.264 and H.265, and over TCP where that is asked for and known', async () => {
    expect(await watch(cameras.url('udp'), 25, 5_000, 'udp')).toMatchObject({ framesDecoded: 25, framesBroken: 0 });
    expect(await watch(cameras.url('udp/h265'), 12, 5_000, 'udp')).toMatchObject({ codec: 'hevc', framesDecoded: 12, framesBroken: 0 });
    expect(await watch(cameras.url('udp/h265'), 12, 5_000, 'tcp')).toMatchObject({ framesDecoded: 12 });
    await expect(watch(cameras.url('udp'), 1, 1_000, 'tcp')).rejects.toThrow();
    await expect(watch(cameras.url('switch'), 1, 1_000, 'udp')).rejects.toThrow();
  });

  test('lost datagrams show', async () => {
    const seen = await watch(cameras.url('udp/loses'), 25, 2_000, 'udp');
    expect(seen.framesBroken + 25 - seen.framesDecoded).toBeGreaterThan(0);
  });

  test('main and sub stream are one scene in two sizes at the same time', async () => {
    const [main, sub] = await Promise.all([watch(cameras.url('gate/main'), 15), watch(cameras.url('gate/sub'), 15)]);
    expect(main).toMatchObject({ widthPx: 640, framesBroken: 0 });
    expect(sub).toMatchObject({ widthPx: 320, framesBroken: 0 });
  });

  test('key frames can be ten seconds apart', async () => {
    const seen = await watch(cameras.url('rare'), 101);
    expect(seen.packets.flatMap(({ key }, i) => (key ? [i] : []))).toEqual([0, 50, 100]);
  });

  test('another resolution in mid-stream: the connection lives, time goes on, and the new pictures decode', async () => {
    const watching = watch(cameras.url('switch'), 60);
    while (cameras.stats('switch').frames < 13) await systemClock.sleep(5);
    await cameras.switchTo('switch', { clip: large.file });
    const seen = await watching;
    expect(seen.lastLuma?.length).toBe(640 * 352);
    expect(cameras.stats('switch').viewersEver).toBe(1);
    const times = seen.packets.map((packet) => packet.present90k ?? Number.NaN).slice(2);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(63 * 9_000);
    // Another codec is another session.
    const failed = expect(watch(cameras.url('switch'), 10_000)).rejects.toThrow();
    while (cameras.stats('switch').viewersEver === 1) await systemClock.sleep(5);
    await cameras.switchTo('switch', { clip: hevc.file });
    await failed;
    expect((await watch(cameras.url('switch'), 5)).codec).toBe('hevc');
  });
});

describe('clocks, packet by packet', () => {
  const isReport = (frame: Buffer): boolean => frame[1] === 1;
  /** Wall time that a sender report tells, less the true one, and the RTP time it puts beside that. */
  const told = (report: Buffer): { wallMs: number; timestamp: number } => ({ wallMs: (report.readUInt32BE(12) - 2_208_988_800) * 1000 + report.readUInt32BE(16) / 2 ** 32 * 1000, timestamp: report.readUInt32BE(20) });

  async function played(more: Partial<CameraOptions>, run: (cameras: FakeCameras, clock: ManualClock) => Promise<void>): Promise<Buffer[]> {
    const clock = new ManualClock(1_800_000_000_000);
    const cameras = await startFakeCameras({ clock, ids: countedIds('s', 0), cameras: [playing(small, more)] });
    const client = new InterleavedClient(cameras.port);
    await client.play(cameras.url('a'));
    await run(cameras, clock);
    await client.until(() => client.frames.filter((frame) => !isReport(frame)).length === cameras.stats('a').packets);
    client.close();
    await cameras.close();
    return client.frames;
  }
  const seconds = (count: number) => async (_cameras: FakeCameras, clock: ManualClock): Promise<void> => {
    for (let i = 0; i < count; i++) await clock.advance(1_000);
  };

  test('reports come at once and every five seconds, say the true time, and where they put RTP time it belongs', async () => {
    const reports = (await played({}, seconds(12))).filter(isReport).map(told);
    expect(reports.map((r) => [Math.round(r.wallMs) - 1_800_000_000_000, r.timestamp])).toEqual([0, 5, 10].map((s) => [s * 1000, s * 90_000]));
  });

  test('late, rare, none, or wrong from the start', async () => {
    expect((await played({ reports: { firstAfterMs: 3_000, everyMs: 20_000, clockAheadMs: -3_600_000 } }, seconds(12))).filter(isReport).map(told).map((r) => Math.round(r.wallMs) - 1_800_000_000_000)).toEqual([3_000 - 3_600_000]);
    expect((await played({ reports: { everyMs: null } }, seconds(12))).filter(isReport)).toEqual([]);
  });

  test('a clock that jumps says so in a report at once', async () => {
    const frames = await played({}, async (cameras, clock) => {
      await clock.advance(1_950);
      cameras.setReports('a', { clockAheadMs: 90_000 });
      await clock.advance(100);
    });
    expect(frames.filter(isReport).map(told).map((r) => Math.round(r.wallMs) - 1_800_000_000_000)).toEqual([0, 92_000]);
  });

  test.each([3_600, -3_600])('time stamps that jump by %d s', async (byS) => {
    const frames = await played({ fault: { kind: 'jumps', afterFrames: 10, byS } }, seconds(2));
    const stamps = [...new Set(frames.filter((frame) => !isReport(frame)).map((frame) => frame.readUInt32BE(8)))];
    const jumped = stamps.filter((stamp) => (byS > 0 ? stamp > 100 * 90_000 : stamp > 2 ** 31));
    expect(jumped.length).toBe(stamps.length - 10);
  });
});

describe('answers and silences that harm', () => {
  async function described(fault: Fault): Promise<{ cameras: FakeCameras; client: InterleavedClient }> {
    const cameras = await startFakeCameras({ cameras: [playing(small, { fault })] });
    const client = new InterleavedClient(cameras.port);
    void client.say(`DESCRIBE ${cameras.url('a')} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
    return { cameras, client };
  }

  test('a description of any length is good in its beginning and as long as it says', async () => {
    const cameras = await startFakeCameras({ cameras: [playing(small, { fault: { kind: 'huge-sdp', bytes: 3_000_000 } })] });
    const client = new InterleavedClient(cameras.port);
    const answer = await client.say(`DESCRIBE ${cameras.url('a')} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
    expect(answer.length - answer.indexOf('\r\n\r\n') - 4).toBe(3_000_000);
    expect(answer).toContain('m=video 0 RTP/AVP 96\r\n');
    expect(cameras.stats('a').hostileBytes).toBe(answer.length);
    client.close();
    await cameras.close();
  });

  test.each<Fault>([{ kind: 'huge-sdp' }, { kind: 'endless-header' }])('$kind is written no faster than it is read, and ends with the reader', async (fault) => {
    const { cameras, client } = await described(fault);
    client.stopReading();
    const before = process.memoryUsage.rss();
    // What fills the sockets' buffers has left for them; then it stands still.
    let last = -1;
    while (last !== cameras.stats('a').hostileBytes) {
      last = cameras.stats('a').hostileBytes;
      await systemClock.sleep(50);
    }
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThan(40_000_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(40_000_000);
    client.close();
    await cameras.close();
  });

  test('a trickling camera sends a byte a second', async () => {
    const clock = new ManualClock();
    const cameras = await startFakeCameras({ clock, cameras: [playing(small, { fault: { kind: 'trickles' } })] });
    const client = new InterleavedClient(cameras.port);
    void client.say(`DESCRIBE ${cameras.url('a')} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
    while (cameras.stats('a').hostileBytes === 0) await systemClock.sleep(5);
    for (let s = 0; s < 500; s++) await clock.advance(1_000);
    expect(cameras.stats('a').hostileBytes).toBe(501);
    client.close();
    await cameras.close();
  });

  test('a camera that stalls leaves half a packet, an open connection, and answers nothing more', async () => {
    const clock = new ManualClock();
    const cameras = await startFakeCameras({ clock, cameras: [playing(small, { fault: { kind: 'stalls', afterFrames: 3 }, reports: { everyMs: null } })] });
    const client = new InterleavedClient(cameras.port);
    await client.play(cameras.url('a'));
    for (let i = 0; i < 50; i++) await clock.advance(100);
    await client.until(() => client.frames.length === cameras.stats('a').packets);
    expect(cameras.stats('a').frames).toBe(3);
    expect(await Promise.race([client.say(`OPTIONS ${cameras.url('a')} RTSP/1.0\r\nCSeq: 9\r\n\r\n`), systemClock.sleep(200).then(() => 'silence')])).toBe('silence');
    expect(client.ended).toBe(false);
    client.close();
    await cameras.close();
    await expect(watch(cameras.url('a'), 10, 500)).rejects.toThrow();
  });

  test('a description of random bytes opens nothing', async () => {
    const cameras = await startFakeCameras({ cameras: [playing(small, { fault: { kind: 'rubbish', where: 'sdp' } })] });
    await expect(watch(cameras.url('a'), 1, 500)).rejects.toThrow();
    await cameras.close();
  });
});
