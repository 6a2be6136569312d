/** The desk: files alerts, works cases, serves the console. It owns the database; with PostgreSQL there may be many. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createAlertDesk } from '../alerts/file.ts';
import { createConsoleServer } from '../console/server/server.ts';
import type { Change, ConsoleParts } from '../console/server/parts.ts';
import { createCaseDesk, type CaseDesk } from '../dispatch/case-desk.ts';
import { createPositionDesk } from '../dispatch/positions.ts';
import type { CameraStatus } from '../domain/camera.ts';
import type { DeviceStatus } from '../domain/device.ts';
import { ROLES, type Role } from '../domain/operator.ts';
import { createCellIndex } from '../grid/cell-index.ts';
import { Closing } from '../platform/closing.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { createMetrics, metricsText, type MetricsSnapshot } from '../platform/metrics.ts';
import { Board, listenToNews, publishNews } from '../queue/board.ts';
import { Consumer } from '../queue/consumer.ts';
import { FrameSlot } from '../queue/frame-slot.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis, proveWritable } from '../queue/redis.ts';
import { EvidenceTray } from '../queue/shelf.ts';
import { openStore, type Store } from '../store/store.ts';
import { createSosStage, type LastKnown } from '../workers/sos/process.ts';
import { loadCells } from './cells.ts';
import { announceCase, deskHandlers, type DeskWork } from './desk-jobs.ts';
import { EVIDENCE_KEPT_MS, frameLimits } from './frame-limits.ts';
import { METRICS_STALE_MS, type PostedMetrics, postMetrics } from './metrics-post.ts';
import { authority, runProcess, type Running } from './process.ts';
import { ownSecrets } from './secrets.ts';
import { type Environment, openSite, type Site, systemEnvironment } from './site.ts';


const RESEND_EVERY_MS = 10_000;
const TIDY_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface Invitation {
  readonly name: string;
  readonly role: Role;
}

export async function startDesk(site: Site, environment: Environment, invitations: readonly Invitation[]): Promise<Running> {
  const { config, redis: place, dataDir } = site;
  const { clock, ids, log } = environment;
  const closing = new Closing(log);
  const stop = new AbortController();
  try {
    const grid = await loadCells(site, clock);
    const store = await openStore(
      config.store.url === null ? { kind: 'embedded', dir: path.join(dataDir, 'database') } : { kind: 'postgres', url: config.store.url },
      { filesDir: dataDir, clock, ids },
    );
    closing.first('store', () => store.close());
    await store.tidy({ trailMs: config.positions.keepDays * DAY_MS });
    await store.cells.replaceCells(grid.cells, clock.nowMs());
    const cells = createCellIndex(grid.cells, grid.codec);

    const redis = await connectRedis(place, log);
    closing.first('redis', () => redis.disconnect());
    const producer = createProducer(redis);
    closing.first('producer', () => producer.close());
    const board = new Board(redis);

    const announce = async (change: Change): Promise<void> => publishNews(redis, change).catch((error: unknown) => log.warn({ reason: sentenceOf(error) }, 'news could not be told'));
    const caseDesk = createCaseDesk({
      store: store.casework,
      orders: { sendOrder: (order) => producer.add({ name: 'order.send', payload: { order } }) },
      grid: { cells, codec: grid.codec },
      roster: { patrols: config.patrols, teams: config.teams },
      platform: environment,
    });
    const work: DeskWork = {
      store,
      caseDesk,
      alertDesk: createAlertDesk({ store: store.filing, cells, evidence: new EvidenceTray(redis, EVIDENCE_KEPT_MS), clock, ids, log, windowMs: config.alerts.windowS * 1000 }),
      positions: createPositionDesk({ store: store.casework, cells, patrols: config.patrols, log }),
      sos: createSosStage({ devices: config.devices, positions: { lastKnown: (deviceId) => lastKnown(store, config.patrols, deviceId) }, clock, log }),
      patrols: config.patrols,
      announce,
      env: environment,
    };

    const listeners = new Set<(change: Change) => void>();
    const subscriber = await connectRedis(place, log);
    closing.first('news', () => subscriber.disconnect());
    await listenToNews(subscriber, (news) => tellAll(listeners, news as Change, log));

    const server = await createConsoleServer({
      listen: config.http,
      site: { name: config.site.name, timeZone: config.site.timeZone, cameras: config.cameras.map(({ url: _, ...camera }) => camera), devices: config.devices.map(({ passwordHash: _, ...device }) => device), patrols: config.patrols },
      store,
      desk: caseWork(caseDesk, work),
      live: { board: statusBoard(board, new FrameSlot(redis, frameLimits(config)), config.cameras, producer), changes: { subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)) } },
      health: {
        probes: { store: () => store.proveWritable(), redis: () => proveWritable(redis, ids.id()) },
        metricsText: () => allMetrics(board, producer, environment),
        metricsToken: (await ownSecrets(dataDir, ids)).metricsToken,
      },
      webDir: path.resolve(import.meta.dirname, '../console/web/dist'),
      env: environment,
    });
    closing.first('console', () => server.close());
    const address = await server.start();

    const consumer = new Consumer({
      process: 'desk',
      redis: place,
      log,
      queues: [
        { queue: 'sos', concurrency: 4, lockMs: 15_000 },
        { queue: 'findings', concurrency: 4, lockMs: 15_000 },
        // One batch after another: a patrol's fixes and answers must not overtake each other.
        { queue: 'patrols', concurrency: 1, globalConcurrency: 1, lockMs: 15_000 },
        { queue: 'quarantine', concurrency: 1, lockMs: 15_000 },
      ],
      handlers: deskHandlers(work),
    });
    closing.first('consumer', () => consumer.close());
    await consumer.start();

    const loops = [
      postMetrics(`desk/${process.pid}`, board, environment, stop.signal),
      every(RESEND_EVERY_MS, 'orders could not be sent again', () => caseDesk.resendUnanswered(), environment, stop.signal),
      every(TIDY_EVERY_MS, 'metrics of processes that are gone could not be forgotten', () => board.forget('metrics', (posted) => clock.nowMs() - (posted as PostedMetrics).atMs > METRICS_STALE_MS), environment, stop.signal),
      every(TIDY_EVERY_MS, 'the database could not be tidied', () => store.tidy({ trailMs: config.positions.keepDays * DAY_MS }), environment, stop.signal),
    ];
    closing.first('timers', async () => {
      stop.abort();
      await Promise.all(loops);
    });

    const invites: Record<string, string> = {};
    for (const { name, role } of await withFirstPerson(store, invitations)) {
      await store.operators.saveOperator({ name, role, cellScope: [] }, clock.nowMs());
      invites[name] = await server.signIn.issueCode(name);
    }
    const origin = `http://${authority(address)}`;
    return { says: { console: origin, invites, signIn: Object.entries(invites).map(([name, code]) => `${name} once at ${origin}/#code=${code}`).join(', ') }, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** On a site where nobody can sign in yet, an administrator is invited. */
