/** Fake cameras in a process of their own are the same cameras, and do not outlive whoever started them. */
import { existsSync } from 'node:fs';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { expect, test } from 'vitest';
import { startCamerasApart } from './apart.ts';
import { watch } from './watch.ts';

const scene = { seed: 5, widthPx: 160, heightPx: 90, fps: 25, loopS: 1, persons: 1, vehicles: 0, twoWheelers: 0, parked: 0 };

test('they play, take faults, tell figures, and go', async () => {
  Log.setLevel(AV_LOG_QUIET);
  const cameras = await startCamerasApart({ cameras: [{ path: 'a', play: { scene }, auth: { user: 'op', password: 'p w', scheme: 'digest' } }] });
  expect(await watch(cameras.url('a'), 10)).toMatchObject({ framesDecoded: 10, framesBroken: 0 });
  expect(await cameras.ask('stats', 'a')).toMatchObject({ viewersEver: 1 });
  await cameras.ask('setFault', 'a', { kind: 'refuses', status: 503 });
  await expect(watch(cameras.url('a'), 1)).rejects.toThrow(/5XX|server/i);
  await expect(cameras.ask('stats', 'b')).rejects.toThrow(/no fake camera b/);
  expect(() => cameras.url('b')).toThrow(/no fake camera b/);
  await Promise.all([cameras.close(), cameras.close()]);
  expect(existsSync(`/proc/${cameras.pid}`)).toBe(false);
  await expect(cameras.ask('stats', 'a')).rejects.toThrow();
});

test('what keeps them from starting is said', async () => {
  await expect(startCamerasApart({ cameras: [{ path: 'a', play: { clip: '/nowhere/x.mp4' } }] })).rejects.toThrow(/nowhere\/x\.mp4/);
});
