/** Who could be sent to a case, and why: the answer of the choice, as desk, API and console share it. */

/** Why a candidate stands where it does; the console words it. */
export const REASON_CODES = ['nearest', 'responsible', 'farther', 'stale-position', 'no-position', 'place-unknown'] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export interface ChoiceReason {
  readonly code: ReasonCode;
  /** 1 is the one proposed. */
  readonly rank: number;
  readonly of: number;
  /** 'cell-centre' when the case has no point of its own: then distances are rough. */
  readonly measuredFrom: 'place' | 'cell-centre' | null;
}

export interface Candidate {
  readonly patrolId: string;
  readonly distanceM: number | null;
  readonly positionAgeS: number | null;
  /** The position is too old to trust (dispatch/choose.ts says how old). */
  readonly stale: boolean;
  readonly openOrders: number;
  /** Of the team that answers for the cell. */
  readonly responsible: boolean;
  readonly reason: ChoiceReason;
}

/** Why nobody with a trustworthy position can be proposed. */
export const SHORTFALL_CODES = ['NoPatrols', 'NoneOnDuty', 'NoneWithSkill', 'AllTried', 'AllAtCapacity', 'NoPosition', 'PositionsStale'] as const;
export type ShortfallCode = (typeof SHORTFALL_CODES)[number];

export interface Shortfall {
  readonly code: ShortfallCode;
  /** How many were left after each test, in the order of the tests. */
  readonly patrols: number;
  readonly onDuty: number;
  readonly withSkill: number;
  /** Not already sent to this case, and not having declined it. */
  readonly untried: number;
  readonly withCapacity: number;
  readonly withPosition: number;
  readonly withFreshPosition: number;
}

export interface Choice {
  /** Best first. Patrols with a stale position or none come last, for a person to choose knowingly. */
  readonly candidates: readonly Candidate[];
  /** Null if the first candidate has a fresh position. */
  readonly shortfall: Shortfall | null;
}
