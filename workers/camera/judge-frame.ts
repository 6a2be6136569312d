/** Which rules watch which camera, and what all of a camera's rules say about one frame. */
import type { Camera, Zone } from '../../domain/camera.ts';
import type { Track } from '../../domain/detection.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import type { CameraRule } from '../../domain/rule.ts';
import { solveGroundPlane, type GroundPlane } from '../../grid/ground-plane.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import { judge, NO_VISITS, type Intrusion, type IntrusionState } from '../rules/intrusion/judge.ts';
import type { CameraPlace } from './finding.ts';

/** One rule on its camera's zone. */
export interface Watch extends CameraPlace {
  readonly rule: CameraRule;
  readonly zone: Zone;
}

/** One intrusion and the rule it broke. */
export interface Told {
  readonly watch: Watch;
  readonly intrusion: Intrusion;
}

/**
 * Camera id → its watches. A configuration that was checked has neither a rule without its zone nor a survey that cannot be
 * solved; if one slips through, it costs that rule or that camera's places, told in the log, and nothing else.
 */
export function watchesOf(site: { readonly cameras: readonly Camera[]; readonly rules: readonly CameraRule[] }, log: Log): Map<string, Watch[]> {
  const watches = new Map<string, Watch[]>();
  for (const camera of site.cameras) {
    const plane = planeOf(camera, log);
    const own = site.rules.filter((rule) => rule.cameraId === camera.id);
    watches.set(camera.id, own.flatMap((rule) => {
      const zone = camera.zones.find((z) => z.id === rule.zoneId);
      if (zone) return [{ camera, plane, rule, zone }];
      log.error({ camera: camera.id, rule: rule.id, zone: rule.zoneId }, 'the rule names a zone that its camera does not have; it is not judged');
      return [];
    }));
  }
  return watches;
}

function planeOf(camera: Camera, log: Log): GroundPlane | null {
  if (!camera.groundPlane) return null;
  try {
    return solveGroundPlane(camera.id, camera.groundPlane);
  } catch (error) {
    log.error({ camera: camera.id, reason: sentenceOf(error) }, 'findings of this camera are filed in its home cell');
    return null;
  }
}

/** Every watch's judgement of one frame, and the states to keep; states of rules that are no more are dropped. */
export function judgeFrame(watches: readonly Watch[], states: Readonly<Record<string, IntrusionState>>, tracks: readonly Track[], frame: FrameInfo, timeZone: string): { rules: Record<string, IntrusionState>; told: Told[] } {
  const rules: Record<string, IntrusionState> = {};
  const told: Told[] = [];
  for (const watch of watches) {
    const judged = judge(watch.rule, watch.zone, states[watch.rule.id] ?? NO_VISITS, tracks, { ...frame, timeZone }, frame.capturedAtMs);
    rules[watch.rule.id] = judged.state;
    told.push(...judged.findings.map((intrusion) => ({ watch, intrusion })));
  }
  return { rules, told };
}
