/** What keeps one device from being felt by the others: pace, presence, sign-in, and the SOS lane's patience. */
import { describe, expect, test } from 'vitest';
import { hashPassword } from '../../devices/credential.ts';
import type { DeviceStatus, SosEvent } from '../../domain/device.ts';
import { ManualClock } from '../../platform/clock.ts';
import { countedIds, systemIds } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { createMetrics, metricsText } from '../../platform/metrics.ts';
import { testDevice } from '../../test-fixtures/devices/message.ts';
import { Pacer } from './pacer.ts';
import { Presence } from './presence.ts';
import { Refusals } from './refusals.ts';
import { SignIn } from './sign-in.ts';
import { SosLane } from './sos-lane.ts';

const press = (id: string): SosEvent => ({ id, source: '/devices/b', deviceId: 'b', occurredAtMs: 1, receivedAtMs: 1, traceparent: 't', type: 'sos', fix: null });

describe('pace', () => {
  test('a burst passes, then one in each interval; another device is not held back', async () => {
    const clock = new ManualClock();
    const pacer = new Pacer(clock, 10, 3);
    expect([1, 2, 3, 4, 5].map(() => pacer.waitMs('fast'))).toEqual([0, 0, 0, 0, 100]);
    expect(pacer.waitMs('other')).toBe(0);
    await clock.advance(10_000);
    expect(pacer.waitMs('fast')).toBe(0);
  });
});

describe('refusals', () => {
  test('a storm is counted whole and logged once in ten seconds, with how many were alike', async () => {
    const clock = new ManualClock();
    const log = keptLog();
    const metrics = createMetrics(false);
    const refusals = new Refusals(metrics, log, clock);
    for (let i = 0; i < 100; i++) refusals.note('topic', 'd', 'no');
    refusals.note('topic', 'e', 'no');
    await clock.advance(10_000);
    refusals.note('topic', 'd', 'no');
    expect(log.lines.map((line) => line.fields)).toEqual([{ refused: 'topic', device: 'd' }, { refused: 'topic', device: 'e' }, { refused: 'topic', device: 'd', alike: 99 }]);
    expect(await metricsText([await metrics.snapshot()])).toContain('gridwarden_mqtt_refused_total{reason="topic"} 102');
  });
});

describe('presence', () => {
  test('is told at every coming and going and in between at most once in a while', async () => {
    const clock = new ManualClock(0);
    const statuses: DeviceStatus[] = [];
    const presence = new Presence({ deviceStatus: async (status) => void statuses.push(status) }, clock, keptLog(), 1000);
    presence.connected('d');
    await clock.advance(500);
    presence.seen('d');
    await clock.advance(500);
    presence.seen('d');
    presence.connected('d'); // a second connection
    await clock.advance(1);
    presence.disconnected('d');
    await clock.advance(1);
    presence.disconnected('d');
    await clock.advance(1);
    expect(statuses.map((s) => [s.connected, s.lastSeenAtMs])).toEqual([[true, 0], [true, 1000], [true, 1000], [false, 1000]]);
  });
  test('while the sink is slow the newest state waits, not a queue of old ones', async () => {
    const clock = new ManualClock(0);
    const statuses: DeviceStatus[] = [];
    let release: () => void = () => undefined;
    const presence = new Presence({ deviceStatus: (status) => new Promise((resolve) => (statuses.push(status), (release = resolve))) }, clock, keptLog(), 1000);
    for (let i = 0; i < 50; i++) {
      presence.connected('d');
      presence.disconnected('d');
    }
    expect(statuses).toHaveLength(1);
    release();
    await clock.advance(0);
    expect(statuses.map((s) => s.connected)).toEqual([true, false]);
  });
});

describe('signing in', () => {
  test('many at once wait in line, and a line that is too long is sent away', async () => {
    const device = testDevice();
    const member = { device, passwordHash: await hashPassword('right', systemIds), patrolIds: [] };
    const signIn = new SignIn();
    expect(await signIn.check(member, Buffer.from('right'))).toBe('ok');
    const storm = Array.from({ length: 300 }, () => signIn.check(member, Buffer.from('wrong')));
    // Who was verified before does not stand in the line of an attack.
    expect(await signIn.check(member, Buffer.from('right'))).toBe('ok');
    const results = await Promise.all(storm);
    expect(results.filter((r) => r === 'wrong-password')).toHaveLength(200);
    expect(results.filter((r) => r === 'busy')).toHaveLength(100);
    expect(await signIn.check({ ...member, passwordHash: await hashPassword('new', systemIds) }, Buffer.from('right'))).toBe('wrong-password');
  });
});

describe('the SOS lane', () => {
  const laneOver = (keepSos: (event: SosEvent) => Promise<void>) => {
    const clock = new ManualClock();
    const log = keptLog();
    return { clock, log, lane: new SosLane({ keepSos, clock, ids: countedIds(), log }) };
  };

  test('tries again until the queue takes it, waiting longer each time', async () => {
    let tries = 0;
    const { clock, lane } = laneOver(async () => {
      if (++tries < 6) throw new Error('away');
    });
    const raised = lane.raise(press('e'), 60_000);
    const wakes: number[] = [];
    while (tries < 6) {
      await clock.advance(0);
      const [next] = [Math.min(clock.nextWakeInMs ?? 0, 50_000)];
      if (tries < 6) wakes.push(next);
      await clock.advance(next);
    }
    await raised;
    expect(wakes).toEqual([75, 150, 300, 600, 1200]);
    expect(lane.held).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  test('a giver whose patience ends is refused while the lane goes on; the same event given again is not doubled', async () => {
    const asked: string[] = [];
    let done: () => void = () => undefined;
    const { clock, lane } = laneOver((event) => new Promise((resolve) => (asked.push(event.id), (done = resolve))));
    const first = lane.raise(press('e'), 100);
    const refused = expect(first).rejects.toMatchObject({ code: 'QUEUE_BUSY' });
    await clock.advance(100);
    await refused;
    const second = lane.raise(press('e'), 100);
    done();
    await second;
    expect(asked).toEqual(['e']);
  });

  test('holds a bounded number, and closing names in the log what was not kept', async () => {
    const { clock, lane, log } = laneOver(() => new Promise(() => undefined));
    const raised = Array.from({ length: 1001 }, (_, i) => lane.raise(press(`e${i}`), 1000).catch((error: Error) => error.message));
    await clock.advance(0);
    expect(await raised[1000]).toContain('1000 wait already');
    const closed = lane.close(500);
    await clock.advance(500);
    await closed;
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { sos: expect.arrayContaining(['/devices/b e7']) as string[] } });
    await expect(lane.raise(press('late'), 1)).rejects.toMatchObject({ code: 'QUEUE_BUSY' });
    await clock.advance(1000);
    await Promise.all(raised);
  });
});
