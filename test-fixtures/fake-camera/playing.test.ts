/** What a fake camera sends: continuous time over the loop, pictures that libav itself decodes, and each fault as promised. */
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, ManualClock, systemClock } from '../../platform/clock.ts';
import { countedIds } from '../../platform/ids.ts';
import { type MadeClip, makeMovingBoxClip } from '../moving-box-clip.ts';
import { sharedFile } from '../shared-data.ts';
import { streetClip } from '../street-scene/clip.ts';
import { createScene } from '../street-scene/scene.ts';
import { readClip } from './clip.ts';
import { InterleavedClient } from './interleaved.ts';
import { type FakeCameras, startFakeCameras } from './server.ts';
import { watch } from './watch.ts';

const scene = { seed: 11, widthPx: 320, heightPx: 180, fps: 10, loopS: 1, grain: 1, persons: 2, vehicles: 1, twoWheelers: 0 };
/** Lets a clip of ten seconds pass in one. */
const hurried: Clock = { nowMs: () => systemClock.nowMs() * 10, sleep: (ms, signal) => systemClock.sleep(ms / 10, signal) };

beforeAll(() => Log.setLevel(AV_LOG_QUIET));

const rtp = (client: InterleavedClient): Buffer[] => client.frames.filter((frame) => frame[1] === 0);
const isLastOfFrame = (packet: Buffer): boolean => (packet[5] ?? 0) >= 0x80;
const timestamps = (client: InterleavedClient): number[] => rtp(client).filter(isLastOfFrame).map((packet) => packet.readUInt32BE(8));
const unwrapped = (from: number, to: number): number => (to - from + 2 ** 32) % 2 ** 32;

