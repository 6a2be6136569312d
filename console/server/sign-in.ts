/** Who is at the console: passwords, one-time codes and sessions. The store sees hashes only. */
import { createHash } from 'node:crypto';
import type { Operator } from '../../domain/operator.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import { Attempts } from './attempts.ts';
import { hashPassword, passwordFits } from './password.ts';

export const SESSION_MS = 12 * 3_600_000;
export const CODE_MS = 3_600_000;
/** A session is written anew only after so much of it has passed: not once per request. */
const EXTEND_AFTER_MS = 300_000;
const MOST_PER_NAME = 5;
/** Many names from one address: guessing a common password. Several people may sit behind one address. */
const MOST_PER_ADDRESS = 20;

export interface KnownPerson extends Operator {
  readonly passwordHash: string | null;
}

/** What signing in needs of the store. */
export interface People {
  findOperator(name: string): Promise<KnownPerson | null>;
  setPassword(name: string, passwordHash: string, keepTokenHash: string | null): Promise<void>;
  addSignInCode(codeHash: string, operatorName: string, expiresAtMs: number): Promise<void>;
  redeemSignInCode(codeHash: string, atMs: number): Promise<KnownPerson | null>;
  addSession(tokenHash: string, operatorName: string, atMs: number, expiresAtMs: number): Promise<void>;
  findSession(tokenHash: string, atMs: number): Promise<{ readonly operator: KnownPerson; readonly expiresAtMs: number } | null>;
  extendSession(tokenHash: string, expiresAtMs: number): Promise<void>;
  removeSession(tokenHash: string): Promise<void>;
}

export interface Who {
  readonly operator: Operator;
  readonly mustSetPassword: boolean;
  readonly tokenHash: string;
}

export interface SignedIn extends Who {
  /** Goes into the cookie and nowhere else. */
  readonly token: string;
}

/** Enough for secrets of 128 random bits and more: nobody can try them out, so no slow hash is needed. */
export const hashOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export class SignIn {
  readonly #people: People;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #perName: Attempts;
  readonly #perAddress: Attempts;

  constructor(people: People, env: { readonly clock: Clock; readonly ids: Ids }) {
    this.#people = people;
    this.#clock = env.clock;
    this.#ids = env.ids;
    this.#perName = new Attempts(env.clock, MOST_PER_NAME);
    this.#perAddress = new Attempts(env.clock, MOST_PER_ADDRESS);
  }

  /** A code that signs this person in once within `forMs`. Show it to them and forget it. Throws NOT_FOUND. */
  async issueCode(name: string, forMs = CODE_MS): Promise<string> {
    if (!(await this.#people.findOperator(name))) throw new GridwardenError('NOT_FOUND', { what: 'operator', id: name });
    const code = this.#ids.secret();
    await this.#people.addSignInCode(hashOfSecret(code), name, this.#clock.nowMs() + forMs);
    return code;
  }

  /** Throws SIGN_IN_REFUSED, SIGN_IN_SLOW_DOWN. */
  async withCode(code: string, address: string): Promise<SignedIn> {
    return this.#attempt('code', address, () => this.#people.redeemSignInCode(hashOfSecret(code), this.#clock.nowMs()));
  }

  /** Throws SIGN_IN_REFUSED, SIGN_IN_SLOW_DOWN. */
  async withPassword(name: string, password: string, address: string): Promise<SignedIn> {
    return this.#attempt(`name ${name}`, address, async () => {
      const person = await this.#people.findOperator(name);
      return (await passwordFits(password, person?.passwordHash ?? null)) ? person : null;
    });
  }

  /** The person of a session, whose time begins anew; null when there is none or it ran out. */
  async who(token: string): Promise<Who | null> {
    const tokenHash = hashOfSecret(token);
    const nowMs = this.#clock.nowMs();
    const session = await this.#people.findSession(tokenHash, nowMs);
    if (!session) return null;
    if (session.expiresAtMs < nowMs + SESSION_MS - EXTEND_AFTER_MS) await this.#people.extendSession(tokenHash, nowMs + SESSION_MS);
    return whoOf(session.operator, tokenHash);
  }

  /** Is the session still good, with the same rights? For answers that last: it does not extend. */
  async stillThere(who: Who): Promise<boolean> {
    const session = await this.#people.findSession(who.tokenHash, this.#clock.nowMs());
    if (!session) return false;
    const { role, cellScope, seesFaces } = session.operator;
    return role === who.operator.role && seesFaces === who.operator.seesFaces && cellScope.join() === who.operator.cellScope.join();
  }

  /** Ends the person's other sessions and unused codes. */
  async setPassword(who: Who, password: string): Promise<void> {
    await this.#people.setPassword(who.operator.name, await hashPassword(password), who.tokenHash);
  }

  async signOut(token: string): Promise<void> {
    await this.#people.removeSession(hashOfSecret(token));
  }

  async #attempt(what: string, address: string, find: () => Promise<KnownPerson | null>): Promise<SignedIn> {
    const key = `${what} from ${address}`;
    this.#perAddress.begin(address);
    this.#perName.begin(key);
    const person = await find();
    if (!person) throw new GridwardenError('SIGN_IN_REFUSED');
    this.#perName.succeeded(key);
    this.#perAddress.takeBack(address);
    const token = this.#ids.secret();
    const nowMs = this.#clock.nowMs();
    await this.#people.addSession(hashOfSecret(token), person.name, nowMs, nowMs + SESSION_MS);
    return { ...whoOf(person, hashOfSecret(token)), token };
  }
}

function whoOf({ name, role, cellScope, seesFaces, passwordHash }: KnownPerson, tokenHash: string): Who {
  return { operator: { name, role, cellScope, seesFaces }, mustSetPassword: passwordHash === null, tokenHash };
}
