/** The rules a site sets: each names what it watches and how grave a breach is. */
import type { PicturePoint } from './camera.ts';
import type { ObjectClass } from './detection.ts';
import type { Schedule } from './schedule.ts';
import type { Severity } from './gravity.ts';

interface RuleBasics {
  readonly id: string;
  readonly name: string;
  /** Stands on every finding; set it anew whenever the rule changes. */
  readonly version: number;
  readonly severity: Severity;
  /** Empty means always. */
  readonly schedules: readonly Schedule[];
}

/** A state the whole site is put into by hand, such as home, away or night: rules may be in force in some of them only. */
export interface ArmProfile {
  readonly id: string;
  readonly name: string;
}

/** Who put the site from one arm profile into another, and when. */
export interface ArmProfileChange {
  /** The operator's name. */
  readonly by: string;
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
}

/** The site's arm profiles and the one it is in; `current` is null where the site has none, `changes` are the last ones, newest first. */
export interface ArmProfileState {
  readonly profiles: readonly ArmProfile[];
  readonly current: string | null;
  readonly changes: readonly ArmProfileChange[];
}

interface CameraRuleBasics extends RuleBasics {
  readonly cameraId: string;
  /** Arm profiles in which it is in force; empty means in all. */
  readonly profiles: readonly string[];
}

/** From `atLeast` to `atMost`, both included; null means without a limit. */
export interface Span {
  readonly atLeast: number;
  readonly atMost: number | null;
}

/** How large an object must be to matter; null means any. */
export interface SizeFilter {
  /** Of its box, as fractions of the picture's width and height. */
  readonly width: Span | null;
  readonly height: Span | null;
  /** Of the object itself, measured through the ground plane of a surveyed camera. */
  readonly widthM: Span | null;
  readonly heightM: Span | null;
}

/** A rule about objects of these classes and sizes. */
interface ObjectRule extends CameraRuleBasics {
  readonly classes: readonly ObjectClass[];
  readonly size: SizeFilter | null;
}

interface ObjectInZoneRule extends ObjectRule {
  readonly zoneId: string;
}

/** Somebody or something of these classes stands in the zone (bottom-centre of its box) for n frames running. */
export interface IntrusionRule extends ObjectInZoneRule {
  readonly kind: 'intrusion';
  readonly inertiaFrames: number;
}

/** The sides of a line, as somebody sees them who walks in the picture from its first point to its second. */
export const CROSSINGS = ['to-left', 'to-right'] as const;
export type Crossing = (typeof CROSSINGS)[number];

/** Something crosses the line between its two ends. It is across when n frames running it stands clearly on the other side. */
export interface LineCrossingRule extends ObjectRule {
  readonly kind: 'line-crossing';
  readonly lineId: string;
  readonly direction: Crossing | 'both';
  readonly inertiaFrames: number;
}

/** Something stays in the zone for so long, short ways out of it included. */
export interface LoiteringRule extends ObjectInZoneRule {
  readonly kind: 'loitering';
  readonly forS: number;
}

/** At least so many are in the zone, or stand on each square metre of its ground, for so long. */
export interface CrowdRule extends ObjectInZoneRule {
  readonly kind: 'crowd';
  readonly atLeast: number;
  /** `m2` needs a surveyed camera. */
  readonly per: 'zone' | 'm2';
  /** It must thin out to this before it can be found again. */
  readonly clear: number;
  readonly forS: number;
}

/** Fewer than so many are in the zone for so long: the guard has left the post. */
export interface AbsenceRule extends ObjectInZoneRule {
  readonly kind: 'absence';
  readonly fewerThan: number;
  readonly forS: number;
}

/** Something moves through the zone against the allowed way, for so long and so far. */
export interface WrongWayRule extends ObjectInZoneRule {
  readonly kind: 'wrong-way';
  /** The allowed way: an arrow in the picture. Where the camera is surveyed, the way on the ground under it. */
  readonly allowed: readonly [from: PicturePoint, to: PicturePoint];
  readonly forS: number;
  /** In heights of its own box. */
  readonly overHeights: number;
  /** And on the ground, where the camera is surveyed. */
  readonly overM: number;
}

/** A vehicle stands in the zone for so long. */
export interface ParkedRule extends ObjectInZoneRule {
  readonly kind: 'parked';
  readonly forS: number;
}

/** Something that is no followed object has been put into the zone, or taken out of it, and it has stayed so for so long. */
interface ChangeRule extends CameraRuleBasics {
  readonly zoneId: string;
  readonly forS: number;
  readonly size: SizeFilter | null;
}
export interface LeftObjectRule extends ChangeRule {
  readonly kind: 'left-object';
}
export interface RemovedObjectRule extends ChangeRule {
  readonly kind: 'removed-object';
}

/** What can be wrong with the view of a camera. */
export const CAMERA_FAULTS = ['covered', 'defocused', 'moved'] as const;
export type CameraFault = (typeof CAMERA_FAULTS)[number];

/** The camera does not show what it used to show, for so long. */
export interface TamperRule extends CameraRuleBasics {
  readonly kind: 'tamper';
  readonly faults: readonly CameraFault[];
  readonly forS: number;
}

/** A measured value is beyond a limit for at least a time; it must come back past `clear` before it can raise again. */
export interface ThresholdRule extends RuleBasics {
  readonly kind: 'threshold';
  readonly deviceIds: readonly string[];
  /** Name of the measurement, as the device's mapping gives it. */
  readonly measurement: string;
  readonly direction: 'above' | 'below';
  readonly limit: number;
  readonly clear: number;
  readonly forMs: number;
}

export const CAMERA_RULE_KINDS = ['intrusion', 'line-crossing', 'loitering', 'crowd', 'absence', 'wrong-way', 'parked', 'left-object', 'removed-object', 'tamper'] as const;
export type CameraRuleKind = (typeof CAMERA_RULE_KINDS)[number];
export type CameraRule =
  | IntrusionRule
  | LineCrossingRule
  | LoiteringRule
  | CrowdRule
  | AbsenceRule
  | WrongWayRule
  | ParkedRule
  | LeftObjectRule
  | RemovedObjectRule
  | TamperRule;
export type SensorRule = ThresholdRule;
export type Rule = CameraRule | SensorRule;

/** A camera rule that looks at tracks of some classes and sizes. */
export type RuleOnObjects = Extract<CameraRule, ObjectRule>;

export function isCameraRule<R extends { readonly kind: Rule['kind'] }>(rule: R): rule is Exclude<R, { readonly kind: SensorRule['kind'] }> {
  return rule.kind !== 'threshold';
}

/** The built-in rule that every pressed SOS button breaks. */
export const SOS_RULE_ID = 'sos';
