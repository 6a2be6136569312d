/**
 * How long it takes to look back: from the moment a key frame that shows a change has been decoded to the last picture of those that were sent
 * since the key frame before it, decoded as well. Real sessions with fake cameras at 1080p, a key frame every 2 s.
 */
import { openRtsp } from '../devices/camera/libav-session.ts';
import { PacketRing } from '../devices/camera/packet-ring.ts';
import { CAMERA_SOURCE_DEFAULTS } from '../gateway/cameras/camera-source.ts';
import { systemClock } from '../platform/clock.ts';
import { startCamerasApart } from '../test-fixtures/fake-camera/apart.ts';
import { type Footage, recodedClip, type RecipeName } from '../test-fixtures/recoded-clips.ts';
import { findShared } from '../test-fixtures/shared-data.ts';
import type { Goal, Measure } from './measured.ts';

const BUSY: Footage = { clip: 'cutl.mp4' };
const DRAWN: Footage = { street: { seed: 22, persons: 8, vehicles: 3 } };
const CLIP_S = 12;
const RECIPES_WATCHED: readonly RecipeName[] = ['h264-1080p-vbr', 'h264-1080p-cbr'];
const LOOKS_BACK = 30;
const WHOLE_GOP_MS = 1900;
const LUMA_WIDTH_PX = 160;
/** All are given out, so that the last one is seen when it comes; a camera's loop takes five a second. */
const EVERY_PICTURE = 100;

const say = (line: string): void => void process.stderr.write(`retrospect: ${line}\n`);
const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

export const measure: Measure = async () => {
  const footage = findShared('clips/cutl.mp4') === null ? DRAWN : BUSY;
  const streams: Record<string, unknown> = {};
  const goals: Goal[] = [];
  for (const recipe of RECIPES_WATCHED) {
    const clip = await recodedClip(footage, recipe, { seconds: CLIP_S });
    if (!clip) continue;
    say(`${recipe}: ${LOOKS_BACK} looks back`);
    const looks = await looksBack(clip.file);
    const ms = looks.map((look) => look.ms).sort((a, b) => a - b);
    streams[recipe] = { kbitPerS: clip.meanKbitPerS, looks: ms.length, picturesDecodedEach: Math.round(looks.reduce((sum, look) => sum + look.decoded, 0) / looks.length), msP50: Math.round(quantile(ms, 0.5)), msP99: Math.round(quantile(ms, 0.99)) };
    goals.push({ name: `${recipe}: p99 ms`, value: Math.round(quantile(ms, 0.99)), op: '<=', goal: 400 });
  }
  return { figures: { footage: 'clip' in footage ? footage.clip : 'drawn street', streams }, goals };
};

interface LookBack {
  readonly ms: number;
  readonly decoded: number;
}

async function looksBack(clip: string): Promise<LookBack[]> {
  const cameras = await startCamerasApart({ cameras: [{ path: 'a', play: { clip } }] });
  const ring = new PacketRing(CAMERA_SOURCE_DEFAULTS.ring);
  const { maxWidthPx, timeoutMs, noPictureMs } = CAMERA_SOURCE_DEFAULTS;
  const session = await openRtsp(cameras.url('a'), { cameraId: 'a', detectFps: EVERY_PICTURE, maxWidthPx, timeoutMs, noPictureMs, lumaWidthPx: LUMA_WIDTH_PX, ring, signal: new AbortController().signal, clock: systemClock });
  const looks: LookBack[] = [];
  try {
    while (looks.length < LOOKS_BACK) {
      session.watch('key-frames');
      let beforeMs = (await session.next()).capturedAtMs;
      let changedAtMs = (await session.next()).capturedAtMs;
      // What was still in line from before comes first: two key frames running lie a whole group of pictures apart.
      while (changedAtMs - beforeMs < WHOLE_GOP_MS) [beforeMs, changedAtMs] = [changedAtMs, (await session.next()).capturedAtMs];
      const [fromMs, decoded] = [performance.now(), session.counts.decoded];
      if (!session.wake(beforeMs)) throw new Error('nothing is remembered of two seconds ago');
      // As the camera loop does: each picture is asked for when the one before is done with; the last is the first not older than the change.
      while ((await session.next()).capturedAtMs < changedAtMs) continue;
      looks.push({ ms: performance.now() - fromMs, decoded: session.counts.decoded - decoded });
    }
  } finally {
    await session.close();
    ring.close();
    await cameras.close();
  }
  return looks;
}
