/**
 * What the gate costs in alerts: every clip with listed truth, coded again as cameras send it (1080p, a key frame every 2 s, at a constant quality
 * and at a constant rate), is watched by a camera with the gate and by one that decodes everything, on a clock some times as fast. What each hands
 * on is judged by the same detectors, tracker and rules. An alert of the second counts as found where the first tells the same rule the same
 * thing, not later than one group of pictures and 300 ms. Without `../shared` there are no clips: nothing is judged.
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import { recodedClip, type RecipeName } from '../test-fixtures/recoded-clips.ts';
import { findShared } from '../test-fixtures/shared-data.ts';
import { watchedClips } from '../test-fixtures/staged-scenes/clips.ts';
import type { Measure } from './measured.ts';
import type { FoundHere, Played, Reel, ToPlay } from './video/gate-entry.ts';

const RECODINGS: readonly RecipeName[] = ['h264-1080p-vbr', 'h264-1080p-cbr'];
const SPEED = 2;
const GOP_S = 2;
/** The room of this clip with somebody in it for a quarter of a minute of two and a half: what most cameras see most of the time, and the clips do not show. */
const ROOM = { clip: 'one-by-one-person-detection.mp4', emptyS: 4, stillS: 60, visitS: 21 } as const;
const LATE_S = GOP_S + 0.3;
const THREADS = 16;

const say = (line: string): void => void process.stderr.write(`gate-recall: ${line}\n`);
const rounded = (value: number): number => Number(value.toFixed(3));

interface Compared {
  readonly clip: string;
  readonly recoding: string;
  readonly alerts: number;
  readonly found: number;
  readonly latestS: number;
  readonly decodedShare: number;
  /** Of the frames that a camera which hands on everything hands on. */
  readonly handedOnShare: number;
  readonly shed: number;
}

export const measure: Measure = async () => {
  const compared: Compared[] = [];
  for (const clip of watchedClips()) {
    if (findShared(`clips/${clip.clip}`) === null) continue;
    const reels: Record<string, Reel[]> = {};
    for (const recipe of RECODINGS) reels[recipe] = [await reel(clip.clip, recipe, Math.ceil(clip.lengthS), clip.lengthS)];
    compared.push(...pairsOf(clip.clip, await inChild({ clip: clip.clip, reels, speed: SPEED })));
  }
  const still = findShared(`clips/${ROOM.clip}`) === null ? [] : await mostlyStill();
  compared.push(...still);
  const sum = (of: (one: Compared) => number): number => compared.reduce((total, one) => total + of(one), 0);
  return {
    figures: { speed: SPEED, clips: compared, ...(compared.length === 0 ? { skipped: 'the clips of ../shared are not there' } : {}), shed: sum(({ shed }) => shed) },
    goals: [
      { name: 'alerts found with the gate, share of those found without', value: sum(({ alerts }) => alerts) === 0 ? null : rounded(sum(({ found }) => found) / sum(({ alerts }) => alerts)), op: '>=', goal: 0.99 },
      { name: 'frames decoded on clips that are mostly still, largest share', value: still.length === 0 ? null : Math.max(...still.map(({ decodedShare }) => decodedShare)), op: '<=', goal: 0.25 },
    ],
  };
};

async function mostlyStill(): Promise<Compared[]> {
  const reels: Record<string, Reel[]> = {};
  for (const recipe of RECODINGS) {
    const empty = await reel(ROOM.clip, recipe, ROOM.emptyS, ROOM.stillS);
    reels[recipe] = [empty, await reel(ROOM.clip, recipe, ROOM.visitS, ROOM.visitS), empty];
  }
  return pairsOf(`${ROOM.clip}, mostly still`, await inChild({ clip: ROOM.clip, reels, speed: SPEED }));
}

/** The first seconds of a clip, coded again and played for so long. */
async function reel(clip: string, recipe: RecipeName, seconds: number, forS: number): Promise<Reel> {
  say(`${clip} as ${recipe}, ${seconds} s`);
  const recoded = await recodedClip({ clip }, recipe, { seconds });
  if (!recoded) throw new Error(`${clip} is not under ../shared/clips`);
  return { file: recoded.file, forS };
}

function pairsOf(clip: string, played: readonly Played[]): Compared[] {
  return played.filter(({ gated }) => gated).flatMap((gated) => {
    const all = played.find((one) => !one.gated && one.recoding === gated.recoding);
    if (!all) return [];
    const delays = matched(all.found, gated.found);
    return [{
      clip,
      recoding: gated.recoding,
      alerts: all.found.length,
      found: delays.length,
      latestS: rounded(Math.max(0, ...delays)),
      decodedShare: rounded(gated.decoded / gated.packets),
      handedOnShare: rounded(gated.frames / all.frames),
      shed: gated.shed + all.shed,
    }];
  });
}

/** How much later the gated camera's frame with the same alert was in, for each that it has in time. */
function matched(all: readonly FoundHere[], gated: readonly FoundHere[]): number[] {
  const open = [...gated];
  return all.flatMap(({ ruleId, what, receivedAtS }) => {
    const at = open.findIndex((one) => one.ruleId === ruleId && one.what === what && Math.abs(one.receivedAtS - receivedAtS) <= LATE_S);
    return at < 0 ? [] : open.splice(at, 1).map((one) => one.receivedAtS - receivedAtS);
  });
}

/** A process of its own: its thread pool must be larger than Node's, and is so only from the start. */
function inChild(wanted: ToPlay): Promise<Played[]> {
  const child = fork(path.join(import.meta.dirname, 'video/gate-entry.ts'), { env: { ...process.env, UV_THREADPOOL_SIZE: String(THREADS) }, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', (played) => resolve(played as Played[]));
    child.once('exit', (code) => reject(new Error(`${wanted.clip}: the process that played it ended with ${code}`)));
    child.send(wanted);
  });
}
