/** What a console needs of arm profiles and recorded tracks, without Redis: the real trials over frames of a scene, and a profile kept in memory. */
import { parseConfig } from '../config/load.ts';
import type { Change, ConsoleParts, SiteView } from '../console/server/parts.ts';
import type { ArmProfileState } from '../domain/rule.ts';
import type { LoggedFrame } from '../domain/trial.ts';
import { consoleTrials } from '../main/trials.ts';
import type { Clock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';
import { played, type SceneObject } from '../workers/rules/scene.ts';

/** `frames`: camera id → what was recorded of it. */
export function ruleTrials(site: SiteView, frames: ReadonlyMap<string, readonly LoggedFrame[]>, clock: Clock, announce: (change: Change) => void): Pick<ConsoleParts, 'armProfile' | 'trials'> {
  const config = parseConfig(JSON.stringify({
    grid: { file: 'none' },
    armProfiles: site.armProfiles,
    cameras: site.cameras.map(({ id, name, location, homeCell, zones, lines }) => ({ id, name, location, homeCell, zones, lines, url: 'rtsp://192.0.2.1/' })),
  }), 'the scene', {});
  let state: ArmProfileState = { profiles: site.armProfiles, current: site.armProfiles[0]?.id ?? null, changes: [] };
  return {
    armProfile: {
      state: async () => state,
      change: async (to, by) => {
        if (!site.armProfiles.some(({ id }) => id === to)) throw new GridwardenError('NOT_FOUND', { what: 'arm profile', id: to });
        if (to !== state.current) state = { ...state, current: to, changes: [{ by, atMs: clock.nowMs(), from: state.current ?? '', to }, ...state.changes] };
        announce({ kind: 'arm-profile', profile: state });
        return state;
      },
    },
    trials: consoleTrials({
      config,
      clock,
      tracks: {
        read: async function* (cameraId, { fromMs, toMs }) {
          for (const frame of frames.get(cameraId) ?? []) if (frame.atMs >= (fromMs ?? -Infinity) && frame.atMs <= (toMs ?? Infinity)) yield frame;
        },
      },
    }),
  };
}

const WALKERS: readonly SceneObject[] = [
  { path: [[5, 0.02, 0.62], [30, 0.98, 0.7]] },
  { path: [[20, 0.95, 0.82], [48, 0.05, 0.76]] },
  // One who waits about near the middle, and one who crosses the road towards the wall.
  { path: [[60, 0.1, 0.9], [75, 0.42, 0.6], [95, 0.5, 0.56], [140, 0.46, 0.6], [170, 0.52, 0.57], [190, 0.9, 0.7]] },
  { path: [[100, 0.3, 0.98], [120, 0.36, 0.5], [126, 0.37, 0.4]] },
  { path: [[200, 0.7, 0.98], [225, 0.62, 0.45]] },
  { label: 'car', size: [0.3, 0.2], path: [[10, 0.02, 0.84], [22, 0.97, 0.9]] },
  { label: 'car', size: [0.3, 0.2], path: [[130, 0.98, 0.86], [141, 0.03, 0.8]] },
  { label: 'car', size: [0.28, 0.19], path: [[150, 0.03, 0.84], [160, 0.7, 0.74], [236, 0.7, 0.74]] },
  { label: 'bicycle', size: [0.12, 0.2], path: [[80, 0.98, 0.72], [96, 0.02, 0.66]] },
];

/** Four minutes of a street that end now: people who pass, one who waits about, cars, one of which parks. */
export function streetFrames(untilMs: number): LoggedFrame[] {
  return played({ objects: WALKERS, untilS: 240 }, { startMs: untilMs - 240_000 }).map(({ atMs, widthPx, heightPx, tracks }) => ({ atMs, widthPx, heightPx, tracks }));
}
