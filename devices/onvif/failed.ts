/** Why a device that was found cannot be described, in words for a person: one line, without its words. */

export class OnvifFailed extends Error {
  /** It wants a user name and password, or others. */
  readonly wantsLogin: boolean;

  constructor(why: string, wantsLogin = false) {
    super(why);
    this.wantsLogin = wantsLogin;
  }
}

/** Text of a stranger, fit for a terminal and a comment: one line of printable characters, not long. */
export function printable(text: string, most = 80): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
