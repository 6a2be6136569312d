/** The redactor as a machine runs it: a camera's live video redacted while somebody watches, clips redacted once, and nothing bare when it cannot. */
import type { Redis } from 'ioredis';
import { AVCOL_RANGE_MPEG, AVCOL_SPC_BT470BG } from 'node-av/constants';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClipPicture, clipPictures, FragmentPictures } from '../devices/camera/clip-frames.ts';
import type { CodedPacket } from '../devices/camera/coded-stream.ts';
import { Fmp4Muxer } from '../devices/camera/fmp4.ts';
import { LibavEncoder } from '../devices/camera/libav-encoder.ts';
import { mp4Of } from '../devices/camera/mp4-clip.ts';
import type { FaceBox } from '../domain/detection.ts';
import type { LiveBegin, LiveViewer } from '../domain/live-video.ts';
import type { RedactorStatus } from '../domain/redaction.ts';
import { ManualClock, systemClock as clock } from '../platform/clock.ts';
import { systemIds as ids } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { Board } from '../queue/board.ts';
import { Consumer, handler } from '../queue/consumer.ts';
import type { JobPayload } from '../queue/jobs.ts';
import { LiveListener, LivePublisher } from '../queue/live-channel.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { makeSmallSite, type SmallSite } from '../test-fixtures/small-site.ts';
import type { RedactionEyes } from '../workers/evidence/redact-stream.ts';
import { admitRedacted } from './desk-console.ts';
import type { Running } from './process.ts';
import { RedactedView } from './redacted-view.ts';
import { RedactedViews } from './redacted-views.ts';
import { redactClip } from './redacted-clip.ts';
import { startRedactor } from './redactor.ts';

const FPS = 10;
const SIZE = { widthPx: 320, heightPx: 180 };
/** A face to the finder below: nothing else in the pictures is as bright. */
const WHITE = 235;
const FACE_PX = 32;

/** Grey, and a white square that walks to the right. */
function pictureAt(i: number): { readonly widthPx: number; readonly heightPx: number; readonly rgb: Uint8Array } {
  const rgb = new Uint8Array(SIZE.widthPx * SIZE.heightPx * 3).fill(70);
  for (let y = 60; y < 60 + FACE_PX; y++) rgb.fill(WHITE, (y * SIZE.widthPx + 40 + i * 4) * 3, (y * SIZE.widthPx + 40 + i * 4 + FACE_PX) * 3);
  return { ...SIZE, rgb };
}

