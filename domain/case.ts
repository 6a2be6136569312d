/** A case: an alert being worked through the five stages, and the orders given to patrols for it. */
import type { LonLat } from './geo.ts';
import type { Severity } from './gravity.ts';

/** 发现上报 → 分类推送 → 协调处理 → 跟踪回访 → 评价结案. */
export const STAGES = ['reported', 'classified', 'handling', 'following_up', 'closed'] as const;
export type Stage = (typeof STAGES)[number];

export const CLOSE_CODES = ['true', 'false', 'duplicate', 'test'] as const;
export type CloseCode = (typeof CLOSE_CODES)[number];

/** Every move there is; `dispatch/moves.ts` says from which stage to which, and under what guard. */
export const MOVES = ['claim', 'release', 'classify', 'dispatch', 'follow_up', 'rework', 'close'] as const;
export type Move = (typeof MOVES)[number];

export const ORDER_STATUSES = ['sent', 'acknowledged', 'en_route', 'on_scene', 'done', 'declined', 'recalled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Why a move is refused (MOVE_NOT_ALLOWED), for programs; `dispatch/moves.ts` has the sentences. */
export const MOVE_REFUSALS = [
  'role-looks-only', 'held-already', 'held-by-another', 'not-yours-to-release', 'held-by-nobody', 'category-missing', 'patrol-missing',
  'no-order-ended', 'reason-missing', 'close-code-missing', 'close-code-not-here', 'true-needs-follow-up', 'closed', 'wrong-stage',
] as const;
export type MoveRefusal = (typeof MOVE_REFUSALS)[number];

/** Why a patrol cannot be sent (PATROL_UNFIT), for programs. */
export const PATROL_REFUSALS = ['off-duty', 'on-this-case', 'hands-full'] as const;
export type PatrolRefusal = (typeof PATROL_REFUSALS)[number];

/** One patrol sent to one case. */
export interface Order {
  readonly id: string;
  readonly caseId: string;
  readonly patrolId: string;
  readonly status: OrderStatus;
  readonly sentAtMs: number;
  readonly statusAtMs: number;
  readonly note: string | null;
  /** Why this patrol: the choice's own words, kept. */
  readonly reason: string;
}

/** One line of a case's history: who did what, when and why. */
export interface CaseEvent {
  readonly id: string;
  readonly caseId: string;
  readonly atMs: number;
  /** "operator/<name>", "patrol/<id>", "system", or "gridwarden" where the program closes or opens a case by itself (domain/health.ts). */
  readonly actor: string;
  /** 'opened' and 'order' are written by the system; the others are moves. */
  readonly what: Move | 'opened' | 'order';
  readonly fromStage: Stage | null;
  readonly toStage: Stage;
  readonly why: string | null;
}

export interface Case {
  readonly id: string;
  /** Grows by one with every change; a move names the version it saw, so two operators cannot overwrite each other. */
  readonly version: number;
  readonly stage: Stage;
  readonly severity: Severity;
  readonly cellCode: string | null;
  readonly at: LonLat | null;
  readonly assignee: string | null;
  readonly category: string | null;
  readonly closeCode: CloseCode | null;
  readonly openedAtMs: number;
  readonly stageSinceMs: number;
  readonly closedAtMs: number | null;
  readonly traceparent: string;
}

export interface CaseDetail extends Case {
  readonly history: readonly CaseEvent[];
  readonly orders: readonly Order[];
}
