/** The console reads the very line that the choice of patrol writes. */
import { expect, test } from 'vitest';
import { choiceLine, choosePatrol } from '../../../dispatch/choose.ts';
import { readOrderReason } from './order-reason.ts';

test('what the choice writes is read back', () => {
  const { candidates } = choosePatrol({
    patrols: [{ id: 'p1', name: 'One', teamId: 't', deviceId: 'd', skills: [], maxOrders: 2 }],
    states: [{ patrolId: 'p1', onDuty: true, position: { lon: 116.4, lat: 39.9 }, fixAtMs: 10_000, accuracyM: 5, cellCode: null, openOrders: 0 }],
    at: { lon: 116.4, lat: 39.901 }, measuredFrom: 'place', responsibleTeamId: null, severity: 'Severe', tried: [], skill: null, nowMs: 22_000,
  });
  expect(readOrderReason(choiceLine(candidates[0]!))).toEqual({ code: 'nearest', distanceM: 111, positionAgeS: 12 });
  expect(readOrderReason('code=chosen-by-hand')).toEqual({ code: 'chosen-by-hand', distanceM: null, positionAgeS: null });
  expect(readOrderReason('because I know the place')).toBeNull();
});
