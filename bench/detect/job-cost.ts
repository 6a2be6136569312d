/** What BullMQ takes for a frame's job beside the frame itself: jobs of as many cameras, fetched, handled by nobody and finished. */
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { Consumer, handler } from '../../queue/consumer.ts';
import { createProducer } from '../../queue/producer.ts';
import { type Cost, cost, round } from './cost.ts';
import type { OurRedis } from './watched-stage.ts';

const JOBS = 1000;

/** One job, with so many in work at once. */
export async function jobCost(redis: OurRedis, socket: string, atOnce: number): Promise<Cost> {
  const producer = createProducer(redis);
  for (let i = 0; i < JOBS; i++) await producer.add({ name: 'frame.ready', payload: { cameraId: `idle-${i}` } });
  let [left, finished] = [JOBS, (): void => undefined];
  const all = new Promise<void>((resolve) => (finished = resolve));
  const handle = (): Promise<void> => {
    if (--left === 0) finished();
    return Promise.resolve();
  };
  const consumer = new Consumer({ process: 'bench', redis: { socket }, queues: [{ queue: 'frames', concurrency: atOnce, lockMs: 5000 }], handlers: [handler('frame.ready', handle)], clock: systemClock, ids: systemIds, log: keptLog() });
  const { wallMs, cpuMs } = await cost(() => Promise.all([consumer.start(), all]));
  await consumer.close();
  await producer.close();
  return { wallMs: round(wallMs / JOBS), cpuMs: round(cpuMs / JOBS) };
}
