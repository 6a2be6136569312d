/** Basic and Digest authentication as cameras ask for it (RFC 2326, D.2; RFC 2617, 2 and 3; RFC 7616). */
import { createHash } from 'node:crypto';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

export interface CameraLogin {
  readonly user: string;
  readonly password: string;
  readonly scheme: 'basic' | 'digest';
  /** What Digest is offered with, in this order (default: MD5 alone). */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** Whether requests are counted; most cameras do not ask for it. */
  readonly qop?: boolean;
}

const REALM = 'fake camera';
const HASHES = { MD5: 'md5', 'SHA-256': 'sha256' } as const;

/** Values of WWW-Authenticate. */
export function challenges({ scheme, algorithms = ['MD5'], qop = false }: CameraLogin, nonce: string): string[] {
  if (scheme === 'basic') return [`Basic realm="${REALM}"`];
  return algorithms.map((algorithm) => `Digest realm="${REALM}", nonce="${nonce}", algorithm="${algorithm}"${qop ? ', qop="auth"' : ''}`);
}

/** True where the Authorization header answers a challenge with the right user and password for this method. */
export function isAuthorised({ user, password, scheme, algorithms = ['MD5'], qop = false }: CameraLogin, nonce: string, method: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  if (scheme === 'basic') return header === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (!header.startsWith('Digest ')) return false;
  const given = new Map([...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map((m) => [m[1] ?? '', m[2] ?? m[3] ?? '']));
  if (given.get('username') !== user || given.get('realm') !== REALM || given.get('nonce') !== nonce) return false;
  const algorithm = algorithms.find((each) => each === (given.get('algorithm') ?? 'MD5'));
  if (algorithm === undefined || (qop && !given.has('qop'))) return false;
  const hash = (text: string): string => createHash(HASHES[algorithm]).update(text).digest('hex');
  const what = hash(`${method}:${given.get('uri') ?? ''}`);
  const counted = given.has('qop') ? `:${given.get('nc') ?? ''}:${given.get('cnonce') ?? ''}:${given.get('qop') ?? ''}` : '';
  return given.get('response') === hash(`${hash(`${user}:${REALM}:${password}`)}:${nonce}${counted}:${what}`);
}
