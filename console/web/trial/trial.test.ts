/** Trying a rule and changing the arm profile in a real browser against the real server, in both languages, by pointer and by keys. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readTrial } from '../../../config/trial.ts';
import { BOTH, type ConsolePages, startConsolePages } from '../../../test-fixtures/console-pages.ts';
import { en, type Words } from '../i18n/en.ts';
import { zh } from '../i18n/zh.ts';

let pages: ConsolePages;
beforeAll(async () => {
  pages = await startConsolePages();
}, 240_000);
afterEach(async () => expect(await pages.closePages()).toEqual([]));
afterAll(() => pages?.close());

async function openTrial(words: Words): Promise<Page> {
  const page = await pages.enter('lin', words);
  await page.getByRole('button', { name: words.trial.title }).click();
  await page.getByRole('dialog', { name: words.trial.title }).waitFor();
  await page.locator('.trial-path').first().waitFor({ state: 'attached' });
  return page;
}

const yamlOn = (page: Page): Promise<string> => page.locator('.trial-yaml textarea').inputValue();

describe.each(BOTH)('trying a rule in %s', (_, words) => {
  test('camera, kind, fields, try, findings on the paths, YAML', async () => {
    const page = await openTrial(words);
    expect(await page.locator('.trial-path').count()).toBe(9);
    await page.getByLabel(words.trial.kind, { exact: true }).selectOption('loitering');
    await page.getByLabel(words.trial.forS).fill('45');
    await page.getByRole('button', { name: words.trial.try, exact: true }).click();
    await page.getByText(words.trial.found(1, '1,201')).waitFor();
    const finding = page.locator('.trial-finding');
    expect(await finding.innerText()).toContain(words.classes.person);
    expect(await page.locator('.trial-tick').count()).toBe(1);
    await finding.click();
    await page.locator('.trial-path-shown').waitFor({ state: 'attached' });
    expect(await page.locator('.trial-shown rect').count()).toBe(1);
    expect(await finding.getAttribute('aria-pressed')).toBe('true');

    // What is shown is of the rule as it was tried: a change asks for another trial.
    await page.getByLabel(words.trial.forS).fill('300');
    await page.getByText(words.trial.stale).waitFor();
    await page.getByRole('button', { name: words.trial.try, exact: true }).click();
    await page.getByText(words.trial.found(0, '1,201')).waitFor();
    expect(parse(await yamlOn(page))).toMatchObject({ zones: [{ id: 'corner' }], rules: [{ kind: 'loitering', cameraId: 'c1', zoneId: 'corner', forS: 300, classes: ['person'], name: words.trial.newName(words.ruleKinds.loitering) }] });
    expect(readTrial(await yamlOn(page), 'pasted')).toMatchObject({ rule: { kind: 'loitering' }, zones: [{ id: 'corner' }] });
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

test('a zone is drawn by pointer and by keys alone', async () => {
  const page = await openTrial(en);
  await page.getByLabel(en.trial.zone, { exact: true }).selectOption('new-zone');
  const corners = async (): Promise<number[][]> => (parse(await yamlOn(page)) as { zones: { polygon: number[][] }[] }).zones[0]!.polygon;
  const [first] = await corners();
  await page.getByRole('button', { name: /^Corner 1:/ }).press('ArrowRight');
  expect((await corners())[0]).toEqual([Math.round((first![0]! + 0.01) * 1000) / 1000, first![1]]);
  await page.getByRole('button', { name: en.trial.addCorner(1) }).press('Enter');
  expect(await corners()).toHaveLength(5);
  await page.getByRole('button', { name: /^Corner 2:/ }).press('Delete');
  expect(await corners()).toHaveLength(4);

  const area = (await page.locator('.trial-canvas').boundingBox())!;
  const handle = (await page.getByRole('button', { name: /^Corner 3:/ }).boundingBox())!;
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.9, area.y + area.height * 0.9, { steps: 4 });
  await page.mouse.up();
  const [x, y] = (await corners())[2]!;
  expect(Math.hypot(x! - 0.9, y! - 0.9)).toBeLessThan(0.01);
});

test('a line with its sides, an arrow, and a camera of which nothing was recorded', async () => {
  const page = await openTrial(en);
  await page.getByLabel(en.trial.kind, { exact: true }).selectOption('line-crossing');
  await page.getByText(en.trial.left, { exact: true }).waitFor();
  await page.getByRole('button', { name: en.trial.try, exact: true }).click();
  await page.locator('.trial-finding').first().waitFor();
  const both = await page.locator('.trial-finding').count();
  await page.getByLabel(en.trial.direction).selectOption('to-left');
  await page.getByRole('button', { name: en.trial.try, exact: true }).click();
  await expect.poll(() => page.locator('.trial-finding').count()).toBeGreaterThan(0);
  expect(await page.locator('.trial-finding').count()).toBeLessThan(both);
  for (const text of await page.locator('.trial-finding').allInnerTexts()) expect(text).toContain(en.crossings['to-left']);
  await page.getByLabel(en.trial.kind, { exact: true }).selectOption('wrong-way');
  await page.getByText(en.trial.allowedWay).waitFor();
  expect(parse(await yamlOn(page))).toMatchObject({ rules: [{ kind: 'wrong-way', allowed: [[0.5, 0.9], [0.5, 0.5]] }] });
  await page.getByLabel(en.trial.camera, { exact: true }).selectOption('c2');
  await page.getByText(en.trial.nothingRecorded).waitFor();
});

test('a rule that is refused is told why, and kinds that need pictures cannot be chosen', async () => {
  const page = await openTrial(zh);
  await page.getByRole('dialog').getByLabel(zh.trial.zone, { exact: true }).selectOption('new-zone');
  // The first corner goes over to the other side: the sides cross.
  for (let i = 0; i < 12; i++) await page.getByRole('button', { name: /^角点 1：/ }).press('Shift+ArrowRight');
  await page.getByRole('button', { name: zh.trial.try, exact: true }).click();
  await page.getByRole('alert').filter({ hasText: '规则无效' }).filter({ hasText: 'its sides cross' }).waitFor();
  for (const kind of ['left-object', 'removed-object', 'tamper']) expect(await page.locator(`option[value="${kind}"]`).isDisabled()).toBe(true);
});

describe.each(BOTH)('the arm profile in %s', (_, words) => {
  test('a dispatcher changes it, and every other console shows it at once', async () => {
    const [page, other] = [await pages.enter('lin', words), await pages.enter('zhou', words)];
    const button = (on: Page, name: string) => on.getByRole('button', { name: words.arm.now(name), exact: true });
    await button(page, '日间').click();
    await page.getByRole('radio', { name: '夜间' }).check();
    await page.getByRole('button', { name: words.arm.set('夜间') }).click();
    await button(other, '夜间').waitFor();
    await button(other, '夜间').click();
    await other.getByText(words.arm.change('林岚', '日间', '夜间')).first().waitFor();
    await other.getByRole('radio', { name: '日间' }).check();
    await other.getByRole('button', { name: words.arm.set('日间') }).click();
    await button(page, '日间').waitFor();
  });

  test('a viewer sees it, and cannot change it nor try a rule', async () => {
    const page = await pages.enter('zhao', words);
    await page.getByRole('button', { name: words.arm.now('日间') }).click();
    await page.getByText(words.arm.looksOnly).waitFor();
    expect(await page.getByRole('radio', { name: '夜间' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: words.trial.title }).count()).toBe(0);
  });
});
