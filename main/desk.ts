/** The desk: files alerts, works cases, serves the console. It owns the database; with PostgreSQL there may be many. */
import path from 'node:path';
import type { Change } from '../console/server/parts.ts';
import { createConsoleServer } from '../console/server/server.ts';
import { createCellIndex } from '../grid/cell-index.ts';
import { Closing } from '../platform/closing.ts';
import { sentenceOf } from '../platform/errors.ts';
import { Board, listenToNews } from '../queue/board.ts';
import { Consumer } from '../queue/consumer.ts';
import { createProducer } from '../queue/producer.ts';
import { connectRedis, durabilityDoubts } from '../queue/redis.ts';
import { S3Objects } from '../store/s3-objects.ts';
import { openStore } from '../store/store.ts';
import { loadCells } from './cells.ts';
import { consoleParts, tellAll } from './desk-console.ts';
import { deskHandlers } from './desk-jobs.ts';
import { deskWork } from './desk-work.ts';
import { EVIDENCE_QUEUE } from './evidence-jobs.ts';
import { deskArguments, type Invitation, invite } from './invitations.ts';
import { METRICS_STALE_MS, type PostedMetrics, postMetrics } from './metrics-post.ts';
import { authority, runProcess, type Running } from './process.ts';
import { type Environment, openSite, type Site, systemEnvironment } from './site.ts';

const RESEND_EVERY_MS = 10_000;
const TIDY_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export async function startDesk(site: Site, environment: Environment, invitations: readonly Invitation[]): Promise<Running> {
  const { config, redis: place, dataDir } = site;
  const { clock, ids, log } = environment;
  const closing = new Closing(log);
  const stop = new AbortController();
  try {
    const grid = await loadCells(site, clock);
    const store = await openStore(
      config.store.url === null ? { kind: 'embedded', dir: path.join(dataDir, 'database') } : { kind: 'postgres', url: config.store.url },
      { filesDir: dataDir, objects: config.evidence.s3 ? new S3Objects(config.evidence.s3) : undefined, clock, ids },
    );
    closing.first('store', () => store.close());
    await store.tidy({ trailMs: config.positions.keepDays * DAY_MS });
    await store.cells.replaceCells(grid.cells, clock.nowMs());

    const redis = await connectRedis(place, log);
    closing.first('redis', () => redis.disconnect());
    const producer = createProducer(redis);
    closing.first('producer', () => producer.close());
    const board = new Board(redis);
    if (config.redis.url !== null) for (const doubt of await durabilityDoubts(redis)) log.warn({ redis: 'of your own' }, doubt);
    const work = deskWork(site, environment, store, { index: createCellIndex(grid.cells, grid.codec), codec: grid.codec }, { redis, producer });

    const listeners = new Set<(change: Change) => void>();
    const subscriber = await connectRedis(place, log);
    closing.first('news', () => subscriber.disconnect());
    await listenToNews(subscriber, (news) => tellAll(listeners, news as Change, log));

    // Of its own: news would wait behind pictures.
    const live = await connectRedis(place, log);
    closing.first('live video', () => live.disconnect());
    const server = await createConsoleServer(await consoleParts(site, environment, work, { redis, producer, board, live }, listeners));
    closing.first('console', () => server.close());
    const address = await server.start();

    const consumer = new Consumer({
      ...environment,
      process: 'desk',
      redis: place,
      queues: [
        { queue: 'sos', concurrency: 4, lockMs: 15_000 },
        { queue: 'findings', concurrency: 4, lockMs: 15_000 },
        // One batch after another: a patrol's fixes and answers must not overtake each other.
        { queue: 'patrols', concurrency: 1, globalConcurrency: 1, lockMs: 15_000 },
        { queue: 'quarantine', concurrency: 1, lockMs: 15_000 },
        EVIDENCE_QUEUE,
      ],
      handlers: deskHandlers(work),
    });
    closing.first('consumer', () => consumer.close());
    await consumer.start();

    const loops = [
      postMetrics(`desk/${process.pid}`, board, environment, stop.signal),
      every(RESEND_EVERY_MS, 'orders could not be sent again', () => work.caseDesk.resendUnanswered(), environment, stop.signal),
      every(TIDY_EVERY_MS, 'metrics of processes that are gone could not be forgotten', () => board.forget('metrics', (posted) => clock.nowMs() - (posted as PostedMetrics).atMs > METRICS_STALE_MS), environment, stop.signal),
      every(TIDY_EVERY_MS, 'the database could not be tidied', () => store.tidy({ trailMs: config.positions.keepDays * DAY_MS }), environment, stop.signal),
    ];
    closing.first('timers', async () => {
      stop.abort();
      await Promise.all(loops);
    });

    const invites = await invite(store, server.signIn, invitations, clock.nowMs());
    const origin = `http://${authority(address)}`;
    return { says: { console: origin, invites, signIn: Object.entries(invites).map(([name, code]) => `${name} once at ${origin}/#code=${code}`).join(', ') }, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function every(periodMs: number, failure: string, work: () => Promise<unknown>, { clock, log }: Environment, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(periodMs, signal);
    if (signal.aborted) return;
    await work().catch((error: unknown) => log.warn({ reason: sentenceOf(error) }, failure));
  }
}

if (import.meta.main) {
  const environment = systemEnvironment('desk');
  await runProcess(async () => {
    const { invitations, ...args } = deskArguments(process.argv.slice(2));
    return startDesk(await openSite(args), environment, invitations);
  });
}
