/** A management grid cell (网格): the smallest area somebody answers for. */
import type { Polygon } from './geo.ts';

/** One level of the hierarchy above a cell, with its code prefix and name. */
export interface CellLevel {
  readonly code: string;
  readonly name: string;
}

export interface Cell {
  /** 15 digits: division 6, street 3, community 3, cell 3 (GB/T 30428.1; DB11/T 2157-2023). */
  readonly code: string;
  readonly name: string;
  readonly community: CellLevel;
  readonly street: CellLevel;
  readonly district: CellLevel;
  /** The team that answers for it; null falls back to the team of the community, street or district (属地兜底). */
  readonly teamId: string | null;
  readonly area: Polygon;
  /** Valid from this moment (inclusive) … */
  readonly validFromMs: number;
  /** … to this one (exclusive); null while it is in force. Codes are ended, never deleted. */
  readonly validToMs: number | null;
}
