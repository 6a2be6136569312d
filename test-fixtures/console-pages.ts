/** The console's pages in a real browser over the scene: opening them, signing in, and noting what a page must never do. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { LiveVideo } from '../console/server/parts.ts';
import { en, type Words } from '../console/web/i18n/en.ts';
import { zh } from '../console/web/i18n/zh.ts';
import { launchBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';
import type { WantedAlert } from './console-scene/alerts.ts';
import { PEOPLE, type Person } from './console-scene/cast.ts';
import { type Scene, startScene } from './console-scene/scene.ts';

export interface ConsolePages {
  readonly scene: Scene;
  newPage(words: Words, options?: BrowserContextOptions, from?: Browser): Promise<Page>;
  /** Signs in by the one-time link and declines the password. */
  enter(person: Person, words?: Words, options?: BrowserContextOptions, from?: Browser): Promise<Page>;
  /** Closes the pages of a test; answers what they did wrong: asked another host, broke the content policy, threw. */
  closePages(): Promise<readonly string[]>;
  /** Leaves nothing open behind, so that patrols are free and the list is calm for the next test. */
  voidCase(caseId: string): Promise<void>;
  close(): Promise<void>;
}

/** Without WebGL a page opens three times as fast: most tests need no map library. `video` is what live views show. */
export async function startConsolePages(video?: LiveVideo): Promise<ConsolePages> {
  const [scene, plain] = await Promise.all([builtConsole().then((webDir) => startScene(webDir, video)), launchBrowser(['--disable-3d-apis'])]);
  const opened: BrowserContext[] = [];
  const faults: string[] = [];

  const newPage: ConsolePages['newPage'] = async (words, options = {}, from = plain) => {
    const context = await from.newContext({ locale: words === zh ? 'zh-CN' : 'en-GB', viewport: { width: 1600, height: 900 }, ...options });
    opened.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('request', (request) => {
      if (![scene.address, 'blob:', 'data:'].some((ours) => request.url().startsWith(ours))) faults.push(`asked ${request.url()}`);
    });
    page.on('pageerror', (error) => faults.push(`threw ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
    });
    return page;
  };
  return {
    scene,
    newPage,
    enter: async (person, words = zh, options = {}, from = plain) => {
      const page = await newPage(words, options, from);
      await page.goto(await scene.entryFor(person));
      await page.getByRole('button', { name: words.signIn.skip }).click();
      await page.locator('.link-live').waitFor();
      return page;
    },
    closePages: async () => {
      await Promise.all(opened.splice(0).map((context) => context.close()));
      return faults.splice(0);
    },
    voidCase: async (caseId) => {
      const { version } = await scene.store.casework.caseDetail(caseId);
      await scene.desk.move(caseId, { move: 'close', closeCode: 'test', actor: PEOPLE.admin, seenVersion: version });
    },
    close: async () => {
      await plain.close();
      await scene.close();
    },
  };
}

let made = 0;
/** An alert of its own for each test; graver than what else lies there, so that it stands on top. */
export function wanted(change: Partial<WantedAlert> = {}): WantedAlert {
  made += 1;
  return { id: `t${made}`, kind: 'camera', severity: 'Extreme', atMs: Date.now(), cell: made % 30, ...change };
}

export const BOTH: readonly (readonly [name: string, words: Words])[] = [['简体中文', zh], ['English', en]];
export const row = (page: Page, alertId: string) => page.locator(`[id="alert-${alertId}"]`);
export const panel = (page: Page) => page.locator('#case-panel');
export const stageIs = (page: Page, stage: string): Promise<void> => page.locator('.progress [aria-current=step]', { hasText: stage }).waitFor();
