/** The SOS stage: the best place that is known, and a finding whatever happens to the look-up. */
import { describe, expect, test } from 'vitest';
import type { SosEvent } from '../../domain/device.ts';
import type { LonLat } from '../../domain/geo.ts';
import { ManualClock } from '../../platform/clock.ts';
import { keptLog } from '../../platform/log.ts';
import { testDevice } from '../../test-fixtures/devices/message.ts';
import { type LastKnown, createSosStage } from './process.ts';

const NOW_MS = 1_790_000_000_000;
const HOME = '310101001001001';
const fix: LonLat = { lon: 121.5, lat: 31.3 };
const seen: LonLat = { lon: 121.6, lat: 31.4 };
const devices = [testDevice({ id: 'fixed' }), testDevice({ id: 'worn', location: null }), testDevice({ id: 'nowhere', location: null, homeCell: null })];
const press = (deviceId: string, over: Partial<SosEvent> = {}): SosEvent => ({
  id: 'e', source: `/devices/${deviceId}`, deviceId, occurredAtMs: NOW_MS - 3, receivedAtMs: NOW_MS, traceparent: 'trace', type: 'sos', fix: null, ...over,
});
const stage = (lastKnown: LastKnown['lastKnown'], clock = new ManualClock(NOW_MS), log = keptLog()) => createSosStage({ devices, positions: { lastKnown }, clock, log });
const nowhere = async (): Promise<null> => null;
const seenAgo = (ms: number) => async () => ({ at: seen, atMs: NOW_MS - ms });

test('a finding of the built-in rule, with the trace of the press', async () => {
  expect(await stage(nowhere).finding(press('fixed'))).toEqual({
    id: 'sos-/devices/fixed-e', ruleId: 'sos', ruleName: 'SOS', ruleVersion: 1, severity: 'Severe', certainty: 'Observed',
    place: { basis: 'device-location', at: { lon: 121.48, lat: 31.22 }, homeCell: HOME },
    occurredAtMs: NOW_MS - 3, receivedAtMs: NOW_MS, traceparent: 'trace', source: 'sos', deviceId: 'fixed',
  });
});

describe('the place', () => {
  test.each<[string, SosEvent, LastKnown['lastKnown'], object]>([
    ['its own fix before everything', press('fixed', { fix }), seenAgo(0), { basis: 'device-fix', at: fix, homeCell: HOME }],
    ['then where it was last', press('fixed'), seenAgo(3_600_000), { basis: 'last-known', at: seen, homeCell: HOME }],
    ['but not where it was yesterday', press('worn'), seenAgo(86_400_000), { basis: 'home-cell', at: null, homeCell: HOME }],
    ['then its home cell', press('worn'), nowhere, { basis: 'home-cell', at: null, homeCell: HOME }],
    ['and with nothing known, still a finding', press('nowhere'), nowhere, { basis: 'home-cell', at: null, homeCell: null }],
    ['also of a device that was taken out meanwhile', press('removed'), nowhere, { basis: 'home-cell', at: null, homeCell: null }],
  ])('%s', async (_, event, lastKnown, place) => expect((await stage(lastKnown).finding(event)).place).toEqual(place));
});

test('a look-up that fails is noted and passed over', async () => {
  const log = keptLog();
  const finding = await stage(() => Promise.reject(new Error('the database is away')), undefined, log).finding(press('fixed'));
  expect(finding.place.basis).toBe('device-location');
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: 'the database is away' } }]);
});

test('a look-up that hangs costs one second', async () => {
  const clock = new ManualClock(NOW_MS);
  const finding = stage(() => new Promise(() => undefined), clock).finding(press('fixed'));
  await clock.advance(1000);
  expect((await finding).place.basis).toBe('device-location');
  expect(clock.sleeping).toBe(0);
});
