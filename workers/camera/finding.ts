/** Makes a finding out of one breach: its id, how sure it is, and where it happened. */
import { createHash } from 'node:crypto';
import type { Camera } from '../../domain/camera.ts';
import type { Box, Track } from '../../domain/detection.ts';
import { type CameraFinding, type FindingPlace, outlineOf, type SubjectInView } from '../../domain/finding.ts';
import type { FrameInfo } from '../../domain/frame.ts';
import type { Certainty } from '../../domain/gravity.ts';
import type { CameraRule } from '../../domain/rule.ts';
import { certaintyOfScore } from '../../alerts/gravity.ts';
import { feetHidden, locateFoot } from '../../grid/foot.ts';
import type { GroundPlane } from '../../grid/ground-plane.ts';
import type { Breach, Place } from '../rules/contract.ts';
import { speedOf, type Sightings } from './sightings.ts';

/** Where findings of one camera are placed from. */
export interface CameraPlace {
  readonly camera: Camera;
  /** Null where nobody surveyed the camera, or the survey cannot be solved. */
  readonly plane: GroundPlane | null;
}

/** What else is known of the frame: where everything in it is (it may hide where the subject stands), and where tracks were seen of late. */
export interface Around {
  readonly tracks: readonly Track[];
  readonly sightings: Sightings;
}

/** A finding without its evidence, which the stage adds. */
export function makeFinding(at: CameraPlace, rule: CameraRule, place: Place, { about, sinceMs }: Breach, frame: FrameInfo, around: Around): Omit<CameraFinding, 'evidenceKey'> {
  return {
    id: findingId(at.camera.id, rule, place, about, sinceMs),
    source: 'camera',
    ruleKind: rule.kind,
    ruleId: rule.id,
    ruleName: rule.name,
    ruleVersion: rule.version,
    severity: rule.severity,
    certainty: certaintyOf(about),
    place: placeOf(at, about, frame, around),
    occurredAtMs: frame.capturedAtMs,
    receivedAtMs: frame.receivedAtMs,
    traceparent: frame.traceparent,
    cameraId: at.camera.id,
    where: place.named,
    about: inPicture(withSpeed(about, at.plane, frame, around.sightings), frame),
    sinceMs,
  };
}

/**
 * The same fact has the same id however often it is judged: a worker killed after it told the desk but before it kept its state
 * leads its successor to the same finding, which the desk knows already. Track ids are never reused within a camera.
 */
function findingId(cameraId: string, rule: CameraRule, place: Place, about: SubjectInView, sinceMs: number): string {
  const key = JSON.stringify([cameraId, rule.id, place.named?.id ?? null, ...subject(about), sinceMs]);
  return `cam-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

function subject(about: SubjectInView): (string | number)[] {
  switch (about.kind) {
    case 'track':
      return [about.trackId];
    case 'count':
      return [about.direction];
    case 'region':
      return [about.change];
    case 'camera':
      return [about.fault];
  }
}

/** What no detector saw is never more than possible, but for a camera that shows nothing any more. */
function certaintyOf(about: SubjectInView): Certainty {
  switch (about.kind) {
    case 'track':
      return certaintyOfScore(about.score);
    case 'count':
      return about.score === null ? 'Likely' : certaintyOfScore(about.score);
    case 'region':
      return 'Possible';
    case 'camera':
      return 'Likely';
  }
}

function placeOf({ camera, plane }: CameraPlace, about: SubjectInView, frame: FrameInfo, { tracks }: Around): FindingPlace {
  const box = outlineOf(about);
  const others = tracks.filter(({ trackId }) => about.kind !== 'track' || trackId !== about.trackId).map((track) => track.box);
  const located = plane && box && locateFoot(plane, box, frame, feetHidden(box, others));
  if (!located) return { basis: 'home-cell', at: null, homeCell: camera.homeCell };
  return { basis: 'ground-plane', at: located.at, errorM: located.errorM, homeCell: camera.homeCell };
}

function withSpeed(about: SubjectInView, plane: GroundPlane | null, frame: FrameInfo, sightings: Sightings): SubjectInView {
  return about.kind === 'track' ? { ...about, speed: speedOf(sightings[about.trackId], plane, frame) } : about;
}

function inPicture(about: SubjectInView, frame: FrameInfo): SubjectInView {
  return about.kind === 'camera' ? about : { ...about, box: clipped(about.box, frame) };
}

/** The part of a box that lies in the picture. */
function clipped(box: Box, frame: FrameInfo): Box {
  const [left, right] = [Math.max(0, box.x), Math.min(frame.widthPx, box.x + box.w)];
  const [top, bottom] = [Math.max(0, box.y), Math.min(frame.heightPx, box.y + box.h)];
  return { x: left, y: top, w: Math.max(0, right - left), h: Math.max(0, bottom - top) };
}
