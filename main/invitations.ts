/** Who is invited to sign in once, by `--invite NAME:ROLE` or because nobody can sign in yet. */
import { parseArgs } from 'node:util';
import type { SignIn } from '../console/server/sign-in.ts';
import { ROLES, type Role } from '../domain/operator.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Store } from '../store/store.ts';

export interface Invitation {
  readonly name: string;
  readonly role: Role;
}

/** One-time codes by name; each person is made, or given the role, first. */
export async function invite(store: Store, signIn: SignIn, invitations: readonly Invitation[], nowMs: number): Promise<Record<string, string>> {
  const codes: Record<string, string> = {};
  for (const { name, role } of await withFirstPerson(store, invitations)) {
    await store.operators.saveOperator({ name, role, cellScope: [] }, nowMs);
    codes[name] = await signIn.issueCode(name);
  }
  return codes;
}

/** On a site where nobody can sign in yet, an administrator is invited. */
async function withFirstPerson(store: Store, invitations: readonly Invitation[]): Promise<readonly Invitation[]> {
  if (invitations.length > 0) return invitations;
  const people = await store.operators.operators();
  return people.some((person) => person.passwordHash !== null) ? [] : [{ name: 'admin', role: 'admin' }];
}

/** `--invite NAME:ROLE`, any number of times, beside the usual arguments. */
export function deskArguments(argv: readonly string[]): { config: string; data: string; invitations: Invitation[] } {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string', default: 'gridwarden.yaml' }, data: { type: 'string', default: 'data' }, invite: { type: 'string', multiple: true, default: [] } },
  });
  const invitations = values.invite.map((text) => {
    const [name = '', role = 'dispatcher'] = text.split(':');
    if (!/^[\p{L}\p{N}._-]{1,64}$/u.test(name) || !ROLES.some((known) => known === role)) throw new GridwardenError('BAD_REQUEST', { why: `--invite is "${text}"; write NAME:ROLE with one of the roles ${ROLES.join(', ')}` });
    return { name, role: role as Role };
  });
  return { config: values.config, data: values.data, invitations };
}
