/** Jobs, frames and state over the real Redis: what is lost, what is shed, and what is refused. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameInfo } from '../domain/frame.ts';
import { GridwardenError } from '../platform/errors.ts';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { keptLog } from '../platform/log.ts';
import { startTestRedis, type TestRedis } from '../test-fixtures/redis.ts';
import { Board, listenToNews, publishNews } from './board.ts';
import { Consumer, handler } from './consumer.ts';
import { FrameSlot } from './frame-slot.ts';
import { JOB_POLICIES } from './jobs.ts';
import { createProducer, type Producer } from './producer.ts';
import { connectRedis, durabilityDoubts, newRedis, proveWritable } from './redis.ts';
import { EvidenceTray, StateShelf } from './shelf.ts';

let server: TestRedis;
let redis: Redis;
let producer: Producer;
const log = keptLog();
const SYSTEM = { clock: systemClock, ids: systemIds };

beforeAll(async () => {
  server = await startTestRedis();
  redis = await connectRedis({ socket: server.socket }, log);
  producer = createProducer(redis);
});
afterAll(async () => {
  await producer.close();
  redis.disconnect();
  await server.close();
});

let frames = 0;
const frame = (cameraId: string, seq: number): FrameInfo => ({ cameraId, seq, capturedAtMs: seq, receivedAtMs: seq, widthPx: 2, heightPx: 2, traceparent: `00-${(++frames).toString(16).padStart(32, '0')}-01` });

describe('frame slot', () => {
  test.each([{ maxWaiting: 1, maxWaitingBytes: 1000 }, { maxWaiting: 4, maxWaitingBytes: 1000 }, { maxWaiting: 100, maxWaitingBytes: 170 }])('in = inferred + shed + waiting + in work, whatever happens: %j', async (bounds) => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 60_000, ...bounds });
    const camera = `c${bounds.maxWaiting}`;
    const model = { in: 0, inferred: 0, shed: 0, waiting: [] as { seq: number; bytes: number }[], working: null as FrameInfo | null };
    let seed = 7;
    const next = (n: number): number => (seed = (seed * 16807) % 2147483647) % n;
    for (let i = 0; i < 400; i++) {
      switch (next(5)) {
        case 0:
        case 1: {
          const bytes = 20 + next(60);
          await slot.put(frame(camera, i), Buffer.alloc(bytes));
          model.in++;
          model.waiting.push({ seq: i, bytes });
          while (model.waiting.length > bounds.maxWaiting || model.waiting.reduce((sum, one) => sum + one.bytes, 0) > bounds.maxWaitingBytes) {
            model.waiting.shift();
            model.shed++;
          }
          break;
        }
        case 2:
          await slot.put(frame(camera, i), Buffer.alloc(101)); // larger than its budget
          model.in++;
          model.shed++;
          break;
        case 3: {
          if (model.working) model.shed++; // the worker before died with it
          const taken = await slot.take(camera);
          expect(taken?.frame.info.seq).toBe(model.waiting.shift()?.seq);
          expect(taken?.waiting ?? 0).toBe(model.waiting.length);
          model.working = taken?.frame.info ?? null;
          break;
        }
        default:
          if (model.working) {
            await slot.done(model.working);
            model.inferred++;
            model.working = null;
          }
      }
      const counts = await slot.counts(camera);
      expect(counts).toEqual({ framesIn: model.in, framesInferred: model.inferred, framesShed: model.shed });
      expect(counts.framesIn).toBe(counts.framesInferred + counts.framesShed + model.waiting.length + (model.working ? 1 : 0));
      expect(Number(await redis.hget(`gw:frame:${camera}`, 'bytes'))).toBe(model.waiting.reduce((sum, one) => sum + one.bytes, 0));
      expect((await redis.keys(`gw:frame:${camera}:waiting:*`)).length).toBe(model.waiting.length);
    }
  });

  test('a burst is taken in its order; a line that has waited for too long is jumped to its newest, and the rest counted', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, maxWaiting: 16, maxWaitingBytes: 1000, ttlMs: 60_000 });
    for (let seq = 0; seq < 5; seq++) await slot.put(frame('b', seq), Buffer.from([seq]));
    for (const [seq, waiting] of [[0, 4], [1, 3]] as const) {
      const taken = (await slot.take('b'))!;
      expect([taken.frame.info.seq, taken.waiting]).toEqual([seq, waiting]);
      await slot.done(taken.frame.info);
    }
    // As if the three that wait had been put three seconds ago.
    const line = await redis.lrange('gw:frame:b:line', 0, -1);
    await redis.del('gw:frame:b:line');
    await redis.rpush('gw:frame:b:line', ...line.map((entry) => entry.replace(/\|(\d{13})\|/, (_, at: string) => `|${Number(at) - 3000}|`)));
    expect((await slot.take('b'))?.frame.info.seq).toBe(4);
    expect(await slot.counts('b')).toEqual({ framesIn: 5, framesInferred: 2, framesShed: 2 });
    expect(await redis.keys('gw:frame:b:waiting:*')).toEqual([]);
  });

  test('the newest frame is taken, whole, and a late done of a dead worker counts nothing', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 60_000 });
    await slot.put(frame('n', 1), Buffer.from([1]));
    await slot.put(frame('n', 2), Buffer.from([0, 255, 13, 10]));
    const first = await slot.take('n');
    expect(first?.frame.info.seq).toBe(2);
    expect([...(first?.frame.jpeg ?? [])]).toEqual([0, 255, 13, 10]);
    await slot.put(frame('n', 3), Buffer.from([3]));
    await slot.take('n');
    if (first) await slot.done(first.frame.info);
    expect(await slot.counts('n')).toEqual({ framesIn: 3, framesInferred: 0, framesShed: 2 });
  });

  test('pixels nobody fetched in time count as shed', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 1 });
    await slot.put(frame('t', 1), Buffer.from([1]));
    while ((await redis.keys('gw:frame:t:waiting:*')).length === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await slot.take('t')).toBeNull();
    expect(await slot.counts('t')).toEqual({ framesIn: 1, framesInferred: 0, framesShed: 1 });
  });

  test('with a small picture only that one is handed out, and the JPEG to the worker that has the frame in work, until it is done', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 60_000 });
    const small = { widthPx: 3, heightPx: 2, i420: Buffer.from([1, 2, 3, 4, 5, 6, 0, 255, 13, 10]) };
    const [first, second] = [frame('s', 1), frame('s', 2)];
    await slot.put(first, Buffer.from([1]), small);
    expect(await slot.take('s')).toMatchObject({ frame: { info: first, small, jpeg: null }, kept: null });
    await slot.put(second, Buffer.from([2]));
    expect(await slot.jpegOf(first)).toEqual(Buffer.from([1]));
    await slot.done(first);
    expect(await slot.jpegOf(first)).toBeNull();
    expect(await slot.take('s')).toMatchObject({ frame: { info: second, small: null, jpeg: Buffer.from([2]) }, kept: null });
    await slot.put(frame('s', 3), Buffer.alloc(91), small);
    expect(await slot.take('s')).toMatchObject({ frame: { small: null, jpeg: Buffer.alloc(91) } });
    expect(await slot.counts('s')).toEqual({ framesIn: 3, framesInferred: 1, framesShed: 1 });
  });

  test('pixels given back are gone, and nobody else\'s with them', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 1e6, ttlMs: 60_000 });
    const i420 = Buffer.alloc(416 * 416 * 1.5, 7);
    const takeOf = async (camera: string, bytes: Buffer): Promise<NonNullable<Awaited<ReturnType<FrameSlot['take']>>>> => {
      await slot.put(frame(camera, 1), Buffer.from([1]), { widthPx: 416, heightPx: 416, i420: bytes });
      return (await slot.take(camera))!;
    };
    const [large, other, tiny] = [await takeOf('p', i420), await takeOf('q', i420), await takeOf('r', Buffer.from([5, 6]))];
    large.release();
    tiny.release();
    expect(large.frame.small!.i420.length).toBe(0);
    expect(Buffer.compare(i420, other.frame.small!.i420)).toBe(0);
    // So small that it shares its memory with the rest of the answer.
    expect([...tiny.frame.small!.i420]).toEqual([5, 6]);
  });

  test('a Redis that has forgotten its scripts hands out the frame all the same', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 1e6, ttlMs: 60_000 });
    const info = frame('forgot', 1);
    await slot.put(info, Buffer.from([1, 2]));
    await redis.script('FLUSH');
    expect(await slot.take('forgot')).toMatchObject({ frame: { info, jpeg: Buffer.from([1, 2]) } });
  });

  test('pixels of another frame than the one taken are nobody\'s', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 1e6, ttlMs: 60_000 });
    await slot.put(frame('late', 1), Buffer.from([1]));
    // Between the two commands of a take another worker takes the camera over.
    const overtaken = (): object => {
      const sent = redis.pipeline();
      const between = {
        call: (...call: [string, string]) => (sent.call(...call), between),
        hget: (work: string, field: string) => (sent.hset(work, 'of', 'another frame').hget(work, field), between),
        hgetBuffer: (work: string, field: string) => (sent.hgetBuffer(work, field), between),
        exec: async () => (await sent.exec())!.filter((_, i) => i !== 1),
      };
      return between;
    };
    expect(await new FrameSlot({ pipeline: overtaken } as unknown as typeof redis, { maxFrameBytes: 1e6, ttlMs: 60_000 }).take('late')).toBeNull();
    expect(await slot.take('late')).toBeNull();
    expect(await slot.counts('late')).toEqual({ framesIn: 1, framesInferred: 0, framesShed: 1 });
  });

  test('what is kept of a camera comes with its next frame; done without a state leaves it, and a worker that was overtaken cannot bring back its own', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 60_000 });
    const next = async (): Promise<{ info: FrameInfo; kept: unknown }> => {
      await slot.put(frame('k', 1), Buffer.from([1]));
      const taken = await slot.take('k');
      return { info: taken!.frame.info, kept: taken!.kept };
    };
    const first = await next();
    expect(first.kept).toBeNull();
    await slot.done(first.info, { n: 1, name: '北门' });
    const second = await next();
    expect(second.kept).toEqual({ n: 1, name: '北门' });
    await slot.done(second.info);
    const overtaken = await next();
    expect(overtaken.kept).toEqual({ n: 1, name: '北门' });
    const third = await next();
    await slot.done(third.info, { n: 3 });
    await slot.done(overtaken.info, { n: 2 });
    expect((await next()).kept).toEqual({ n: 3 });
    expect(await slot.counts('k')).toEqual({ framesIn: 5, framesInferred: 3, framesShed: 1 });
    expect(await redis.pttl('gw:tracks:k')).toBeGreaterThan(6 * 86_400_000);
  });

  test('where Redis is full neither state nor frame is done, and both are when there is room again', async () => {
    const full = await startTestRedis(['--maxmemory-policy', 'noeviction']);
    const connection = await connectRedis({ socket: full.socket }, log);
    const slot = new FrameSlot(connection, { maxFrameBytes: 100, ttlMs: 60_000 });
    await slot.put(frame('f', 1), Buffer.from([1]));
    const { frame: { info } } = (await slot.take('f'))!;
    await connection.config('SET', 'maxmemory', '100kb');
    await expect(slot.done(info, { n: 1 })).rejects.toThrow('OOM');
    expect(await slot.counts('f')).toEqual({ framesIn: 1, framesInferred: 0, framesShed: 0 });
    await connection.config('SET', 'maxmemory', '0');
    await slot.done(info, { n: 1 });
    expect(await slot.counts('f')).toEqual({ framesIn: 1, framesInferred: 1, framesShed: 0 });
    expect(await connection.get('gw:tracks:f')).toBe('{"n":1}');
    connection.disconnect();
    await full.close();
  });

  test('a Redis that has forgotten the scripts is taught them again', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 60_000 });
    await redis.script('FLUSH');
    await slot.put(frame('f', 1), Buffer.from([1]));
    await redis.script('FLUSH');
    const taken = await slot.take('f');
    await redis.script('FLUSH');
    await slot.done(taken!.frame.info);
    expect(await slot.counts('f')).toEqual({ framesIn: 1, framesInferred: 1, framesShed: 0 });
  });

  test('pixels are never written to the append-only file; what Redis forgets of them when it is killed counts as shed', async () => {
    const own = await startTestRedis();
    const connection = newRedis({ socket: own.socket }, log);
    await connection.connect();
    const slot = new FrameSlot(connection, { maxFrameBytes: 100_000, ttlMs: 60_000 });
    const written = async (): Promise<number> => Number(/aof_current_size:(\d+)/.exec(await connection.info('persistence'))?.[1]);
    await slot.put(frame('a', 0), Buffer.alloc(50_000, 7), { widthPx: 200, heightPx: 100, i420: Buffer.alloc(30_000, 8) });
    await slot.take('a');
    await connection.bgrewriteaof(); // now the file does hold a frame, as it did for a moment
    while (/aof_rewrite_(in_progress|scheduled):1/.test(await connection.info('persistence'))) await new Promise((resolve) => setImmediate(resolve));
    const before = await written();
    for (let seq = 1; seq <= 5; seq++) {
      await slot.put(frame('a', seq), Buffer.alloc(50_000, 7), { widthPx: 200, heightPx: 100, i420: Buffer.alloc(30_000, 8) });
      if (seq === 3) await slot.take('a');
    }
    expect((await written()) - before).toBeLessThan(5000);
    await own.kill();
    await own.start();
    expect(await slot.take('a')).toBeNull();
    // 0 and 3 died with their workers, 1, 2 and 4 were replaced, 5 was forgotten.
    expect(await slot.counts('a')).toEqual({ framesIn: 6, framesInferred: 0, framesShed: 6 });
    connection.disconnect();
    await own.close();
  });
});

describe('jobs', () => {
  test('a process refuses to start when a job it consumes has no handler, or two', async () => {
    const consume = (handlers: ReturnType<typeof handler>[]): Consumer =>
      new Consumer({ ...SYSTEM, process: 'test', redis: { socket: server.socket }, queues: [{ queue: 'measurements', concurrency: 1, lockMs: 5000 }], handlers, log });
    const nothing = async (): Promise<void> => undefined;
    await expect(consume([handler('measurements.batch', nothing)]).start()).rejects.toThrow('rule.due has 0 handlers');
    await expect(consume([handler('measurements.batch', nothing), handler('rule.due', nothing), handler('rule.due', nothing)]).start()).rejects.toThrow('rule.due has 2 handlers');
  });

  test('one camera is never worked on twice at once, and its last frame is never forgotten', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, ttlMs: 60_000 });
    const seen: number[] = [];
    let active = 0;
    let most = 0;
    const consumers = [1, 2].map(
      (n) =>
        new Consumer({
          ...SYSTEM, process: `worker-${n}`,
          redis: { socket: server.socket },
          queues: [{ queue: 'frames', concurrency: 2, lockMs: 5000 }],
          log,
          handlers: [
            handler('frame.ready', async ({ cameraId }) => {
              most = Math.max(most, ++active);
              const taken = await slot.take(cameraId);
              for (let i = 0; i < 20; i++) await redis.ping();
              if (taken) {
                seen.push(taken.frame.info.seq);
                await slot.done(taken.frame.info);
              }
              active--;
            }),
          ],
        }),
    );
    for (const consumer of consumers) await consumer.start();
    for (let seq = 1; seq <= 60; seq++) {
      await slot.put(frame('busy', seq), Buffer.from([seq]));
      await producer.add({ name: 'frame.ready', payload: { cameraId: 'busy' } });
    }
    await until(() => seen.at(-1) === 60);
    for (const consumer of consumers) await consumer.close();
    expect(most).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const counts = await slot.counts('busy');
    expect(counts.framesIn).toBe(60);
    expect(counts.framesInferred + counts.framesShed).toBe(60);
    expect(counts.framesInferred).toBe(seen.length);
  });

  test('a burst for which only one job was added is worked off in its order by a handler that adds the next itself, and none is shed', async () => {
    const slot = new FrameSlot(redis, { maxFrameBytes: 100, maxWaiting: 16, maxWaitingBytes: 1600, ttlMs: 60_000 });
    const seen: number[] = [];
    const consumer = new Consumer({
      ...SYSTEM, process: 'worker',
      redis: { socket: server.socket },
      queues: [{ queue: 'frames', concurrency: 2, lockMs: 5000 }],
      log,
      handlers: [
        handler('frame.ready', async ({ cameraId }) => {
          const taken = (await slot.take(cameraId))!;
          seen.push(taken.frame.info.seq);
          await slot.done(taken.frame.info);
          if (taken.waiting > 0) await producer.add({ name: 'frame.ready', payload: { cameraId } });
        }),
      ],
    });
    for (let seq = 1; seq <= 12; seq++) await slot.put(frame('burst', seq), Buffer.from([seq]));
    await producer.add({ name: 'frame.ready', payload: { cameraId: 'burst' } });
    await consumer.start();
    await until(() => seen.length === 12);
    await consumer.close();
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(await slot.counts('burst')).toEqual({ framesIn: 12, framesInferred: 12, framesShed: 0 });
  });

  test('a job that failed is tried again; one that does not fit its schema is kept as failed with the reason', async () => {
    let tries = 0;
    const consumer = new Consumer({
      ...SYSTEM, process: 'desk',
      redis: { socket: server.socket },
      queues: [{ queue: 'sos', concurrency: 1, lockMs: 5000 }],
      log,
      handlers: [
        handler('sos.raised', async () => {
          if (++tries === 1) throw new Error('the database is away');
        }),
      ],
    });
    await consumer.start();
    const event = { id: 'e', source: '/devices/b', deviceId: 'b', occurredAtMs: 1, receivedAtMs: 1, traceparent: 't', type: 'sos' as const, fix: null };
    await producer.add({ name: 'sos.raised', payload: { event } });
    await producer.add({ name: 'sos.raised', payload: { event: { ...event, fix: { lon: 999, lat: 0 } } } });
    await until(async () => tries === 2 && (await producer.depths()).sos.failed === 1);
    await consumer.close();
    expect(log.lines.some((line) => JSON.stringify(line.fields).includes('payload') || JSON.stringify(line.fields).includes('event.fix.lon'))).toBe(true);
  });

  const finding = { id: 'f', ruleId: 'r', ruleName: 'r', ruleVersion: 1, severity: 'Severe', certainty: 'Observed', place: { basis: 'home-cell', at: null, homeCell: null }, occurredAtMs: 1, receivedAtMs: 1, traceparent: 't', source: 'sos', deviceId: 'd' } as const;
  const consumerOf = (handle: () => Promise<void>): Consumer => new Consumer({ ...SYSTEM, process: 'desk', redis: { socket: server.socket }, log, queues: [{ queue: 'findings', concurrency: 1, lockMs: 5000 }], handlers: [handler('finding.made', handle), handler('health.cleared', () => Promise.reject(new Error('nothing is cleared here')))] });
  const failedJobs = async (): Promise<number> => (await producer.depths()).findings.failed;

  test('what is at fault itself is given up where it can be seen, and given again when asked', async () => {
    const [before, tries] = [await failedJobs(), { n: 0 }];
    const broken = consumerOf(async () => {
      tries.n++;
      throw new GridwardenError('JOB_INVALID', { queue: 'findings', why: 'written by a newer version' });
    });
    await broken.start();
    await producer.add({ name: 'finding.made', payload: { finding } });
    await until(async () => (await failedJobs()) === before + 1);
    await broken.close();
    expect((await producer.failed('findings', 10))[0]).toMatchObject({ name: 'finding.made', reason: expect.stringContaining('written by a newer version') as string });
    expect(await producer.retryFailed('findings')).toBe(before + 1);
    let done = 0;
    const mended = consumerOf(async () => void done++);
    await mended.start();
    await until(() => done === before + 1);
    await mended.close();
    expect(await failedJobs()).toBe(0);
    expect(tries.n).toBe(1);
  });

  test('what waits for the database outlasts its attempts, never more than the policy says apart', async () => {
    const policy = JOB_POLICIES['finding.made'] as { attempts: number; mostRetryMs: number };
    const own = { ...policy };
    Object.assign(policy, { attempts: 3, mostRetryMs: 100 }); // the real ones would take the test half an hour
    try {
      const at: number[] = [];
      const away = consumerOf(async () => {
        at.push(performance.now());
        if (at.length < 5) throw new GridwardenError('STORE_UNAVAILABLE', { where: 'here', why: 'it is away' });
        if (at.length < 9) throw new Error("OOM command not allowed when used memory > 'maxmemory'.");
      });
      await away.start();
      await producer.add({ name: 'finding.made', payload: { finding } });
      await until(() => at.length === 9);
      await away.close();
      expect(await failedJobs()).toBe(0);
      expect((at.at(-1) as number) - (at[0] as number)).toBeLessThan(8 * 1500); // doubling from 200 ms would have taken 25 s at least
    } finally {
      Object.assign(policy, own);
    }
  });

  test('where one follows another, an outage does not turn them round, and closing does not wait for its end', async () => {
    const [done, tries] = [[] as string[], { n: 0 }];
    const start = async (away: () => boolean): Promise<Consumer> => {
      const consumer = new Consumer({
        ...SYSTEM, process: 'desk', redis: { socket: server.socket }, log, queues: [{ queue: 'patrols', concurrency: 1, globalConcurrency: 1, lockMs: 5000 }],
        handlers: [handler('patrol.batch', async ({ events }) => {
          tries.n++;
          if (away()) throw new GridwardenError('STORE_UNAVAILABLE', { where: 'here', why: 'it is away' });
          done.push(events[0]?.id ?? '');
        })],
      });
      await consumer.start();
      return consumer;
    };
    const duty = (id: string, onDuty: boolean) => ({ id, source: '/devices/p', deviceId: 'p', occurredAtMs: 1, receivedAtMs: 1, traceparent: 't', type: 'duty' as const, onDuty });
    for (const [id, onDuty] of [['on', true], ['off', false]] as const) await producer.add({ name: 'patrol.batch', payload: { events: [duty(id, onDuty)] } });
    const first = await start(() => tries.n < 4);
    await until(() => done.length === 2);
    expect(done).toEqual(['on', 'off']);
    await first.close();

    tries.n = 0;
    await producer.add({ name: 'patrol.batch', payload: { events: [duty('later', true)] } });
    const second = await start(() => true);
    await until(() => tries.n > 1);
    await second.close();
    const third = await start(() => false);
    await until(() => done.length === 3);
    await third.close();
  });

  test('an SOS is never more than two seconds from its next try', () => expect(JOB_POLICIES['sos.raised'].mostRetryMs).toBeLessThanOrEqual(2000));

  test('an order sent again while it waits for its phone is one job; its recall is another', async () => {
    const order = { orderId: 'o', caseId: 'c', patrolId: 'p', severity: 'Severe', title: 't', cellCode: null, cellName: null, at: null, sentAtMs: 1, traceparent: 't' };
    for (let i = 0; i < 5; i++) await producer.add({ name: 'order.send', payload: { order } });
    await producer.add({ name: 'order.send', payload: { order: { ...order, recalled: true } } });
    expect((await producer.depths()).orders.waiting).toBe(2);
  });
});

test('state, evidence, board and news go through', async () => {
  const shelf = new StateShelf(redis, 'tracks', 60_000);
  expect(await shelf.load('a')).toBeNull();
  await shelf.save('a', { n: 1 });
  expect(await shelf.load('a')).toEqual({ n: 1 });

  const tray = new EvidenceTray(redis, 60_000);
  await tray.put('k', Buffer.from([255, 216]));
  expect([...((await tray.take('k')) ?? [])]).toEqual([255, 216]);
  expect(await tray.take('none')).toBeNull();

  const board = new Board(redis);
  await board.post('cameras', 'c1', { state: 'streaming' });
  expect((await board.read('cameras')).get('c1')).toEqual({ state: 'streaming' });
  await board.post('cameras', 'c2', { state: 'stopped' });
  await board.forget('cameras', (status) => (status as { state: string }).state === 'stopped');
  expect([...(await board.read('cameras')).keys()]).toEqual(['c1']);
  await board.count('eventsIn', 3);
  expect((await board.tallies()).eventsIn).toBe(3);

  const subscriber = newRedis({ socket: server.socket }, log);
  const heard: unknown[] = [];
  await listenToNews(subscriber, (news) => heard.push(news));
  await redis.publish('gw:news', 'no JSON'); // passed over
  await publishNews(redis, { kind: 'alert' });
  await until(() => heard.length === 1);
  subscriber.disconnect();
});

describe('Redis in trouble', () => {
  test('absent at start: one sentence without the password', async () => {
    const failure = await connectRedis({ url: 'redis://:s3cret@127.0.0.1:1' }, keptLog(), 300).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GridwardenError);
    expect((failure as GridwardenError).code).toBe('REDIS_UNAVAILABLE');
    expect((failure as Error).message).not.toContain('s3cret');
  });

  test('set so that it may lose what was acknowledged, it is doubted', async () => {
    expect(await durabilityDoubts(redis)).toEqual([]);
    const careless = await startTestRedis(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru']);
    const connection = await connectRedis({ socket: careless.socket }, log);
    expect(await durabilityDoubts(connection)).toEqual([expect.stringContaining('set noeviction'), expect.stringContaining('set appendonly yes')]);
    connection.disconnect();
    await careless.close();
  });

  test('at its memory cap it answers PING, but is not ready', async () => {
    const full = await startTestRedis(['--maxmemory-policy', 'noeviction']);
    const connection = await connectRedis({ socket: full.socket }, log);
    await proveWritable(connection, 'a');
    await connection.config('SET', 'maxmemory', '100kb'); // less than an empty server uses
    await expect(proveWritable(connection, 'b')).rejects.toThrow('takes no more');
    expect(await connection.ping()).toBe('PONG');
    connection.disconnect();
    await full.close();
  });
});

/** Waits for a condition of a real server, bounded by the test's own timeout. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
