/** Why a connection failed or a certificate was refused, in words for a person; no address is in them. */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address (connection refused)',
  EHOSTUNREACH: 'there is no route to its address',
  ENETUNREACH: 'its network cannot be reached',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no answer in time',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody but itself; put it, or its authority, into the file that video.caFile names',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody here trusts the authority of its certificate; put that authority into the file that video.caFile names',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody here trusts the authority of its certificate; put that authority into the file that video.caFile names',
  UNABLE_TO_GET_ISSUER_CERT: 'nobody here trusts the authority of its certificate; put that authority into the file that video.caFile names',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody here trusts the authority of its certificate; put that authority into the file that video.caFile names',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name; use the name or address that stands in it, or have it made for this one',
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it, and look at the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; look at the clock of this machine',
  CERT_REVOKED: 'its certificate was revoked',
};

export const NO_TLS = 'it does not speak TLS as rtsps:// needs it: check its port, and that its firmware knows TLS 1.2';

/** The words for an error of node:net or node:tls. */
export function errorWords(error: unknown): string {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  const words = WORDS[code];
  if (words) return words;
  // Whatever else OpenSSL finds wrong: mostly a port where no TLS is spoken, or only a version of it that is no longer safe.
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return NO_TLS;
  if (code.startsWith('CERT_') || code.includes('CERT')) return `its certificate is refused (${code.toLowerCase().replaceAll('_', ' ')})`;
  return 'the connection broke';
}
