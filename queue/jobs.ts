/** Every job there is: its payload's schema, the queue it travels in, and how it is retried and forgotten. */
import { z } from 'zod';
import { EVIDENCE_KINDS, EVIDENCE_TYPES } from '../domain/alert.ts';
import type { DeviceEvent, QuarantinedMessage } from '../domain/device.ts';
import { OBJECT_CLASSES } from '../domain/detection.ts';
import { currentFinding, type Finding, PLACE_BASES, type SubjectInView } from '../domain/finding.ts';
import { CERTAINTIES, SEVERITIES } from '../domain/gravity.ts';
import { HEALTH_FAULTS } from '../domain/health.ts';
import type { OrderMessage } from '../domain/patrol.ts';
import { CAMERA_FAULTS, CAMERA_RULE_KINDS, CROSSINGS } from '../domain/rule.ts';

/** Whole milliseconds: the database keeps them as integers. */
const epochMs = z.int();
const lonLat = z.strictObject({ lon: z.number().min(-180).max(180), lat: z.number().min(-90).max(90) });
const box = z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const eventBasics = {
  id: z.string().min(1),
  source: z.string().min(1),
  deviceId: z.string().min(1),
  occurredAtMs: epochMs,
  receivedAtMs: epochMs,
  traceparent: z.string().min(1),
};

const measurementEvent = z.strictObject({ ...eventBasics, type: z.literal('measurement'), values: z.record(z.string(), z.number()) });
const sosEvent = z.strictObject({ ...eventBasics, type: z.literal('sos'), fix: lonLat.nullable() });
const positionEvent = z.strictObject({
  ...eventBasics,
  type: z.literal('position'),
  fix: lonLat,
  accuracyM: z.number().nullable(),
  speedKmh: z.number().nullable(),
  batteryPercent: z.number().nullable(),
});
const orderStatusEvent = z.strictObject({
  ...eventBasics,
  type: z.literal('order-status'),
  orderId: z.string().min(1),
  status: z.enum(['acknowledged', 'en_route', 'on_scene', 'done', 'declined']),
  note: z.string().nullable(),
});
const dutyEvent = z.strictObject({ ...eventBasics, type: z.literal('duty'), onDuty: z.boolean() });
const deviceEvent: z.ZodType<DeviceEvent> = z.discriminatedUnion('type', [measurementEvent, sosEvent, positionEvent, orderStatusEvent, dutyEvent]);

const findingBasics = {
  id: z.string().min(1),
  ruleId: z.string().min(1),
  ruleName: z.string(),
  ruleVersion: z.number().int(),
  severity: z.enum(SEVERITIES),
  certainty: z.enum(CERTAINTIES),
  place: z.strictObject({ basis: z.enum(PLACE_BASES), at: lonLat.nullable(), errorM: z.number().nonnegative().nullish(), homeCell: z.string().nullable() }),
  occurredAtMs: epochMs,
  receivedAtMs: epochMs,
  traceparent: z.string().min(1),
};
const about: z.ZodType<SubjectInView> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('track'), trackId: z.int(), label: z.enum(OBJECT_CLASSES), score: z.number(), box, crossing: z.enum(CROSSINGS).nullable(), speed: z.strictObject({ kmh: z.number(), errorKmh: z.number(), headingDeg: z.number() }).nullable().optional() }),
  z.strictObject({ kind: z.literal('count'), count: z.int(), perM2: z.number().nullable(), limit: z.number(), direction: z.enum(['above', 'below']), score: z.number().nullable(), box }),
  z.strictObject({ kind: z.literal('region'), change: z.enum(['left', 'removed']), box }),
  z.strictObject({ kind: z.literal('camera'), fault: z.enum(CAMERA_FAULTS) }),
]);

