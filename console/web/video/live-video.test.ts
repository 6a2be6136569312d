/** Live video from a camera's RTSP to the picture in a real browser, through the ring, the muxer, Redis and the console's server. */
import type { Redis } from 'ioredis';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isShape, openPackets, type PacketSource } from '../../../devices/camera/packet-source.ts';
import { PacketRing } from '../../../devices/camera/packet-ring.ts';
import { LiveTaps } from '../../../gateway/cameras/live-tap.ts';
import { systemClock as clock } from '../../../platform/clock.ts';
import { systemIds as ids } from '../../../platform/ids.ts';
import { keptLog } from '../../../platform/log.ts';
import { LiveListener, LivePublisher, LiveWants } from '../../../queue/live-channel.ts';
import { LiveTicketShelf } from '../../../queue/live-tickets.ts';
import { connectRedis } from '../../../queue/redis.ts';
import { BOTH, type ConsolePages, panel, row, startConsolePages, wanted } from '../../../test-fixtures/console-pages.ts';
import { PEOPLE } from '../../../test-fixtures/console-scene/cast.ts';
import { type FakeCameras, startFakeCameras } from '../../../test-fixtures/fake-camera/server.ts';
import { type MadeClip, makeMovingBoxClip } from '../../../test-fixtures/moving-box-clip.ts';
import { startTestRedis, type TestRedis } from '../../../test-fixtures/redis.ts';
import { en } from '../i18n/en.ts';
import { zh } from '../i18n/zh.ts';

const env = { clock, ids, log: keptLog() };
/** What the console's scene calls them: one that plays, one that no browser plays, and one of which only the redacted video plays. */
const [STREET, JPEG, JPEG_OR_STREET] = ['c1', 'c2', 'c3'] as const;

let server: TestRedis;
const connections: Redis[] = [];
let clips: MadeClip[];
let fakes: FakeCameras;
let taps: LiveTaps;
let pages: ConsolePages;
const stop = new AbortController();
const rings = new Map<string, PacketRing>();
const sources: PacketSource[] = [];
const reading: Promise<void>[] = [];

const connect = async (): Promise<Redis> => {
  const redis = await connectRedis({ socket: server.socket }, env.log);
  connections.push(redis);
  return redis;
};

/** What a camera host does of this: one session, into a ring, for ever. */
async function keep(cameraId: string, path: string): Promise<void> {
  const ring = new PacketRing({ seconds: 15, bytes: 24 * 1024 * 1024 });
  rings.set(cameraId, ring);
  const source = await openPackets(fakes.url(path), { cameraId, transport: 'tcp', caFile: null, timeoutMs: 5000, noPacketMs: 10_000, signal: stop.signal, clock });
  sources.push(source);
  ring.begin(source.shape);
  reading.push((async () => {
    for (;;) {
      const given = await source.next();
      if (isShape(given)) ring.begin(given);
      else ring.keep(given);
    }
  })().catch((error: unknown) => {
    ring.ended();
    if (!stop.signal.aborted) throw error;
  }));
}

beforeAll(async () => {
  [server, clips] = await Promise.all([
    startTestRedis(),
    Promise.all([makeMovingBoxClip({ widthPx: 1280, heightPx: 720, fps: 25, seconds: 4, keyEveryS: 2, reordered: 0 }), makeMovingBoxClip({ widthPx: 320, heightPx: 192, fps: 5, seconds: 4, codec: 'mjpeg' })]),
  ]);
  const [redis, hostHears, deskHears] = await Promise.all([connect(), connect(), connect()]);
  const listener = new LiveListener(redis, deskHears, env);
  const tickets = new LiveTicketShelf(redis);
  pages = await startConsolePages({
    // Nobody makes faces unreadable here: what a camera sends stands for what the redactor would make of it.
    watch: (cameraId, variant, viewer) => listener.watch(variant === 'redacted' && cameraId === JPEG_OR_STREET ? STREET : cameraId, 'plain', viewer),
    admit: () => Promise.resolve(),
    keepTicket: (hash, ticket, forMs) => tickets.keepTicket(hash, ticket, forMs),
    takeTicket: (hash) => tickets.takeTicket(hash),
  });
  // After the pages: building them and opening a database holds this process for seconds, and no session with a camera lasts over that.
  fakes = await startFakeCameras({
    cameras: [
      { path: 'street', play: { clip: clips[0]!.file }, timeline: 'shared' },
      { path: 'jpeg', play: { clip: clips[1]!.file }, timeline: 'shared' },
    ],
  });
  await Promise.all([keep(STREET, 'street'), keep(JPEG, 'jpeg')]);
  rings.set(JPEG_OR_STREET, rings.get(JPEG)!);
  taps = new LiveTaps({
    cameraIds: [...rings.keys()],
    historyOf: (cameraId) => rings.get(cameraId) ?? null,
    outOf: (cameraId) => new LivePublisher(redis, cameraId, 'plain', env),
    wants: new LiveWants(redis, hostHears, 'plain', env),
    log: env.log,
  });
  await taps.start();
}, 120_000);

afterEach(async () => expect(await pages.closePages()).toEqual([]));

afterAll(async () => {
  stop.abort();
  await pages?.close();
  await taps?.close();
  await Promise.all(sources.map((source) => source.close()));
  await Promise.all(reading);
  for (const ring of rings.values()) ring.close();
  await fakes?.close();
  for (const redis of connections) redis.disconnect();
  await server?.close();
  await Promise.all((clips ?? []).map((clip) => clip.remove()));
});

