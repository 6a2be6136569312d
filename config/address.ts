/** Is a text an address of one of these schemes, with a host, a port that exists, and a user and password that can be decoded? */

/** `schemes` as in URL.protocol, with the colon. */
export function isAddress(text: string, schemes: readonly string[]): boolean {
  try {
    const { protocol, username, password, hostname, searchParams } = new URL(text);
    decodeURIComponent(username);
    decodeURIComponent(password);
    // A # in a password ends the address there; what follows it, host and all, would be dropped.
    return schemes.includes(protocol) && !text.includes('#') && (hostname !== '' || searchParams.has('host'));
  } catch {
    return false;
  }
}
