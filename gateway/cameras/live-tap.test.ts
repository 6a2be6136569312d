/** The tap over real packets and the real muxer: it begins with what is remembered, follows sessions, and lets go. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CodedPacket, StreamShape } from '../../devices/camera/coded-stream.ts';
import type { LiveBegin } from '../../domain/live-video.ts';
import { keptLog } from '../../platform/log.ts';
import { codedPackets, LastGop } from '../../test-fixtures/coded-clip.ts';
import { type LiveOut, LiveTap, LiveTaps } from './live-tap.ts';

let shape: StreamShape;
let packets: CodedPacket[];
let history: LastGop;

beforeEach(async () => {
  ({ shape, packets } = await codedPackets({ codec: 'h264', widthPx: 160, heightPx: 96, fps: 25, pictures: 30, gop: 10, fromMs: 5000 }));
  history = new LastGop();
});
afterEach(() => {
  history.free();
  for (const { packet } of packets) packet.free();
});

class Kept implements LiveOut {
  readonly said: string[] = [];
  readonly begins: LiveBegin[] = [];
  readonly zerosAtMs: (number | undefined)[] = [];
  begin(begin: LiveBegin): void {
    this.begins.push(begin);
    this.said.push('begin');
  }
  fragment(_: Uint8Array, key: boolean, zeroAtMs?: number): void {
    this.zerosAtMs.push(zeroAtMs);
    this.said.push(key ? 'key' : 'picture');
  }
  end(): Promise<void> {
    this.said.push('end');
    return Promise.resolve();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

const play = (from: number, to: number): void => packets.slice(from, to).forEach((packet) => history.add(packet));

test('begins with the last key frame remembered, goes on with what comes, and ends', async () => {
  history.begin(shape);
  play(0, 14);
  const out = new Kept();
  const tap = new LiveTap('cam', out, keptLog());
  tap.start(history);
  await until(() => out.said.length === 1 + 4);
  expect(out.said).toEqual(['begin', 'key', 'picture', 'picture', 'picture']);
  expect(out.begins[0]).toEqual({ mime: expect.stringMatching(/avc1\./), widthPx: 160, heightPx: 96, zeroAtMs: 5400 });
  play(14, 20);
  // The camera's clock has run ahead of its stream's.
  history.add({ ...packets[20]!, capturedAtMs: packets[20]!.capturedAtMs + 70 });
  await until(() => out.said.length === 1 + 11);
  expect([out.zerosAtMs[0], out.zerosAtMs[1], out.zerosAtMs[10]]).toEqual([5400, undefined, 5470]);
  await Promise.all([tap.stop(), tap.stop()]);
  expect(out.said.slice(-2)).toEqual(['end', 'end']);
  expect(history.listeners).toBe(0);
});

test('a new session is a new beginning, at its first key frame', async () => {
  history.begin(shape);
  const out = new Kept();
  const tap = new LiveTap('cam', out, keptLog());
  tap.start(history);
  play(0, 2);
  history.end();
  history.begin(shape);
  play(8, 12);
  await until(() => out.said.length === 7);
  expect(out.said).toEqual(['begin', 'key', 'picture', 'end', 'begin', 'key', 'picture']);
  await tap.stop();
});

test('what cannot be muxed costs its group of pictures, is said once, and no more', async () => {
  history.begin(shape);
  const out = new Kept();
  const log = keptLog();
  const tap = new LiveTap('cam', out, log);
  tap.start(history);
  play(0, 3);
  // Times that go back.
  play(1, 2);
  play(5, 12);
  await until(() => out.said.length === 7);
  expect(out.said).toEqual(['begin', 'key', 'picture', 'picture', 'begin', 'key', 'picture']);
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  await tap.stop();
});

test('of a host only the cameras that are wanted are tapped, and no longer than that', async () => {
  let say: (cameraId: string, wanted: boolean) => void = () => undefined;
  const outs = new Map<string, Kept>();
  const taps = new LiveTaps({
    cameraIds: ['a', 'b', 'none'],
    historyOf: (cameraId) => (cameraId === 'none' ? null : history),
    outOf: (cameraId) => {
      const out = new Kept();
      outs.set(cameraId, out);
      return out;
    },
    wants: { follow: (_, changed) => ((say = changed), Promise.resolve()), close: () => undefined },
    log: keptLog(),
  });
  await taps.start();
  history.begin(shape);
  play(0, 1);
  expect(history.listeners).toBe(0);
  say('a', true);
  say('none', true);
  expect(history.listeners).toBe(1);
  await until(() => outs.get('a')?.said.length === 2);
  say('a', false);
  expect(history.listeners).toBe(0);
  say('b', true);
  await Promise.all([taps.close(), taps.close()]);
  expect(history.listeners).toBe(0);
  expect([...outs.keys()]).toEqual(['a', 'b']);
});
