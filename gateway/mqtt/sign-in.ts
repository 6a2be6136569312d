/** Checks a device's password against its hash, at a cost that a storm of reconnects cannot multiply. */
import { createHmac, randomBytes } from 'node:crypto';
import { verifyPassword } from '../../devices/credential.ts';
import type { Member } from './roster.ts';

/** scrypt takes 50 ms of a core and 16 MiB: one at a time, the rest in line, and a line that is too long is sent away. */
const MAX_IN_LINE = 200;
const MAX_REMEMBERED = 20_000;

export type SignInResult = 'ok' | 'wrong-password' | 'busy';

/**
 * What was verified once is remembered, right or wrong, under an HMAC of device, hash and password with a key that never leaves this
 * process: a thousand sensors that reconnect after a power cut cost a thousand HMACs, and so does one that tries its old password for ever.
 */
export class SignIn {
  readonly #key: Buffer = randomBytes(32);
  readonly #known = new Map<string, boolean>();
  #last: Promise<unknown> = Promise.resolve();
  #inLine = 0;

  async check(member: Member, password: Uint8Array): Promise<SignInResult> {
    const seal = createHmac('sha256', this.#key).update(`${member.device.id}\n${member.passwordHash}\n`).update(password).digest('base64');
    const right = this.#known.get(seal) ?? (await this.#verify(member, password, seal));
    if (right === null) return 'busy';
    return right ? 'ok' : 'wrong-password';
  }

  async #verify(member: Member, password: Uint8Array, seal: string): Promise<boolean | null> {
    if (this.#inLine >= MAX_IN_LINE) return null;
    this.#inLine++;
    const turn = this.#last.then(async () => this.#known.get(seal) ?? (await verifyPassword(password, member.passwordHash)));
    this.#last = turn.catch(() => undefined);
    try {
      const right = await turn;
      // Wrong ones are dropped first: an attacker must not push out what spares the devices their wait.
      if (this.#known.size >= MAX_REMEMBERED) for (const [old, was] of this.#known) if (!was) this.#known.delete(old);
      if (this.#known.size < MAX_REMEMBERED) this.#known.set(seal, right);
      return right;
    } finally {
      this.#inLine--;
    }
  }
}
