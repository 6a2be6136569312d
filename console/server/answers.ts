/** The shapes of the API's answers, checked against the domain's own types, and named for the OpenAPI document. */
import { z } from 'zod';
import { type AlertRow, type Evidence, EVIDENCE_KINDS, EVIDENCE_TYPES } from '../../domain/alert.ts';
import { CAMERA_CAUSES, CAMERA_TROUBLES, type CameraStatus, type CameraTrouble } from '../../domain/camera.ts';
import { type CaseDetail, CLOSE_CODES, MOVES, ORDER_STATUSES, STAGES } from '../../domain/case.ts';
import type { Cell } from '../../domain/cell.ts';
import { OBJECT_CLASSES } from '../../domain/detection.ts';
import type { DeviceStatus, QuarantinedMessage } from '../../domain/device.ts';
import { type Finding, FINDING_SOURCES, PLACE_BASES, type SubjectInView } from '../../domain/finding.ts';
import type { FrameCounts } from '../../domain/frame.ts';
import { CERTAINTIES, SEVERITIES, URGENCIES } from '../../domain/gravity.ts';
import { HEALTH_FAULTS } from '../../domain/health.ts';
import { type FaceView, type Operator, ROLES } from '../../domain/operator.ts';
import type { PatrolState } from '../../domain/patrol.ts';
import { CAMERA_FAULTS, CAMERA_RULE_KINDS, CROSSINGS } from '../../domain/rule.ts';

export const lonLat = z.object({ lon: z.number(), lat: z.number() }).meta({ id: 'LonLat', description: 'WGS-84 degrees' });
const ms = z.number().describe('epoch milliseconds');
const cellCode = z.string().nullable();

export const operator: z.ZodType<Operator> = z.object({ name: z.string(), role: z.enum(ROLES), cellScope: z.array(z.string()), seesFaces: z.boolean().describe('May see pictures and video in which faces can be recognised; every look is noted') }).meta({ id: 'Operator' });
export const faceView: z.ZodType<FaceView> = z.object({ operatorName: z.string(), what: z.string(), purpose: z.string(), atMs: ms }).meta({ id: 'FaceView' });

const findingBasics = {
  id: z.string(),
  ruleId: z.string(),
  ruleName: z.string(),
  ruleVersion: z.number(),
  severity: z.enum(SEVERITIES),
  certainty: z.enum(CERTAINTIES),
  place: z.object({ basis: z.enum(PLACE_BASES), at: lonLat.nullable(), errorM: z.number().nullish(), homeCell: cellCode }),
  occurredAtMs: ms,
  receivedAtMs: ms,
  traceparent: z.string(),
};

const box = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
export const about: z.ZodType<SubjectInView> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('track'), trackId: z.number(), label: z.enum(OBJECT_CLASSES), score: z.number(), box, crossing: z.enum(CROSSINGS).nullable(), speed: z.object({ kmh: z.number(), errorKmh: z.number(), headingDeg: z.number() }).nullable().optional() }),
  z.object({ kind: z.literal('count'), count: z.number(), perM2: z.number().nullable(), limit: z.number(), direction: z.enum(['above', 'below']), score: z.number().nullable(), box }),
  z.object({ kind: z.literal('region'), change: z.enum(['left', 'removed']), box }),
  z.object({ kind: z.literal('camera'), fault: z.enum(CAMERA_FAULTS) }),
]).meta({ id: 'SubjectInView', description: 'What a camera finding is about; boxes in pixels of the evidence picture' });

