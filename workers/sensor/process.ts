/** The sensor stage: measurements in, threshold rules judged, findings out. */
import { createHash } from 'node:crypto';
import type { Device, DeviceEvent, MeasurementEvent } from '../../domain/device.ts';
import type { SensorFinding } from '../../domain/finding.ts';
import type { SensorRule } from '../../domain/rule.ts';
import type { Log } from '../../platform/log.ts';
import { inForce } from '../rules/schedule.ts';
import { type Breach, NEW_STATE, type Reading, type ThresholdState, type Verdict, judgeDue, judgeReading, pendingUntilMs } from './threshold/judge.ts';

/** Keeps a rule's state for a device between two jobs. queue/shelf.ts fits. */
export interface StateShelf {
  load(key: string): Promise<unknown>;
  save(key: string, state: unknown): Promise<void>;
}

export interface FindingSink {
  /** Resolves when the finding is durable. The same finding may be given twice, with the same id. */
  findingMade(finding: SensorFinding): Promise<void>;
}

export interface Alarm {
  /** Has `due(ruleId, deviceId, dueAtMs)` called at that time. Resolves when that is durable; the same one may be set twice. */
  wakeAt(ruleId: string, deviceId: string, dueAtMs: number): Promise<void>;
}

export interface SensorStageParts {
  readonly shelf: StateShelf;
  readonly findings: FindingSink;
  readonly alarm: Alarm;
  readonly site: { readonly devices: readonly Device[]; readonly rules: readonly SensorRule[]; readonly timeZone: string };
  readonly log: Log;
}

export interface SensorStage {
  /**
   * Judges a batch. What it throws is the shelf's or a sink's failure: the job is then tried again, and judging the same events twice
   * gives the same findings. Two batches with the same device must not be judged at the same time (queue `measurements`,
   * globalConcurrency 1): the state is read, changed and written.
   */
  batch(events: readonly DeviceEvent[]): Promise<void>;
  due(ruleId: string, deviceId: string, dueAtMs: number): Promise<void>;
}

export function createSensorStage(parts: SensorStageParts): SensorStage {
  const { site, log } = parts;
  const devices = new Map(site.devices.map((device) => [device.id, device]));
  const rules = new Map(site.rules.map((rule) => [rule.id, rule]));
  /** Asked for every event of every sensor: not by looking through all rules each time. */
  const rulesOf = Map.groupBy(site.rules.flatMap((rule) => [...new Set(rule.deviceIds)].map((deviceId) => ({ rule, deviceId }))), ({ deviceId }) => deviceId);

  return {
    async batch(events) {
      const readings = new Map<string, { rule: SensorRule; deviceId: string; events: MeasurementEvent[] }>();
      for (const event of events) {
        if (event.type !== 'measurement') continue;
        for (const { rule } of rulesOf.get(event.deviceId) ?? []) {
          if (!Object.hasOwn(event.values, rule.measurement)) continue;
          const key = shelfKey(rule, event.deviceId);
          const group = readings.get(key) ?? { rule, deviceId: event.deviceId, events: [] };
          readings.set(key, group);
          group.events.push(event);
        }
      }
      await Promise.all(
        [...readings.values()].map(({ rule, deviceId, events: own }) =>
          change(parts, rule, devices.get(deviceId) ?? null, deviceId, (state) => judgeAll(rule, state, own, site.timeZone)),
        ),
      );
    },

    async due(ruleId, deviceId, dueAtMs) {
      const rule = rules.get(ruleId);
      if (!rule?.deviceIds.includes(deviceId)) return log.info({ rule: ruleId, device: deviceId }, 'a rule was due that is no longer there');
      await change(parts, rule, devices.get(deviceId) ?? null, deviceId, (state) => judgeDue(rule, state, dueAtMs, inForce(rule.schedules, dueAtMs, site.timeZone)));
    },
  };
}

function judgeAll(rule: SensorRule, before: ThresholdState, events: readonly MeasurementEvent[], timeZone: string): Verdict {
  let verdict: Verdict = { state: before, breaches: [], wakeAtMs: null };
  for (const event of events.toSorted((a, b) => a.occurredAtMs - b.occurredAtMs)) {
    const next = judgeReading(rule, verdict.state, readingOf(rule, event, timeZone));
    verdict = { ...next, breaches: [...verdict.breaches, ...next.breaches] };
  }
  return verdict;
}

function readingOf(rule: SensorRule, event: MeasurementEvent, timeZone: string): Reading {
  const { id: eventId, occurredAtMs, receivedAtMs, traceparent } = event;
  return { eventId, value: event.values[rule.measurement] as number, occurredAtMs, receivedAtMs, traceparent, inForce: inForce(rule.schedules, occurredAtMs, timeZone) };
}

/**
 * Findings and wake-up first, the state last: a worker killed in between judges the same events again from the old state and makes the
 * same findings, with the same ids. The other way round a finding would be lost.
 */
async function change(parts: SensorStageParts, rule: SensorRule, device: Device | null, deviceId: string, judge: (state: ThresholdState) => Verdict): Promise<void> {
  const { shelf, findings, alarm, log } = parts;
  const key = shelfKey(rule, deviceId);
  const kept = await shelf.load(key);
  const before = isState(kept) ? kept : NEW_STATE;
  if (kept !== null && kept !== undefined && before === NEW_STATE) log.warn({ rule: rule.id, device: deviceId }, 'the kept state of a rule does not fit and is begun anew');
  const { state, breaches, wakeAtMs } = judge(before);
  for (const breach of breaches) await findings.findingMade(findingOf(rule, device, deviceId, breach));
  if (wakeAtMs !== null && wakeAtMs !== pendingUntilMs(rule, before)) await alarm.wakeAt(rule.id, deviceId, wakeAtMs);
  if (state !== before) await shelf.save(key, state);
}

/** With the version in it a changed rule begins with a clean state. */
function shelfKey(rule: SensorRule, deviceId: string): string {
  return `${rule.id}/${rule.version}/${deviceId}`;
}

function findingOf(rule: SensorRule, device: Device | null, deviceId: string, breach: Breach): SensorFinding {
  const { start } = breach;
  return {
    // With the time: devices count their messages anew after a restart, and tomorrow's message 7 must not be taken for today's.
    id: createHash('sha256').update(`${rule.id}\n${rule.version}\n${deviceId}\n${start.eventId}\n${start.occurredAtMs}`).digest('hex').slice(0, 32),
    ruleId: rule.id,
    ruleName: rule.name,
    ruleVersion: rule.version,
    severity: rule.severity,
    certainty: 'Observed',
    place: { basis: device?.location ? 'device-location' : 'home-cell', at: device?.location ?? null, homeCell: device?.homeCell ?? null },
    occurredAtMs: start.occurredAtMs,
    receivedAtMs: breach.receivedAtMs,
    traceparent: start.traceparent,
    source: 'sensor',
    deviceId,
    measurement: rule.measurement,
    value: breach.value,
    limit: rule.limit,
    direction: rule.direction,
  };
}

function isState(value: unknown): value is ThresholdState {
  return typeof value === 'object' && value !== null && 'runs' in value && Array.isArray(value.runs) && 'toldMs' in value && Array.isArray(value.toldMs) && 'toldBefore' in value && 'forgottenUntilMs' in value;
}
