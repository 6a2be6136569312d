/** The address of a camera's stream: where to connect, who to be, what to ask for. */
import type { Credentials } from './rtsp-login.ts';

/** RFC 2326, 3.2, and RFC 7826, 19.2. */
const PORTS = { rtsp: 554, rtsps: 322 } as const;

export interface RtspAddress {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | null;
  /** As it stands in requests: without user and password, and in one line. */
  readonly uri: string;
}

/** Null where `url` is none. */
export function rtspAddress(url: string): RtspAddress | null {
  const parts = /^(rtsps?):\/\/(?:([^/?#]*)@)?([^/?#@]*)([^#]*)/is.exec(url);
  if (!parts || !URL.canParse(url)) return null;
  const [, scheme = '', login, place = '', path = ''] = parts;
  const { hostname, port } = new URL(url);
  const secure = scheme.toLowerCase() === 'rtsps';
  if (hostname === '') return null;
  const colon = login?.indexOf(':') ?? -1;
  const credentials = login === undefined ? null : { user: decoded(colon < 0 ? login : login.slice(0, colon)), password: decoded(colon < 0 ? '' : login.slice(colon + 1)) };
  return { secure, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? PORTS[secure ? 'rtsps' : 'rtsp'] : Number(port), credentials, uri: `${scheme.toLowerCase()}://${place}${path}`.replace(/[\s\p{Cc}]/gu, encodeURIComponent) };
}

/** A password that holds a bare percent sign was meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What a description calls a stream, as the address to ask for it (RFC 2326, C.1.1): `*` and nothing are `base` itself. */
export function controlUri(base: string, control: string | null): string {
  if (control === null || control === '*' || control === '') return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  // Not as a browser joins them: cameras mean what stands there, with a slash between, and behind a query too.
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}
