/** The quarantine forgets the oldest and still counts them. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { QuarantineShelf } from './quarantine.ts';

test('only the newest stay, all are counted', async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-quarantine-'));
  const database = await openEmbedded(dir);
  try {
    await migrate(database, 0);
    const shelf = new QuarantineShelf(database, 5);
    const message = (n: number) => ({ id: `m${n}`, deviceId: null, topic: 't', reason: 'r', payloadBase64: '', payloadBytes: 0, receivedAtMs: n });
    for (let n = 0; n < 12; n++) {
      await shelf.addQuarantined(message(n));
      await shelf.addQuarantined(message(n));
    }
    expect((await shelf.quarantined(100)).map((m) => m.id)).toEqual(['m11', 'm10', 'm9', 'm8', 'm7']);
    expect(await shelf.quarantinedEver()).toBe(12);
  } finally {
    await database.close();
    await rm(dir, { recursive: true, force: true });
  }
});
