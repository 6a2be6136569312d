/**
 * What a camera costs that sees nothing: CPU seconds for each second of a camera, ours (packets kept, key frames decoded, looked at and now and
 * then handed on as JPEG) beside the recipe of one ffmpeg a camera with motion detection behind it, and beside demuxing alone. The three watch
 * the same fake cameras in alternating rounds, in one run. Without `../shared` a drawn street with a sensor's grain stands for the real room.
 */
import { spawnSync } from 'node:child_process';
import { startCamerasApart } from '../test-fixtures/fake-camera/apart.ts';
import { type Footage, recodedClip, type RecipeName, STILL_STREET } from '../test-fixtures/recoded-clips.ts';
import { findShared } from '../test-fixtures/shared-data.ts';
import type { Goal, Measure } from './measured.ts';
import { WAYS, type Way } from './video/watch-entry.ts';
import { perCameraSecond, Watcher } from './video/watching.ts';

const CAMERAS = 4;
const ROUNDS = 3;
const SETTLE_MS = 4000;
const STRETCH_MS = 12_000;
/** In its first seconds nobody is in the room yet. */
const ROOM: Footage = { clip: 'one-by-one-person-detection.mp4' };
const STILL_S = 4;
const RECIPES_WATCHED: readonly RecipeName[] = ['h264-1080p-vbr', 'h264-1080p-cbr', 'h264-720p-vbr'];

const say = (line: string): void => void process.stderr.write(`idle-camera: ${line}\n`);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const rounded = (value: number): number => Number(value.toPrecision(3));

export const measure: Measure = async () => {
  const footage = findShared(`clips/${ROOM.clip}`) === null ? { street: STILL_STREET } : ROOM;
  const haveFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
  const ways = WAYS.filter((way) => way !== 'ffmpeg' || haveFfmpeg);
  const streams: Record<string, unknown> = {};
  const goals: Goal[] = [];
  for (const recipe of RECIPES_WATCHED) {
    const clip = await recodedClip(footage, recipe, { seconds: STILL_S });
    if (!clip) continue;
    say(`${recipe}: ${CAMERAS} cameras, ${ROUNDS} rounds of ${STRETCH_MS / 1000} s`);
    const costs = await costsOf(clip.file, ways);
    const { gridwarden = Number.NaN, ffmpeg, demux = Number.NaN } = costs;
    streams[recipe] = { kbitPerS: clip.meanKbitPerS, cpuSPerCameraS: Object.fromEntries(Object.entries(costs).map(([way, cost]) => [way, rounded(cost)])) };
    goals.push(
      { name: `${recipe}: share of the ffmpeg recipe`, value: ffmpeg === undefined ? null : rounded(gridwarden / ffmpeg), op: '<=', goal: 0.1 },
      { name: `${recipe}: times demuxing alone`, value: rounded(gridwarden / demux), op: '<=', goal: 2.5 },
    );
  }
  return { figures: { footage: 'clip' in footage ? footage.clip : 'drawn street', cameras: CAMERAS, ...(haveFfmpeg ? {} : { skipped: 'there is no ffmpeg: the recipe was not measured' }), streams }, goals };
};

/** Medians over the rounds. */
async function costsOf(clip: string, ways: readonly Way[]): Promise<Partial<Record<Way, number>>> {
  const paths = Array.from({ length: CAMERAS }, (_, i) => `c${i}`);
  const cameras = await startCamerasApart({ cameras: paths.map((path) => ({ path, play: { clip } })) });
  const rounds: Partial<Record<Way, number>>[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const costs: Partial<Record<Way, number>> = {};
      for (const way of ways) {
        const watcher = await Watcher.start(way, paths.map((path) => cameras.url(path)), SETTLE_MS);
        const stretch = await watcher.stretch(STRETCH_MS);
        await watcher.close();
        if (stretch.counted.reconnects > 0) throw new Error(`${way}: ${stretch.counted.reconnects} sessions ended`);
        costs[way] = perCameraSecond(stretch, CAMERAS);
      }
      rounds.push(costs);
      say(JSON.stringify(costs));
    }
  } finally {
    await cameras.close();
  }
  return Object.fromEntries(ways.map((way) => [way, median(rounds.map((costs) => costs[way] ?? Number.NaN))]));
}
