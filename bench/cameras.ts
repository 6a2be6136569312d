/**
 * How many cameras two cores carry: 1080p25, somebody walking in the picture 5 % of the time, each at another moment. The whole program runs (`up`,
 * with its own Redis and the weights it comes with), and the fake cameras beside it on the same two cores. A number is carried when in the
 * stretch no session ended and nothing that was wanted was left out: no frame that a worker did not see, no packet that was not decoded.
 */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { systemClock } from '../platform/clock.ts';
import type { RecipeName } from '../test-fixtures/recoded-clips.ts';
import type { Measure } from './measured.ts';
import { type Carried, carry } from './video/carrying.ts';
import { visitedRoom, type VisitedRoom } from './video/visited-room.ts';

const COUNTS = [16, 32, 48, 64, 80, 96];
const FIRST_TRIED = COUNTS.indexOf(64);
const CORES = 2;
const SETTLE_MS = 15_000;
const STRETCH_MS = 40_000;
/** A step is not begun after so much: it takes up to 80 s. */
const LAST_BEGUN_AFTER_MS = 390_000;
const RECIPE: RecipeName = 'h264-1080p-vbr';
const CONSTANT_RATE: RecipeName = 'h264-1080p-cbr';
const GOAL = 64;

const say = (line: string): void => void process.stderr.write(`cameras: ${line}\n`);
const isCarried = ({ neverSeen, reconnects, framesShed, packetsShed }: Carried): boolean => neverSeen + reconnects + framesShed + packetsShed === 0;

export const measure: Measure = async () => {
  const skipped: string[] = [];
  const fromMs = systemClock.nowMs();
  const isLate = (): boolean => systemClock.nowMs() - fromMs > LAST_BEGUN_AFTER_MS;
  const cores = keepToCores();
  if (cores !== CORES) skipped.push(`these are the figures of ${cores} cores, not of ${CORES}`);
  const room = await visitedRoom(RECIPE);
  const steps: Carried[] = [];
  // The largest count that is carried lies at `low` or above it, and below `high`.
  let [low, high] = [-1, COUNTS.length];
  for (let at = FIRST_TRIED; low + 1 < high && !isLate(); at = Math.floor((low + high) / 2)) {
    const step = await tried(COUNTS[at] ?? 0, room);
    steps.push(step);
    if (isCarried(step)) low = at;
    else high = at;
  }
  if (low + 1 < high) skipped.push(`time was up before ${COUNTS[low + 1]} cameras could be tried`);
  const largest = COUNTS[low] ?? 0;
  let constantRate: unknown = null;
  if (largest === 0 || isLate()) skipped.push('cameras of a constant rate were not tried');
  else {
    const constant = await visitedRoom(CONSTANT_RATE);
    constantRate = { kbitPerS: constant.kbitPerS, ...(await tried(largest, constant)) };
  }
  return {
    figures: { cores, footage: room.footage, kbitPerS: room.kbitPerS, movesShare: room.movesShare, largest, steps, constantRate, ...(skipped.length > 0 ? { skipped } : {}) },
    goals: [{ name: 'cameras carried', value: largest, op: '>=', goal: GOAL }],
  };
};

async function tried(cameras: number, { file: clip, loopS }: VisitedRoom): Promise<Carried> {
  const step = await carry({ cameras, clip, loopMs: loopS * 1000, settleMs: SETTLE_MS, stretchMs: STRETCH_MS });
  say(`${cameras} cameras: ${isCarried(step) ? 'carried' : 'not carried'}; ${JSON.stringify(step)}`);
  return step;
}

/** Children inherit it; the program then sees so many cores and starts so many workers and camera hosts. */
function keepToCores(): number {
  if (os.availableParallelism() > CORES) spawnSync('taskset', ['-a', '-cp', `0-${CORES - 1}`, String(process.pid)]);
  return os.availableParallelism();
}
