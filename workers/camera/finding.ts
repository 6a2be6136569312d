/** Makes a finding out of one intrusion: its id, how sure it is, and where it happened. */
import { createHash } from 'node:crypto';
import type { Camera, Zone } from '../../domain/camera.ts';
import type { Box } from '../../domain/detection.ts';
import type { CameraFinding, FindingPlace } from '../../domain/finding.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import type { Certainty } from '../../domain/gravity.ts';
import type { IntrusionRule } from '../../domain/rule.ts';
import { project, type GroundPlane } from '../../grid/ground-plane.ts';
import type { Intrusion } from '../rules/intrusion/judge.ts';
import { standsAt } from '../rules/intrusion/zone.ts';

/** CAP 1.2 draws the line between Likely and Possible at one half. */
const LIKELY_FROM = 0.5;

/** Where findings of one camera are placed from. */
export interface CameraPlace {
  readonly camera: Camera;
  /** Null where nobody surveyed the camera, or the survey cannot be solved. */
  readonly plane: GroundPlane | null;
}

/** A finding without its evidence, which the stage adds. */
export function makeFinding(at: CameraPlace, rule: IntrusionRule, zone: Zone, intrusion: Intrusion, frame: FrameInfo): Omit<CameraFinding, 'evidenceKey'> {
  const { track } = intrusion;
  return {
    id: findingId(at.camera.id, rule.id, zone.id, intrusion),
    source: 'camera',
    ruleId: rule.id,
    ruleName: rule.name,
    ruleVersion: rule.version,
    severity: rule.severity,
    certainty: certaintyOf(track.score),
    place: placeOf(at, intrusion, frame),
    occurredAtMs: frame.capturedAtMs,
    receivedAtMs: frame.receivedAtMs,
    traceparent: frame.traceparent,
    cameraId: at.camera.id,
    zoneId: zone.id,
    zoneName: zone.name,
    trackId: track.trackId,
    label: track.label,
    score: track.score,
    box: clipped(track.box, frame),
  };
}

/**
 * The same visit has the same id however often it is judged: a worker killed after it told the desk but before it kept its state
 * leads its successor to the same finding, which the desk knows already. Track ids are never reused within a camera.
 */
function findingId(cameraId: string, ruleId: string, zoneId: string, { track, visitSinceMs }: Intrusion): string {
  const key = JSON.stringify([cameraId, ruleId, zoneId, track.trackId, visitSinceMs]);
  return `cam-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

function certaintyOf(score: number): Certainty {
  return score >= LIKELY_FROM ? 'Likely' : 'Possible';
}

function placeOf({ camera, plane }: CameraPlace, { track }: Intrusion, frame: FrameInfo): FindingPlace {
  const at = plane && project(plane, standsAt(track.box, frame));
  return at ? { basis: 'ground-plane', at, homeCell: camera.homeCell } : { basis: 'home-cell', at: null, homeCell: camera.homeCell };
}

/** The part of a box that lies in the picture. */
function clipped(box: Box, frame: FrameInfo): Box {
  const [left, right] = [Math.max(0, box.x), Math.min(frame.widthPx, box.x + box.w)];
  const [top, bottom] = [Math.max(0, box.y), Math.min(frame.heightPx, box.y + box.h)];
  return { x: left, y: top, w: Math.max(0, right - left), h: Math.max(0, bottom - top) };
}
