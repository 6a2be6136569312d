/** What only the embedded engine has to bear: one process per folder, kill -9, a full disk. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { candidate } from '../test-fixtures/alert-candidates.ts';
import { lockFolder } from './folder-lock.ts';
import { openStore, type Store } from './store.ts';

const run = promisify(execFile);
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'gw-embedded-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const open = (folder: string): Promise<Store> => openStore({ kind: 'embedded', dir: folder }, { filesDir: folder, clock: systemClock, ids: systemIds });

describe('a desk killed with kill -9', () => {
  test('loses nothing that was acknowledged, holds the folder while it lives and leaves it free', async () => {
    const desk = spawn(process.execPath, [path.join(import.meta.dirname, '../test-fixtures/file-alerts.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = -1;
    const lines = readline.createInterface(desk.stdout);
    for await (const line of lines) {
      if (line === 'open') await expect(open(dir)).rejects.toMatchObject({ code: 'STORE_IN_USE', message: expect.stringContaining(`process ${desk.pid}`) });
      else acknowledged = Number(line);
      if (acknowledged === 60) break;
    }
    desk.kill('SIGKILL');
    await once(desk, 'exit');

    const store = await open(dir);
    const alerts = await store.reading.alerts({ scope: [], prefix: '', stages: [], source: null, limit: 500, beforeMs: null });
    const kept = new Set(alerts.map((alert) => alert.id));
    for (let i = 0; i <= acknowledged; i++) {
      expect(kept.has(`alert-killed-${i}`)).toBe(true);
      expect((await store.evidence.picture(`picture-${i}`)).jpeg.toString()).toBe(`picture ${i}`);
    }
    // And it goes on working: the finding that was under way is filed now, or was.
    const again = await store.filing.fileAlert(candidate({ name: `killed-${acknowledged + 1}` }));
    expect(again.alert.findings).toBe(1);
    await expect(open(dir)).rejects.toMatchObject({ code: 'STORE_IN_USE', message: expect.stringContaining(`process ${process.pid}`) });
    await store.close();
    expect(await readdir(dir)).not.toContain('in-use.json');
  });
});

describe('the lock of a folder', () => {
  const lockDir = (): Promise<string> => mkdtemp(path.join(dir, 'lock-'));

  test.each([
    ['a process that is gone', { pid: 2 ** 22 + 1, life: 'boot 1' }],
    ['a process whose number was given to another', { pid: process.pid, life: 'an earlier boot 77' }],
  ])('of %s is taken over', async (_, holder) => {
    const folder = await lockDir();
    await writeFile(path.join(folder, 'in-use.json'), JSON.stringify(holder));
    const lock = await lockFolder(folder);
    expect(JSON.parse(await readFile(path.join(folder, 'in-use.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('cut short by a power cut is taken over', async () => {
    const folder = await lockDir();
    await writeFile(path.join(folder, 'in-use.json'), '{"pid":1');
    await (await lockFolder(folder)).release();
  });

  test('left behind is taken over by one of many', async () => {
    const folder = await lockDir();
    for (let round = 0; round < 20; round++) {
      await writeFile(path.join(folder, 'in-use.json'), JSON.stringify({ pid: 2 ** 22 + 1, life: 'boot 1' }));
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
      const won = tries.filter((one) => one.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await won[0]?.value.release();
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test('of another is not released by a late one', async () => {
    const folder = await lockDir();
    const first = await lockFolder(folder);
    await first.release();
    const second = await lockFolder(folder);
    await first.release();
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await second.release();
  });
});

const mayMount = process.getuid?.() === 0;
if (!mayMount) process.stderr.write('SKIPPED for want of root: the tests that fill a small disk do not run.\n');

describe.skipIf(!mayMount)('a full disk', () => {
  test('refuses the picture and keeps neither file nor row; with room again it is kept', async () => {
    const small = await mkdtemp(path.join(dir, 'small-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]);
    const store = await openStore({ kind: 'embedded', dir }, { filesDir: small, clock: systemClock, ids: systemIds });
    try {
      const { alert } = await store.filing.fileAlert(candidate({ name: 'full' }));
      const picture = { id: 'too-big', alertId: alert.id, takenAtMs: 1, kind: 'picture', mediaType: 'image/jpeg' } as const;
      await expect(store.filing.addEvidence(picture, new Uint8Array(1_000_000))).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(small) });
      await expect(store.evidence.evidence('too-big')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await readdir(small, { recursive: true })).filter((name) => name.includes('too-big'))).toEqual([]);
      expect(await store.filing.addEvidence(picture, new Uint8Array(1000))).toMatchObject({ bytes: 1000 });
      expect((await store.evidence.picture('too-big')).jpeg).toHaveLength(1000);
    } finally {
      await store.close();
      await run('umount', [small]);
    }
  });

  test('under the database stops changes in time: reading goes on, nothing kept is lost, and with room again it writes', async () => {
    const small = await mkdtemp(path.join(dir, 'small-db-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=150m', 'tmpfs', small]);
    try {
      let store = await open(small);
      // Random bytes: the engine would squeeze others together.
      const message = (n: number) => ({ id: `m-${n}`, deviceId: null, topic: 't', reason: 'r', payloadBase64: randomBytes(100_000).toString('base64'), payloadBytes: 1, receivedAtMs: 1 });
      let kept = 0;
      const fill = async (): Promise<void> => {
        for (; kept < 2000; kept++) await store.quarantine.addQuarantined(message(kept));
      };
      await expect(fill()).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(small) });
      expect(kept).toBeGreaterThan(10);
      await expect(store.proveWritable()).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect((await store.quarantine.quarantined(1))[0]?.id).toBe(`m-${kept - 1}`);
      await store.close();
      await expect(open(small)).rejects.toMatchObject({ code: 'DISK_FULL' });

      await run('mount', ['-o', 'remount,size=250m', small]);
      store = await open(small);
      expect(await store.quarantine.quarantinedEver()).toBe(kept);
      await store.quarantine.addQuarantined(message(kept));
      await store.close();
    } finally {
      await run('umount', [small]);
    }
  });

  test('leaves no room for a new database: said before one is begun', async () => {
    const small = await mkdtemp(path.join(dir, 'none-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', small]);
    try {
      await expect(open(small)).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await readdir(small)).toEqual([]);
    } finally {
      await run('umount', [small]);
    }
  });
});
