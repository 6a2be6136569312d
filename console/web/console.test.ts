/** The operator's whole way through the console in a real browser, against the real server: by keyboard, in both languages. */
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../../test-fixtures/browser.ts';
import { type ConsolePages, panel, row, stageIs, startConsolePages, wanted } from '../../test-fixtures/console-pages.ts';
import { PEOPLE } from '../../test-fixtures/console-scene/cast.ts';
import type { Scene } from '../../test-fixtures/console-scene/scene.ts';
import { en } from './i18n/en.ts';
import { zh } from './i18n/zh.ts';

let pages: ConsolePages;
let scene: Scene;
let enter: ConsolePages['enter'];
let voidCase: ConsolePages['voidCase'];
/** One with WebGL in software, for what the map library draws. */
let gl: Browser;
let jpeg: Uint8Array;

beforeAll(async () => {
  [pages, gl, jpeg] = await Promise.all([
    startConsolePages(),
    launchBrowser(),
    sharp({ create: { width: 640, height: 360, channels: 3, background: '#334455' } }).jpeg().toBuffer(),
  ]);
  ({ scene, enter, voidCase } = pages);
}, 120_000);

afterEach(async () => expect(await pages.closePages()).toEqual([]));

afterAll(async () => {
  await Promise.all([gl?.close(), pages?.close()]);
});

/** Presses j until this row is the chosen one. */
async function choose(page: Page, alertId: string): Promise<void> {
  for (let steps = 0; steps < 300; steps++) {
    if ((await row(page, alertId).getAttribute('aria-selected')) === 'true') return;
    await page.keyboard.press('j');
  }
  throw new Error(`${alertId} was not reached`);
}

describe.each([
  ['简体中文', zh, (): Browser | undefined => gl],
  ['English', en, (): Browser | undefined => undefined],
] as const)('a whole case from the keyboard, in %s', (_, words, from) => {
  test('from the one-time link to the closed case', async () => {
    const page = await enter('lin', words, {}, from());
    expect(await page.evaluate(() => location.hash)).toBe('');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(words.htmlLang);

    const alert = await scene.happen(wanted(), jpeg);
    await row(page, alert.id).waitFor();
    await page.getByRole('status').filter({ hasText: alert.ruleName }).waitFor({ state: 'attached' });

    await choose(page, alert.id);
    await page.keyboard.press('Enter');
    await stageIs(page, words.stages.reported);
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.evidence img')?.naturalWidth === 640);
    await panel(page).getByText(words.placeBases['ground-plane']).waitFor();

    await page.keyboard.press('c');
    await panel(page).getByText(words.act.moved(words.moves.claim)).waitFor();
    await row(page, alert.id).getByText('林岚').waitFor();

    await page.keyboard.press('t');
    await page.getByRole('radio', { name: words.categories.help }).waitFor();
    await page.keyboard.press('2');
    await page.keyboard.press('Enter');
    await stageIs(page, words.stages.classified);
    await panel(page).getByText(words.categories.help).waitFor();

    await page.keyboard.press('d');
    const best = page.getByRole('radio').first();
    await best.waitFor();
    expect(await best.isChecked()).toBe(true);
    await page.keyboard.press('Enter');
    await stageIs(page, words.stages.handling);
    expect(await scene.orderStatuses(alert.caseId)).toEqual(['sent']);

    for (const status of ['acknowledged', 'en_route', 'on_scene', 'done'] as const) {
      await scene.orderAnswers(alert.caseId, status);
      await page.locator('.order-status', { hasText: words.orderStatuses[status] }).waitFor();
    }
    await page.keyboard.press('f');
    await stageIs(page, words.stages.following_up);

    await page.keyboard.press('x');
    await page.getByRole('radio', { name: words.closeCodes.true }).waitFor();
    // Nothing is marked: how it ended is for the operator to say.
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
    await page.keyboard.press('1');
    await page.getByLabel(words.act.why).fill('2 people sent away, d t x 1');
    await page.keyboard.press('Enter');
    await stageIs(page, words.stages.closed);
    await panel(page).getByText('2 people sent away').waitFor();
    await panel(page).getByText(words.act.done).waitFor();

    const kept = await scene.store.casework.caseDetail(alert.caseId);
    expect(kept).toMatchObject({ stage: 'closed', closeCode: 'true', category: 'help', assignee: '林岚' });
    expect(kept.history.filter((line) => line.actor === 'operator/林岚').map((line) => line.what)).toEqual(['claim', 'classify', 'dispatch', 'follow_up', 'close']);
    await page.keyboard.press('Escape');
    await panel(page).getByText(words.overview.patrols, { exact: true }).waitFor();
  });
});

