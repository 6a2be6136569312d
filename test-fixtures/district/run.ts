/** The simulated district as one child process: first its cameras and its site file, then, once the product runs, its devices. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hashPassword } from '../../devices/credential.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { writeWhole } from '../../platform/write-whole.ts';
import { type FakeCameras, startFakeCameras } from '../fake-camera/server.ts';
import { findShared } from '../shared-data.ts';
import { runSensors, runSosButtons } from './devices.ts';
import { CAMERAS, districtCells, districtConfig, PATROLS, SENSORS, SOS_BUTTONS, sensorId } from './layout.ts';
import { runOperator } from './operator.ts';
import { runPatrols } from './patrols.ts';

/** From the demo: the product runs, here is its door. */
export interface Go {
  readonly type: 'go';
  readonly mqttUrl: string;
  readonly hurried: boolean;
  /** Present when a simulated operator shall work the cases. */
  readonly operator: { readonly origin: string; readonly code: string } | null;
}

interface Secrets {
  readonly passwords: Record<string, string>;
  readonly hashes: Record<string, string>;
}

const { values } = parseArgs({ options: { data: { type: 'string', default: 'data' }, 'http-port': { type: 'string', default: '0' } } });
const dir = path.resolve(values.data, 'district');
await mkdir(dir, { recursive: true, mode: 0o700 });

const secrets = await deviceSecrets();
const cameraLogin = { user: 'viewer', password: systemIds.secret(), scheme: 'digest' as const };
const cameras = await startCameras();
const cells = districtCells();
const site = districtConfig({ httpPort: Number(values['http-port']), cells, cameraUrl: (id) => cameras.url(id), passwordHash: (id) => secrets.hashes[id] ?? '' });
const configFile = path.join(dir, 'site.yaml');
await writeWhole(configFile, JSON.stringify(site, null, 2)); // JSON is YAML

const stop = new AbortController();
let work: Promise<unknown> = Promise.resolve();
process.on('message', (message: Go) => {
  const world = { mqttUrl: message.mqttUrl, passwordOf: (id: string) => secrets.passwords[id] ?? '', clock: systemClock, ids: systemIds, signal: stop.signal, hurried: message.hurried };
  work = Promise.all([
    runSensors(world),
    runSosButtons(world),
    runPatrols(world, cells),
    message.operator ? runOperator(message.operator.origin, message.operator.code, systemClock, stop.signal) : undefined,
  ]).catch((error: unknown) => {
    if (stop.signal.aborted) return; // the product closes at the same time
    process.stderr.write(`simulated district: ${error instanceof Error ? error.message : String(error)}\n`);
  });
});
const end = (): void => {
  stop.abort();
  void Promise.race([work, systemClock.sleep(1500)])
    .then(() => cameras.close())
    .finally(() => process.exit(0));
};
process.once('SIGTERM', end);
process.once('disconnect', end);
process.on('SIGINT', () => undefined);
process.send?.({ type: 'ready', says: { configFile } });

function startCameras(): Promise<FakeCameras> {
  const cacheDir = path.join(dir, 'scenes');
  if (CAMERAS.some(({ clip }) => findShared(`clips/${clip}`) === null) && !existsSync(cacheDir)) {
    process.stdout.write('Drawing the street scenes that the cameras play, this once: it takes up to two minutes …\n');
  }
  return startFakeCameras({
    cacheDir,
    cameras: CAMERAS.map(({ id, clip, drawn, startAtS }) => {
      const file = findShared(`clips/${clip}`);
      return { path: id, play: file ? { clip: file } : { scene: drawn }, auth: cameraLogin, startAtS, timeline: 'shared' as const };
    }),
  });
}

/** Passwords of the simulated devices, made once and kept beside the site file, readable by this user only. */
async function deviceSecrets(): Promise<Secrets> {
  const file = path.join(dir, 'device-secrets.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Secrets;
  const range = (n: number, name: (n: number) => string): string[] => Array.from({ length: n }, (_, i) => name(i));
  const ids = [...range(SENSORS, sensorId), ...range(SOS_BUTTONS, (n) => `sos-${n + 1}`), ...range(PATROLS, (n) => `phone-${n + 1}`)];
  const passwords = Object.fromEntries(ids.map((id) => [id, systemIds.secret()]));
  const hashes = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await hashPassword(passwords[id] as string, systemIds)] as const)));
  await writeWhole(file, JSON.stringify({ passwords, hashes }));
  return { passwords, hashes };
}
