/** Which rules watch which camera, and what all of a camera's rules say about one frame. */
import type { Camera } from '../../domain/camera.ts';
import type { CameraRule } from '../../domain/rule.ts';
import { groundPlaneOf, type GroundPlane } from '../../grid/ground-plane.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Breach, Place, RuleState, Seen } from '../rules/contract.ts';
import { placeOfRule } from '../rules/place.ts';
import { judgeRule, type SiteNow } from '../rules/table.ts';
import type { CameraPlace } from './finding.ts';

/** One rule on its place in its camera's picture. */
export interface Watch extends CameraPlace {
  readonly rule: CameraRule;
  readonly place: Place;
}

/** One breach and the rule that it breaks. */
export interface Told {
  readonly watch: Watch;
  readonly breach: Breach;
}

/**
 * Camera id → its watches. A configuration that was checked has neither a rule without its zone or line nor a survey that cannot be
 * solved; if one slips through, it costs that rule or that camera's places, told in the log, and nothing else.
 */
export function watchesOf(site: { readonly cameras: readonly Camera[]; readonly rules: readonly CameraRule[] }, log: Log): Map<string, Watch[]> {
  const watches = new Map<string, Watch[]>();
  for (const camera of site.cameras) {
    const plane = planeOf(camera, log);
    const own = site.rules.filter((rule) => rule.cameraId === camera.id);
    watches.set(camera.id, own.flatMap((rule) => {
      const place = placeOfRule(rule, camera);
      if (place) return [{ camera, plane, rule, place }];
      log.error({ camera: camera.id, rule: rule.id }, 'the rule names a zone or line that its camera does not have; it is not judged');
      return [];
    }));
  }
  return watches;
}

function planeOf(camera: Camera, log: Log): GroundPlane | null {
  try {
    return groundPlaneOf(camera);
  } catch (error) {
    log.error({ camera: camera.id, reason: sentenceOf(error) }, 'findings of this camera are filed in its home cell');
    return null;
  }
}

/** Every watch's judgement of the frame taken at `atMs`, and the states to keep; states of rules that are no more are dropped. */
export function judgeFrame(watches: readonly Watch[], states: Readonly<Record<string, RuleState>>, seen: Omit<Seen, 'plane' | 'lens' | 'armed'>, site: SiteNow, atMs: number): { rules: Record<string, RuleState>; told: Told[] } {
  const rules: Record<string, RuleState> = {};
  const told: Told[] = [];
  for (const watch of watches) {
    const { rule, place, plane } = watch;
    const { state, breaches } = judgeRule(rule, place, states[rule.id], { ...seen, plane, lens: watch.camera }, site, atMs);
    if (state) rules[rule.id] = state;
    told.push(...breaches.map((breach) => ({ watch, breach })));
  }
  return { rules, told };
}
