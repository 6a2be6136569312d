/** The statuses of an order as one table: forward only, because a phone's answers come late, twice and out of order. */
import type { OrderStatus } from '../domain/case.ts';

/** From each status the ones that may follow. Steps may be skipped: an answer lost on the way is overtaken by the next. */
export const STATUS_TABLE: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  sent: ['acknowledged', 'en_route', 'on_scene', 'done', 'declined', 'recalled'],
  acknowledged: ['en_route', 'on_scene', 'done', 'declined', 'recalled'],
  en_route: ['on_scene', 'done', 'declined', 'recalled'],
  on_scene: ['done', 'declined', 'recalled'],
  done: [],
  declined: [],
  recalled: [],
};

export function mayFollow(now: OrderStatus, next: OrderStatus): boolean {
  return STATUS_TABLE[now].includes(next);
}

/** Still with the patrol: it counts against what the patrol may carry, and closing the case takes it back. */
export function isOpen(status: OrderStatus): boolean {
  return STATUS_TABLE[status].length > 0;
}
