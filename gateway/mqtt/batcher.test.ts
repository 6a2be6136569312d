/** Batches leave by size or age, every giver is told once, and a silent queue costs a bounded wait and a bounded memory. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../platform/clock.ts';
import { Batcher } from './batcher.ts';

const LIMITS = { maxItems: 3, gatherMs: 5, maxInFlight: 2, maxWaiting: 12, waitAtMostMs: 100 };

let clock: ManualClock;
/** Batches given to the queue, in order, each with the means to end it. */
let asked: { items: readonly number[]; done: () => void; fail: (error: Error) => void }[];
let batcher: Batcher<number>;
let told: string[];
beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  told = [];
  batcher = new Batcher('The number', (items) => new Promise((resolve, reject) => asked.push({ items, done: resolve, fail: reject })), LIMITS, clock);
});
const add = (n: number): void =>
  void batcher.add(n).then(
    () => told.push(`${n} kept`),
    (error: Error) => told.push(`${n}: ${error.message}`),
  );
const settle = (): Promise<void> => clock.advance(0);

test('leaves when it is old enough', async () => {
  add(1);
  add(2);
  await clock.advance(4);
  expect(asked).toEqual([]);
  await clock.advance(1);
  expect(asked.map((a) => a.items)).toEqual([[1, 2]]);
  expect(told).toEqual([]);
  asked[0]?.done();
  await settle();
  expect(told).toEqual(['1 kept', '2 kept']);
});

test('leaves at once when it is full; while too many are on their way the next waits', async () => {
  for (let n = 1; n <= 9; n++) add(n);
  expect(asked.map((a) => a.items)).toEqual([[1, 2, 3], [4, 5, 6]]);
  asked[1]?.done();
  await settle();
  expect(asked.map((a) => a.items)).toEqual([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  expect(told).toEqual(['4 kept', '5 kept', '6 kept']);
});

test('a queue that refuses is told to all of its batch and to nobody else', async () => {
  for (let n = 1; n <= 4; n++) add(n);
  asked[0]?.fail(new Error('OOM'));
  await clock.advance(5);
  asked[1]?.done();
  await settle();
  expect(told.toSorted()).toEqual([...[1, 2, 3].map((n) => `${n}: The number was not kept: the queue refused it (OOM). It was not acknowledged, so the device sends it again.`), '4 kept']);
});

describe('a silent queue', () => {
  test('costs each giver a bounded wait, and no more items than are allowed', async () => {
    for (let n = 1; n <= 20; n++) add(n);
    await settle();
    expect(told).toHaveLength(8);
    expect(told[0]).toContain('13: The number was not kept: 12 wait already');
    expect(batcher.waiting).toBe(12);
    await clock.advance(100);
    expect(told).toHaveLength(20);
    expect(told.at(-1)).toContain('the queue did not answer within 100 ms');
    // What was never sent is forgotten; what the queue still holds is counted until it answers.
    expect(batcher.waiting).toBe(6);
    expect(asked).toHaveLength(2);
  });

  test('that speaks again takes what comes then, not what was refused', async () => {
    for (let n = 1; n <= 9; n++) add(n);
    await clock.advance(100);
    add(10);
    for (const { done } of asked) done();
    await clock.advance(5);
    expect(asked.map((a) => a.items)).toEqual([[1, 2, 3], [4, 5, 6], [10]]);
    expect(told.filter((t) => t.includes('kept: ')).length).toBe(9);
  });
});

describe('closing', () => {
  test('sends what is gathered, waits for it, takes nothing more, and leaves no timer', async () => {
    add(1);
    let closed = false;
    void batcher.close(50).then(() => (closed = true));
    add(2);
    await settle();
    expect(asked.map((a) => a.items)).toEqual([[1]]);
    expect(told).toEqual([expect.stringContaining('2: The number was not kept: the gateway is closing')]);
    expect(closed).toBe(false);
    asked[0]?.done();
    await batcher.close(50);
    await clock.advance(5);
    expect(clock.sleeping).toBe(0);
  });
  test('ends in time even if the queue never answers, and tells everybody', async () => {
    for (let n = 1; n <= 8; n++) add(n);
    const closed = batcher.close(50);
    await clock.advance(50);
    await closed;
    await clock.advance(0);
    expect(told).toHaveLength(8);
    expect(told[0]).toContain('the gateway is closing and the queue does not answer');
    expect(clock.sleeping).toBe(0);
  });
  test('with nothing to wait for ends at once, and can be done twice', async () => {
    await batcher.close(50);
    await batcher.close(50);
  });
});
