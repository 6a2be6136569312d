/** A device's password as it lies in the configuration: scrypt (RFC 7914), never the password itself. */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Ids } from '../platform/ids.ts';

/** Cost of new hashes: about 50 ms and 16 MiB. A stored hash names its own, so that these may grow. */
const N = 2 ** 14;
const R = 8;
const P = 1;
const HASH_BYTES = 32;

const FORMAT = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{8,64})\$([A-Za-z0-9_-]{43})$/;

/** `scrypt$N$r$p$salt$hash`: cost in decimal, salt as the text that was hashed with, hash of 32 bytes in base64url. */
export async function hashPassword(password: string, ids: Ids): Promise<string> {
  const salt = ids.secret().replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 64);
  const hash = await derive(Buffer.from(password, 'utf8'), salt, N, R, P);
  return `scrypt$${N}$${R}$${P}$${salt}$${hash.toString('base64url')}`;
}

/** False for a wrong password and for a text that is not such a hash. Takes the same time whichever byte differs. */
export async function verifyPassword(password: string | Uint8Array, stored: string): Promise<boolean> {
  const parts = FORMAT.exec(stored);
  if (!parts) return false;
  const [n, r, p] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // A mistyped cost must not take the gateway's memory: at most 128 MiB for one check.
  if (n < 2 || !Number.isInteger(Math.log2(n)) || r < 1 || p < 1 || p > 16 || n * r > 2 ** 20) return false;
  const expected = Buffer.from(parts[5] as string, 'base64url');
  const found = await derive(typeof password === 'string' ? Buffer.from(password, 'utf8') : password, parts[4] as string, n, r, p);
  return found.length === expected.length && timingSafeEqual(found, expected);
}

function derive(password: Uint8Array, salt: string, n: number, r: number, p: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, { N: n, r, p, maxmem: 256 * n * r }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
