/** Child of the bench gate-recall: plays one clip to cameras with the gate and without, collects what they hand on, and lets one pair of detectors judge it. */
import { openRtsp } from '../../devices/camera/libav-session.ts';
import { CameraHost } from '../../gateway/cameras/camera-host.ts';
import { CAMERA_SOURCE_DEFAULTS } from '../../gateway/cameras/camera-source.ts';
import type { SessionCounts } from '../../devices/camera/camera-session.ts';
import type { FrameInfo, SmallPicture } from '../../domain/frame.ts';
import { systemIds } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { startFakeCameras } from '../../test-fixtures/fake-camera/server.ts';
import { watchedClips } from '../../test-fixtures/staged-scenes/clips.ts';
import { clipFootage, type Footage } from '../alerts/footage.ts';
import { openPairs, type OpenPair } from '../alerts/pairs.ts';
import { subjectWord } from '../alerts/score.ts';
import { START_MS, Watcher } from '../alerts/watching.ts';
import { fastClock } from './fast-clock.ts';

export interface ToPlay {
  /** File name under `../shared/clips`; its rules and zones are those of clips.json. */
  readonly clip: string;
  /** Name → what its camera plays, one after the other. */
  readonly reels: Readonly<Record<string, readonly Reel[]>>;
  readonly speed: number;
}

/** A coded file, played over and over for so long. */
export interface Reel {
  readonly file: string;
  readonly forS: number;
}

export interface FoundHere {
  readonly ruleId: string;
  readonly what: string;
  /** Seconds of the clip: when it happened, and when the frame that told it was in. */
  readonly occurredAtS: number;
  readonly receivedAtS: number;
}

export interface Played {
  readonly recoding: string;
  readonly gated: boolean;
  readonly packets: number;
  readonly decoded: number;
  readonly shed: number;
  readonly frames: number;
  readonly found: readonly FoundHere[];
}

interface Kept {
  readonly info: FrameInfo;
  readonly jpeg: Uint8Array;
  readonly small: SmallPicture;
}

/** What one camera did while the clip played once. */
interface Camera {
  readonly recoding: string;
  readonly gated: boolean;
  readonly kept: Kept[];
  startedAtMs: number | null;
  counts: SessionCounts | null;
  shed: number;
}

const CHECK_EVERY_MS = 20;

async function play({ clip, reels, speed }: ToPlay, footage: Footage, pair: OpenPair): Promise<Played[]> {
  const clock = fastClock(speed);
  const fakes = await startFakeCameras({ cameras: Object.entries(reels).map(([path, [first]]) => ({ path, play: { clip: first?.file ?? '' } })), clock });
  const cameras = new Map<string, Camera>();
  for (const recoding of Object.keys(reels)) for (const gated of [true, false]) cameras.set(`${recoding}-${gated ? 'gated' : 'all'}`, { recoding, gated, kept: [], startedAtMs: null, counts: null, shed: 0 });
  const host = new CameraHost({
    cameras: [...cameras].map(([cameraId, { recoding, gated }]) => ({ ...CAMERA_SOURCE_DEFAULTS, cameraId, url: fakes.url(recoding), motionGate: gated, small: pair.small })),
    env: { clock, ids: systemIds, log: silentLog },
    open: () => async (url, options) => {
      const camera = cameras.get(options.cameraId);
      const session = await openRtsp(url, options);
      void watch(camera, () => session.counts, footage.lengthS * 1000);
      return session;
    },
    frames: {
      put: (info, jpeg, small) => Promise.resolve(void (small && cameras.get(info.cameraId)?.kept.push({ info, jpeg, small }))),
      shed: (cameraId, frames) => {
        const camera = cameras.get(cameraId);
        if (camera) camera.shed += frames;
      },
    },
    status: { cameraStatus: () => undefined },
  });

  /** Takes the counts when the clip is over: it begins anew then. */
  async function watch(camera: Camera | undefined, counts: () => SessionCounts, lengthMs: number): Promise<void> {
    if (!camera || camera.startedAtMs !== null) return;
    while (counts().packets === 0) await clock.sleep(CHECK_EVERY_MS);
    camera.startedAtMs = clock.nowMs();
    if (camera.gated) void turnReels(camera.recoding);
    await clock.sleep(lengthMs);
    camera.counts = counts();
  }

  /** Both cameras of a recoding watch the same fake one, and began within a moment. */
  async function turnReels(recoding: string): Promise<void> {
    const [first, ...rest] = reels[recoding] ?? [];
    await clock.sleep((first?.forS ?? 0) * 1000);
    for (const { file, forS } of rest) {
      await fakes.switchTo(recoding, { clip: file });
      await clock.sleep(forS * 1000);
    }
  }

  host.start();
  while ([...cameras.values()].some(({ counts }) => counts === null)) await clock.sleep(CHECK_EVERY_MS);
  await host.close();
  await fakes.close();
  const played: Played[] = [];
  for (const camera of cameras.values()) played.push(await judged(camera, footage, pair));
  process.stderr.write(`gate-recall: ${clip}: ${played.map(({ recoding, gated, decoded, packets, found }) => `${recoding} ${gated ? 'gated' : 'all'} ${decoded}/${packets} decoded, ${found.length} found`).join('; ')}\n`);
  return played;
}

async function judged({ recoding, gated, kept, counts, shed, startedAtMs }: Camera, footage: Footage, pair: OpenPair): Promise<Played> {
  const watcher = new Watcher(footage, pair);
  // The first picture's time is the clip's beginning, as near as its camera tells.
  const originMs = kept[0]?.info.capturedAtMs ?? startedAtMs ?? 0;
  const once = kept.filter(({ info }) => info.capturedAtMs - originMs < footage.lengthS * 1000);
  for (const { info, jpeg, small } of once) {
    await watcher.seeFrame({ ...info, capturedAtMs: START_MS + info.capturedAtMs - originMs, receivedAtMs: START_MS + info.receivedAtMs - originMs }, jpeg, small);
  }
  watcher.free();
  const found = watcher.found.map(({ ruleId, about, occurredAtMs, receivedAtMs }) => ({ ruleId, what: subjectWord(about), occurredAtS: (occurredAtMs - START_MS) / 1000, receivedAtS: (receivedAtMs - START_MS) / 1000 }));
  return { recoding, gated, packets: counts?.packets ?? 0, decoded: counts?.decoded ?? 0, shed: shed + (counts?.shed ?? 0), frames: once.length, found };
}

if (import.meta.main) {
  process.once('message', (wanted: ToPlay) => {
    void (async () => {
      const { pairs } = await openPairs();
      const pair = pairs.find(({ role }) => role === 'reference') ?? pairs[0];
      const clip = watchedClips().find((one) => one.clip === wanted.clip);
      if (!pair || !clip) throw new Error(`there are no detectors, or no truth for ${wanted.clip}`);
      const lengthS = Math.max(...Object.values(wanted.reels).map((own) => own.reduce((sum, { forS }) => sum + forS, 0)));
      process.send?.(await play(wanted, { ...clipFootage(clip, ''), lengthS }, pair), () => process.exit(0));
    })();
  });
  process.once('disconnect', () => process.exit(0));
}
