/** What a long shift brings, in a real browser against the real server: late news of the open alert, pictures, refusals, breaks, small screens. */
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BOTH, type ConsolePages, panel, row, stageIs, startConsolePages, wanted } from '../../test-fixtures/console-pages.ts';
import { DEAD_CAMERA, PEOPLE } from '../../test-fixtures/console-scene/cast.ts';
import type { Scene } from '../../test-fixtures/console-scene/scene.ts';
import { en } from './i18n/en.ts';
import { zh } from './i18n/zh.ts';

let pages: ConsolePages;
let scene: Scene;
let enter: ConsolePages['enter'];
let jpeg: Uint8Array;

beforeAll(async () => {
  [pages, jpeg] = await Promise.all([startConsolePages(), sharp({ create: { width: 640, height: 360, channels: 3, background: '#334455' } }).jpeg().toBuffer()]);
  ({ scene, enter } = pages);
}, 120_000);
afterEach(async () => expect(await pages.closePages()).toEqual([]));
afterAll(() => pages?.close());

const pictureLoaded = (page: Page, where: string) => page.waitForFunction((selector) => document.querySelector<HTMLImageElement>(`${selector} img`)?.naturalWidth === 640, where);
const versionOf = async (caseId: string): Promise<number> => (await scene.store.casework.caseDetail(caseId)).version;

describe('the open alert', () => {
  test('takes a late picture and further findings, and lists the other alerts of its case', async () => {
    const alert = await scene.happen(wanted());
    const page = await enter('lin', en);
    await row(page, alert.id).click();
    await panel(page).getByText(en.detail.noPicture).waitFor();
    await scene.store.filing.addEvidence({ id: 'late', alertId: alert.id, takenAtMs: alert.occurredAtMs, kind: 'picture', mediaType: 'image/jpeg' }, jpeg);
    scene.announce({ kind: 'alert', alert: { ...(await scene.store.reading.alertRow(alert.id)), findings: 4 } });
    await pictureLoaded(page, '.evidence');
    await panel(page).getByText(en.list.findingsHint(4)).waitFor();

    const other = { ...alert, id: 'sibling', ruleName: 'The second rule', evidence: [], filedAtMs: alert.filedAtMs + 1 };
    scene.announce({ kind: 'alert', alert: other });
    await panel(page).getByRole('region', { name: en.detail.otherAlerts }).getByText('The second rule').waitFor();
    await pages.voidCase(alert.caseId);
  });

  test.each(BOTH)('its picture is enlarged by key, click and Enter, and says what it shows, in %s', async (_, words) => {
    const alert = await scene.happen(wanted({ cell: 2 }), jpeg);
    const page = await enter('lin', words);
    await row(page, alert.id).click();
    await pictureLoaded(page, '.evidence');
    const large = page.getByRole('dialog', { name: words.detail.picture });
    const small = panel(page).getByRole('button', { name: new RegExp(words.classes.car) });
    expect(await page.locator('.evidence-open img').getAttribute('alt')).toContain(words.classes.car);

    await page.keyboard.press('v');
    await large.waitFor();
    // No move goes out from beneath the picture.
    await page.keyboard.press('c');
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'hidden' });
    await small.click();
    await large.waitFor();
    await page.keyboard.press('Escape');
    await small.focus();
    await page.keyboard.press('Enter');
    await pictureLoaded(page, 'dialog[open]');
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'hidden' });
    // Esc closed the picture, not the alert; and nothing was claimed.
    await stageIs(page, words.stages.reported);
    expect(await versionOf(alert.caseId)).toBe(1);
    await pages.voidCase(alert.caseId);
  });

  test.each(BOTH)('says what was measured and what was seen in words and figures, in %s', async (_, words) => {
    const sensor = await scene.happen(wanted({ kind: 'sensor', cell: 3 }));
    const camera = await scene.happen(wanted({ cell: 5 }));
    const page = await enter('lin', words);
    await row(page, sensor.id).click();
    await panel(page).getByText(words.detail.limitAbove('55')).waitFor();
    await panel(page).getByText(words.detail.over('8.4')).waitFor();
    await row(page, sensor.id).getByText(words.list.above('63.4', '55')).waitFor();
    await row(page, camera.id).click();
    await panel(page).getByText(words.detail.score(words.detail.sureness.sure, 83)).waitFor();
    await panel(page).getByText('消防通道').first().waitFor();
    for (const { caseId } of [sensor, camera]) await pages.voidCase(caseId);
  });
});

