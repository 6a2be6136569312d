/** Asks an ONVIF device one question at a time: SOAP 1.2 over HTTP, logged in by WS-UsernameToken or HTTP Digest, answers bounded in bytes and time. */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { OnvifFailed, printable } from './failed.ts';
import { escaped, find, MAX_XML_BYTES, NotXml, parseXml, type XmlElement } from './xml.ts';

export interface OnvifLogin {
  readonly user: string;
  readonly password: string;
}

export interface SoapOptions {
  readonly login: OnvifLogin | null;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Devices lock a user out after some wrong passwords: after the first refusal this asks nothing more. */
export class SoapCaller {
  readonly #options: SoapOptions;
  /** The device's clock less ours: it takes a login only of its own time. */
  #aheadMs = 0;
  #refused: OnvifFailed | null = null;

  constructor(options: SoapOptions) {
    this.#options = options;
  }

  /** Sets by how much the device's clock is ahead of ours. */
  keepTimeOf(deviceNowMs: number): void {
    this.#aheadMs = deviceNowMs - this.#options.clock.nowMs();
  }

  /** The body's first element. Errors: OnvifFailed; its words name no address, and nothing of the login. */
  async ask(url: string, question: string, as: 'anybody' | 'user' = 'user'): Promise<XmlElement> {
    const { login } = this.#options;
    if (this.#refused) throw this.#refused;
    const first = await this.#post(url, this.#envelope(question, as === 'user' ? login : null), null);
    const asks = first.status === 401 && login && as === 'user' ? digestAsked(first.authenticate) : null;
    // One that does not read the login in the message asks for it in HTTP (ONVIF Core 5.9.2 allows both).
    const { status, text } = asks && login ? await this.#post(url, this.#envelope(question, null), digest(asks, login, url)) : first;
    try {
      return bodyOf(status, text, login !== null);
    } catch (error) {
      if (error instanceof OnvifFailed && error.wantsLogin && login && as === 'user') this.#refused = error;
      throw error;
    }
  }

  async #post(url: string, envelope: string, authorization: string | null): Promise<{ status: number; text: string; authenticate: string }> {
    const { timeoutMs, clock, signal } = this.#options;
    const done = new AbortController();
    const tooLate = new AbortController();
    void clock.sleep(timeoutMs, done.signal).then(() => tooLate.abort());
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Never with a login to another machine.
        redirect: 'manual',
        headers: { 'content-type': 'application/soap+xml; charset=utf-8', ...(authorization ? { authorization } : {}) },
        body: envelope,
        signal: AbortSignal.any([tooLate.signal, ...(signal ? [signal] : [])]),
      });
      if (response.status >= 300 && response.status < 400) throw new OnvifFailed('it sends us to another address');
      return { status: response.status, text: await bounded(response), authenticate: response.headers.get('www-authenticate') ?? '' };
    } catch (error) {
      if (error instanceof OnvifFailed) throw error;
      throw new OnvifFailed(tooLate.signal.aborted ? `it did not answer within ${timeoutMs / 1000} s` : whyNot(error));
    } finally {
      done.abort();
    }
  }

  #envelope(question: string, login: OnvifLogin | null): string {
    return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${login ? `<s:Header>${this.#token(login)}</s:Header>` : ''}<s:Body>${question}</s:Body></s:Envelope>`;
  }

  /** WS-Security UsernameToken Profile 1.0, 3.1: the password itself never travels. */
  #token({ user, password }: OnvifLogin): string {
    const nonce = randomBytes(16);
    const created = new Date(this.#options.clock.nowMs() + this.#aheadMs).toISOString();
    const hashed = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
    const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
    return `<w:Security s:mustUnderstand="1" xmlns:w="${wss}-wssecurity-secext-1.0.xsd" xmlns:u="${wss}-wssecurity-utility-1.0.xsd"><w:UsernameToken><w:Username>${escaped(user)}</w:Username><w:Password Type="${wss}-username-token-profile-1.0#PasswordDigest">${hashed}</w:Password><w:Nonce EncodingType="${wss}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</w:Nonce><u:Created>${created}</u:Created></w:UsernameToken></w:Security>`;
  }
}

/** However much a device sends, so much is taken. */
async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > MAX_XML_BYTES) throw new OnvifFailed(`its answer is longer than ${MAX_XML_BYTES / 1024} KB`);
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString('utf8');
}

function bodyOf(status: number, text: string, loggedIn: boolean): XmlElement {
  const refusal = new OnvifFailed(loggedIn ? 'it refused the user name and password' : 'it wants a user name and password', true);
  if (status === 401 || status === 403) throw refusal;
  const body = readBody(status, text);
  const fault = body.name === 'Fault' ? body : null;
  if (!fault) return body;
  const codes = [find(fault, 'Code')?.children ?? [], find(fault, 'Subcode')?.children ?? []].flat().map((each) => each.text).join(' ');
  if (/NotAuthorized|FailedAuthentication|FailedCheck|InvalidSecurity|SenderNotAuthorized/i.test(codes)) throw refusal;
  throw new OnvifFailed(`it refused: ${printable(find(fault, 'Reason', 'Text')?.text ?? '') || 'without a reason'}`);
}

function readBody(status: number, text: string): XmlElement {
  try {
    const body = find(parseXml(text), 'Body')?.children[0];
    if (body) return body;
    throw new NotXml('it holds no answer');
  } catch (error) {
    if (!(error instanceof NotXml)) throw error;
    throw new OnvifFailed(status >= 400 ? `it refused (HTTP ${status})` : `its answer cannot be read: ${error.message}`);
  }
}

function whyNot(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? '') : '';
  if (code === 'ECONNREFUSED') return 'nothing listens at its address';
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return 'nobody here vouches for its certificate; name the one who does with NODE_EXTRA_CA_CERTS';
  return 'the connection broke';
}

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly hash: 'md5' | 'sha256';
  readonly qop: boolean;
}

/** RFC 7616. Null where it asks for something else; Basic would tell the password to whoever listens. */
function digestAsked(header: string): Challenge | null {
  const at = header.search(/\bdigest\s/i);
  if (at < 0) return null;
  const fields = new Map([...header.slice(at + 7).matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g)].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']));
  const algorithm = fields.get('algorithm')?.toLowerCase() ?? 'md5';
  const [realm, nonce] = [fields.get('realm'), fields.get('nonce')];
  if (realm === undefined || nonce === undefined || !['md5', 'sha-256'].includes(algorithm)) return null;
  return { realm, nonce, opaque: fields.get('opaque') ?? null, hash: algorithm === 'md5' ? 'md5' : 'sha256', qop: /\bauth\b/.test(fields.get('qop') ?? '') };
}

function digest({ realm, nonce, opaque, hash, qop }: Challenge, { user, password }: OnvifLogin, url: string): string {
  const { pathname, search } = new URL(url);
  const uri = pathname + search;
  const of = (text: string): string => createHash(hash).update(text).digest('hex');
  const cnonce = randomBytes(8).toString('hex');
  const [who, what] = [of(`${user}:${realm}:${password}`), of(`POST:${uri}`)];
  const response = of(qop ? `${who}:${nonce}:00000001:${cnonce}:auth:${what}` : `${who}:${nonce}:${what}`);
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `Digest username=${quoted(user)}, realm=${quoted(realm)}, nonce=${quoted(nonce)}, uri=${quoted(uri)}, response="${response}", algorithm=${hash === 'md5' ? 'MD5' : 'SHA-256'}${qop ? `, qop=auth, nc=00000001, cnonce="${cnonce}"` : ''}${opaque === null ? '' : `, opaque=${quoted(opaque)}`}`;
}
