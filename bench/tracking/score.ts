/** All tracking metrics of some sequences at once, rounded for a report. */
import { clear, clearCounts, type ClearCounts } from './clear.ts';
import { hota, hotaCounts, type HotaCounts } from './hota.ts';
import { identity, identityCounts, type IdentityCounts } from './identity.ts';
import type { JudgedFrame } from './sequence.ts';

export interface Counts {
  readonly hota: readonly HotaCounts[];
  readonly identity: IdentityCounts;
  readonly clear: ClearCounts;
}

export interface TrackingScore {
  readonly hota: number;
  readonly detA: number;
  readonly assA: number;
  readonly locA: number;
  readonly idf1: number;
  readonly idp: number;
  readonly idr: number;
  readonly mota: number;
  readonly idSwitches: number;
  readonly fragments: number;
  readonly misses: number;
  readonly falseBoxes: number;
}

export const countSequence = (frames: readonly JudgedFrame[]): Counts => ({ hota: hotaCounts(frames), identity: identityCounts(frames), clear: clearCounts(frames) });

/** Shares to three places, counts whole. */
export function scoreOf(sequences: readonly Counts[]): TrackingScore {
  const all = { ...hota(sequences.map((s) => s.hota)), ...identity(sequences.map((s) => s.identity)), ...clear(sequences.map((s) => s.clear)) };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, Math.round(value * 1000) / 1000])) as unknown as TrackingScore;
}
