/** Our archives are read by the system's tar, its archives by us, in every format it writes; a damaged one is told as such. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTar, type TarMember, writeTar } from './tar.ts';

const SMALL = Buffer.from('a few words\n');
const BLOCK = Buffer.alloc(512, 7);
const ODD = Buffer.from(Array.from({ length: 70_001 }, (_, i) => i % 251));
const MEMBERS: TarMember[] = [
  { name: 'folder/small.txt', bytes: SMALL },
  { name: 'folder/block.bin', bytes: BLOCK },
  { name: 'folder/odd.bin', bytes: ODD },
  { name: 'folder/empty', bytes: Buffer.alloc(0) },
];

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gw-tar-'));
});
afterEach(() => rm(dir, { recursive: true }));

const tar = (...args: string[]): string => execFileSync('tar', args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' });
const asPlain = (members: readonly TarMember[]): object[] => members.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes).toString('base64') })).sort((a, b) => (a.name < b.name ? -1 : 1));

async function putFolder(): Promise<void> {
  await mkdir(path.join(dir, 'folder'));
  for (const { name, bytes } of MEMBERS) {
    await writeFile(path.join(dir, name), bytes);
    // Parts of seconds make the pax format write records.
    await utimes(path.join(dir, name), 1234.5678, 1234.5678);
  }
}

describe('with the system\'s tar', () => {
  test('it lists and unpacks what we write', async () => {
    await writeFile(path.join(dir, 'ours.tar'), writeTar(MEMBERS));
    expect(tar('-tf', 'ours.tar').trim().split('\n')).toEqual(MEMBERS.map(({ name }) => name));
    tar('-xf', 'ours.tar');
    for (const { name, bytes } of MEMBERS) expect((await readFile(path.join(dir, name))).equals(bytes), name).toBe(true);
  });

  test.each(['ustar', 'gnu', 'pax', 'v7'])('we read what it writes as %s, or say that it is none', async (format) => {
    await putFolder();
    tar(`--format=${format}`, '-cf', 'theirs.tar', 'folder');
    const bytes = await readFile(path.join(dir, 'theirs.tar'));
    if (format === 'v7') expect(() => readTar(bytes)).toThrow('it is no tar archive');
    else expect(asPlain(readTar(bytes))).toEqual(asPlain(MEMBERS));
  });

  test('a link in it is refused', async () => {
    await symlink('/etc/passwd', path.join(dir, 'link.onnx'));
    tar('-cf', 'theirs.tar', 'link.onnx');
    const bytes = await readFile(path.join(dir, 'theirs.tar'));
    expect(() => readTar(bytes)).toThrow('link.onnx is a link or a device');
  });

  test('a name that it splits comes back whole', async () => {
    const deep = path.join('a'.repeat(80), 'b'.repeat(60));
    await mkdir(path.join(dir, deep), { recursive: true });
    await writeFile(path.join(dir, deep, 'c.txt'), SMALL);
    tar('--format=ustar', '-cf', 'theirs.tar', path.join(deep, 'c.txt'));
    expect(readTar(await readFile(path.join(dir, 'theirs.tar'))).map(({ name }) => name)).toEqual([path.join(deep, 'c.txt')]);
  });
});

describe('what is damaged', () => {
  const whole = Buffer.from(writeTar(MEMBERS));

  test('cut anywhere before its end is refused', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: whole.length - 1024 }), (length) => void expect(() => readTar(whole.subarray(0, length))).toThrow(/cut short|no tar/)));
  });

  test('one changed byte is told, or changes one content and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1025 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(whole);
        changed[at]! ^= by;
        let members: TarMember[];
        try {
          members = readTar(changed);
        } catch (error) {
          expect((error as Error).message).toMatch(/no tar|damaged|cut short/);
          return;
        }
        expect(members.map(({ name, bytes }) => [name, bytes.length])).toEqual(MEMBERS.map(({ name, bytes }) => [name, bytes.length]));
      }),
    );
  });

  test('other files are none', () => {
    expect(() => readTar(Buffer.alloc(5000, 'text '))).toThrow('no tar archive');
    expect(() => readTar(Buffer.alloc(0))).toThrow('cut short');
  });
});

test('the same members give the same bytes, and names that do not fit are refused', () => {
  expect(Buffer.from(writeTar(MEMBERS)).equals(writeTar(MEMBERS))).toBe(true);
  for (const name of ['', 'a b', 'ü.onnx', 'x'.repeat(101)]) expect(() => writeTar([{ name, bytes: SMALL }]), name).toThrow(RangeError);
});