const finding: z.ZodType<Finding> = z
  .discriminatedUnion('source', [
    z.object({
      ...findingBasics,
      source: z.literal('camera'),
      ruleKind: z.enum(CAMERA_RULE_KINDS),
      cameraId: z.string(),
      where: z.object({ id: z.string(), name: z.string() }).nullable(),
      about,
      sinceMs: ms,
      evidenceKey: z.string().nullable(),
    }),
    z.object({
      ...findingBasics,
      source: z.literal('sensor'),
      deviceId: z.string(),
      measurement: z.string(),
      value: z.number(),
      limit: z.number(),
      direction: z.enum(['above', 'below']),
    }),
    z.object({ ...findingBasics, source: z.literal('sos'), deviceId: z.string() }),
    z.object({ ...findingBasics, source: z.literal('health'), cameraId: z.string(), fault: z.enum(HEALTH_FAULTS), sinceMs: ms }),
  ])
  .meta({ id: 'Finding' });

const evidence: z.ZodType<Evidence> = z
  .object({ id: z.string(), alertId: z.string(), kind: z.enum(EVIDENCE_KINDS), takenAtMs: ms, mediaType: z.enum(EVIDENCE_TYPES), bytes: z.number(), sha256: z.string() })
  .meta({ id: 'Evidence' });

export const alertRow: z.ZodType<AlertRow> = z
  .object({
    id: z.string(),
    caseId: z.string(),
    source: z.enum(FINDING_SOURCES),
    ruleId: z.string(),
    ruleName: z.string(),
    ruleVersion: z.number(),
    subject: z.string(),
    severity: z.enum(SEVERITIES),
    urgency: z.enum(URGENCIES),
    certainty: z.enum(CERTAINTIES),
    place: z.object({
      basis: z.enum(PLACE_BASES),
      at: lonLat.nullable(),
      cellCode,
      errorM: z.number().nullable().describe('Radius that holds the true place 95 times of 100, metres'),
      nearCells: z.array(z.string()).describe('Other cells whose border runs within errorM'),
    }),
    occurredAtMs: ms,
    receivedAtMs: ms,
    filedAtMs: ms,
    lastFindingAtMs: ms,
    clearedAtMs: ms.nullish().describe('When what raised it ended by itself'),
    findings: z.number(),
    finding,
    evidence: z.array(evidence),
    traceparent: z.string(),
    caseStage: z.enum(STAGES),
    caseVersion: z.number(),
    assignee: z.string().nullable(),
    cellName: z.string().nullable(),
  })
  .meta({ id: 'AlertRow' });