describe('with a clock that tests move', () => {
  test('time stamps and sequence numbers go on over every loop and over their own overflow', async () => {
    const clock = new ManualClock();
    // 0.99999… puts the random beginnings just below their overflow.
    const cameras = await startFakeCameras({ clock, ids: countedIds('s', 1 - 2 ** -20), cameras: [{ path: 'a', play: { scene } }] });
    const client = new InterleavedClient(cameras.port);
    await client.play(cameras.url('a'));
    for (let i = 0; i < 35; i++) await clock.advance(100);
    await client.until(() => timestamps(client).length === 36);
    timestamps(client).reduce((before, now) => (expect(unwrapped(before, now)).toBe(9_000), now));
    rtp(client).reduce((before, now) => (expect(now.readUInt16BE(6)).toBe((before.readUInt16BE(6) + 1) % 0x10000), now));
    expect(Math.min(...timestamps(client))).toBeLessThan(9_000 * 36);
    expect(cameras.stats('a')).toMatchObject({ viewers: 1, frames: 36, framesDropped: 0, packets: rtp(client).length });
    client.close();
    await cameras.close();
  });

  test('parameter sets go before every key frame', async () => {
    const clock = new ManualClock();
    const cameras = await startFakeCameras({ clock, cameras: [{ path: 'a', play: { scene } }] });
    const client = new InterleavedClient(cameras.port);
    await client.play(cameras.url('a'));
    await clock.advance(2_500);
    await client.until(() => timestamps(client).length === 26);
    // Of a NAL unit that was cut into fragments, the first one counts (RFC 6184, 5.8).
    const types = rtp(client).map(([...bytes]) => (((bytes[16] ?? 0) & 0x1f) === 28 ? ((bytes[17] ?? 0) & 0x80 ? (bytes[17] ?? 0) & 0x1f : null) : (bytes[16] ?? 0) & 0x1f));
    const keyFrames = types.filter((type) => type === 5).length;
    expect(keyFrames).toBe(3);
    expect(types.filter((type) => type === 7).length).toBe(3);
    expect(types.filter((type) => type === 8).length).toBe(3);
    expect(types.slice(0, 2)).toEqual([7, 8]);
    client.close();
    await cameras.close();
  });

  test('on a shared timeline a late viewer joins at the last key frame, on its own at the start', async () => {
    const clock = new ManualClock();
    const long = { ...scene, loopS: 3 };
    const cameras = await startFakeCameras({ clock, ids: countedIds('s', 0), cameras: [{ path: 'own', play: { scene: long } }, { path: 'live', play: { scene: long }, timeline: 'shared' }, { path: 'later', play: { scene: long }, startAtS: 1.7 }] });
    await clock.advance(2_450);
    const [own, live, later] = [new InterleavedClient(cameras.port), new InterleavedClient(cameras.port), new InterleavedClient(cameras.port)];
    await own.play(cameras.url('own'));
    await live.play(cameras.url('live'));
    await later.play(cameras.url('later'));
    await live.until(() => timestamps(live).length === 5);
    // 2.45 s after the start: the key frame of 2.0 s and the four frames that followed it.
    expect(timestamps(live)).toEqual([20, 21, 22, 23, 24].map((i) => i * 9_000));
    await own.until(() => timestamps(own).length === 1);
    expect(timestamps(own)).toEqual([0]);
    const units = (await streetClip(long)).units;
    await later.until(() => timestamps(later).length === 1);
    const laterBytes = rtp(later).reduce((sum, packet) => sum + packet.length, 0);
    const bytesOf = (index: number): number => (units[index]?.nals() ?? []).reduce((sum, nal) => sum + nal.length, 0);
    expect(laterBytes).toBeGreaterThan(bytesOf(10));
    expect(laterBytes).toBeLessThan(bytesOf(10) * 1.1 + 200);
    for (const client of [own, live, later]) client.close();
    await cameras.close();
  });

  test('a slow camera sends a tenth of the frames, stamped with their true times', async () => {
    const clock = new ManualClock();
    const cameras = await startFakeCameras({ clock, cameras: [{ path: 'a', play: { scene }, fault: { kind: 'slow' } }] });
    const client = new InterleavedClient(cameras.port);
    await client.play(cameras.url('a'));
    await clock.advance(15_500);
    await client.until(() => timestamps(client).length === 16);
    timestamps(client).reduce((before, now) => (expect(unwrapped(before, now)).toBe(90_000), now));
    client.close();
    await cameras.close();
  });

  test('a viewer that does not read loses frames, and costs no more memory for it', async () => {
    const clock = new ManualClock();
    const cameras = await startFakeCameras({ clock, cameras: [{ path: 'a', play: { scene: { ...scene, grain: 20 } } }] });
    const [asleep, awake] = [new InterleavedClient(cameras.port), new InterleavedClient(cameras.port)];
    await asleep.play(cameras.url('a'));
    asleep.stopReading();
    for (let s = 0; s < 300 && cameras.stats('a').framesDropped === 0; s++) await clock.advance(10_000);
    expect(cameras.stats('a').framesDropped).toBeGreaterThan(0);
    await awake.play(cameras.url('a'));
    await clock.advance(1_000);
    await awake.until(() => timestamps(awake).length >= 10);
    for (const client of [asleep, awake]) client.close();
    await cameras.close();
  });
});