const view = (page: Page) => page.locator('.live-view');
const state = (page: Page, kind: string) => page.locator(`.live-view[data-state=${kind}]`).waitFor();
const openLive = (page: Page, words: typeof en | typeof zh, name = '河沿路口北') => page.getByRole('button', { name: words.video.open(name) }).click();

/** How old the picture is, and how much of that is the browser's own buffer; looked at again and again. */
async function agesMs(page: Page, looks: number): Promise<{ readonly ageMs: number; readonly bufferedMs: number }[]> {
  return page.evaluate(async (count) => {
    const ages: { ageMs: number; bufferedMs: number }[] = [];
    const video = document.querySelector<HTMLVideoElement>('.live-view video')!;
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      ages.push({ ageMs: Number(video.parentElement?.dataset['ageMs']), bufferedMs: Math.round(1000 * (video.buffered.end(video.buffered.length - 1) - video.currentTime)) });
    }
    return ages;
  }, looks);
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

describe.each(BOTH)('in %s', (_, words) => {
  test('a camera of the overview plays soon and stays close behind; Esc ends it', async () => {
    const page = await pages.enter('lin', words);
    const startedMs = Date.now();
    await openLive(page, words);
    await state(page, 'playing');
    const startMs = Date.now() - startedMs;
    expect(await view(page).getAttribute('data-variant')).toBe('redacted');
    await page.getByText(words.video.variants.redacted).waitFor();
    const ages = await agesMs(page, 40);
    const late = ages.slice(ages.length >> 1).map(({ ageMs }) => ageMs);
    const bufferedMs = middle(ages.slice(ages.length >> 1).map((look) => look.bufferedMs));
    console.info(`live view: first picture after ${startMs} ms; age of the picture ${middle(late)} ms in the middle, ${Math.max(...late)} ms at most, ${bufferedMs} ms of it in the browser's buffer (${ages.length} looks)`);
    // The bars are 2 s and 1 s on a machine of its own; here everything shares two cores with other tests.
    expect(startMs).toBeLessThan(8000);
    expect(middle(late)).toBeLessThan(4000);
    // It moves, and has the camera's own size.
    const seen = await page.locator('.live-view video').evaluate((video: HTMLVideoElement) => ({ widthPx: video.videoWidth, heightPx: video.videoHeight, muted: video.muted, atS: video.currentTime }));
    expect(seen).toMatchObject({ widthPx: 1280, heightPx: 720, muted: true });
    await page.keyboard.press('Escape');
    await view(page).waitFor({ state: 'detached' });
  });
});

test('a second viewer adds no session at the camera, and a third in another window plays as soon', async () => {
  const before = fakes.stats('street').viewersEver;
  const viewers = await Promise.all([pages.enter('lin', en), pages.enter('zhou', en)]);
  for (const page of viewers) await openLive(page, en);
  for (const page of viewers) await state(page, 'playing');
  expect(fakes.stats('street').viewersEver).toBe(before);
  expect(before).toBe(1);
});

test('the alert leads to its camera by a key, and the keys of the case rest meanwhile', async () => {
  const page = await pages.enter('lin', en);
  const alert = await pages.scene.happen(wanted());
  await row(page, alert.id).click();
  await panel(page).getByRole('button', { name: /^Watch live video: / }).waitFor();
  await page.keyboard.press('p');
  await view(page).waitFor();
  await page.keyboard.press('c');
  await page.keyboard.press('Escape');
  await view(page).waitFor({ state: 'detached' });
  expect((await pages.scene.store.casework.caseDetail(alert.caseId)).assignee).toBeNull();
  expect(await panel(page).isVisible()).toBe(true);
  await pages.voidCase(alert.caseId);
});

test('what no browser plays is said, in words', async () => {
  const page = await pages.enter('lin', zh);
  await openLive(page, zh, '菜市场东门');
  await page.getByText(zh.video.unplayable).waitFor();
});

test('who may see faces sees them, and that they look is noted; what their browser cannot play they see redacted', async () => {
  const { operators, faceViews } = pages.scene.store;
  await operators.setSeesFaces(PEOPLE.zhou.name, true);
  const page = await pages.enter('zhou', en);
  await openLive(page, en);
  await state(page, 'playing');
  await page.getByText(en.video.variants.plain).waitFor();
  expect(await faceViews.noted(5)).toMatchObject([{ operatorName: PEOPLE.zhou.name, what: expect.stringContaining(STREET), purpose: 'live view' }]);
  await page.keyboard.press('Escape');
  await openLive(page, en, '第三小学围墙');
  await state(page, 'playing');
  await page.getByText(en.video.variants.redacted).waitFor();
  await operators.setSeesFaces(PEOPLE.zhou.name, false);
});

test('a page that is hidden watches nothing; shown again it plays again', async () => {
  const page = await pages.enter('lin', en);
  await openLive(page, en);
  await state(page, 'playing');
  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => now });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const closed = page.waitForEvent('websocket', { timeout: 10_000 }).catch(() => null);
  await hide(true);
  await state(page, 'connecting');
  await hide(false);
  expect(await closed).not.toBeNull();
  await state(page, 'playing');
});

test('a server that went down and came back plays again by itself', async () => {
  const page = await pages.enter('lin', en);
  await openLive(page, en);
  await state(page, 'playing');
  await pages.scene.goDown();
  await state(page, 'reconnecting');
  await page.getByText(en.video.reconnecting).waitFor();
  await pages.scene.comeBack();
  await state(page, 'playing');
});
