/** Puts jobs into their queues; a promise that resolves means Redis has the job. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { withoutCredentials } from '../platform/log.ts';
import { JOB_POLICIES, QUEUES, type Job, type QueueName } from './jobs.ts';
import { KEY_PREFIX } from './redis.ts';

export interface AddOptions {
  /** The job becomes due only after this time. */
  readonly delayMs?: number;
  /** A job with an id that is still known is not added again. */
  readonly jobId?: string;
}

export interface FailedJob {
  readonly id: string;
  readonly name: string;
  readonly addedAtMs: number;
  readonly reason: string;
}

export interface Producer {
  add(job: Job, options?: AddOptions): Promise<void>;
  /** How many jobs wait, are active or failed, per queue. */
  depths(): Promise<Record<QueueName, { waiting: number; active: number; delayed: number; failed: number }>>;
  /** The newest jobs that were given up, with the reason of the last failure. */
  failed(queue: QueueName, limit: number): Promise<readonly FailedJob[]>;
  /** Gives jobs that were given up to their handlers again, as if new; answers how many. */
  retryFailed(queue: QueueName): Promise<number>;
  close(): Promise<void>;
}

export function createProducer(redis: Redis): Producer {
  const queues = new Map(QUEUES.map((name) => [name, new Queue(name, { connection: redis, prefix: KEY_PREFIX, skipVersionCheck: true })]));
  const queueOf = (name: QueueName): Queue => queues.get(name) as Queue;
  for (const queue of queues.values()) queue.on('error', () => undefined); // newRedis already logs the connection's troubles
  let closed: Promise<void> | null = null;

  return {
    async add(job, options = {}) {
      const policy = JOB_POLICIES[job.name];
      await queueOf(policy.queue).add(job.name, job.payload, {
        // The consumer gives up by the policy: only it knows whether an error was the job's own.
        attempts: policy.waitsOutOutages ? Number.MAX_SAFE_INTEGER : policy.attempts,
        backoff: { type: 'by-policy' },
        removeOnComplete: { age: policy.keepDoneS, count: policy.keepAtMost },
        removeOnFail: { age: policy.keepFailedS, count: policy.keepAtMost },
        ...(options.delayMs === undefined ? {} : { delay: options.delayMs }),
        ...(options.jobId === undefined ? {} : { jobId: options.jobId }),
        // One job per camera is active and at most one waits; the worker then takes the newest frame (docs/architecture.md, Frames).
        ...(job.name === 'frame.ready' ? { deduplication: { id: job.payload.cameraId, keepLastIfActive: true } } : {}),
        // Sent again every half minute while nobody answers: one that still waits for its phone is enough.
        ...(job.name === 'order.send' ? { deduplication: { id: `${job.payload.order.orderId}${job.payload.order.recalled ? '/recalled' : ''}` } } : {}),
      });
    },
    async depths() {
      const rows = await Promise.all(
        QUEUES.map(async (name) => {
          const c = await queueOf(name).getJobCounts('waiting', 'active', 'delayed', 'failed');
          return [name, { waiting: c['waiting'] ?? 0, active: c['active'] ?? 0, delayed: c['delayed'] ?? 0, failed: c['failed'] ?? 0 }] as const;
        }),
      );
      return Object.fromEntries(rows) as Awaited<ReturnType<Producer['depths']>>;
    },
    async failed(queue, limit) {
      const jobs = await queueOf(queue).getFailed(0, limit - 1);
      return jobs.map((job) => ({ id: job.id ?? '', name: job.name, addedAtMs: job.timestamp, reason: withoutCredentials(job.failedReason ?? '') }));
    },
    async retryFailed(queue) {
      const jobs = await queueOf(queue).getFailed();
      for (const job of jobs) await job.retry('failed', { resetAttemptsMade: true });
      return jobs.length;
    },
    close() {
      closed ??= Promise.all([...queues.values()].map((queue) => queue.close())).then(() => undefined);
      return closed;
    },
  };
}