describe('as libav sees it', () => {
  let cameras: FakeCameras;
  const login = { user: 'op@site', password: 'p:w/ä', scheme: 'digest' } as const;
  beforeAll(async () => {
    cameras = await startFakeCameras({
      clock: hurried,
      cameras: [
        { path: 'scene', play: { scene } },
        { path: 'digest', play: { scene }, auth: login },
        { path: 'street/basic', play: { scene }, auth: { ...login, scheme: 'basic' } },
        { path: 'absent', play: { scene }, fault: { kind: 'refuses', status: 404 } },
        { path: 'full', play: { scene }, fault: { kind: 'refuses', status: 503 } },
        { path: 'silent', play: { scene }, fault: { kind: 'silent' } },
        { path: 'hung', play: { scene }, fault: { kind: 'hangs' } },
        { path: 'dies', play: { scene }, fault: { kind: 'dies', afterFrames: 12 } },
        { path: 'payload', play: { scene }, fault: { kind: 'rubbish', where: 'payload' } },
        { path: 'framing', play: { scene }, fault: { kind: 'rubbish', where: 'framing' } },
        { path: 'truncated', play: { scene }, fault: { kind: 'truncated' } },
        { path: 'hevc', play: { scene }, fault: { kind: 'wrong-codec', codec: 'H265' } },
        { path: 'mpv', play: { scene }, fault: { kind: 'wrong-codec', codec: 'MPV' } },
        { path: 'audio', play: { scene }, fault: { kind: 'no-video' } },
      ],
    });
  });
  afterAll(() => cameras.close());

  test('three loops decode whole, and the picture is the scene of that very frame', async () => {
    const seen = await watch(cameras.url('scene'), 35);
    expect(seen).toMatchObject({ codec: 'h264', widthPx: 320, heightPx: 180, framesDecoded: 35, framesBroken: 0 });
    expect(seen.packets.map((packet) => packet.key)).toEqual(Array.from({ length: 35 }, (_, i) => i % 10 === 0));
    const times = seen.packets.slice(1).map((packet) => packet.present90k ?? Number.NaN);
    times.reduce((before, now) => (expect(now - before).toBe(9_000), now));
    const luma = Buffer.from(createScene(scene).render(34)).subarray(0, 320 * 180);
    const difference = luma.reduce((sum, value, i) => sum + Math.abs(value - (seen.lastLuma?.[i] ?? 0)), 0) / luma.length;
    expect(difference).toBeLessThan(4);
  });

  test.each(['digest', 'street/basic'])('it signs in by %s, and not with another password', async (path) => {
    expect((await watch(cameras.url(path), 5)).framesDecoded).toBe(5);
    const other = cameras.url(path).replace(/:[^:@/]*@/, ':wrong@');
    await expect(watch(other, 1)).rejects.toThrow(/401|authorization/i);
    await expect(watch(cameras.url(path, false), 1)).rejects.toThrow(/401|authorization/i);
    expect(cameras.url(path, false)).not.toContain('op');
  });

  test('many viewers at once each see the clip from its beginning', async () => {
    const seen = await Promise.all([1, 2, 3, 4].map(() => watch(cameras.url('scene'), 12)));
    for (const one of seen) expect(one).toMatchObject({ framesDecoded: 12, framesBroken: 0 });
  });

  test('refusals, silence and hanging become errors', async () => {
    await Promise.all([
      expect(watch(cameras.url('absent'), 1)).rejects.toThrow(/404|not found/i),
      expect(watch(cameras.url('full'), 1)).rejects.toThrow(/5XX|server/i),
      expect(watch(cameras.url('silent'), 1, 400)).rejects.toThrow(),
      expect(watch(cameras.url('hung'), 1, 400)).rejects.toThrow(),
    ]);
    expect(cameras.stats('silent').viewersEver).toBe(1);
    expect(cameras.stats('hung').viewersEver).toBe(0);
  });

  test('a dying camera sends exactly its frames, then the connection ends; healed, it lives on', async () => {
    expect((await watch(cameras.url('dies'), 11)).framesDecoded).toBe(11);
    await expect(watch(cameras.url('dies'), 40)).rejects.toThrow(/end of file/i);
    cameras.setFault('dies', null);
    expect((await watch(cameras.url('dies'), 20)).framesDecoded).toBe(20);
  });

  test('a cut connection ends what is being watched', async () => {
    const watching = watch(cameras.url('scene'), 10_000);
    const failed = expect(watching).rejects.toThrow();
    while (cameras.stats('scene').viewers === 0) await systemClock.sleep(10);
    cameras.drop('scene');
    await failed;
    expect(cameras.stats('scene').viewers).toBe(0);
  });

  test('rubbish and cut NAL units give no whole picture', async () => {
    const decoded = async (path: string): Promise<number> => watch(cameras.url(path), 30, 500).then((seen) => Math.max(0, seen.framesDecoded - seen.framesBroken), () => 0);
    expect(await decoded('payload')).toBe(0);
    expect(await decoded('framing')).toBe(0);
    const truncated = await watch(cameras.url('truncated'), 30, 500);
    expect(truncated.framesBroken).toBeGreaterThan(0);
  });

  test('another codec and no video are announced as such', async () => {
    await expect(watch(cameras.url('audio'), 0)).rejects.toThrow(/no video/);
    expect((await watch(cameras.url('hevc'), 0)).codec).toBe('hevc');
    expect((await watch(cameras.url('mpv'), 0)).codec).toMatch(/^mpeg/);
    const client = new InterleavedClient(cameras.port);
    await client.play(cameras.url('hevc'));
    await client.until(() => rtp(client).length > 3);
    expect(rtp(client).every((packet) => ((packet[5] ?? 0) & 0x7f) === 97)).toBe(true);
    client.close();
  });
});