export const caseDetail: z.ZodType<CaseDetail> = z
  .object({
    id: z.string(),
    version: z.number(),
    stage: z.enum(STAGES),
    severity: z.enum(SEVERITIES),
    cellCode,
    at: lonLat.nullable(),
    assignee: z.string().nullable(),
    category: z.string().nullable(),
    closeCode: z.enum(CLOSE_CODES).nullable(),
    openedAtMs: ms,
    stageSinceMs: ms,
    closedAtMs: ms.nullable(),
    traceparent: z.string(),
    history: z.array(
      z.object({
        id: z.string(),
        caseId: z.string(),
        atMs: ms,
        actor: z.string(),
        what: z.enum([...MOVES, 'opened', 'order']),
        fromStage: z.enum(STAGES).nullable(),
        toStage: z.enum(STAGES),
        why: z.string().nullable(),
      }),
    ),
    orders: z.array(
      z.object({
        id: z.string(),
        caseId: z.string(),
        patrolId: z.string(),
        status: z.enum(ORDER_STATUSES),
        sentAtMs: ms,
        statusAtMs: ms,
        note: z.string().nullable(),
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'CaseDetail' });

const level = z.object({ code: z.string(), name: z.string() });
export const polygon = z.object({ type: z.literal('Polygon'), coordinates: z.array(z.array(z.tuple([z.number(), z.number()]))) }).meta({ id: 'Polygon' });

export const cellProperties = { code: z.string(), name: z.string(), community: level, street: level, district: level, teamId: z.string().nullable() };
export const cell: z.ZodType<Cell> = z.object({ ...cellProperties, area: polygon, validFromMs: ms, validToMs: ms.nullable() }).meta({ id: 'Cell' });

export const patrolState: z.ZodType<PatrolState> = z
  .object({
    patrolId: z.string(),
    onDuty: z.boolean(),
    position: lonLat.nullable(),
    fixAtMs: ms.nullable(),
    accuracyM: z.number().nullable(),
    cellCode,
    openOrders: z.number(),
  })
  .meta({ id: 'PatrolState' });

const cameraTrouble: z.ZodType<CameraTrouble> = z.object({ code: z.enum(CAMERA_TROUBLES), cause: z.enum(CAMERA_CAUSES).nullable(), codec: z.string().nullable(), afterS: z.number().nullable() });

export const cameraStatus: z.ZodType<CameraStatus> = z
  .object({
    cameraId: z.string(),
    state: z.enum(['connecting', 'streaming', 'backing-off', 'stopped']),
    reason: z.string().nullable(),
    trouble: cameraTrouble.nullish(),
    atMs: ms,
    lastFrameAtMs: ms.nullable(),
    codec: z.string().nullable(),
    widthPx: z.number().nullable(),
    heightPx: z.number().nullable(),
    policy: z
      .object({
        state: z.enum(['idle', 'active', 'hold']),
        decodes: z.enum(['key-frames', 'everything']),
        because: z.enum(['keys-often-enough', 'keys-too-rare', 'packet-sizes', 'gate-off', 'every-picture-a-key', 'overload']),
        keyEveryMs: ms.nullable(),
        packetTrigger: z.enum(['learning', 'on', 'off']),
      })
      .nullish()
      .describe('Which packets are decoded now, and why'),
    clock: z.enum(['rtcp', 'arrival']).nullish(),
    decoding: z.object({ packets: z.number(), decoded: z.number(), shed: z.number() }).optional().describe('Since its host began: packets, pictures decoded of them, packets shed by a machine that was too slow'),
    evidence: z.object({ state: z.enum(['connecting', 'streaming', 'backing-off']), reason: z.string().nullable(), trouble: cameraTrouble.nullable() }).optional().describe('The main stream, where stills and clips are made of one of its own'),
    signs: z.array(z.object({ fault: z.enum(HEALTH_FAULTS), wrong: z.boolean() })).optional(),
    faults: z.array(z.enum(HEALTH_FAULTS)).optional().describe('Camera health: what is wrong and was told'),
  })
  .meta({ id: 'CameraStatus' });

export const frameCounts: z.ZodType<FrameCounts> = z.object({ framesIn: z.number(), framesInferred: z.number(), framesShed: z.number() }).meta({ id: 'FrameCounts' });

export const deviceStatus: z.ZodType<DeviceStatus> = z
  .object({ deviceId: z.string(), connected: z.boolean(), lastSeenAtMs: ms.nullable() })
  .meta({ id: 'DeviceStatus' });

export const quarantinedMessage: z.ZodType<QuarantinedMessage> = z
  .object({
    id: z.string(),
    deviceId: z.string().nullable(),
    topic: z.string(),
    reason: z.string(),
    payloadBase64: z.string(),
    payloadBytes: z.number(),
    receivedAtMs: ms,
  })
  .meta({ id: 'QuarantinedMessage' });

export const refusal = z
  .object({
    code: z.string(),
    message: z.string(),
    kind: z.string(),
    retry: z.boolean(),
    fields: z.record(z.string(), z.union([z.string(), z.number()])).describe('What the sentence was filled with; `reason` names why a move or patrol was refused'),
  })
  .meta({ id: 'Refusal', description: 'A refusal: a code for programs, a sentence for people, its fields for wording it in another language, and whether trying again can help.' });

/** What every route may answer beside its own 200. */
export const refusals = { '4xx': refusal, '5xx': refusal } as const;

/** The first digits of a cell code: a subtree of the grid. */
export const prefix = z.string().regex(/^\d{0,15}$/, 'must be at most 15 digits').default('').describe('Only this subtree of the grid');
export const id = z.object({ id: z.string().min(1).max(200) });
