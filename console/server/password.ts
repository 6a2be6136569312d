/** Passwords: scrypt hashes that carry their own parameters, and a comparison that takes the same time for every answer. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** 32 MiB and about 0.2 s a guess. (OWASP Password Storage Cheat Sheet: N = 2^15, r = 8, p = 3.) */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** "scrypt$N$r$p$salt$key" with salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** With null (nobody of that name, or no password set) the same work is done, so that time tells nothing. */
export async function passwordFits(password: string, hash: string | null): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = (hash ?? '').split('$');
  if (scheme !== 'scrypt' || !salt || !key) {
    await derive(password, randomBytes(SALT_BYTES), COST);
    return false;
  }
  const found = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  const kept = Buffer.from(key, 'base64url');
  return kept.length === found.length && timingSafeEqual(kept, found);
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // NFKC: the same password typed on another keyboard or system must stay the same bytes.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