describe('moves', () => {
  test.each(BOTH)('rework with its reason, and release, by key, in %s', async (_, words) => {
    const alert = await scene.happen(wanted());
    const move = async (asked: Omit<Parameters<Scene['desk']['move']>[1], 'actor' | 'seenVersion'>) => scene.desk.move(alert.caseId, { ...asked, actor: PEOPLE.lin, seenVersion: await versionOf(alert.caseId) });
    await move({ move: 'claim' });
    await move({ move: 'classify', category: 'order' });
    await move({ move: 'dispatch', patrolId: 'p1' });
    await scene.orderAnswers(alert.caseId, 'done');
    await move({ move: 'follow_up' });
    const page = await enter('lin', words);
    await row(page, alert.id).click();
    await stageIs(page, words.stages.following_up);
    await page.keyboard.press('w');
    await page.getByLabel(words.act.why).fill('the gate stands open again');
    await page.keyboard.press('Enter');
    await stageIs(page, words.stages.handling);
    await panel(page).getByText('the gate stands open again').waitFor();
    await page.keyboard.press('r');
    await panel(page).getByText(words.act.moved(words.moves.release)).waitFor();
    await row(page, alert.id).getByText(words.list.unassigned).waitFor();
    expect(await scene.store.casework.caseDetail(alert.caseId)).toMatchObject({ stage: 'handling', assignee: null });
    await pages.voidCase(alert.caseId);
  });

  test.each(BOTH)('a refusal of the server is told in %s', async (_, words) => {
    const alert = await scene.happen(wanted());
    await scene.desk.move(alert.caseId, { move: 'classify', category: 'order', actor: PEOPLE.lin, seenVersion: 1 });
    const page = await enter('lin', words);
    await row(page, alert.id).click();
    await page.keyboard.press('d');
    await page.getByRole('radio').first().waitFor();
    // While the question stands, everybody goes home.
    for (const id of ['p1', 'p2', 'p3']) await scene.store.positions.setOnDuty(id, false);
    await page.keyboard.press('Enter');
    const told = panel(page).getByRole('alert').filter({ hasText: words.patrolRefusals['off-duty'] });
    await told.waitFor();
    if (words === zh) expect(await told.textContent()).not.toMatch(/[a-z]{3}/i);
    for (const id of ['p1', 'p2', 'p3']) await scene.store.positions.setOnDuty(id, true);
    await page.keyboard.press('Escape');
    await pages.voidCase(alert.caseId);
  });
});

describe('the keys that lead about', () => {
  test('/ to the filter, g to the map, Esc back from both, and the alert stays open', async () => {
    const alert = await scene.happen(wanted());
    const page = await enter('lin', en);
    await row(page, alert.id).click();
    await stageIs(page, en.stages.reported);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await page.keyboard.press('/');
    expect(await focused()).toBe(en.list.cell);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await page.locator('.svg-cell').first().waitFor(); // before the map is drawn there is nothing to go to
    await page.keyboard.press('g');
    await expect.poll(focused).toBe(en.map.label);
    const before = await page.locator('.svg-cell').first().getAttribute('d');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('.svg-cell').first().getAttribute('d')).not.toBe(before);
    await page.keyboard.press('Escape');
    await stageIs(page, en.stages.reported);
    await page.keyboard.press('Escape');
    await panel(page).getByText(en.overview.patrols, { exact: true }).waitFor();
    await pages.voidCase(alert.caseId);
  });
});

describe('what stands in the panel beside', () => {
  test('cameras say why they do not stream, and messages set aside are readable, all of it in Chinese', async () => {
    await scene.store.quarantine.addQuarantined({ id: 'q-json', deviceId: 's12', topic: 'sensors/s12/data', reason: 'The payload on sensors/s12/data does not fit: "T=21.5" is not JSON; send one JSON document.', payloadBase64: Buffer.from('T=21.5 温度').toString('base64'), payloadBytes: 15, receivedAtMs: Date.now() });
    const page = await enter('admin');
    scene.announce({ kind: 'camera', camera: { cameraId: DEAD_CAMERA, state: 'backing-off', reason: 'Camera c6 cannot be reached: it did not answer within 10 s.', trouble: { code: 'CAMERA_UNREACHABLE', cause: 'timeout', codec: null, afterS: 10 }, atMs: Date.now(), lastFrameAtMs: null, codec: null, widthPx: null, heightPx: null } });
    await panel(page).getByText(`${zh.cameraTroubles.CAMERA_UNREACHABLE}：${zh.cameraCauses.timeout} ${zh.cameraAfter(10)}`).waitFor();
    await panel(page).getByText(zh.unread['not-json']).click();
    await panel(page).getByText('sensors/s12/data', { exact: true }).waitFor();
    await panel(page).getByText('T=21.5 温度').waitFor();
  });
});

