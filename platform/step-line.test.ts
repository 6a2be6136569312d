/** Steps come in order, one at a time; what does not fit is left out up to the next that can be begun with, and every step is either taken or left out. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StepLine } from './step-line.ts';

interface Step {
  readonly name: number;
  /** Null: of no size. */
  readonly bytes: number | null;
  readonly key: boolean;
}

function line(mostBytes: number) {
  const [taken, leftOut]: [number[], number[]] = [[], []];
  const gates: (() => void)[] = [];
  let inWork = 0;
  const steps = new StepLine<Step>({
    mostBytes,
    sizeOf: ({ bytes, key }) => (bytes === null ? null : { bytes, key }),
    take: async ({ name }) => {
      expect(++inWork).toBe(1);
      await new Promise<void>((resolve) => gates.push(resolve));
      inWork--;
      taken.push(name);
    },
    leftOut: ({ name }) => void leftOut.push(name),
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const next = async (): Promise<void> => {
    gates.shift()?.();
    await settle();
  };
  return { steps, taken, leftOut, next };
}

test('what is too much is left out, and all that leans on it, up to the next key', async () => {
  const { steps, taken, leftOut, next } = line(100);
  const push = (name: number, bytes: number | null, key = false): void => steps.push({ name, bytes, key });
  push(1, 60, true);
  push(2, 60);
  push(3, 50);
  push(4, 10);
  push(5, null);
  // Of the second's place there is room again with the first in work; the third did not fit, and the fourth leans on it.
  expect([steps.waiting.map(({ name }) => name), leftOut]).toEqual([[2, 5], [3, 4]]);
  push(6, 30, true);
  push(7, 5);
  for (let i = 0; i < 6; i++) await next();
  expect(taken).toEqual([1, 2, 5, 6, 7]);
});

test('stop() leaves out what waits and what comes, and waits for the step in work', async () => {
  const { steps, taken, leftOut, next } = line(100);
  for (const name of [1, 2, 3]) steps.push({ name, bytes: 1, key: true });
  let stopped = false;
  const stopping = Promise.all([steps.stop(), steps.stop()]).then(() => (stopped = true));
  steps.push({ name: 4, bytes: null, key: false });
  expect([stopped, steps.stopped, leftOut]).toEqual([false, true, [2, 3, 4]]);
  await next();
  await stopping;
  expect(taken).toEqual([1]);
});

test('every step is taken or left out, once; what waits never passes the bound', async () => {
  const step = fc.record({ bytes: fc.option(fc.integer({ min: 0, max: 60 })), key: fc.boolean(), workAfter: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (given) => {
      const { steps, taken, leftOut, next } = line(100);
      for (const [name, { workAfter, ...rest }] of given.entries()) {
        steps.push({ name, ...rest });
        expect(steps.waiting.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)).toBeLessThanOrEqual(100);
        if (workAfter) await next();
      }
      for (let i = 0; i <= given.length; i++) await next();
      expect(taken).toEqual(taken.toSorted((a, b) => a - b));
      expect([...taken, ...leftOut].toSorted((a, b) => a - b)).toEqual(given.map((_, name) => name));
    }),
  );
});
