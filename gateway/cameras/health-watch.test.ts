/** What the gateway makes of its cameras' statuses, and of hearing none: told once, in order, also past a queue that is away. */
import { afterEach, describe, expect, test } from 'vitest';
import type { CameraStatus } from '../../domain/camera.ts';
import type { HealthFinding } from '../../domain/finding.ts';
import { HEALTH_FAULTS, type HealthFault } from '../../domain/health.ts';
import { ManualClock } from '../../platform/clock.ts';
import { countedIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { type Cleared, type FaultRule, HealthWatch } from './health-watch.ts';

let open: HealthWatch[] = [];
afterEach(async () => {
  await Promise.all(open.map((watch) => watch.close()));
  open = [];
});

const rules = Object.fromEntries(HEALTH_FAULTS.map((fault) => [fault, { watched: fault !== 'defocused', forS: 30, severity: fault === 'no-packets' ? 'Moderate' : 'Minor' }])) as Record<HealthFault, FaultRule>;

function begin(unwatched: readonly HealthFault[] = []) {
  const clock = new ManualClock();
  const told: (HealthFinding | Cleared)[] = [];
  const passedOn: CameraStatus[] = [];
  const sink = { away: false };
  const keep = async (what: HealthFinding | Cleared): Promise<void> => {
    if (sink.away) throw new Error('Redis is away');
    told.push(what);
  };
  const watch = new HealthWatch({
    cameras: ['a', 'b'].map((cameraId) => ({ cameraId, homeCell: '110101001001001', unwatched })),
    rules,
    clearMs: 15_000,
    sink: { findingMade: keep, healthCleared: keep },
    status: { cameraStatus: (status) => void passedOn.push(status) },
    env: { clock, ids: countedIds(), log: keptLog() },
  });
  open.push(watch);
  watch.start();
  const say = (cameraId: string, state: CameraStatus['state'], wrong: readonly HealthFault[] = [], right: readonly HealthFault[] = []): void =>
    watch.cameraStatus({ cameraId, state, reason: null, atMs: 0, lastFrameAtMs: null, codec: null, widthPx: null, heightPx: null, signs: [...wrong.map((fault) => ({ fault, wrong: true })), ...right.map((fault) => ({ fault, wrong: false }))] });
  /** Streams for so long, a status every five seconds. */
  const stream = async (cameraId: string, forS: number, wrong: readonly HealthFault[] = [], right: readonly HealthFault[] = []): Promise<void> => {
    for (let s = 0; s < forS; s += 5) {
      say(cameraId, 'streaming', wrong, right);
      await clock.advance(5000);
    }
  };
  const news = (cameraId = 'a'): string[] => told.filter((one) => one.cameraId === cameraId).map((one) => `${'ruleId' in one ? 'raised' : one.findingId ? 'cleared' : 'never mind'} ${one.fault}`);
  return { clock, told, passedOn, sink, watch, say, stream, news };
}

describe('no packets', () => {
  test('a camera that is away is told after its time, in its cell, and over when it streams again', async () => {
    const { clock, told, say, stream, news, passedOn } = begin();
    await stream('a', 60);
    expect(news()).toEqual(['never mind no-packets']);
    say('a', 'backing-off');
    await clock.advance(29_000);
    expect(news()).toHaveLength(1);
    await clock.advance(2000);
    expect(told.at(-1)).toMatchObject({ source: 'health', fault: 'no-packets', ruleId: 'health/no-packets', severity: 'Moderate', certainty: 'Observed', place: { basis: 'home-cell', at: null, homeCell: '110101001001001' } });
    expect(passedOn.at(-1)).toMatchObject({ cameraId: 'a', state: 'backing-off', faults: ['no-packets'] });
    await stream('a', 40);
    expect(news()).toEqual(['never mind no-packets', 'raised no-packets', 'cleared no-packets']);
    const [, raised, cleared] = told.filter((one) => one.cameraId === 'a') as [unknown, HealthFinding, Cleared];
    expect(cleared.findingId).toBe(raised.id);
    expect(cleared.atMs).toBeGreaterThan(raised.occurredAtMs);
    expect(passedOn.at(-1)).toMatchObject({ faults: [] });
    expect(passedOn.every((status) => status.signs === undefined)).toBe(true);
  });

  test('a host that says nothing any more is a camera that sends nothing', async () => {
    const { clock, stream, news } = begin();
    await stream('a', 60);
    await clock.advance(49_000);
    expect(news()).toEqual(['never mind no-packets', 'raised no-packets']);
  });

  test('a camera that was never heard of is away from the start', async () => {
    const { clock, news } = begin();
    await clock.advance(31_000);
    expect([news('a'), news('b')]).toEqual([['raised no-packets'], ['raised no-packets']]);
  });

  test('a gateway that stops its hosts says nothing of it', async () => {
    const { clock, say, stream, news } = begin();
    await stream('a', 60);
    say('a', 'stopped');
    await clock.advance(600_000);
    expect(news()).toEqual(['never mind no-packets']);
  });
});

describe('what is wrong with the picture', () => {
  test('is told with its own gravity, once, while the other camera is well', async () => {
    const { told, stream, news } = begin();
    await Promise.all([stream('a', 60, ['frozen'], ['black'])]);
    await stream('a', 60, [], ['frozen', 'black']);
    expect(news()).toEqual(['never mind no-packets', 'never mind black', 'raised frozen', 'cleared frozen']);
    expect(told.find((one) => 'severity' in one && one.fault === 'frozen')).toMatchObject({ severity: 'Minor' });
  });

  test('is not over because the camera went away', async () => {
    const { clock, say, stream, news } = begin();
    await stream('a', 60, ['moved']);
    say('a', 'backing-off');
    await clock.advance(60_000);
    expect(news()).toEqual(['never mind no-packets', 'raised moved', 'raised no-packets']);
  });

  test('is left to the rule that the site has for it, and to nobody where it is not watched', async () => {
    const { stream, news } = begin(['covered', 'moved']);
    await stream('a', 60, ['covered', 'defocused', 'clock-jump']);
    expect(news()).toEqual(['never mind no-packets', 'raised clock-jump']);
  });
});

test('while the queue is away nothing is lost, and the order stays', async () => {
  const { clock, sink, say, stream, news } = begin();
  await stream('a', 60);
  sink.away = true;
  say('a', 'backing-off');
  await clock.advance(40_000);
  await stream('a', 60);
  expect(news()).toEqual(['never mind no-packets']);
  sink.away = false;
  await clock.advance(4000);
  expect(news()).toEqual(['never mind no-packets', 'raised no-packets', 'cleared no-packets']);
});
