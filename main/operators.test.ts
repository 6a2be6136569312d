/** `npm run operators` as a person runs it: the right to see faces is given by name, and looks are listed. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openStore, type Store } from '../store/store.ts';
import { makeSmallSite } from '../test-fixtures/small-site.ts';

test('nobody sees faces until somebody lets them', async () => {
  const { site, environment, remove } = await makeSmallSite({ cameraUrl: null });
  const operators = (...args: string[]): string => execFileSync(process.execPath, [path.join(import.meta.dirname, 'operators.ts'), ...args, '--config', site.configFile, '--data', site.dataDir], { encoding: 'utf8', stdio: 'pipe' });
  const inStore = async <T>(work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openStore({ kind: 'embedded', dir: path.join(site.dataDir, 'database') }, { filesDir: site.dataDir, ...environment });
    return work(store).finally(() => store.close());
  };
  try {
    expect(operators('invite', 'li', '--role', 'admin')).toMatch(/^li signs in once within the hour/);
    expect(operators('faces', 'li', 'on')).toMatch(/^li sees faces from now on; every look is noted/);
    await inStore(async ({ faceViews, operators: people }) => {
      expect(await people.findOperator('li')).toMatchObject({ seesFaces: true });
      await faceViews.note({ operatorName: 'li', what: 'live video of camera c', purpose: 'alert a-1', atMs: 0 });
    });
    expect(operators('face-views')).toBe('1970-01-01T00:00:00.000Z  li: live video of camera c, for alert a-1\n');
    expect(operators('faces', 'li', 'off')).toMatch(/^li sees pictures and video with faces made unreadable only/);
    await inStore(async ({ operators: people }) => expect(await people.findOperator('li')).toMatchObject({ seesFaces: false }));
    expect(() => operators('faces', 'nobody', 'on')).toThrow(/There is no operator nobody/);
    expect(() => operators('faces', 'li')).toThrow(/faces NAME on\|off/);
  } finally {
    await remove();
  }
}, 60_000);
