/** Camera health in a real browser: an alert of its own class, over by itself, and each camera's state with its reason; in both languages. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { healthSubject } from '../../../domain/finding.ts';
import { type ConsolePages, row, startConsolePages, wanted } from '../../../test-fixtures/console-pages.ts';
import { en } from '../i18n/en.ts';
import { zh } from '../i18n/zh.ts';

let pages: ConsolePages;
beforeAll(async () => void (pages = await startConsolePages()), 120_000);
afterEach(async () => expect(await pages.closePages()).toEqual([]));
afterAll(() => pages?.close());

const line = (page: Page, text: string) => page.locator('.air-line', { hasText: text }).first();

describe.each([['简体中文', zh], ['English', en]] as const)('in %s', (_, words) => {
  test('every camera says what of it is decoded and why, whose clock it goes by, and what is wrong with it', async () => {
    const page = await pages.enter('lin', words);
    await line(page, words.gate.because['packet-sizes']).waitFor();
    const idle = await line(page, words.gate.keyEvery('2')).innerText();
    for (const part of [words.gate.states.idle, words.gate.decodes['key-frames'], words.gate.because['keys-often-enough'], words.gate.clocks.rtcp]) expect(idle).toContain(part);
    expect(await line(page, words.healthFaults.moved).innerText()).toContain(words.gate.clocks.arrival);
    expect(await line(page, words.healthFaults['no-packets']).innerText()).toContain(words.cameraStates['backing-off']);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/overview-${words.htmlLang}.png` });
  });

  test('a fault is an alert under its own name and source, and shows that it is over', async () => {
    const page = await pages.enter('lin', words);
    const alert = await pages.scene.happen(wanted({ kind: 'health', severity: 'Moderate' }));
    await row(page, alert.id).waitFor();
    await page.getByLabel(words.list.source, { exact: true }).selectOption('health');
    await row(page, alert.id).getByText(words.healthFaults['no-packets']).waitFor();
    await row(page, alert.id).click();
    await page.getByText(words.healthMeans['no-packets']).waitFor();

    const { store, announce } = pages.scene;
    const cleared = await store.filing.clearAlerts({ ruleId: alert.ruleId, subject: alert.subject, atMs: alert.occurredAtMs + 1000, findingId: null, clearedAtMs: alert.filedAtMs + 1000 });
    expect([alert.subject.startsWith(healthSubject((alert.finding as { cameraId: string }).cameraId, 'no-packets')), cleared === 'unfiled' ? null : cleared[0]?.closed]).toEqual([true, true]);
    announce({ kind: 'alert', alert: await store.reading.alertRow(alert.id) });
    announce({ kind: 'case', case: await store.cases.caseDetail(alert.caseId) });
    await row(page, alert.id).getByText(words.list.cleared, { exact: true }).waitFor();
    await page.getByText(words.detail.closedByItself).waitFor();
    await page.getByText(words.detail.cleared, { exact: true }).waitFor();
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/over-${words.htmlLang}.png` });
  });
});
