/** A stored credential accepts its password and no other, and a spoilt one accepts nothing. */
import { expect, test } from 'vitest';
import { countedIds, systemIds } from '../platform/ids.ts';
import { hashPassword, verifyPassword } from './credential.ts';

test('the right password is accepted, as text and as bytes; others are not', async () => {
  const stored = await hashPassword('井盖-№7', systemIds);
  expect(stored).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9_-]{32}\$[A-Za-z0-9_-]{43}$/);
  expect(await verifyPassword('井盖-№7', stored)).toBe(true);
  expect(await verifyPassword(Buffer.from('井盖-№7'), stored)).toBe(true);
  for (const wrong of ['', '井盖-№8', '井盖-№7 ', '井盖-№']) expect(await verifyPassword(wrong, stored)).toBe(false);
});

test('two hashes of one password differ by their salt', async () => {
  const ids = countedIds();
  expect(await hashPassword('a', ids)).not.toBe(await hashPassword('a', ids));
});

test('what is no such hash, or would cost too much, accepts nothing', async () => {
  const stored = await hashPassword('a', systemIds);
  const [, , , , salt, hash] = stored.split('$');
  for (const spoilt of ['', 'a', 'scrypt$', stored.slice(0, -1), `${stored}x`, `scrypt$16383$8$1$${salt}$${hash}`, `scrypt$1048576$32$1$${salt}$${hash}`, `scrypt$16384$0$1$${salt}$${hash}`, `scrypt$1$8$1$${salt}$${hash}`]) {
    expect(await verifyPassword('a', spoilt)).toBe(false);
  }
});