const finding: z.ZodType<Finding> = z.preprocess(inWordsOfNow, z.discriminatedUnion('source', [
  z.strictObject({
    ...findingBasics,
    source: z.literal('camera'),
    ruleKind: z.enum(CAMERA_RULE_KINDS),
    cameraId: z.string(),
    where: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
    about,
    sinceMs: epochMs,
    evidenceKey: z.string().nullable(),
  }),
  z.strictObject({
    ...findingBasics,
    source: z.literal('sensor'),
    deviceId: z.string(),
    measurement: z.string(),
    value: z.number(),
    limit: z.number(),
    direction: z.enum(['above', 'below']),
  }),
  z.strictObject({ ...findingBasics, source: z.literal('sos'), deviceId: z.string() }),
  z.strictObject({ ...findingBasics, source: z.literal('health'), cameraId: z.string(), fault: z.enum(HEALTH_FAULTS), sinceMs: epochMs }),
]));

/** A job may have waited since before an update: what an earlier worker found is filed all the same. */
function inWordsOfNow(kept: unknown): unknown {
  return typeof kept === 'object' && kept !== null && 'source' in kept ? currentFinding(kept as Finding) : kept;
}

const quarantined: z.ZodType<QuarantinedMessage> = z.strictObject({
  id: z.string(),
  deviceId: z.string().nullable(),
  topic: z.string(),
  reason: z.string(),
  payloadBase64: z.string(),
  payloadBytes: z.number().int(),
  receivedAtMs: epochMs,
});

const orderMessage: z.ZodType<OrderMessage> = z.strictObject({
  orderId: z.string(),
  caseId: z.string(),
  patrolId: z.string(),
  severity: z.string(),
  title: z.string(),
  cellCode: z.string().nullable(),
  cellName: z.string().nullable(),
  at: lonLat.nullable(),
  sentAtMs: epochMs,
  traceparent: z.string(),
  recalled: z.boolean().optional(),
});

/** Name → what it carries. A job carries references and metadata, never pixels. */
export const JOB_SCHEMAS = {
  /** gateway → worker: this camera has a newer frame. The frame itself lies in the frame slot. */
  'frame.ready': z.strictObject({ cameraId: z.string().min(1) }),
  /** gateway → worker: measurements, in batches. */
  'measurements.batch': z.strictObject({ events: z.array(deviceEvent).min(1) }),
  /** worker → worker, delayed: a threshold may by now have been exceeded long enough although the sensor says nothing new. */
  'rule.due': z.strictObject({ ruleId: z.string().min(1), deviceId: z.string().min(1), dueAtMs: epochMs }),
  /** gateway → desk, a lane of its own: somebody asks for help. */
  'sos.raised': z.strictObject({ event: deviceEvent }),
  /** gateway → desk: positions, duty and answers of patrols, in batches. */
  'patrol.batch': z.strictObject({ events: z.array(deviceEvent).min(1) }),
  /** worker, gateway (camera health) → desk: a rule was broken. */
  'finding.made': z.strictObject({ finding }),
  /** gateway → desk: a camera is well again. `findingId` names what is over, null where this gateway told nothing: one before it may have. */
  'health.cleared': z.strictObject({ cameraId: z.string().min(1), fault: z.enum(HEALTH_FAULTS), atMs: epochMs, findingId: z.string().min(1).nullable(), traceparent: z.string().min(1) }),
  /** gateway → desk: a message nobody could read. */
  'message.quarantined': z.strictObject({ message: quarantined }),
  /** desk → gateway: the picture of that moment in full resolution. */
  'still.cut': z.strictObject({ alertId: z.string().min(1), cameraId: z.string().min(1), atMs: epochMs }),
  /** desk → gateway, delayed until the last second is recorded: the video about an alert. */
  'clip.cut': z.strictObject({ alertId: z.string().min(1), cameraId: z.string().min(1), fromMs: epochMs, toMs: epochMs }),
  /** gateway → worker: faces in this still (media tray) are to be made unreadable. */
  'still.redact': z.strictObject({ alertId: z.string().min(1), cameraId: z.string().min(1), key: z.string().min(1), takenAtMs: epochMs }),
  /** gateway, worker, redactor → desk: something to keep for an alert lies in the media tray. */
  'evidence.made': z.strictObject({ alertId: z.string().min(1), kind: z.enum(EVIDENCE_KINDS), mediaType: z.enum(EVIDENCE_TYPES), key: z.string().min(1), takenAtMs: epochMs }),
  /** desk → redactor: this clip (put into the media tray under `key`) with faces made unreadable. */
  'clip.redact': z.strictObject({ alertId: z.string().min(1), key: z.string().min(1), takenAtMs: epochMs }),
  /** desk → gateway: tell a patrol. */
  'order.send': z.strictObject({ order: orderMessage }),
} as const;

