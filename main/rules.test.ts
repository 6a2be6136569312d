/** Arm profiles and trials through the whole program: a worker's judged frames into Redis, a desk over HTTP, and `npm run rules` as a person runs it. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ArmProfileState } from '../domain/rule.ts';
import type { RecordedPaths, Trial } from '../domain/trial.ts';
import { silentLog } from '../platform/log.ts';
import { ArmProfileShelf } from '../queue/arm-profile.ts';
import { connectRedis } from '../queue/redis.ts';
import { TrackLog } from '../queue/track-log.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { streetFrames } from '../test-fixtures/rule-trials.ts';
import { makeSmallSite, type SmallSite } from '../test-fixtures/small-site.ts';
import { ConsoleClient } from './console-client.ts';
import { startDesk } from './desk.ts';
import type { Running } from './process.ts';
import { trackLogLimits } from './trials.ts';

let server: TestRedis;
let small: SmallSite;
let desk: Running;
let redis: Awaited<ReturnType<typeof connectRedis>>;
const START_MS = Date.parse('2026-11-23T12:00:00+08:00');
const ZONE = { id: 'trial', name: '试画区域', polygon: [[0.3, 0.45], [0.6, 0.45], [0.6, 0.7], [0.3, 0.7]] };
const RULE = { id: 'waits', name: '徘徊', severity: 'Minor', kind: 'loitering', cameraId: 'cam-1', zoneId: 'trial', forS: 60, profiles: ['night'] };

beforeAll(async () => {
  server = await startTestRedis(['--appendonly', 'no']);
  small = await makeSmallSite({
    cameraUrl: 'rtsp://127.0.0.1:1/none',
    redisUrl: `unix://${server.socket}`,
    override: { armProfiles: [{ id: 'day', name: '日间' }, { id: 'night', name: '夜间' }] },
  });
  redis = await connectRedis(small.site.redis, silentLog);
  const recorder = new TrackLog(redis, trackLogLimits(small.site.config), silentLog);
  await Promise.all(streetFrames(START_MS).map((frame) => recorder.record('cam-1', frame)));
  desk = await startDesk(small.site, small.environment, [{ name: 'li', role: 'dispatcher' }]);
}, 240_000);

afterAll(async () => {
  await desk?.close();
  redis?.disconnect();
  await server?.close();
  await small?.remove();
});

async function signedIn(): Promise<ConsoleClient> {
  const client = new ConsoleClient(String(desk.says['console']));
  await client.signIn((desk.says['invites'] as Record<string, string>)['li'] ?? '');
  return client;
}

test('a profile set at the console reaches other consoles by the stream, and every worker', async () => {
  const client = await signedIn();
  const worker = new ArmProfileShelf(redis, small.site.config.armProfiles, small.environment);
  expect(await worker.now()).toBe('day');
  const over = new AbortController();
  const heard = (async () => {
    for await (const { event, data } of client.stream('/api/stream', over.signal)) if (event === 'arm-profile') return data as ArmProfileState;
    return null;
  })();
  // The stream is open once the server says so; until then the change may come too early to be heard.
  for (let to = 'night'; ; to = to === 'night' ? 'day' : 'night') {
    await client.put('/api/arm-profile', { profile: to });
    const first = await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 50, 'not yet'))]);
    if (first !== 'not yet') break;
  }
  over.abort();
  await client.put('/api/arm-profile', { profile: 'day' });
  await client.put('/api/arm-profile', { profile: 'night' });
  expect(await heard).toMatchObject({ profiles: [{ id: 'day' }, { id: 'night' }], changes: expect.arrayContaining([expect.objectContaining({ by: 'li' })]) });
  expect(await new ArmProfileShelf(redis, small.site.config.armProfiles, small.environment).now()).toBe('night');
  expect((await client.get<ArmProfileState>('/api/arm-profile')).changes[0]).toMatchObject({ by: 'li', from: 'day', to: 'night' });

  // The same frames, tried over HTTP.
  const trial = await client.post<Trial>('/api/rules/dry-run', { rule: RULE, zones: [ZONE] });
  expect(trial).toMatchObject({ found: 1, toMs: START_MS - 1800, profile: 'night', findings: [{ about: { kind: 'track', label: 'person' }, where: { id: 'trial' } }] });
  expect((await client.get<RecordedPaths>('/api/cameras/cam-1/tracks')).objects).toBe(9);
}, 120_000);

test('npm run rules lists rules with what was recorded, and tries one from a file as the console gives it out', async () => {
  const rules = (...args: string[]): string => execFileSync(process.execPath, [path.join(import.meta.dirname, 'rules.ts'), ...args, '--config', small.site.configFile, '--data', small.site.dataDir], { encoding: 'utf8', stdio: 'pipe' });
  expect(rules('list')).toMatch(/^cam-1 {2}档案室: recorded: \d+ frames with 9 objects, 2026-11-23 11:56:00 to 2026-11-23 11:59:58\n {2}room-person {2}intrusion, zone room, Severe, always: 有人闯入\n$/);
  const file = path.join(small.site.dataDir, 'rule.yaml');
  await writeFile(file, stringify({ zones: [ZONE], rules: [RULE] }));
  expect(rules('dry-run', '--rule', file)).toMatch(/^\d+ frames from 2026-11-23 11:56:00 to 2026-11-23 11:59:58, as if armed in night\n1 finding\n {2}2026-11-23 11:5\d:\d\d {2}person \d+ \(0\.80\) at \[[\d, ]+\] in trial, since 2026-11-23 11:57:\d\d\n$/);
  await writeFile(file, stringify({ ...RULE, kind: 'parked', zoneId: 'room', forS: 30, profiles: [] }));
  expect(rules('dry-run', '--rule', file, '--from', '2026-11-23T11:58:00+08:00')).toMatch(/\n1 finding\n.* car \d+ .* in room, since/);
  await writeFile(file, stringify({ ...RULE, kind: 'parked', zoneId: 'nowhere', forS: -1 }));
  expect(() => rules('dry-run', '--rule', file)).toThrow(/rule\.forS: found -1: give at least 0/);
  expect(() => rules('dry-run', '--rule', file, '--from', 'yesterday')).toThrow(/--from "yesterday" is no time/);
  expect(() => rules('dry-run')).toThrow(/the command is "npm run rules -- list/);
}, 120_000);
