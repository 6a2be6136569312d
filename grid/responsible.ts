/** Who answers for a cell: its own team, or else the nearest one up the tree (属地兜底). */
import { GB30428, type CellCodec } from '../domain/cell-code.ts';
import type { Cell } from '../domain/cell.ts';
import type { Team } from '../domain/patrol.ts';

/**
 * The cell's own team; where it names none (or one that is not there), the team with the longest code prefix above the cell:
 * community before street before district. Of two equal ones the lower id. Null where nobody answers for it.
 */
export function teamFor(cell: Pick<Cell, 'code' | 'teamId'>, teams: readonly Team[], codec: CellCodec = GB30428): Team | null {
  const own = teams.find((team) => team.id === cell.teamId);
  if (own) return own;
  const path = codec.areaPath(cell.code);
  const above = teams
    .flatMap((team) => team.codePrefixes.filter((prefix) => path.startsWith(prefix)).map((prefix) => ({ team, digits: prefix.length })))
    .sort((a, b) => b.digits - a.digits || (a.team.id < b.team.id ? -1 : 1));
  return above[0]?.team ?? null;
}