/** Finds the white square by its pixels, as a face. */
const eyes: RedactionEyes = {
  objects: { detect: () => Promise.resolve([]) },
  faces: {
    findAllFaces: ({ rgb, widthPx }) => {
      let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
      for (let at = 0; at < rgb.length; at += 3) {
        if (rgb[at]! < 180) continue;
        const [x, y] = [(at / 3) % widthPx, Math.floor(at / 3 / widthPx)];
        [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
      }
      return Promise.resolve(right < 0 ? [] : [{ score: 0.9, box: { x: left, y: top, w: right - left + 1, h: bottom - top + 1 } } satisfies FaceBox]);
    },
  },
};
const brightest = ({ rgb }: { readonly rgb: Uint8Array }): number => rgb.reduce((most, value) => Math.max(most, value), 0);

async function coded(pictures: number): Promise<{ readonly encoder: LibavEncoder; readonly packets: CodedPacket[] }> {
  const first = pictureAt(0);
  const encoder = await LibavEncoder.open({ ...SIZE, purpose: 'clip', fps: FPS, colours: { space: AVCOL_SPC_BT470BG, range: AVCOL_RANGE_MPEG } });
  const packets: CodedPacket[] = [];
  for (let i = 0; i < pictures; i++) packets.push(...(await encoder.encode(i === 0 ? first : pictureAt(i), (i * 1000) / FPS)));
  packets.push(...(await encoder.end()));
  return { encoder, packets };
}

interface Plain {
  readonly begin: LiveBegin;
  readonly init: Buffer;
  readonly fragments: { readonly bytes: Buffer; readonly key: boolean }[];
}

let plain: Plain;
let clip: Uint8Array;
const log = keptLog();

beforeAll(async () => {
  const { encoder, packets } = await coded(40);
  const muxer = await Fmp4Muxer.open(encoder.shape, packets[0]!);
  const fragments: Plain['fragments'] = [];
  for (const packet of packets) {
    const clone = packet.packet.clone()!;
    fragments.push({ bytes: await muxer.fragment({ ...packet, packet: clone }), key: packet.key });
    clone.free();
  }
  plain = { begin: { mime: muxer.mime, ...SIZE, zeroAtMs: 1_000_000 }, init: muxer.init, fragments };
  clip = Uint8Array.from(await mp4Of(encoder.shape, packets));
  for (const { packet } of packets) packet.free();
  muxer.close();
  encoder.free();
});

/** Keeps what is shown, and decodes it as a browser would. */
class Shown implements LiveViewer {
  readonly begun: LiveBegin[] = [];
  readonly fragments: Uint8Array[] = [];
  ended = 0;
  #init: Uint8Array = new Uint8Array();
  begin(begin: LiveBegin, init: Uint8Array): void {
    this.begun.push(begin);
    this.#init = Uint8Array.from(init);
  }
  fragment(bytes: Uint8Array): void {
    this.fragments.push(Uint8Array.from(bytes));
  }
  end(): void {
    this.ended++;
  }
  /** As the redactor gives out to it. */
  get out(): ReturnType<ConstructorParameters<typeof RedactedViews>[0]['outOf']> {
    return { begin: (begin, init) => this.begin(begin, init), fragment: (bytes) => this.fragment(bytes), end: () => Promise.resolve(this.end()) };
  }
  async pictures(): Promise<ClipPicture[]> {
    const decoder = await FragmentPictures.open(this.#init, 1920);
    const found: ClipPicture[] = [];
    for (const bytes of this.fragments) found.push(...(await decoder.decode(bytes, () => true)));
    decoder.free();
    return found;
  }
}

async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a clip', () => {
  test('is redacted whole, with the face in no picture of it', async () => {
    const before: ClipPicture[] = [];
    for await (const picture of clipPictures(clip, 1920)) before.push(picture);
    const after: ClipPicture[] = [];
    for await (const picture of clipPictures(await redactClip(clip, eyes, new AbortController().signal), 1920)) after.push(picture);
    expect(after.map(({ atMs }) => Math.round(atMs))).toEqual(before.map(({ atMs }) => Math.round(atMs)));
    expect(Math.min(...before.map(brightest))).toBeGreaterThan(200);
    expect(Math.max(...after.map(brightest))).toBeLessThan(170);
  });

  test('is not redacted in part: a finder that fails, a file that is none, a process that ends', async () => {
    let looks = 0;
    const failing: RedactionEyes = { ...eyes, faces: { findAllFaces: (picture, persons) => (looks++ > 5 ? Promise.reject(new Error('no finder')) : eyes.faces.findAllFaces(picture, persons)) } };
    await expect(redactClip(clip, failing, new AbortController().signal)).rejects.toThrow('no finder');
    await expect(redactClip(new Uint8Array(100), eyes, new AbortController().signal)).rejects.toThrow();
    await expect(redactClip(clip, eyes, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });
});

describe('a live view', () => {
  const viewOf = (shown: Shown, finder = eyes): RedactedView => new RedactedView({ cameraId: 'cam', eyes: finder, out: shown.out, log });
  test('shows every picture it has time for, at its time, with no face in any', async () => {
    const shown = new Shown();
    let decoded = 0;
    const view = viewOf(shown, { ...eyes, faces: { findAllFaces: (picture, persons) => eyes.faces.findAllFaces(picture, persons).finally(() => decoded++) } });
    view.begin(plain.begin, plain.init);
    for (const { bytes, key } of plain.fragments) {
      view.fragment(bytes, key);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await until(() => shown.fragments.length >= 20);
    await view.stop();
    expect(decoded).toBeLessThanOrEqual(21);
    const pictures = await shown.pictures();
    expect(Math.max(...pictures.map(brightest))).toBeLessThan(170);
    expect(shown.begun).toMatchObject([{ ...SIZE, mime: expect.stringContaining('avc1.4d'), zeroAtMs: plain.begin.zeroAtMs + Math.round(pictures[0]!.atMs) }]);
    pictures.slice(1).forEach(({ atMs }, i) => expect(atMs - pictures[i]!.atMs).toBeGreaterThan(90));
    expect(shown.ended).toBe(1);
  });

  test('a finder that fails, or lags, shows nothing rather than a face', async () => {
    const shown = new Shown();
    let asked = 0;
    const view = viewOf(shown, { ...eyes, faces: { findAllFaces: () => (asked++, Promise.reject(new Error('no finder'))) } });
    for (let lives = 0; lives < 3; lives++) {
      view.begin(plain.begin, plain.init);
      for (const { bytes, key } of plain.fragments) view.fragment(bytes, key);
      view.end();
    }
    await until(() => shown.ended === 3);
    await view.stop();
    expect(asked).toBeGreaterThan(0);
    expect(shown.fragments).toEqual([]);
    expect(log.lines.filter(({ message }) => message.includes('nothing of it is shown'))).toHaveLength(1);
  });

  test('what lags catches up: of a burst only the newest is shown', async () => {
    const shown = new Shown();
    let asked = 0;
    const view = viewOf(shown, { ...eyes, faces: { findAllFaces: (picture, persons) => (asked++, eyes.faces.findAllFaces(picture, persons)) } });
    view.begin(plain.begin, plain.init);
    for (const { bytes, key } of plain.fragments) view.fragment(bytes, key);
    view.end();
    await until(() => shown.ended === 1);
    await view.stop();
    expect(asked).toBeLessThanOrEqual(3);
    expect(brightest((await shown.pictures())[0]!)).toBeLessThan(170);
  });
});

describe('many views', () => {
  test('are bounded, each made by one machine, given up when nobody watches; and what cannot be made is refused with why', async () => {
    const manual = new ManualClock(1_000_000);
    const posted: RedactorStatus[] = [];
    let changed: (cameraId: string, wanted: boolean) => void = () => undefined;
    const [watching, claimed, elsewhere] = [new Set<string>(), new Set<string>(), new Set(['cam-2'])];
    const views = new RedactedViews({
      cameraIds: ['cam-1', 'cam-2', 'cam-3', 'cam-4'],
      mostCameras: 2,
      eyes,
      wants: { follow: (_, tell) => ((changed = tell), Promise.resolve()), close: () => undefined },
      claims: { claim: (cameraId) => Promise.resolve(!elsewhere.has(cameraId) && Boolean(claimed.add(cameraId))), release: (cameraId) => (claimed.delete(cameraId), Promise.resolve()) },
      watchPlain: (cameraId) => (watching.add(cameraId), Promise.resolve(() => void watching.delete(cameraId))),
      outOf: () => new Shown().out,
      post: async (status) => void posted.push(status),
      env: { clock: manual, log },
    });
    await views.start();
    for (const cameraId of ['cam-2', 'cam-1', 'cam-3', 'cam-4']) changed(cameraId, true);
    await until(() => watching.size === 2);
    expect([...watching]).toEqual(['cam-1', 'cam-3']);
    const board = { read: () => Promise.resolve(new Map<string, unknown>(posted.slice(-1).map((status) => ['r', status]))) } as unknown as Board;
    await until(() => posted.at(-1)!.cameraIds.length === 2);
    await expect(admitRedacted(board, manual.nowMs(), 'cam-4')).rejects.toMatchObject({ code: 'REDACTION_FULL', fields: { count: 2 } });
    await expect(admitRedacted(board, manual.nowMs(), 'cam-3')).resolves.toBeUndefined();
    await expect(admitRedacted(board, manual.nowMs() + 15_000, 'cam-3')).rejects.toMatchObject({ code: 'REDACTION_AWAY' });
    changed('cam-1', false);
    await until(() => watching.has('cam-4'));
    expect([...watching]).toEqual(['cam-3', 'cam-4']);
    elsewhere.add('cam-3');
    await manual.advance(2000);
    await until(() => !watching.has('cam-3'));
    await views.close();
    await views.close();
    expect([watching.size, claimed.size]).toEqual([0, 0]);
  });
});

test('without models nothing is made, and whoever asks is told', async () => {
  const posted: RedactorStatus[] = [];
  let changed: (cameraId: string, wanted: boolean) => void = () => undefined;
  const refused = (): never => {
    throw new Error('there is nothing to make it with');
  };
  const views = new RedactedViews({
    cameraIds: ['cam-1'],
    mostCameras: 2,
    eyes: 'No weights were found.',
    wants: { follow: (_, tell) => ((changed = tell), Promise.resolve()), close: () => undefined },
    claims: { claim: refused, release: refused },
    watchPlain: refused,
    outOf: refused,
    post: async (status) => void posted.push(status),
    env: { clock: new ManualClock(1_000_000), log },
  });
  await views.start();
  const before = posted.length;
  changed('cam-1', true);
  await until(() => posted.length > before);
  expect(posted.at(-1)).toMatchObject({ cameraIds: [], trouble: 'No weights were found.' });
  const board = { read: () => Promise.resolve(new Map<string, unknown>([['r', posted.at(-1)]])) } as unknown as Board;
  await expect(admitRedacted(board, 1_000_000, 'cam-1')).rejects.toMatchObject({ code: 'REDACTION_NO_MODELS' });
  await views.close();
});

describe('the process', () => {
  let server: TestRedis;
  let small: SmallSite;
  let redis: Redis;
  let hears: Redis;
  let producer: Producer;
  let redactor: Running;
  beforeAll(async () => {
    server = await startTestRedis();
    small = await makeSmallSite({ cameraUrl: 'rtsp://127.0.0.1:1/none', redisUrl: `unix://${server.socket}` });
    [redis, hears] = await Promise.all([connectRedis({ socket: server.socket }, log), connectRedis({ socket: server.socket }, log)]);
    producer = createProducer(redis);
    redactor = await startRedactor(small.site, small.environment);
  }, 60_000);
  afterAll(async () => {
    await redactor?.close();
    await producer?.close();
    for (const one of [redis, hears]) one?.disconnect();
    await server?.close();
    await small?.remove();
  });

  test('makes the redacted video of a camera while somebody wants it, from the plain video that it asks for itself', async () => {
    await admitRedacted(new Board(redis), clock.nowMs(), 'cam-1');
    const listener = new LiveListener(redis, hears, { clock, ids, log });
    const shown = new Shown();
    await listener.watch('cam-1', 'redacted', shown);
    await until(() => redis.exists('gw:live:cam-1:plain:wanted'));
    const camera = new LivePublisher(redis, 'cam-1', 'plain', { clock, ids, log });
    camera.begin(plain.begin, plain.init);
    for (let i = 0; shown.fragments.length < 4; i++) {
      const { bytes, key } = plain.fragments[i % plain.fragments.length]!;
      if (i === plain.fragments.length) camera.begin(plain.begin, plain.init);
      camera.fragment(bytes, key);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(shown.begun[0]).toMatchObject({ ...SIZE, mime: expect.stringContaining('avc1.4d') });
    listener.close();
    await until(async () => (await redis.exists('gw:live:cam-1:redacted:maker')) === 0);
    expect(await redis.exists('gw:live:cam-1:redacted:begin')).toBe(0);
    await camera.end();
  }, 60_000);

  test('redacts a clip, gives it to the desk, and makes room', async () => {
    const tray = new MediaTray(redis, { ttlMs: 60_000, budgetBytes: 32 * 1024 * 1024 });
    await tray.put('a-1-clip-to-redact', clip);
    const made: JobPayload<'evidence.made'>[] = [];
    const desk = new Consumer({ ...small.environment, process: 'desk', redis: { socket: server.socket }, queues: [{ queue: 'evidence', concurrency: 1, lockMs: 5000 }], handlers: [handler('evidence.made', async (job) => void made.push(job))] });
    await desk.start();
    await producer.add({ name: 'clip.redact', payload: { alertId: 'a-1', key: 'a-1-clip-to-redact', takenAtMs: 7 } });
    await until(() => made.length === 1);
    await desk.close();
    expect(made).toEqual([{ alertId: 'a-1', kind: 'redacted-clip', mediaType: 'video/mp4', key: 'a-1-redacted-clip', takenAtMs: 7 }]);
    const redacted = await tray.take('a-1-redacted-clip');
    let pictures = 0;
    for await (const { widthPx } of clipPictures(redacted!, 1920)) pictures += widthPx / SIZE.widthPx;
    expect(pictures).toBe(40);
    await until(async () => (await tray.item('a-1-clip-to-redact')) === null);
  }, 60_000);
});
