/** Randomness and ids as dependencies: the real source, and a counted one for tests. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Ids {
  /** A new unique id. */
  id(): string;
  /** A new W3C Trace Context header value (version 00, sampled). */
  traceparent(): string;
  /** A secret of at least 128 bits, URL-safe. */
  secret(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemIds: Ids = {
  id: () => randomUUID(),
  traceparent: () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
  secret: () => randomBytes(24).toString('base64url'),
  random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
};

/** Ids that count up and a random number that is always `random`: the same run gives the same ids. */
export function countedIds(prefix = 'id', random = 0.5): Ids {
  let n = 0;
  return {
    id: () => `${prefix}-${++n}`,
    traceparent: () => `00-${(++n).toString(16).padStart(32, '0')}-${n.toString(16).padStart(16, '0')}-01`,
    secret: () => `${prefix}-secret-${++n}-0123456789abcdef`,
    random: () => random,
  };
}