export type JobName = keyof typeof JOB_SCHEMAS;
export type JobPayload<N extends JobName> = z.output<(typeof JOB_SCHEMAS)[N]>;
/** The union: `{ name, payload }` of every job. */
export type Job = { [N in JobName]: { readonly name: N; readonly payload: JobPayload<N> } }[JobName];

export interface JobPolicy {
  readonly queue: QueueName;
  /** After so many the job is given up: kept as failed, counted, and given again by `npm run jobs -- retry`. */
  readonly attempts: number;
  /** An error that says trying again can help (the database away, the disk full) uses up none of them: a fact waits for as long as that lasts. */
  readonly waitsOutOutages: boolean;
  readonly firstRetryMs: number;
  /** Doubling without an end would make an SOS wait another hour after the database was away for one. */
  readonly mostRetryMs: number;
  /** Finished and failed jobs are forgotten by age and by number, so that Redis never fills with the past (twentyhq/twenty#26219). */
  readonly keepDoneS: number;
  readonly keepFailedS: number;
  readonly keepAtMost: number;
}

export const QUEUES = ['frames', 'measurements', 'sos', 'patrols', 'findings', 'quarantine', 'media', 'stills', 'evidence', 'redaction', 'orders'] as const;
export type QueueName = (typeof QUEUES)[number];

const MINUTE_S = 60;
const DAY_S = 86_400;
const fact = { attempts: 20, waitsOutOutages: true, firstRetryMs: 200, mostRetryMs: 30_000, keepDoneS: MINUTE_S, keepFailedS: 7 * DAY_S, keepAtMost: 1000 };

export const JOB_POLICIES: Readonly<Record<JobName, JobPolicy>> = {
  'frame.ready': { queue: 'frames', attempts: 1, waitsOutOutages: false, firstRetryMs: 0, mostRetryMs: 0, keepDoneS: 10, keepFailedS: MINUTE_S, keepAtMost: 100 },
  'measurements.batch': { queue: 'measurements', ...fact },
  'rule.due': { queue: 'measurements', ...fact },
  'sos.raised': { queue: 'sos', ...fact, mostRetryMs: 2000, keepAtMost: 10_000 },
  'patrol.batch': { queue: 'patrols', ...fact },
  'finding.made': { queue: 'findings', ...fact, keepAtMost: 10_000 },
  'health.cleared': { queue: 'findings', ...fact, keepAtMost: 10_000 },
  'message.quarantined': { queue: 'quarantine', ...fact },
  // What is not cut within a minute is not remembered by the camera's host any more.
  'still.cut': { queue: 'media', ...fact, attempts: 5, waitsOutOutages: false, mostRetryMs: 5000 },
  'clip.cut': { queue: 'media', ...fact, attempts: 5, waitsOutOutages: false, mostRetryMs: 5000 },
  'still.redact': { queue: 'stills', ...fact, attempts: 5, waitsOutOutages: false },
  'evidence.made': { queue: 'evidence', ...fact },
  'clip.redact': { queue: 'redaction', ...fact, attempts: 3, waitsOutOutages: false },
  // The desk sends an unanswered order again by itself, so an absent phone's need not be kept for ever.
  'order.send': { queue: 'orders', ...fact, waitsOutOutages: false },
};
