/** Still and clip in a real browser: the still large in full resolution with the box on it, the clip played with faces unreadable, or for a purpose. */
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mp4Of } from '../../../devices/camera/mp4-clip.ts';
import { codedPackets } from '../../../test-fixtures/coded-clip.ts';
import { BOTH, type ConsolePages, panel, row, startConsolePages, wanted } from '../../../test-fixtures/console-pages.ts';
import { PEOPLE } from '../../../test-fixtures/console-scene/cast.ts';
import type { Words } from '../i18n/en.ts';

const BOX = { x: 400, y: 150, w: 120, h: 260 };
let pages: ConsolePages;
let mp4: Uint8Array;
let picture: Buffer;
let still: Buffer;

/** Grey with a lighter box where the alert says it is, so that a screenshot shows whether they meet. */
async function drawn(widthPx: number): Promise<Buffer> {
  const scale = widthPx / 960;
  const rect = `<svg width="${widthPx}" height="${widthPx * 9 / 16}"><rect x="${BOX.x * scale}" y="${BOX.y * scale}" width="${BOX.w * scale}" height="${BOX.h * scale}" fill="#9ab"/></svg>`;
  return sharp({ create: { width: widthPx, height: (widthPx * 9) / 16, channels: 3, background: '#456' } }).composite([{ input: Buffer.from(rect) }]).jpeg().toBuffer();
}

beforeAll(async () => {
  const { shape, packets } = await codedPackets({ codec: 'h264', widthPx: 640, heightPx: 360, fps: 25, pictures: 150, gop: 50, reordered: true });
  mp4 = await mp4Of(shape, packets);
  for (const { packet } of packets) packet.free();
  [picture, still] = await Promise.all([drawn(960), drawn(1920)]);
  pages = await startConsolePages();
}, 120_000);
afterEach(async () => expect(await pages.closePages()).toEqual([]));
afterAll(() => pages.close());

/** An alert with picture, still and clip, opened by somebody. */
async function openedAlert(words: Words): Promise<{ page: Page; alertId: string; caseId: string }> {
  const { scene } = pages;
  const { id: alertId, caseId } = await scene.happen(wanted(), picture, BOX);
  const common = { alertId, takenAtMs: Date.now() } as const;
  await scene.store.filing.addEvidence({ id: `${alertId}-still`, kind: 'still', mediaType: 'image/jpeg', ...common }, still);
  await scene.store.filing.addEvidence({ id: `${alertId}-clip`, kind: 'clip', mediaType: 'video/mp4', ...common }, mp4);
  const page = await pages.enter('lin', words);
  await row(page, alertId).click();
  await panel(page).locator('.evidence-open img').waitFor();
  return { page, alertId, caseId };
}

const facts = (page: Page) => page.locator('.clip video').evaluate((video: HTMLVideoElement) => ({ w: video.videoWidth, h: video.videoHeight, durationS: video.duration, atS: video.currentTime, state: video.readyState, failed: video.error?.message ?? null }));

describe.each(BOTH)('in %s', (language, words) => {
  test('the picture opens large as the still in full resolution, the box on what was found', async () => {
    const { page, caseId } = await openedAlert(words);
    await page.locator('.evidence-open').click();
    const large = page.locator('.large img');
    await expect.poll(() => large.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1920);
    await page.locator('.large .evidence-box rect').waitFor();
    expect(await page.locator('.large figcaption').textContent()).toContain(words.detail.still);
    // Scaled with the picture: the box lies where it lay in the small one.
    const [box, whole] = await Promise.all([page.locator('.large .evidence-box rect').boundingBox(), page.locator('.large .evidence-box').boundingBox()]);
    const shownWidth = Math.min(whole!.width, (whole!.height * 16) / 9);
    expect(box!.width / shownWidth).toBeCloseTo(BOX.w / 960, 1);
    await shot(page, `still-${language}`);
    await page.keyboard.press('Escape');
    await pages.voidCase(caseId);
  });

  test('the clip is rendered when first asked for, plays by itself then, and seeks', async () => {
    const { page, caseId } = await openedAlert(words);
    await page.getByRole('button', { name: words.detail.clip.play }).click();
    await expect.poll(() => facts(page)).toMatchObject({ w: 640, h: 360, durationS: expect.closeTo(6, 1), failed: null });
    await expect.poll(async () => (await facts(page)).atS).toBeGreaterThan(0.2);
    await page.locator('.clip video').evaluate((video: HTMLVideoElement) => void (video.currentTime = 4.5));
    await expect.poll(async () => (await facts(page)).atS).toBeGreaterThan(4.6);
    expect(await panel(page).locator('.clip').textContent()).toContain(words.detail.clip.facesUnreadable);
    expect(await page.getByRole('button', { name: words.detail.clip.withFaces }).count()).toBe(0);
    await shot(page, `clip-${language}`);
    await pages.voidCase(caseId);
  });

  test('whoever may see faces says what for first, and that is noted', async () => {
    await pages.scene.store.operators.setSeesFaces(PEOPLE.lin.name, true);
    try {
      const { page, alertId, caseId } = await openedAlert(words);
      await page.getByRole('button', { name: words.detail.clip.withFaces }).click();
      await page.getByLabel(words.detail.clip.purpose).fill('x');
      await page.getByLabel(words.detail.clip.purpose).press('Enter');
      expect(await page.locator('.clip video').count()).toBe(0);
      await page.getByLabel(words.detail.clip.purpose).fill(`${language}: who began it`);
      await shot(page, `purpose-${language}`);
      await page.getByRole('button', { name: words.detail.clip.show, exact: true }).click();
      await expect.poll(async () => (await facts(page)).atS).toBeGreaterThan(0.2);
      expect(await panel(page).locator('.clip').textContent()).toContain(words.detail.clip.facesSeen);
      expect((await pages.scene.store.faceViews.noted(1))[0]).toMatchObject({ operatorName: PEOPLE.lin.name, what: `clip of alert ${alertId}`, purpose: `${language}: who began it` });
      await pages.voidCase(caseId);
    } finally {
      await pages.scene.store.operators.setSeesFaces(PEOPLE.lin.name, false);
    }
  });
});

/** For a person to look at: with GRIDWARDEN_SHOTS=FOLDER. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env['GRIDWARDEN_SHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
