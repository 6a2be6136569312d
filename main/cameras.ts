/** `npm run cameras -- calibrate`: shows how well a camera's surveyed points fit one ground plane, and how well places can be told with it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { GridwardenError } from '../platform/errors.ts';
import { asGeoJson, calibrationOf, inLines } from './calibration.ts';
import { exitWith } from './process.ts';

const USAGE = 'the command is "npm run cameras -- calibrate --config FILE --camera ID [--geojson FILE]"';

/** Exit code 2 when the survey is refused, so that a script notices. */
async function calibrate(values: { readonly config: string; readonly camera: string; readonly geojson?: string | undefined }): Promise<void> {
  const { config } = await loadConfig(path.resolve(values.config), process.env);
  const camera = config.cameras.find(({ id }) => id === values.camera);
  if (!camera) throw new GridwardenError('NOT_FOUND', { what: 'camera', id: values.camera });
  const calibration = calibrationOf(camera);
  if (!calibration) throw new GridwardenError('GROUND_PLANE_INVALID', { camera: camera.id, why: 'it has no groundPlane in the configuration' });
  process.stdout.write(`${inLines(calibration).join('\n')}\n`);
  if (values.geojson !== undefined) {
    await writeFile(values.geojson, `${JSON.stringify(asGeoJson(calibration))}\n`);
    process.stdout.write(`${values.geojson}: camera, surveyed points, footprint and 95 % ellipses, to lay over a map\n`);
  }
  if (calibration.survey.trouble) process.exitCode = 2;
}

function argumentsOf(argv: readonly string[]): Parameters<typeof calibrate>[0] {
  try {
    const { positionals, values } = parseArgs({ args: [...argv], allowPositionals: true, options: { config: { type: 'string', default: 'gridwarden.yaml' }, camera: { type: 'string' }, geojson: { type: 'string' } } });
    if (positionals.length === 1 && positionals[0] === 'calibrate' && values.camera !== undefined) return { ...values, camera: values.camera };
  } catch (error) {
    throw new GridwardenError('BAD_REQUEST', { why: `${(error as Error).message}; ${USAGE}` }, error);
  }
  throw new GridwardenError('BAD_REQUEST', { why: USAGE });
}

try {
  await calibrate(argumentsOf(process.argv.slice(2)));
} catch (error) {
  exitWith(error);
}
