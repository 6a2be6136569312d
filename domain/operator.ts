/** A person at the console and what they may do. */

export const ROLES = ['admin', 'dispatcher', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export interface Operator {
  readonly name: string;
  readonly role: Role;
  /** Code prefixes of the cells this person may see; empty means all. */
  readonly cellScope: readonly string[];
  /** May see pictures and video in which faces can be recognised; every look is noted. Of no role by itself: somebody gave it to this person. */
  readonly seesFaces: boolean;
}

/** One look at a picture or video in which faces can be recognised. */
export interface FaceView {
  readonly operatorName: string;
  readonly what: string;
  readonly purpose: string;
  readonly atMs: number;
}
