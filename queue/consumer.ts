/** Takes jobs out of their queues and hands each to its one handler; refuses to start when a job has none, or two. */
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock } from '../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Ids } from '../platform/ids.ts';
import { type Log, withoutCredentials } from '../platform/log.ts';
import { backoffMs } from '../platform/supervise.ts';
import { JOB_POLICIES, JOB_SCHEMAS, type JobName, type JobPayload, type QueueName } from './jobs.ts';
import { KEY_PREFIX, newRedis, type RedisPlace } from './redis.ts';

/** `{ job, handle }`: made with `handler()` so that the payload's type follows the job's name. */
export interface Handler {
  readonly job: JobName;
  readonly handle: (payload: unknown) => Promise<void>;
}

/** Binds a job's name to its handler; the payload is checked against the job's schema before the handler sees it. */
export function handler<N extends JobName>(job: N, handle: (payload: JobPayload<N>) => Promise<void>): Handler {
  return {
    job,
    handle: async (payload) => {
      const checked = JOB_SCHEMAS[job].safeParse(payload);
      if (!checked.success) {
        const why = checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
        throw new GridwardenError('JOB_INVALID', { queue: JOB_POLICIES[job].queue, why });
      }
      await handle(checked.data as JobPayload<N>);
    },
  };
}

export interface ConsumedQueue {
  readonly queue: QueueName;
  /** How many of its jobs this process works on at once. */
  readonly concurrency: number;
  /** How many of its jobs all processes together work on at once; absent means no bound. */
  readonly globalConcurrency?: number;
  /** A worker silent for this long is taken for dead and its job given to another. */
  readonly lockMs: number;
}

