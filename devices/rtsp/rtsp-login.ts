/** How a viewer signs in to a camera: Basic (RFC 7617) and Digest (RFC 7616, and RFC 2617 as most cameras know it). */
import { createHash } from 'node:crypto';
import { RtspRefused } from './wire.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Challenge {
  readonly scheme: 'basic' | 'digest';
  readonly fields: ReadonlyMap<string, string>;
}

/** Hashes of Digest by their names (RFC 7616, 6.1), each also as a session's; the stronger first. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
]);
const SESSION = /-SESS$/;
/** Of what a camera says, in words for a person. */
const [MOST_NAME, MOST_NAMED] = [20, 3];

/** Answers what a camera asks. The password never leaves in the clear where the camera knows Digest. */
export class RtspLogin {
  readonly #credentials: Credentials | null;
  readonly #randomHex: () => string;
  #challenge: Challenge | null = null;
  /** Ours, the same for all requests of a challenge: of the -sess algorithms the secret holds it (RFC 7616, 3.4.2). */
  #cnonce = '';
  #count = 0;

  /** `randomHex`: another one with each call. */
  constructor(credentials: Credentials | null, randomHex: () => string) {
    this.#credentials = credentials;
    this.#randomHex = randomHex;
  }

  /**
   * Takes the values of WWW-Authenticate of an answer 401: false where there is no other answer than the one it refused.
   * Throws RtspRefused where it asks for what is not spoken.
   */
  challenged(values: readonly string[]): boolean {
    const asked = values.flatMap(challengesIn);
    const known = [...HASHES.keys()].flatMap((name) => asked.filter((each) => each.scheme === 'digest' && hashName(each) === name));
    const next = known[0] ?? asked.find(({ scheme }) => scheme === 'basic') ?? null;
    if (next === null && asked.length > 0) throw new RtspRefused(`it wants Digest with ${asked.map((each) => algorithmOf(each).slice(0, MOST_NAME)).slice(0, MOST_NAMED).join(' or ')}, which is not spoken here; let it offer Digest with SHA-256 or MD5`);
    if (this.#credentials === null || next === null) return false;
    // The same question again means that the answer was wrong, unless it says that only its nonce was too old.
    const refused = this.#challenge !== null && next.fields.get('stale')?.toLowerCase() !== 'true';
    [this.#challenge, this.#cnonce, this.#count] = [next, this.#randomHex(), 0];
    return !refused;
  }

  /** The value of Authorization for a request; null before the camera asked. */
  authorization(method: string, uri: string): string | null {
    if (this.#credentials === null || this.#challenge === null) return null;
    const { user, password } = this.#credentials;
    if (this.#challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
    return this.#digest(this.#challenge, this.#credentials, method, uri);
  }

  #digest(challenge: Challenge, { user, password }: Credentials, method: string, uri: string): string {
    const field = (name: string): string => challenge.fields.get(name) ?? '';
    const algorithm = algorithmOf(challenge);
    const hash = (text: string): string => createHash(HASHES.get(hashName(challenge)) ?? 'md5').update(text, 'utf8').digest('hex');
    const [realm, nonce, cnonce] = [field('realm'), field('nonce'), this.#cnonce];
    const count = (++this.#count).toString(16).padStart(8, '0');
    const counted = field('qop').split(',').some((each) => each.trim().toLowerCase() === 'auth');
    const ofUser = hash(`${user}:${realm}:${password}`);
    const secret = SESSION.test(algorithm) ? hash(`${ofUser}:${nonce}:${cnonce}`) : ofUser;
    const response = hash(`${secret}:${nonce}${counted ? `:${count}:${cnonce}:auth` : ''}:${hash(`${method}:${uri}`)}`);
    const quoted = (name: string, value: string): string => `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
    return `Digest ${[
      quoted('username', user),
      quoted('realm', realm),
      quoted('nonce', nonce),
      quoted('uri', uri),
      quoted('response', response),
      ...(challenge.fields.has('algorithm') ? [`algorithm=${field('algorithm')}`] : []),
      ...(challenge.fields.has('opaque') ? [quoted('opaque', field('opaque'))] : []),
      ...(counted ? ['qop=auth', `nc=${count}`] : []),
      ...(counted || SESSION.test(algorithm) ? [quoted('cnonce', cnonce)] : []),
    ].join(', ')}`;
  }
}

const algorithmOf = ({ fields }: Challenge): string => (fields.get('algorithm') ?? 'MD5').toUpperCase();
const hashName = (challenge: Challenge): string => algorithmOf(challenge).replace(SESSION, '');

/** One header may hold several (RFC 9110, 11.6.1). */
function challengesIn(value: string): Challenge[] {
  return [...value.matchAll(/\b(basic|digest)\s+((?:[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,"]+)\s*,?\s*)*)/gi)].map(([, scheme, fields]) => ({
    scheme: scheme?.toLowerCase() === 'basic' ? 'basic' : 'digest',
    fields: new Map([...(fields ?? '').matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)].map(([, name, text, bare]) => [(name ?? '').toLowerCase(), text?.replace(/\\(.)/g, '$1') ?? bare ?? ''])),
  }));
}
