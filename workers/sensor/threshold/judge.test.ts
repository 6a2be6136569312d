/** The threshold rule in scenes a reader can check by eye, and in random ones that no order of arrival may upset. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ThresholdRule } from '../../../domain/rule.ts';
import { type Breach, NEW_STATE, type Reading, type ThresholdState, judgeDue, judgeReading } from './judge.ts';

const rule = (over: Partial<ThresholdRule> = {}): ThresholdRule => ({
  id: 'hot', name: 'Too hot', version: 1, severity: 'Severe', schedules: [], kind: 'threshold', deviceIds: ['d'], measurement: 't', direction: 'above', limit: 60, clear: 50, forMs: 0, ...over,
});

/** Arrives 7 ms after it happened, unless said otherwise. */
const at = (occurredAtMs: number, value: number, over: Partial<Reading> = {}): Reading => ({
  eventId: `e${occurredAtMs}`, value, occurredAtMs, receivedAtMs: occurredAtMs + 7, traceparent: `t${occurredAtMs}`, inForce: true, ...over,
});

/** Plays readings and wake-ups in the order given; tells what was found as "start:value". */
function play(r: ThresholdRule, steps: readonly (Reading | { dueAtMs: number; inForce?: boolean })[], from: ThresholdState = NEW_STATE) {
  let state = from;
  const breaches: Breach[] = [];
  let wakeAtMs: number | null = null;
  for (const step of steps) {
    const verdict = 'dueAtMs' in step ? judgeDue(r, state, step.dueAtMs, step.inForce ?? true) : judgeReading(r, state, step);
    state = verdict.state;
    wakeAtMs = verdict.wakeAtMs;
    breaches.push(...verdict.breaches);
  }
  return { state, breaches, wakeAtMs, found: breaches.map((b) => `${b.start.eventId}:${b.value}`) };
}

describe('hysteresis', () => {
  test('one finding per breach, however long it lasts', () => expect(play(rule(), [at(1, 20), at(2, 61), at(3, 70), at(4, 80)]).found).toEqual(['e2:61']));
  test('the limit itself is no breach', () => expect(play(rule(), [at(1, 60)]).found).toEqual([]));
  test('coming back between clear and limit does not arm it again', () => expect(play(rule(), [at(1, 61), at(2, 55), at(3, 61), at(4, 51), at(5, 99)]).found).toEqual(['e1:61']));
  test('coming back to clear does', () => expect(play(rule(), [at(1, 61), at(2, 50), at(3, 62)]).found).toEqual(['e1:61', 'e3:62']));
  test('below: the same, turned round', () =>
    expect(play(rule({ direction: 'below', limit: 2, clear: 3 }), [at(1, 1), at(2, 2.5), at(3, 1), at(4, 3), at(5, 1.5), at(6, 2)]).found).toEqual(['e1:1', 'e5:1.5']));
});

describe('minimum duration', () => {
  const slow = rule({ forMs: 100 });
  test('held long enough, it is found with the latest value, the first event and when it was completed', () => {
    const { breaches } = play(slow, [at(0, 61), at(60, 65), at(100, 70)]);
    expect(breaches).toEqual([{ start: expect.objectContaining({ eventId: 'e0', occurredAtMs: 0, traceparent: 't0' }), value: 70, receivedAtMs: 107 }]);
  });
  test('a dip begins the time anew', () => expect(play(slow, [at(0, 61), at(60, 59), at(70, 61), at(169, 61)]).found).toEqual([]));
  test('a silent sensor is woken for, counted from arrival', () => {
    const pending = play(slow, [at(0, 61, { receivedAtMs: 5000 })]);
    expect(pending.wakeAtMs).toBe(5100);
    expect(play(slow, [{ dueAtMs: 5100 }], pending.state).breaches).toEqual([{ start: expect.objectContaining({ eventId: 'e0' }), value: 61, receivedAtMs: 5100 }]);
  });
  test('the wake-up finds nothing twice, nor what has ended, nor another breach than its own', () => {
    expect(play(slow, [at(0, 61), { dueAtMs: 107 }, { dueAtMs: 107 }, at(200, 80)]).found).toEqual(['e0:61']);
    expect(play(slow, [at(0, 61), at(50, 40), { dueAtMs: 107 }]).found).toEqual([]);
    expect(play(slow, [at(0, 61), at(50, 40), at(90, 61), { dueAtMs: 107 }]).found).toEqual([]);
  });
  test('outside its hours the wake-up finds nothing', () => expect(play(slow, [at(0, 61), { dueAtMs: 107, inForce: false }]).found).toEqual([]));
  test('a backlog sent at once is judged by its own times', () => {
    const backlog = [0, 50, 100].map((ms) => at(ms, 61, { receivedAtMs: 9000 }));
    expect(play(slow, backlog).found).toEqual(['e0:61']);
  });
});