describe('rights and conflicts', () => {
  test('a viewer sees everything and can move nothing', async () => {
    const alert = await scene.happen(wanted());
    const page = await enter('zhao');
    await row(page, alert.id).click();
    await panel(page).getByText(zh.act.readOnly).waitFor();
    for (const key of 'ctdfwxr') await page.keyboard.press(key);
    expect(await page.locator('.move-buttons button, .picker').count()).toBe(0);
    expect((await scene.store.casework.caseDetail(alert.caseId)).version).toBe(1);
    await voidCase(alert.caseId);
  });

  test('two operators: the second hears who was first, and sees the newest state', async () => {
    const alert = await scene.happen(wanted());
    const page = await enter('lin');
    await row(page, alert.id).click();
    await stageIs(page, zh.stages.reported);
    // The other's move reaches the server while our stream has not told of it: the store is changed without an announcement.
    const quiet = await scene.store.casework.caseDetail(alert.caseId);
    await scene.store.casework.changeCase({
      caseId: quiet.id, seenVersion: quiet.version, set: { assignee: PEOPLE.zhou.name }, orders: [],
      event: { id: `rival-${quiet.id}`, caseId: quiet.id, atMs: Date.now(), actor: `operator/${PEOPLE.zhou.name}`, what: 'claim', fromStage: 'reported', toStage: 'reported', why: null },
    });
    await page.keyboard.press('c');
    await panel(page).getByRole('alert').filter({ hasText: zh.act.changed('周敏', zh.history.claim) }).waitFor();
    await panel(page).getByText(zh.act.held('周敏')).waitFor();
    // And a key for a move that is not offered says why instead of failing silently.
    await page.keyboard.press('t');
    await panel(page).getByText(zh.act.heldBy(zh.moves.classify, '周敏')).waitFor();
    await voidCase(alert.caseId);
  });

  test('what another does shows without asking', async () => {
    const alert = await scene.happen(wanted());
    const page = await enter('lin', en);
    await row(page, alert.id).click();
    await stageIs(page, en.stages.reported);
    await scene.desk.move(alert.caseId, { move: 'classify', category: 'traffic', actor: PEOPLE.zhou, seenVersion: 1 });
    await stageIs(page, en.stages.classified);
    await row(page, alert.id).getByText(en.stages.classified).waitFor();
    await voidCase(alert.caseId);
  });

  test('no patrol free: the shortfall is explained', async () => {
    for (const id of ['p1', 'p2', 'p3']) await scene.store.positions.setOnDuty(id, false);
    const alert = await scene.happen(wanted());
    await scene.desk.move(alert.caseId, { move: 'classify', category: 'order', actor: PEOPLE.lin, seenVersion: 1 });
    const page = await enter('lin', en);
    await row(page, alert.id).click();
    await page.keyboard.press('d');
    await page.getByText(en.act.shortfalls.NoneOnDuty).waitFor();
    await page.keyboard.press('Escape');
    for (const id of ['p1', 'p2', 'p3']) await scene.store.positions.setOnDuty(id, true);
    await voidCase(alert.caseId);
  });
});

describe('signing in', () => {
  test('a refusal is told in the page’s language; a password set once opens the door again', async () => {
    const page = await pages.newPage(zh);
    await page.goto(`${scene.address}/#code=guess`);
    await page.getByRole('alert').filter({ hasText: zh.errors.SIGN_IN_REFUSED }).waitFor();
    await page.goto(await scene.entryFor('zhou'));
    await page.getByLabel(zh.signIn.newPassword).fill('short');
    await page.keyboard.press('Enter');
    await page.getByText(zh.signIn.tooShort).waitFor();
    await page.getByLabel(zh.signIn.newPassword).fill('a long enough one');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: zh.bar.signOut }).click();
    await page.getByLabel(zh.signIn.name).fill('周敏');
    await page.getByLabel(zh.signIn.password).fill('a long enough one');
    await page.keyboard.press('Enter');
    await page.getByText(zh.bar.live, { exact: true }).waitFor();
    // The choice of language stays.
    await page.keyboard.press('l');
    await page.reload();
    await page.getByText(en.bar.live, { exact: true }).waitFor();
  });
});

