/** The site's grid: the file read, checked whole, and every home cell named in the configuration found in it. */
import { readFile } from 'node:fs/promises';
import { CELL_CODECS, type CellCodec, codecNamed } from '../domain/cell-code.ts';
import type { Cell } from '../domain/cell.ts';
import { importGrid } from '../grid/import.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Site } from './site.ts';

export interface SiteCells {
  readonly cells: readonly Cell[];
  readonly codec: CellCodec;
}

/** Throws GRID_UNREADABLE, GRID_INVALID, or CONFIG_INVALID for a home cell or team that does not exist. */
export async function loadCells({ config, configFile, gridFile }: Site, clock: Clock = systemClock): Promise<SiteCells> {
  const codec = codecNamed(config.grid.codes);
  if (!codec) throw invalid(configFile, [`grid.codes: "${config.grid.codes}" is no code scheme: name one of ${CELL_CODECS.map(({ name }) => name).join(', ')}`]);
  let text: string;
  try {
    text = await readFile(gridFile, 'utf8');
  } catch (error) {
    throw new GridwardenError('GRID_UNREADABLE', { file: gridFile, why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : sentenceOf(error) }, error);
  }
  const cells = importGrid(text, { file: gridFile, nowMs: clock.nowMs(), codec, timeZone: config.site.timeZone });
  const codes = new Set(cells.map((cell) => cell.code));
  const teams = new Set(config.teams.map((team) => team.id));
  const problems = [
    ...config.cameras.filter((camera) => !codes.has(camera.homeCell)).map((camera) => `cameras "${camera.id}" homeCell: the grid has no cell ${camera.homeCell}`),
    ...config.devices.filter((device) => device.homeCell !== null && !codes.has(device.homeCell)).map((device) => `devices "${device.id}" homeCell: the grid has no cell ${device.homeCell}`),
    ...cells.filter((cell) => cell.teamId !== null && !teams.has(cell.teamId)).map((cell) => `grid cell ${cell.code} team: there is no team "${cell.teamId}" under teams`),
  ];
  if (problems.length > 0) throw invalid(configFile, problems);
  return { cells, codec };
}

function invalid(file: string, problems: readonly string[]): GridwardenError {
  return new GridwardenError('CONFIG_INVALID', { file, problems: problems.map((problem) => `  - ${problem}`).join('\n') });
}
