/** A patrol team on the street, and where it was last. */
import type { LonLat } from './geo.ts';

export interface Patrol {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  /** The device whose positions are this patrol's. */
  readonly deviceId: string;
  readonly skills: readonly string[];
  /** How many open orders it may carry at once. */
  readonly maxOrders: number;
}

/** A team answers for cells or for whole code prefixes (community, street, district). */
export interface Team {
  readonly id: string;
  readonly name: string;
  readonly codePrefixes: readonly string[];
}

export interface PatrolState {
  readonly patrolId: string;
  readonly onDuty: boolean;
  readonly position: LonLat | null;
  readonly fixAtMs: number | null;
  readonly accuracyM: number | null;
  readonly cellCode: string | null;
  readonly openOrders: number;
}

/** What travels to the patrol's phone by MQTT, on `patrol/<patrolId>/orders`. */
export interface OrderMessage {
  readonly orderId: string;
  readonly caseId: string;
  readonly patrolId: string;
  readonly severity: string;
  readonly title: string;
  readonly cellCode: string | null;
  readonly cellName: string | null;
  readonly at: LonLat | null;
  readonly sentAtMs: number;
  readonly traceparent: string;
  /** True when the order is taken back (same `orderId`): the patrol stops, and answers no more. */
  readonly recalled?: boolean;
}
