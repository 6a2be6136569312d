/** The sensor stage: which rule meets which reading, what a finding says, and what a crash in between costs (nothing). */
import { beforeEach, describe, expect, test } from 'vitest';
import type { MeasurementEvent } from '../../domain/device.ts';
import type { SensorFinding } from '../../domain/finding.ts';
import type { SensorRule } from '../../domain/rule.ts';
import { keptLog } from '../../platform/log.ts';
import { testDevice } from '../../test-fixtures/devices/message.ts';
import { type SensorStage, createSensorStage } from './process.ts';

const NOON_MS = Date.UTC(2026, 10, 23, 4, 0, 0); // Monday, 12:00 in Shanghai
const hot: SensorRule = { id: 'hot', name: 'Too hot', version: 3, severity: 'Severe', schedules: [], kind: 'threshold', deviceIds: ['a', 'b'], measurement: 'temperatureC', direction: 'above', limit: 60, clear: 50, forMs: 0 };
const slow: SensorRule = { ...hot, id: 'slow', deviceIds: ['a'], forMs: 30_000 };
const night: SensorRule = { ...hot, id: 'night', deviceIds: ['c'], schedules: [{ days: [1], from: '20:00', to: '06:00' }] };
const devices = [testDevice({ id: 'a' }), testDevice({ id: 'b', location: null }), testDevice({ id: 'c' })];

const event = (deviceId: string, value: number, afterMs = 0, id = `${deviceId}-${afterMs}`): MeasurementEvent => ({
  id, source: `/devices/${deviceId}`, deviceId, occurredAtMs: NOON_MS + afterMs, receivedAtMs: NOON_MS + afterMs + 5, traceparent: `trace-${id}`, type: 'measurement', values: { temperatureC: value, other: 1 },
});

let kept: Map<string, string>;
let found: SensorFinding[];
let alarms: [string, string, number][];
/** Makes the n-th call of the shelf or a sink fail, as a killed worker would. */
let failAt: number;
let calls: number;
let stage: SensorStage;
beforeEach(() => {
  kept = new Map();
  found = [];
  alarms = [];
  failAt = -1;
  calls = 0;
  const call = <T>(work: () => T): Promise<T> => (calls++ === failAt ? Promise.reject(new Error('killed')) : Promise.resolve(work()));
  stage = createSensorStage({
    shelf: {
      load: (key) => call(() => JSON.parse(kept.get(key) ?? 'null') as unknown),
      save: (key, state) => call(() => void kept.set(key, JSON.stringify(state))),
    },
    findings: { findingMade: (finding) => call(() => void found.push(finding)) },
    alarm: { wakeAt: (...alarm) => call(() => void alarms.push(alarm)) },
    site: { devices, rules: [hot, slow, night], timeZone: 'Asia/Shanghai' },
    log: keptLog(),
  });
});

test('a finding says what, where, when and by which rule, and carries the trace', async () => {
  await stage.batch([event('a', 20), event('a', 61.5, 1000)]);
  expect(found).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      ruleId: 'hot', ruleName: 'Too hot', ruleVersion: 3, severity: 'Severe', certainty: 'Observed',
      place: { basis: 'device-location', at: { lon: 121.48, lat: 31.22 }, homeCell: '310101001001001' },
      occurredAtMs: NOON_MS + 1000, receivedAtMs: NOON_MS + 1005, traceparent: 'trace-a-1000',
      source: 'sensor', deviceId: 'a', measurement: 'temperatureC', value: 61.5, limit: 60, direction: 'above',
    },
  ]);
});

test('a device without a location is placed in its home cell', async () => {
  await stage.batch([event('b', 99)]);
  expect(found[0]?.place).toEqual({ basis: 'home-cell', at: null, homeCell: '310101001001001' });
});

test('other measurements, devices and kinds of event are none of its business', async () => {
  const { values: _, ...rest } = event('a', 99);
  await stage.batch([{ ...rest, type: 'measurement', values: { humidity: 99 } }, event('stranger', 99), { ...rest, type: 'sos', fix: null }]);
  expect(found).toEqual([]);
  expect(kept.size).toBe(0);
});

test('a device that counts its messages anew after a restart still raises its second alarm', async () => {
  await stage.batch([event('a', 99, 0, '1'), event('a', 20, 1000, '2')]);
  await stage.batch([event('a', 99, 3_600_000, '1'), event('a', 20, 3_601_000, '2')]);
  expect(new Set(found.map((finding) => finding.id)).size).toBe(2);
});

test('a batch in disorder is judged in the order of its times', async () => {
  await stage.batch([event('a', 20, 3000), event('a', 61, 2000), event('a', 20, 1000)]);
  expect(found.map((finding) => finding.occurredAtMs)).toEqual([NOON_MS + 2000]);
});

test('outside its hours a rule finds nothing; inside it does', async () => {
  await stage.batch([event('c', 99)]);
  expect(found).toEqual([]);
  await stage.batch([event('c', 99, 9 * 3_600_000)]); // 21:00
  expect(found.map((finding) => finding.ruleId)).toEqual(['night']);
});

describe('a sensor that falls silent', () => {
  test('is woken for once and found', async () => {
    await stage.batch([event('a', 61), event('a', 62, 1000), event('a', 63, 2000)]);
    await stage.batch([event('a', 64, 3000)]);
    expect(alarms).toEqual([['slow', 'a', NOON_MS + 5 + 30_000]]);
    await stage.due('slow', 'a', NOON_MS + 5 + 30_000);
    await stage.due('slow', 'a', NOON_MS + 5 + 30_000);
    expect(found.filter((finding) => finding.ruleId === 'slow')).toMatchObject([{ value: 64, occurredAtMs: NOON_MS, receivedAtMs: NOON_MS + 30_005 }]);
  });
  test('a wake-up of a rule that was taken out does nothing', async () => {
    await stage.due('gone', 'a', 1);
    await stage.due('slow', 'b', 1);
    expect(found).toEqual([]);
  });
});

test('whatever call a worker dies in, the batch tried again gives each finding once by its id, and nothing is missing', async () => {
  const events = [event('a', 20), event('a', 61, 1000), event('a', 20, 2000), event('a', 70, 3000), event('b', 90, 500)];
  await stage.batch(events);
  const wanted = new Set(found.map((finding) => finding.id));
  expect(wanted.size).toBe(3);
  const steps = calls;
  for (let at = 0; at < steps; at++) {
    kept.clear();
    found = [];
    calls = 0;
    failAt = at;
    await expect(stage.batch(events)).rejects.toThrow('killed');
    failAt = -1;
    await stage.batch(events);
    await stage.batch(events);
    expect(new Set(found.map((finding) => finding.id))).toEqual(wanted);
  }
});

test('a kept state that does not fit is begun anew', async () => {
  kept.set('hot/3/a', '"rubbish"');
  await stage.batch([event('a', 61)]);
  expect(found).toHaveLength(1);
});
