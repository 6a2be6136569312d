/** The smallest whole site for tests of `main/`: one camera, one sensor, one SOS button, one patrol, in a data folder of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hashPassword } from '../devices/credential.ts';
import { type Environment, openSite, type Site } from '../main/site.ts';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { districtCells, GRID_FILE } from './district/layout.ts';

export const PASSWORD = 'only-for-tests';

export interface SmallSite {
  readonly site: Site;
  readonly environment: Environment & { readonly log: ReturnType<typeof keptLog> };
  remove(): Promise<void>;
}

export interface SmallSiteOptions {
  readonly cameraUrl: string | null;
  /** Where Redis is; absent leaves it to `up`. */
  readonly redisUrl?: string;
  /** Keys of the configuration to put in place of the defaults. */
  readonly override?: Readonly<Record<string, unknown>>;
}

export async function makeSmallSite({ cameraUrl, redisUrl, override = {} }: SmallSiteOptions): Promise<SmallSite> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-site-'));
  const passwordHash = await hashPassword(PASSWORD, systemIds);
  const cell = districtCells()[7];
  if (!cell) throw new Error('the test district has fewer cells than expected');
  const device = { passwordHash, location: cell.centre, homeCell: cell.code };
  const config = {
    mqtt: { port: 0 },
    http: { port: 0 },
    workers: 1,
    cameraHosts: 1,
    ...(redisUrl === undefined ? {} : { redis: { url: redisUrl } }),
    grid: { file: GRID_FILE },
    teams: [{ id: 'team-1', name: '一队', codePrefixes: ['110101'] }],
    patrols: [{ id: 'patrol-1', name: '一组', teamId: 'team-1', deviceId: 'phone-1' }],
    cameras: cameraUrl === null ? [] : [{ id: 'cam-1', name: '档案室', url: cameraUrl, location: cell.centre, homeCell: cell.code, zones: [{ id: 'room', name: '室内', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]] }] }],
    devices: [
      { ...device, id: 'smoke-1', name: '烟感', kind: 'sensor', language: 'generic-json', topics: ['sensor/smoke-1'], mapping: { measurements: { smoke: '/smoke' } } },
      { ...device, id: 'sos-1', name: '求助按钮', kind: 'sos', language: 'sos-button', topics: ['sos/sos-1'] },
      { ...device, id: 'phone-1', name: '手机', kind: 'patrol', language: 'owntracks', topics: ['owntracks/patrol-1/phone'], location: null, homeCell: null },
    ],
    rules: [
      ...(cameraUrl === null ? [] : [{ id: 'room-person', name: '有人闯入', severity: 'Severe', kind: 'intrusion', cameraId: 'cam-1', zoneId: 'room', classes: ['person'], inertiaFrames: 2 }]),
      { id: 'smoke-high', name: '烟雾过高', severity: 'Extreme', kind: 'threshold', deviceIds: ['smoke-1'], measurement: 'smoke', direction: 'above', limit: 60, clear: 40 },
    ],
    ...override,
  };
  const file = path.join(dir, 'site.yaml');
  await writeFile(file, JSON.stringify(config));
  const site = await openSite({ config: file, data: path.join(dir, 'data') });
  return {
    site,
    environment: { clock: systemClock, ids: systemIds, log: keptLog(), metrics: createMetrics(false) },
    remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}
