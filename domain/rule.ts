/** The rules a site sets: each names what it watches and how grave a breach is. */
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

/** Somebody or something of these classes stands in the zone (bottom-centre of its box) for n frames running. */
export interface IntrusionRule extends RuleBasics {
  readonly kind: 'intrusion';
  readonly cameraId: string;
  readonly zoneId: string;
  readonly classes: readonly ObjectClass[];
  readonly inertiaFrames: number;
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

export type CameraRule = IntrusionRule;
export type SensorRule = ThresholdRule;
export type Rule = CameraRule | SensorRule;

/** The built-in rule that every pressed SOS button breaks. */
export const SOS_RULE_ID = 'sos';