async function withFirstPerson(store: Store, invitations: readonly Invitation[]): Promise<readonly Invitation[]> {
  if (invitations.length > 0) return invitations;
  const people = await store.operators.operators();
  return people.some((person) => person.passwordHash !== null) ? [] : [{ name: 'admin', role: 'admin' }];
}

/** The console's moves, told to every console when they are made. */
function caseWork(desk: CaseDesk, work: DeskWork): ConsoleParts['desk'] {
  return {
    ...desk,
    move: async (caseId, asked) => {
      const changed = await desk.move(caseId, asked);
      await announceCase(work, changed);
      return changed;
    },
  };
}

function statusBoard(board: Board, slot: FrameSlot, cameras: readonly { readonly id: string }[], producer: Producer): ConsoleParts['live']['board'] {
  return {
    cameras: async () => {
      const statuses = await board.read('cameras');
      return new Map(await Promise.all(cameras.map(async ({ id }) => [id, { status: (statuses.get(id) as CameraStatus | undefined) ?? null, counts: await slot.counts(id) }] as const)));
    },
    devices: async () => (await board.read('devices')) as Map<string, DeviceStatus>,
    eventsIn: async () => (await board.tallies()).eventsIn,
    jobsGivenUp: async () => {
      // Not those that something else does over: frames give way to newer ones, and unanswered orders are sent again.
      const { frames: _, orders: __, ...facts } = await producer.depths();
      return Object.values(facts).reduce((sum, { failed }) => sum + failed, 0);
    },
  };
}

/** News of another version of this program may be of a kind that is not known here: that costs the news, not the desk. */
function tellAll(listeners: ReadonlySet<(change: Change) => void>, change: Change, log: Log): void {
  for (const listener of listeners) {
    try {
      listener(change);
    } catch (error) {
      log.warn({ reason: sentenceOf(error) }, 'news could not be passed on');
    }
  }
}

async function lastKnown(store: Store, patrols: Site['config']['patrols'], deviceId: string): ReturnType<LastKnown['lastKnown']> {
  const patrol = patrols.find((one) => one.deviceId === deviceId);
  const state = patrol && (await store.positions.patrolStates()).find((one) => one.patrolId === patrol.id);
  return state?.position && state.fixAtMs !== null ? { at: state.position, atMs: state.fixAtMs } : null;
}

async function allMetrics(board: Board, producer: Producer, { clock }: Environment): Promise<string> {
  const posted = [...(await board.read('metrics')).values()] as PostedMetrics[];
  const now = posted.filter(({ atMs }) => clock.nowMs() - atMs < METRICS_STALE_MS).map(({ snapshot }) => snapshot);
  return metricsText([...now, await queueMetrics(producer)]);
}

/** Read when they are asked for: posted by every desk, they would be added up. */
async function queueMetrics(producer: Producer): Promise<MetricsSnapshot> {
  const metrics = createMetrics(false);
  for (const [queue, counts] of Object.entries(await producer.depths())) {
    for (const [state, n] of Object.entries(counts)) metrics.set('gridwarden_jobs', 'Jobs by queue and state; failed ones were given up ("npm run jobs" lists them and gives them again).', n, { queue, state });
  }
  return metrics.snapshot();
}

async function every(periodMs: number, failure: string, work: () => Promise<unknown>, { clock, log }: Environment, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(periodMs, signal);
    if (signal.aborted) return;
    await work().catch((error: unknown) => log.warn({ reason: sentenceOf(error) }, failure));
  }
}

/** `--invite NAME:ROLE`, any number of times, beside the usual arguments. */
function deskArguments(argv: readonly string[]): { config: string; data: string; invitations: Invitation[] } {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string', default: 'gridwarden.yaml' }, data: { type: 'string', default: 'data' }, invite: { type: 'string', multiple: true, default: [] } },
  });
  const invitations = values.invite.map((text) => {
    const [name = '', role = 'dispatcher'] = text.split(':');
    if (!/^[\p{L}\p{N}._-]{1,64}$/u.test(name) || !ROLES.some((known) => known === role)) throw new GridwardenError('BAD_REQUEST', { why: `--invite is "${text}"; write NAME:ROLE with one of the roles ${ROLES.join(', ')}` });
    return { name, role: role as Role };
  });
  return { config: values.config, data: values.data, invitations };
}

if (import.meta.main) {
  const environment = systemEnvironment('desk');
  await runProcess(async () => {
    const { invitations, ...args } = deskArguments(process.argv.slice(2));
    return startDesk(await openSite(args), environment, invitations);
  });
}
