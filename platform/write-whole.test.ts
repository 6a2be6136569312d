/** A file written piece by piece is there whole, or as it was before. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWhole } from './write-whole.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'gw-whole-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function* pieces(count: number, breaksAfter = Infinity): AsyncIterable<Uint8Array> {
  for (let i = 0; i < count; i++) {
    if (i === breaksAfter) throw new Error('the source broke');
    yield Buffer.alloc(100_000, i);
  }
}

test('pieces one after the other become the file, in folders made on the way, for its owner alone', async () => {
  const file = path.join(dir, 'a/b/whole.bin');
  await writeWhole(file, pieces(5));
  expect(Buffer.from(await readFile(file))).toEqual(Buffer.concat(Array.from({ length: 5 }, (_, i) => Buffer.alloc(100_000, i))));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(path.dirname(file))).toEqual(['whole.bin']);
});

test('a source that breaks leaves what was there before, and nothing beside it', async () => {
  const file = path.join(dir, 'kept.bin');
  await writeWhole(file, 'before');
  await expect(writeWhole(file, pieces(5, 3))).rejects.toThrow('the source broke');
  expect(await readFile(file, 'utf8')).toBe('before');
  expect((await readdir(dir)).filter((name) => name.includes('kept'))).toEqual(['kept.bin']);
});
