/** Which orders already wait in a kept session: sent again every half minute, they would pile up in it for as long as the phone is away. */
import type { OrderMessage } from '../../domain/patrol.ts';

export class OrdersWaiting {
  readonly #byPatrol = new Map<string, Set<string>>();

  /** True the first time since the patrol's phone was last there; the order is then noted. */
  isNew(order: OrderMessage): boolean {
    const waiting = this.#byPatrol.get(order.patrolId) ?? new Set();
    this.#byPatrol.set(order.patrolId, waiting);
    const key = `${order.orderId}${order.recalled ? '/recalled' : ''}`;
    if (waiting.has(key)) return false;
    waiting.add(key);
    return true;
  }

  /** The phone is back and has been given what waited. */
  delivered(patrolId: string): void {
    this.#byPatrol.delete(patrolId);
  }
}
