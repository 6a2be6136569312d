/** Who may do what, and who may see which cells. */
import type { FastifyRequest } from 'fastify';
import type { Operator, Role } from '../../domain/operator.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { Who } from './sign-in.ts';

/** 'session' is what a route has that says nothing: to be open, a route must say so. */
export type Access = 'open' | 'session' | 'session-or-token';

declare module 'fastify' {
  interface FastifyRequest {
    who: Who | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, dispatcher: 1, admin: 2 };

/** Throws SIGN_IN_REQUIRED. */
export function whoOf(request: FastifyRequest): Who {
  if (!request.who) throw new GridwardenError('SIGN_IN_REQUIRED');
  return request.who;
}

/** Throws SIGN_IN_REQUIRED, ROLE_TOO_LOW. */
export function atLeast(request: FastifyRequest, role: Role): Operator {
  const { operator } = whoOf(request);
  if (RANK[operator.role] < RANK[role]) throw new GridwardenError('ROLE_TOO_LOW', { role: operator.role });
  return operator;
}

/** What lies in no cell is seen only by those who see everything. */
export function maySee(operator: Operator, cellCode: string | null): boolean {
  return operator.cellScope.length === 0 || (cellCode !== null && operator.cellScope.some((prefix) => cellCode.startsWith(prefix)));
}

/** Within the person's scope and the subtree looked at. */
export function isShown(operator: Operator, prefix: string, cellCode: string | null): boolean {
  return maySee(operator, cellCode) && (prefix === '' || (cellCode?.startsWith(prefix) ?? false));
}

/** Throws NOT_FOUND, as if it were not there: being refused would tell that it is. */
export function refuseUnseen(operator: Operator, cellCode: string | null, what: string, id: string): void {
  if (!maySee(operator, cellCode)) throw new GridwardenError('NOT_FOUND', { what, id });
}
