/** `npm run check`: validates configuration, grid and models without starting anything. */
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { surveyNotes } from './calibration.ts';
import { loadCells } from './cells.ts';
import { openEyes } from './eyes.ts';
import { exitWith } from './process.ts';
import { openSite, siteArguments, systemEnvironment } from './site.ts';

try {
  const site = await openSite(siteArguments(process.argv.slice(2)));
  const { config } = site;
  const { cells } = await loadCells(site);
  const notes = surveyNotes(config.cameras, site.configFile);
  process.stdout.write(`${site.configFile}: ${config.cameras.length} cameras, ${config.devices.length} devices, ${config.patrols.length} patrols, ${config.rules.length} rules, ${cells.length} cells: valid\n${notes.map((note) => `note: ${note}\n`).join('')}`);
  try {
    const eyes = await openEyes(config.models, systemEnvironment('check').log);
    process.stdout.write(`models: ${eyes.models.join(', ')}: found, whole, and answering their self-test\n`);
    await eyes.close();
  } catch (error) {
    if (!(error instanceof GridwardenError) || error.code !== 'MODELS_MISSING') throw error;
    process.stdout.write(`models: ${sentenceOf(error)}\n`);
  }
} catch (error) {
  exitWith(error);
}
