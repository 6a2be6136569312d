/** Basic and Digest authentication as cameras ask for it (RFC 2326, D.2; RFC 2617, 2 and 3, MD5). */
import { createHash } from 'node:crypto';

export interface CameraLogin {
  readonly user: string;
  readonly password: string;
  readonly scheme: 'basic' | 'digest';
}

const REALM = 'fake camera';

/** Value of WWW-Authenticate. Digest comes without `qop`, as most cameras send it. */
export function challenge(login: CameraLogin, nonce: string): string {
  return login.scheme === 'basic' ? `Basic realm="${REALM}"` : `Digest realm="${REALM}", nonce="${nonce}", algorithm="MD5"`;
}

/** True where the Authorization header answers the challenge with the right user and password for this method. */
export function isAuthorised(login: CameraLogin, nonce: string, method: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  if (login.scheme === 'basic') return header === `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  if (!header.startsWith('Digest ')) return false;
  const given = new Map([...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map((m) => [m[1] ?? '', m[2] ?? m[3] ?? '']));
  if (given.get('username') !== login.user || given.get('realm') !== REALM || given.get('nonce') !== nonce) return false;
  const secret = md5(`${login.user}:${REALM}:${login.password}`);
  const what = md5(`${method}:${given.get('uri') ?? ''}`);
  const counted = given.has('qop') ? `:${given.get('nc') ?? ''}:${given.get('cnonce') ?? ''}:${given.get('qop') ?? ''}` : '';
  return given.get('response') === md5(`${secret}:${nonce}${counted}:${what}`);
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