export interface ConsumerOptions {
  readonly process: string;
  readonly redis: RedisPlace;
  readonly queues: readonly ConsumedQueue[];
  readonly handlers: readonly Handler[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

export class Consumer {
  readonly #options: ConsumerOptions;
  #workers: { worker: Worker; connection: Redis }[] = [];
  readonly #stop = new AbortController();
  #closed: Promise<void> | null = null;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /** Throws JOB_HANDLERS unless every job of every consumed queue has exactly one handler. */
  async start(): Promise<void> {
    const { queues, handlers, process } = this.#options;
    const byQueue = new Map(queues.map((q) => [q.queue, handlersOf(q.queue, handlers, process)]));
    for (const consumed of queues) await this.#startQueue(consumed, byQueue.get(consumed.queue) as Map<string, Handler>);
  }

  /** Finishes the jobs in work, takes no new ones. Idempotent. */
  close(): Promise<void> {
    this.#stop.abort();
    this.#closed ??= Promise.all(this.#workers.map(closeWorker)).then(() => undefined);
    return this.#closed;
  }

  async #startQueue(consumed: ConsumedQueue, handlers: ReadonlyMap<string, Handler>): Promise<void> {
    const { redis, log } = this.#options;
    const connection = newRedis(redis, log);
    if (consumed.globalConcurrency !== undefined) {
      const queue = new Queue(consumed.queue, { connection, prefix: KEY_PREFIX, skipVersionCheck: true });
      await queue.setGlobalConcurrency(consumed.globalConcurrency);
      await queue.close();
    }
    const worker = new Worker(
      consumed.queue,
      async (job) => {
        try {
          await this.#handle(handlers.get(job.name) ?? noHandler(consumed.queue, job.name), job, consumed);
        } catch (error) {
          throw isGivenUp(job, error) ? new UnrecoverableError(givenUpReason(error)) : error;
        }
      },
      {
        connection,
        prefix: KEY_PREFIX,
        autorun: false,
        concurrency: consumed.concurrency,
        lockDuration: consumed.lockMs,
        stalledInterval: consumed.lockMs / 2,
        // A stalled job is a dead worker's, not a bad job's: it is given on, not given up.
        maxStalledCount: 1000,
        drainDelay: 2,
        skipVersionCheck: true,
        settings: { backoffStrategy: (attempt, _type, _error, job) => retryInMs(job?.name, attempt, this.#options.ids.random()) },
      },
    );
    worker.on('error', (error) => log.debug({ queue: consumed.queue, reason: sentenceOf(error) }, 'queue connection'));
    worker.on('failed', (job, error) => {
      const fields = { queue: consumed.queue, job: job?.name, id: job?.id, attempt: job?.attemptsMade, reason: sentenceOf(error), error };
      if (error instanceof UnrecoverableError) log.error(fields, 'a job was given up; it is kept as failed, and "npm run jobs -- retry" gives it again');
      // The second and third try of every job that waits out an outage would say nothing new.
      else if ((job?.attemptsMade ?? 1) === 1 || (job?.attemptsMade ?? 0) % LOG_EVERY_TRIES === 0) log.warn(fields, 'job failed; it is tried again');
    });
    this.#workers.push({ worker, connection });
    worker.run().catch((error: unknown) => {
      log.error({ queue: consumed.queue, error }, 'the queue loop ended; the process ends with it, to be started again');
      setImmediate(() => {
        throw error;
      });
    });
    await worker.waitUntilReady();
  }

  /**
   * Where all processes work on one job at a time, what comes later must not overtake: such a job waits out an outage in its place
   * (BullMQ renews its lock meanwhile), where others are put back and tried again later.
   */
  async #handle(own: Handler, job: Job, { queue, globalConcurrency }: ConsumedQueue): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await own.handle(job.data);
      } catch (error) {
        const waitsHere = globalConcurrency === 1 && JOB_POLICIES[own.job].waitsOutOutages && isOutage(error);
        if (!waitsHere || this.#stop.signal.aborted) throw error;
        if (attempt % LOG_EVERY_TRIES === 1) this.#options.log.warn({ queue, job: job.name, id: job.id, attempt, reason: sentenceOf(error) }, 'the queue waits until what is away is back');
        await this.#options.clock.sleep(retryInMs(job.name, attempt, this.#options.ids.random()), this.#stop.signal);
        if (this.#stop.signal.aborted) throw error;
      }
    }
  }
}

const LOG_EVERY_TRIES = 20;

/** A job that is at fault itself is tried so often and then given up; one that failed because something is away waits until it is back. */
function isGivenUp(job: Job, error: unknown): boolean {
  const policy = JOB_POLICIES[job.name as JobName] as (typeof JOB_POLICIES)[JobName] | undefined;
  if (!policy || (error instanceof GridwardenError && !error.retry)) return true;
  if (policy.waitsOutOutages && isOutage(error)) return false;
  return job.attemptsMade + 1 >= policy.attempts;
}

/** Redis' own words for being full, starting, unable to write to its disk, or no longer the master. */
const REDIS_AWAY = /^(OOM|LOADING|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|BUSY|TRYAGAIN)\b/;

function isOutage(error: unknown): boolean {
  return error instanceof GridwardenError ? error.retry : REDIS_AWAY.test(sentenceOf(error));
}

function givenUpReason(error: unknown): string {
  return withoutCredentials(error instanceof GridwardenError ? `${error.code}: ${error.message}` : sentenceOf(error));
}

function retryInMs(name: string | undefined, attempt: number, random: number): number {
  const policy = JOB_POLICIES[name as JobName] as (typeof JOB_POLICIES)[JobName] | undefined;
  return policy ? Math.round(backoffMs(attempt - 1, { firstMs: policy.firstRetryMs, maxMs: policy.mostRetryMs }, random)) : 1000;
}

/** BullMQ leaves a connection that it was given open: it is ours to end. */
async function closeWorker({ worker, connection }: { worker: Worker; connection: Redis }): Promise<void> {
  await worker.close();
  connection.disconnect();
}

function noHandler(queue: QueueName, job: string): never {
  throw new GridwardenError('JOB_INVALID', { queue, why: `no job is called ${job}` });
}

function handlersOf(queue: QueueName, handlers: readonly Handler[], process: string): Map<string, Handler> {
  const found = new Map<string, Handler>();
  for (const job of Object.keys(JOB_POLICIES) as JobName[]) {
    if (JOB_POLICIES[job].queue !== queue) continue;
    const fitting = handlers.filter((h) => h.job === job);
    if (fitting.length !== 1) throw new GridwardenError('JOB_HANDLERS', { job, count: fitting.length, process });
    found.set(job, fitting[0] as Handler);
  }
  return found;
}
