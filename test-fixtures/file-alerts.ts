/** A desk to be killed: files alerts into the embedded store in the folder given, and prints each id only once it is kept. */
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { openStore } from '../store/store.ts';
import { candidate } from './alert-candidates.ts';

const dir = process.argv[2] ?? '';
const store = await openStore({ kind: 'embedded', dir }, { filesDir: dir, clock: systemClock, ids: systemIds });
process.stdout.write('open\n');
for (let i = 0; ; i++) {
  const { alert } = await store.filing.fileAlert(candidate({ name: `killed-${i}` }));
  await store.filing.addEvidence({ id: `picture-${i}`, alertId: alert.id, takenAtMs: 1, kind: 'picture', mediaType: 'image/jpeg' }, Buffer.from(`picture ${i}`));
  process.stdout.write(`${i}\n`);
}