describe.each([['h264', 'h264'], ['h265', 'hevc'], ['mjpeg', 'mjpeg']] as const)('a clip in %s', (codec, name) => {
  let clip: MadeClip;
  let cameras: FakeCameras;
  beforeAll(async () => {
    clip = await makeMovingBoxClip({ widthPx: 480, heightPx: 272, fps: 10, seconds: 1, codec });
    cameras = await startFakeCameras({ clock: hurried, cameras: [{ path: 'a', play: { clip: clip.file } }, { path: 'cut', play: { clip: clip.file }, fault: { kind: 'truncated' } }] });
  });
  afterAll(() => Promise.all([cameras.close(), clip.remove()]));

  test('plays on over its end and decodes whole', async () => {
    const seen = await watch(cameras.url('a'), 35);
    expect(seen).toMatchObject({ codec: name, widthPx: 480, heightPx: 272, framesDecoded: 35, framesBroken: 0 });
    // Of a picture that went wrong on its way the ground would not be the ground: 60 to 116 of 255, at every place the same.
    expect(seen.lastLuma?.[480 * 20 + 300]).toBeGreaterThan(45);
    expect(seen.lastLuma?.[480 * 20 + 300]).toBeLessThan(130);
    expect(seen.packets.filter((packet) => packet.key).length).toBe(codec === 'mjpeg' ? 35 : 4);
  });

  test('cut short, it is sent all the same, in a part of the bytes', async () => {
    // How much of it a decoder makes up for is the decoder's affair: libav calls no cut JPEG broken.
    const bytesPerFrame = async (path: string): Promise<number> => {
      await watch(cameras.url(path), 10, 500).catch(() => undefined);
      return cameras.stats(path).bytes / cameras.stats(path).frames;
    };
    expect(await bytesPerFrame('cut')).toBeLessThan(0.5 * (await bytesPerFrame('a')));
  });
});

describe('real clips', () => {
  const CLIPS = ['clips/classroom-preview.mp4', 'clips/face-demographics-walking-preview.mp4', 'clips/cutl.mp4'];
  test.each(CLIPS)('%s decodes over its loop in decode order with presentation times', async (name) => {
    const file = sharedFile(name);
    if (file === null) return;
    const clip = await readClip(file);
    const cameras = await startFakeCameras({ clock: hurried, cameras: [{ path: 'a', play: { clip: file } }] });
    const rounds = clip.units.length + 20;
    const seen = await watch(cameras.url('a'), rounds);
    expect(seen).toMatchObject({ widthPx: clip.widthPx, heightPx: clip.heightPx, framesDecoded: rounds, framesBroken: 0 });
    const order = [...clip.units.map((unit) => unit.present90k), ...clip.units.slice(0, 20).map((unit) => unit.present90k + clip.loop90k)];
    const first = order[1] ?? 0;
    const given = seen.packets[1]?.present90k ?? 0;
    seen.packets.slice(1).forEach((packet, i) => expect((packet.present90k ?? Number.NaN) - given).toBe((order[i + 1] ?? Number.NaN) - first));
    await cameras.close();
    clip.close();
  });

  test('a clip read from disk is the clip kept in memory', async () => {
    const file = sharedFile('clips/classroom-preview.mp4');
    if (file === null) return;
    const [memory, disk] = [await readClip(file), await readClip(file, 0)];
    expect(disk.units.length).toBe(memory.units.length);
    disk.units.forEach((unit, i) => expect(Buffer.concat(unit.nals())).toEqual(Buffer.concat(memory.units[i]?.nals() ?? [])));
    disk.close();
    disk.close();
  });
});