describe('when the line breaks', () => {
  test('the page says since when; what was missed of the open case shows, and what was closed meanwhile stands no more', async () => {
    const held = await scene.happen(wanted());
    const closed = await scene.happen(wanted());
    const page = await enter('lin', zh);
    await row(page, held.id).click();
    await stageIs(page, zh.stages.reported);
    await row(page, closed.id).waitFor();
    await scene.goDown();
    await page.getByRole('alert').filter({ hasText: '没有实时数据' }).waitFor();
    await page.keyboard.press('c');
    await panel(page).getByText(zh.moveUnsure).waitFor();
    await scene.desk.move(held.caseId, { move: 'classify', category: 'traffic', actor: PEOPLE.zhou, seenVersion: 1 });
    await pages.voidCase(closed.caseId);
    await scene.comeBack();
    await page.getByRole('button', { name: zh.bar.tryNow }).click();
    await page.getByRole('status').filter({ hasText: '已重新连接' }).waitFor();
    await stageIs(page, zh.stages.classified);
    await page.locator('.section-pinned').filter({ has: row(page, closed.id) }).waitFor({ state: 'detached' });
    await pages.voidCase(held.caseId);
  });
});

describe('on a small screen', () => {
  test.each([
    ['a tablet', 1024, 768],
    ['a telephone', 420, 860],
  ])('%s: list, map and open alert are all in sight or one key away', async (_, width, height) => {
    const alert = await scene.happen(wanted(), jpeg);
    const page = await enter('lin', en, { viewport: { width, height } });
    const inSight = async (selector: string) => {
      const box = await page.locator(selector).boundingBox();
      expect(box, selector).toMatchObject({ width: expect.any(Number) });
      expect([box!.x >= 0, box!.y >= 0, box!.x + box!.width <= width, box!.y + box!.height <= height], selector).toEqual([true, true, true, true]);
    };
    for (const selector of ['.alerts', '.console-map', '.top-bar', '.who', '.strip']) await inSight(selector);
    await row(page, alert.id).click();
    await stageIs(page, en.stages.reported);
    for (const selector of ['#case-panel', '.move-claim', '.move-close']) await inSight(selector);
    await page.keyboard.press('Escape');
    await page.locator('.case-head').waitFor({ state: 'detached' });
    await inSight('.alerts');
    await pages.voidCase(alert.caseId);
  });
});

describe('a patrol on the map', () => {
  const places = (page: Page) => page.locator('.placed', { has: page.getByText('巡一组', { exact: true }) }).filter({ has: page.locator('.pin-patrol') });
  const moveAway = async (cell: number) => {
    const state = (await scene.store.positions.patrolStates()).find((each) => each.patrolId === 'p1')!;
    scene.announce({ kind: 'patrol', patrol: { ...state, position: scene.cast.at(cell), fixAtMs: Date.now() } });
  };
  const seenPlaces = async (page: Page, cell: number): Promise<number> => {
    const patrol = places(page);
    await patrol.waitFor({ state: 'attached' });
    await page.evaluate(() => {
      const seen = new Set<string>();
      Object.assign(window, { seen });
      const node = [...document.querySelectorAll<HTMLElement>('.placed')].find((each) => each.querySelector('.pin-patrol') && each.textContent?.includes('巡一组'));
      if (node) new MutationObserver(() => seen.add(node.style.transform)).observe(node, { attributes: true, attributeFilter: ['style'] });
    });
    const before = await patrol.getAttribute('style');
    await moveAway(cell);
    await expect.poll(() => patrol.getAttribute('style')).not.toBe(before);
    let last = '';
    await expect.poll(async () => { const now = (await patrol.getAttribute('style')) ?? ''; const same = now === last; last = now; return same; }, { interval: 300, timeout: 8000 }).toBe(true);
    return page.evaluate(() => (window as unknown as { seen: Set<string> }).seen.size);
  };

  test('glides to its new fix, and jumps where motion is unwanted', async () => {
    expect(await seenPlaces(await enter('lin'), 27)).toBeGreaterThan(5);
    expect(await seenPlaces(await enter('lin', zh, { reducedMotion: 'reduce' }), 28)).toBe(1);
  });
});
