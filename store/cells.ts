/** Cells with their whole past: a code is ended or given a new version, never deleted. */
import type { Cell } from '../domain/cell.ts';
import type { Polygon } from '../domain/geo.ts';
import type { Database, Queries } from './database.ts';

export interface ReplacedCells {
  readonly added: number;
  readonly changed: number;
  readonly ended: number;
  readonly unchanged: number;
}

interface CellRow {
  code: string;
  name: string;
  community_code: string;
  community_name: string;
  street_code: string;
  street_name: string;
  district_code: string;
  district_name: string;
  team_id: string | null;
  area: Polygon;
  valid_from_ms: number;
  valid_to_ms: number | null;
}

export class CellShelf {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The cells in force at that moment, by code. */
  async cellsAt(atMs: number): Promise<readonly Cell[]> {
    const rows = await this.#database.query<CellRow>(
      'SELECT * FROM cells WHERE valid_from_ms <= $1 AND (valid_to_ms IS NULL OR valid_to_ms > $1) ORDER BY code',
      [atMs],
    );
    return rows.map(cellOf);
  }

  /** Every version of one code, oldest first. */
  async versionsOf(code: string): Promise<readonly Cell[]> {
    return (await this.#database.query<CellRow>('SELECT * FROM cells WHERE code = $1 ORDER BY valid_from_ms', [code])).map(cellOf);
  }

  /** The version of a code in force at that moment, or null. */
  async cellAt(code: string, atMs: number): Promise<Cell | null> {
    const rows = await this.#database.query<CellRow>(
      'SELECT * FROM cells WHERE code = $1 AND valid_from_ms <= $2 AND (valid_to_ms IS NULL OR valid_to_ms > $2)',
      [code, atMs],
    );
    return rows[0] ? cellOf(rows[0]) : null;
  }

  /**
   * Makes `cells` the whole grid from `atMs` on: a new or changed cell gets a version that begins then (or at its own later
   * validFromMs; a new code may also begin earlier), one that is not named ends at `atMs`, an equal one stays as it is.
   */
  async replaceCells(cells: readonly Cell[], atMs: number): Promise<ReplacedCells> {
    return this.#database.transaction(async (tx) => {
      // Two desks that import at once take turns.
      await tx.query('LOCK TABLE cells IN SHARE ROW EXCLUSIVE MODE');
      const open = new Map((await tx.query<CellRow>('SELECT * FROM cells WHERE valid_to_ms IS NULL', [])).map((row) => [row.code, cellOf(row)]));
      const known = new Set((await tx.query<{ code: string }>('SELECT DISTINCT code FROM cells', [])).map((row) => row.code));
      const done = { added: 0, changed: 0, ended: 0, unchanged: 0 };
      for (const cell of cells) {
        const old = open.get(cell.code);
        open.delete(cell.code);
        if (old && sameCell(old, cell)) {
          done.unchanged++;
          continue;
        }
        await beginVersion(tx, cell, known.has(cell.code) ? Math.max(atMs, cell.validFromMs) : cell.validFromMs);
        done[known.has(cell.code) ? 'changed' : 'added']++;
      }
      for (const code of open.keys()) await endVersions(tx, code, atMs);
      return { ...done, ended: open.size };
    });
  }
}

async function beginVersion(tx: Queries, cell: Cell, fromMs: number): Promise<void> {
  await endVersions(tx, cell.code, fromMs);
  // The conflict: the grid was changed twice in one millisecond; the earlier version was never in force.
  await tx.query(
    `INSERT INTO cells (code, name, community_code, community_name, street_code, street_name, district_code, district_name, team_id, area, valid_from_ms, valid_to_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (code, valid_from_ms) DO UPDATE SET name = excluded.name, community_code = excluded.community_code, community_name = excluded.community_name,
       street_code = excluded.street_code, street_name = excluded.street_name, district_code = excluded.district_code, district_name = excluded.district_name,
       team_id = excluded.team_id, area = excluded.area, valid_to_ms = excluded.valid_to_ms`,
    [
      cell.code, cell.name, cell.community.code, cell.community.name, cell.street.code, cell.street.name, cell.district.code, cell.district.name,
      cell.teamId, JSON.stringify(cell.area), fromMs, cell.validToMs === null ? null : Math.max(cell.validToMs, fromMs),
    ],
  );
}

/** A version that would only have begun later ends where it begins: it is kept, and was never in force. */
async function endVersions(tx: Queries, code: string, atMs: number): Promise<void> {
  await tx.query('UPDATE cells SET valid_to_ms = greatest(valid_from_ms, $2) WHERE code = $1 AND (valid_to_ms IS NULL OR valid_to_ms > $2)', [code, atMs]);
}

/** Equal in everything but when it began. */
function sameCell(a: Cell, b: Cell): boolean {
  return contentOf(a) === contentOf(b);
}

function contentOf({ code, name, community, street, district, teamId, area, validToMs }: Cell): string {
  return JSON.stringify([
    code, name, community.code, community.name, street.code, street.name, district.code, district.name, teamId, area.coordinates, validToMs,
  ]);
}

function cellOf(row: CellRow): Cell {
  return {
    code: row.code,
    name: row.name,
    community: { code: row.community_code, name: row.community_name },
    street: { code: row.street_code, name: row.street_name },
    district: { code: row.district_code, name: row.district_name },
    teamId: row.team_id,
    area: row.area,
    validFromMs: row.valid_from_ms,
    validToMs: row.valid_to_ms,
  };
}
