/** A person at the console and what they may do. */

export const ROLES = ['admin', 'dispatcher', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export interface Operator {
  readonly name: string;
  readonly role: Role;
  /** Code prefixes of the cells this person may see; empty means all. */
  readonly cellScope: readonly string[];
}