describe('hours', () => {
  const off = { inForce: false };
  test('a breach that began outside is found when the hours begin', () => expect(play(rule(), [at(1, 70, off), at(2, 71), at(3, 72)]).found).toEqual(['e2:71']));
  test('one told before is not told again when the hours begin anew', () => expect(play(rule(), [at(1, 70), at(2, 71, off), at(3, 72)]).found).toEqual(['e1:70']));
  test('it may calm down outside', () => expect(play(rule(), [at(1, 70), at(2, 40, off), at(3, 72)]).found).toEqual(['e1:70', 'e3:72']));
});

describe('order of arrival', () => {
  test('the same event again changes nothing', () => {
    const once = play(rule(), [at(1, 20), at(2, 61), at(3, 20)]);
    const again = play(rule(), [at(2, 61), at(1, 20), at(3, 20)], once.state);
    expect(again.found).toEqual([]);
    expect(again.state).toBe(once.state);
  });
  test('a late calm reading does not end a breach that goes on', () => expect(play(rule(), [at(10, 61), at(5, 20), at(11, 62)]).found).toEqual(['e10:61']));
  test('a late reading beyond the limit does not make a finished breach go on', () => {
    const { found, state } = play(rule(), [at(10, 61), at(20, 20), at(15, 63)]);
    expect(found).toEqual(['e10:61']);
    expect(state.runs.at(-1)?.zone).toBe('calm');
  });
  test('a spike whose batch was delayed by a killed worker is found all the same', () => expect(play(rule(), [at(10, 20), at(30, 20), at(20, 99), at(40, 20)]).found).toEqual(['e20:99']));
  test('a late calm reading between two breaches that looked like one tells the second', () => expect(play(rule(), [at(10, 61), at(30, 62), at(20, 40)]).found).toEqual(['e10:61', 'e30:62']));
  test('an earlier part of a breach already told of is the same breach', () => expect(play(rule(), [at(20, 61), at(10, 62), at(15, 55), at(5, 70)]).found).toEqual(['e20:61']));
  test('which of two parts was told of is remembered when a late calm reading parts them', () => expect(play(rule(), [at(30, 61), at(10, 62), at(20, 40)]).found).toEqual(['e30:61', 'e10:62']));
  test('an earlier part does not put off the wake-up', () => expect(play(rule({ forMs: 100 }), [at(20, 61), at(10, 62, { receivedAtMs: 90 })]).wakeAtMs).toBe(127));
  test('what is older than the oldest run that is kept is let go', () => {
    const flapping = Array.from({ length: 40 }, (_, i) => at(100 + i, i % 2 ? 20 : 61));
    const { state, found } = play(rule(), flapping);
    expect(found).toHaveLength(20);
    expect(state.runs).toHaveLength(16);
    const late = play(rule(), [at(50, 99), at(105, 99)], state);
    expect(late.found).toEqual([]);
    expect(late.state).toBe(state);
  });
  test('a breach told of before the oldest run is still not told again', () => {
    const swinging = Array.from({ length: 40 }, (_, i) => at(i, i % 2 ? 55 : 61));
    expect(play(rule(), [...swinging, at(100, 70)]).found).toEqual(['e0:61']);
  });
});

