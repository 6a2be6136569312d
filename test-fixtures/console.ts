/** A console server over a real embedded store, with people, cells and alerts in two streets, for tests. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Change, ConsoleParts, SiteView } from '../console/server/parts.ts';
import { type ConsoleServer, createConsoleServer } from '../console/server/server.ts';
import { createCaseDesk } from '../dispatch/case-desk.ts';
import type { Operator } from '../domain/operator.ts';
import type { OrderMessage } from '../domain/patrol.ts';
import { ManualClock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';
import { systemIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { openStore, type Store } from '../store/store.ts';
import { NOON_MS, squareCell } from './alert-candidates.ts';
import { HandLive } from './live-video.ts';
import { ruleTrials, streetFrames } from './rule-trials.ts';

/** Two communities; a person may be kept to one of them. */
export const EAST = '110105026001001';
export const WEST = '110105026002001';

export const PEOPLE = {
  admin: { name: 'admin', role: 'admin', cellScope: [], seesFaces: false },
  dispatcher: { name: 'li', role: 'dispatcher', cellScope: [], seesFaces: false },
  viewer: { name: 'zhao', role: 'viewer', cellScope: [], seesFaces: false },
  eastOnly: { name: 'east', role: 'dispatcher', cellScope: [EAST.slice(0, 12)], seesFaces: false },
  eastAdmin: { name: 'east-admin', role: 'admin', cellScope: [EAST.slice(0, 12)], seesFaces: false },
} as const satisfies Record<string, Operator>;

export type Person = keyof typeof PEOPLE;

export interface TestConsole {
  readonly server: ConsoleServer;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof keptLog>;
  readonly sent: readonly OrderMessage[];
  /** Ids of clips that somebody had redacted. */
  readonly redacted: readonly string[];
  readonly video: HandLive;
  readonly webDir: string;
  readonly listeners: () => number;
  announce(change: Change): void;
  /** The cookie of a new session. */
  signedIn(person: Person): Promise<string>;
  /** Makes every probe of that name fail with this sentence, or heal. */
  breakProbe(name: string, sentence: string | null): void;
  close(): Promise<void>;
}

const SITE: SiteView = {
  name: 'Test district',
  timeZone: 'Asia/Shanghai',
  cameras: [
    // What the site's own list must never let out: the address stands here to see that it does not.
    { id: 'cam-east', name: 'East gate', location: { lon: 116.1, lat: 39.1 }, homeCell: EAST, zones: [{ id: 'gate', name: 'Gate', polygon: [[0, 0], [1, 0], [1, 1]] }], lines: [], groundPlane: null, url: 'rtsp://root:geheim@10.0.0.1/' } as SiteView['cameras'][number],
    { id: 'cam-west', name: 'West gate', location: { lon: 116.1, lat: 39.2 }, homeCell: WEST, zones: [], lines: [], groundPlane: [{ picture: [0, 0], ground: { lon: 116, lat: 39 } }] },
  ],
  devices: [
    { id: 'heat-east', name: 'Heat east', kind: 'sensor', location: null, homeCell: EAST },
    { id: 'heat-west', name: 'Heat west', kind: 'sensor', location: { lon: 116, lat: 39 }, homeCell: WEST },
  ],
  patrols: [
    { id: 'p-east', name: 'Patrol east', teamId: 't', deviceId: 'phone-1', skills: ['first-aid'], maxOrders: 2 },
    { id: 'p-west', name: 'Patrol west', teamId: 't', deviceId: 'phone-2', skills: [], maxOrders: 2 },
  ],
  armProfiles: [{ id: 'home', name: 'Home' }, { id: 'away', name: 'Away' }],
};

export async function startTestConsole(changes: Partial<Pick<ConsoleParts, 'listen' | 'webDir'>> = {}): Promise<TestConsole> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-console-'));
  const clock = new ManualClock(NOON_MS);
  const log = keptLog();
  const store = await openStore({ kind: 'embedded', dir: path.join(dir, 'db') }, { filesDir: dir, clock, ids: systemIds });
  for (const person of Object.values(PEOPLE)) await store.operators.saveOperator(person, NOON_MS);
  await store.cells.replaceCells([squareCell(EAST), squareCell(WEST)], NOON_MS - 1);

  const listeners = new Set<(change: Change) => void>();
  const broken = new Map<string, string>();
  const sent: OrderMessage[] = [];
  const redacted: string[] = [];
  const video = new HandLive();
  const probe = (name: string, really: () => Promise<void>) => async (): Promise<void> => {
    const sentence = broken.get(name);
    if (sentence === 'silence') await new Promise(() => undefined);
    if (sentence) throw new GridwardenError('STORE_UNAVAILABLE', { where: name, why: sentence });
    await really();
  };
  const webDir = changes.webDir ?? path.join(dir, 'web');
  await mkdir(webDir, { recursive: true });
  const announce = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };
  const server = await createConsoleServer({
    ...ruleTrials(SITE, new Map([['cam-east', streetFrames(NOON_MS)]]), clock, announce),
    listen: changes.listen ?? { host: '127.0.0.1', port: 0 },
    site: SITE,
    store,
    clips: { redact: async ({ id }) => void redacted.push(id) },
    desk: createCaseDesk({
      store: store.casework,
      orders: { sendOrder: async (order) => void sent.push(order) },
      grid: { cells: { cell: () => null } },
      roster: { patrols: SITE.patrols, teams: [] },
      platform: { clock, ids: systemIds, log },
    }),
    live: {
      board: {
        cameras: async () => new Map([
          ['cam-east', { status: { cameraId: 'cam-east', state: 'streaming', reason: null, atMs: NOON_MS, lastFrameAtMs: NOON_MS, codec: 'h264', widthPx: 1280, heightPx: 720 }, counts: { framesIn: 10, framesInferred: 7, framesShed: 2 } }],
          ['cam-west', { status: null, counts: { framesIn: 100, framesInferred: 60, framesShed: 40 } }],
        ]),
        devices: async () => new Map([['heat-east', { deviceId: 'heat-east', connected: true, lastSeenAtMs: NOON_MS }]]),
        eventsIn: async () => 42,
        jobsGivenUp: async () => 3,
      },
      changes: {
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    },
    video,
    faceViews: store.faceViews,
    health: { probes: { store: probe('store', () => store.proveWritable()), redis: probe('redis', async () => undefined) }, metricsText: async () => '# metrics\nup 1\n', metricsToken: 'scrape-token-0123456789' },
    webDir,
    env: { clock, ids: systemIds, log },
  });
  return {
    server, store, clock, log, sent, redacted, video, webDir,
    listeners: () => listeners.size,
    announce,
    signedIn: async (person) => {
      const { token } = await server.signIn.withCode(await server.signIn.issueCode(PEOPLE[person].name), 'test');
      return `gw_session=${token}`;
    },
    breakProbe: (name, sentence) => void (sentence === null ? broken.delete(name) : broken.set(name, sentence)),
    close: async () => {
      await server.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