describe('a list that holds still', () => {
  test('a storm does not move the row under the pointer; a banner counts; the list stays bounded', async () => {
    const first = await scene.happen(wanted({ severity: 'Moderate' }));
    const page = await enter('lin');
    await row(page, first.id).hover();
    const before = await row(page, first.id).boundingBox();
    const base = await scene.store.reading.alertRow(first.id);
    // Three seconds of a hundred alerts each, as the stream would carry them.
    for (let i = 0; i < 300; i++) scene.announce({ kind: 'alert', alert: { ...base, id: `storm-${i}`, caseId: `storm-${i}`, filedAtMs: base.filedAtMs + i, severity: i === 7 ? 'Severe' : 'Minor' } });
    await page.getByRole('button', { name: new RegExp(zh.list.fresh(300)) }).waitFor();
    expect(await row(page, first.id).boundingBox()).toEqual(before);
    await page.keyboard.press('n');
    await row(page, 'storm-299').waitFor();
    expect(await page.locator('.alert').count()).toBe(200);
    expect(await page.locator('.section-pinned .alert').count()).toBe(1);
    await voidCase(first.caseId);
  });

  test('filters by area, source and stage', async () => {
    const sensor = await scene.happen(wanted({ kind: 'sensor', severity: 'Minor', cell: 0 }));
    const sos = await scene.happen(wanted({ kind: 'sos', cell: 20 }));
    const page = await enter('lin');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(zh.list.cell);
    await page.getByLabel(zh.list.cell, { exact: true }).selectOption(scene.cast.cell(0).community.code);
    await row(page, sensor.id).waitFor();
    await row(page, sos.id).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: zh.list.clear }).click();
    await page.getByLabel(zh.list.source, { exact: true }).selectOption('sos');
    await row(page, sos.id).waitFor();
    await row(page, sensor.id).waitFor({ state: 'detached' });
    await page.getByLabel(zh.list.stage, { exact: true }).selectOption('closed');
    await row(page, sos.id).waitFor({ state: 'detached' });
    for (const { caseId } of [sensor, sos]) await voidCase(caseId);
  });
});

describe('when things fail', () => {
  test('the server goes away and comes back: it says so, and what happened meanwhile is there', async () => {
    const page = await enter('lin', en);
    await scene.goDown();
    await page.locator('.link-reconnecting').waitFor();
    await scene.comeBack();
    const meanwhile = await scene.happen(wanted());
    await page.getByText(en.bar.live, { exact: true }).waitFor();
    await row(page, meanwhile.id).waitFor();
    await voidCase(meanwhile.caseId);
  });

  test('without WebGL there is a plain map with the same cells, marks and choices', async () => {
    const alert = await scene.happen(wanted());
    const page = await enter('lin', zh);
    await page.getByText(zh.map.plain).waitFor();
    expect(await page.locator('.svg-cell').count()).toBe(scene.cast.cells.length);
    await row(page, alert.id).click();
    await page.locator('.svg-cell-chosen').waitFor();
    await page.locator('.alert-chosen').waitFor();
    await voidCase(alert.caseId);
  });
});

describe('the map', () => {
  test('draws cells by WebGL, and patrols move on it', async () => {
    const page = await enter('lin', zh, {}, gl);
    await page.locator('.maplibregl-canvas').waitFor();
    const patrol = page.locator('.placed', { has: page.getByText('巡一组', { exact: true }) }).filter({ has: page.locator('.pin-patrol') });
    const before = await patrol.getAttribute('style');
    const state = (await scene.store.positions.patrolStates()).find((each) => each.patrolId === 'p1')!;
    scene.announce({ kind: 'patrol', patrol: { ...state, position: scene.cast.at(28), fixAtMs: Date.now() } });
    await expect.poll(() => patrol.getAttribute('style')).not.toBe(before);
    // The cells are really painted: the picture of the canvas has more than its ground.
    const picture = await page.locator('.maplibregl-canvas').screenshot();
    const { channels } = await sharp(picture).stats();
    expect(Math.max(...channels.map((channel) => channel.stdev))).toBeGreaterThan(3);
  });
});
