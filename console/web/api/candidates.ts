/** What the choice of patrol answers, as `dispatch/choose.ts` writes it; `case/offered.test.ts` proves the fit. */

export type ReasonCode = 'nearest' | 'responsible' | 'farther' | 'stale-position' | 'no-position' | 'place-unknown';
export type ShortfallCode = 'NoPatrols' | 'NoneOnDuty' | 'NoneWithSkill' | 'AllTried' | 'AllAtCapacity' | 'NoPosition' | 'PositionsStale';

export interface Candidate {
  readonly patrolId: string;
  readonly distanceM: number | null;
  readonly positionAgeS: number | null;
  readonly stale: boolean;
  readonly openOrders: number;
  /** Of the team that answers for the cell. */
  readonly responsible: boolean;
  readonly reason: {
    readonly code: ReasonCode;
    readonly rank: number;
    readonly of: number;
    readonly measuredFrom: 'place' | 'cell-centre' | null;
  };
}

export interface Shortfall {
  readonly code: ShortfallCode;
  readonly patrols: number;
  readonly onDuty: number;
  readonly withSkill: number;
  readonly untried: number;
  readonly withCapacity: number;
  readonly withPosition: number;
  readonly withFreshPosition: number;
}

export interface CandidatesAnswer {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** Null if the first candidate has a fresh position. */
  readonly shortfall: Shortfall | null;
}