describe('random scenes', () => {
  const zones = fc.constantFrom(20, 55, 61, 70);
  const scene = (maxLength: number) => fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), zones), { minLength: 1, maxLength }).map((steps) => {
    let ms = 0;
    return steps.map(([gapMs, value]) => at((ms += gapMs), value));
  });
  const rules = fc.constantFrom(rule(), rule({ forMs: 50 }), rule({ forMs: 50, clear: 60 }));

  /** The rule in its own words, for readings in order and no silence. */
  function reference(r: ThresholdRule, readings: readonly Reading[]): string[] {
    const found: string[] = [];
    let since: Reading | null = null;
    let raised = false;
    for (const reading of readings) {
      if (reading.value > r.limit) since ??= reading;
      else since = null;
      if (reading.value <= r.clear) raised = false;
      if (!since || raised || reading.occurredAtMs - since.occurredAtMs < r.forMs) continue;
      raised = true;
      found.push(`${since.eventId}:${reading.value}`);
    }
    return found;
  }

  test('in order: what the rule says in its own words', () => {
    fc.assert(fc.property(rules, scene(60), (r, readings) => void expect(play(r, readings).found).toEqual(reference(r, readings))), { numRuns: 500 });
  });

  test('in order with anything repeated anywhere: the same', () => {
    fc.assert(
      fc.property(rules, scene(40), fc.array(fc.tuple(fc.nat(), fc.nat())), (r, readings, repeats) => {
        const withRepeats = readings.flatMap((reading, i) => [reading, ...repeats.filter(([when]) => when % readings.length === i).map(([, which]) => readings[which % (i + 1)] as Reading)]);
        expect(play(r, withRepeats).found).toEqual(reference(r, readings));
      }),
      { numRuns: 500 },
    );
  });

  test('one reading delayed as long as you like: as many findings as in order', () => {
    fc.assert(
      fc.property(scene(15), fc.nat(), fc.nat(), (readings, from, by) => {
        const delayed = [...readings];
        const [late] = delayed.splice(from % readings.length, 1);
        delayed.splice((from % readings.length) + (by % (readings.length + 1)), 0, late as Reading);
        expect(play(rule(), delayed).found).toHaveLength(reference(rule(), readings).length);
      }),
      { numRuns: 1000 },
    );
  });

  test('in any order, with silences: never two findings without a calm reading between their times', () => {
    fc.assert(
      fc.property(rules, scene(40).chain((s) => fc.shuffledSubarray(s)), fc.array(fc.boolean(), { maxLength: 40 }), (r, readings, silences) => {
        let state = NEW_STATE;
        const starts: number[] = [];
        const calmMs: number[] = [];
        readings.forEach((reading, i) => {
          if (reading.value <= r.clear) calmMs.push(reading.occurredAtMs);
          let verdict = judgeReading(r, state, reading);
          starts.push(...verdict.breaches.map((b) => b.start.occurredAtMs));
          if (silences[i] && verdict.wakeAtMs !== null) {
            verdict = judgeDue(r, verdict.state, verdict.wakeAtMs, true);
            starts.push(...verdict.breaches.map((b) => b.start.occurredAtMs));
          }
          state = verdict.state;
          expect(state.runs.length).toBeLessThanOrEqual(16);
          expect(state.runs.every((run, n) => run.fromMs <= run.toMs && (n === 0 || (state.runs[n - 1] as typeof run).toMs < run.fromMs))).toBe(true);
        });
        starts.sort((a, b) => a - b);
        starts.slice(1).forEach((start, i) => expect(calmMs.some((ms) => ms > (starts[i] as number) && ms < start)).toBe(true));
      }),
      { numRuns: 1000 },
    );
  });
});
