/** The SOS stage: a pressed button becomes a finding with the best place that is known, and nothing can keep it from becoming one. */
import type { Device, SosEvent } from '../../domain/device.ts';
import type { FindingPlace, SosFinding } from '../../domain/finding.ts';
import type { LonLat } from '../../domain/geo.ts';
import { SOS_RULE_ID } from '../../domain/rule.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';

/** Where a device was last, where anybody keeps that. */
export interface LastKnown {
  lastKnown(deviceId: string): Promise<{ readonly at: LonLat; readonly atMs: number } | null>;
}

export interface SosStageParts {
  readonly devices: readonly Device[];
  readonly positions: LastKnown;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SosStage {
  /** Never rejects, and takes at most a second. */
  finding(event: SosEvent): Promise<SosFinding>;
}

/** A person who asks for help does not wait for a slow database. */
const LOOK_UP_AT_MOST_MS = 1000;
/** Yesterday's position sends the patrol to the wrong place with confidence. */
const LAST_KNOWN_FOR_MS = 12 * 3_600_000;

export function createSosStage(parts: SosStageParts): SosStage {
  const devices = new Map(parts.devices.map((device) => [device.id, device]));
  return {
    async finding(event) {
      return {
        id: `sos-${event.source}-${event.id}`,
        ruleId: SOS_RULE_ID,
        ruleName: 'SOS',
        ruleVersion: 1,
        severity: 'Severe',
        certainty: 'Observed',
        place: await placeOf(parts, event, devices.get(event.deviceId) ?? null),
        occurredAtMs: event.occurredAtMs,
        receivedAtMs: event.receivedAtMs,
        traceparent: event.traceparent,
        source: 'sos',
        deviceId: event.deviceId,
      };
    },
  };
}

async function placeOf(parts: SosStageParts, event: SosEvent, device: Device | null): Promise<FindingPlace> {
  const homeCell = device?.homeCell ?? null;
  if (event.fix) return { basis: 'device-fix', at: event.fix, homeCell };
  const last = await lastKnown(parts, event);
  if (last) return { basis: 'last-known', at: last, homeCell };
  if (device?.location) return { basis: 'device-location', at: device.location, homeCell };
  return { basis: 'home-cell', at: null, homeCell };
}

async function lastKnown({ positions, clock, log }: SosStageParts, event: SosEvent): Promise<LonLat | null> {
  const patience = new AbortController();
  try {
    const late = clock.sleep(LOOK_UP_AT_MOST_MS, patience.signal).then(() => 'late' as const);
    const found = await Promise.race([positions.lastKnown(event.deviceId), late]);
    if (found === 'late') throw new Error(`no answer within ${LOOK_UP_AT_MOST_MS} ms`);
    return found && event.receivedAtMs - found.atMs <= LAST_KNOWN_FOR_MS ? found.at : null;
  } catch (error) {
    log.warn({ device: event.deviceId, reason: sentenceOf(error), error }, 'the last known position of an SOS button could not be looked up; going on without it');
    return null;
  } finally {
    patience.abort();
  }
}
