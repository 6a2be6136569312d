/** The one configuration file's shape: every option with its default, limits and meaning. Unknown keys are refused. */
import { z } from 'zod';
import { INGESTS, TRANSPORTS } from '../domain/camera.ts';
import { OBJECT_CLASSES } from '../domain/detection.ts';
import { SEVERITIES } from '../domain/gravity.ts';
import { HEALTH_FAULTS, type HealthFault } from '../domain/health.ts';
import { CAMERA_FAULTS, CROSSINGS } from '../domain/rule.ts';
import { isAddress } from './address.ts';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'an id has 1–64 letters, digits, - or _, and begins with a letter or digit');
const name = z.string().min(1, 'give it a name');
const port = z.int().min(0).max(65_535);
const lonLat = z.strictObject({ lon: z.number().min(-180).max(180), lat: z.number().min(-90).max(90) });
const fraction = z.number().min(0, 'lies outside the picture: give fractions of its width and height, 0…1').max(1, 'lies outside the picture: give fractions of its width and height, 0…1');
const picturePoint = z.tuple([fraction, fraction]);
const minuteOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write the time as "HH:MM"');

const schedule = z.strictObject({ days: z.array(z.int().min(1).max(7)).min(1), from: minuteOfDay, to: minuteOfDay });

export const zoneSchema = z.strictObject({ id, name, polygon: z.array(picturePoint).min(3, 'a zone needs at least three points') });

export const lineSchema = z.strictObject({ id, name, points: z.tuple([picturePoint, picturePoint]) });

const rtspAddress = z.string().refine((text) => isAddress(text, ['rtsp:', 'rtsps:']), 'write it as rtsp://user:password@host:port/path; in user and password write %40 for @, %2F for /, %23 for #, %3F for ? and %25 for %');

const camera = z.strictObject({
  id,
  name,
  /** rtsp://user:password@host:554/path; ${NAME} is taken from the environment. Never shown again. */
  url: rtspAddress,
  /** Its main stream, for full-resolution stills and clips, where `url` names a sub-stream; the same rules hold. Null: one stream serves for all. */
  evidenceUrl: rtspAddress.nullable().default(null),
  /** RTP within the RTSP connection (tcp), or in datagrams (udp) where a camera or its radio link does better so. */
  transport: z.enum(TRANSPORTS).default('tcp'),
  /** ffmpeg: the stream is decoded by the program named in `video.ffmpeg`, for boards on which only the vendor's build decodes in hardware. */
  ingest: z.enum(INGESTS).default('libav'),
  /** False decodes and looks at every picture: for cameras whose scene always moves. */
  motionGate: z.boolean().default(true),
  /** Faults of `video.health` that are not told of this camera: `moved` for one that is turned on purpose. */
  unwatchedFaults: z.array(z.enum(HEALTH_FAULTS)).default([]),
  /** Parts of the picture in which movement is not looked for. */
  masks: z.array(z.array(picturePoint).min(3, 'a mask needs at least three points')).default([]),
  location: lonLat,
  homeCell: z.string(),
  zones: z.array(zoneSchema).default([]),
  /** Lines that may be crossed: left and right are those of somebody who walks in the picture from the first point to the second. */
  lines: z.array(lineSchema).default([]),
  groundPlane: z.array(z.strictObject({ picture: picturePoint, ground: lonLat })).min(4, 'a ground plane needs at least four surveyed points').nullable().default(null),
  /** Standard deviation of a surveyed ground point in metres, each way: 0.3 for points picked on a large-scale map, 3 for those of a phone. */
  surveyErrorM: z.number().min(0.01).max(20).default(0.3),
  /** The lens above the ground it looks at; without it the height of objects cannot be measured. */
  heightM: z.number().min(0.5).max(300).nullable().default(null),
});

const device = z.strictObject({
  id,
  name,
  kind: z.enum(['sensor', 'sos', 'patrol']),
  language: z.enum(['generic-json', 'sos-button', 'owntracks']),
  topics: z.array(z.string().min(1)).min(1),
  /** Made by `npm run devices -- credential`; the password itself is shown there once and kept nowhere. */
  passwordHash: z.string().regex(/^scrypt\$\d{1,7}\$\d{1,2}\$\d{1,2}\$[\w-]{8,64}\$[\w-]{43}$/, 'make it with "npm run devices -- credential"'),
  location: lonLat.nullable().default(null),
  homeCell: z.string().nullable().default(null),
  mapping: z
    .strictObject({
      measurements: z.record(z.string(), z.string().startsWith('/', 'a JSON Pointer begins with /')),
      id: z.string().startsWith('/').optional(),
      time: z.string().startsWith('/').optional(),
    })
    .nullable()
    .default(null),
});

const ruleBasics = {
  id,
  name,
  version: z.int().min(1).default(1),
  severity: z.enum(SEVERITIES),
  schedules: z.array(schedule).default([]),
};
const cameraRule = {
  ...ruleBasics,
  cameraId: id,
  /** Arm profiles in which it is in force; none named means in all. */
  profiles: z.array(id).default([]),
};
const span = z.strictObject({ atLeast: z.number().min(0).default(0), atMost: z.number().positive().nullable().default(null) }).nullable().default(null);
const objectRule = {
  ...cameraRule,
  classes: z.array(z.enum(OBJECT_CLASSES)).min(1).default(['person']),
  /** How large an object must be to matter: its box as fractions of the picture, or itself in metres where the camera is surveyed. */
  size: z
    .strictObject({ width: span, height: span, widthM: span, heightM: span })
    .nullable().default(null),
};
/** A crowd that is not told where it ends has ended at this part of its limit. */
const CLEAR_AT = 0.8;
const forS = z.number().min(0).max(86_400);
const objectInZone = { ...objectRule, zoneId: id };
const vehicles = z.array(z.enum(OBJECT_CLASSES)).min(1).default(['car', 'bus', 'truck', 'motorcycle']);
const change = { ...cameraRule, zoneId: id, size: objectRule.size, forS: z.number().min(5).max(86_400).default(60) };
export const ruleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...objectInZone, kind: z.literal('intrusion'), inertiaFrames: z.int().min(1).max(100).default(3) }),
  z.strictObject({ ...objectRule, kind: z.literal('line-crossing'), lineId: id, direction: z.enum([...CROSSINGS, 'both']).default('both'), inertiaFrames: z.int().min(1).max(100).default(2) }),
  z.strictObject({ ...objectInZone, kind: z.literal('loitering'), forS: forS.default(60) }),
  z
    .strictObject({ ...objectInZone, kind: z.literal('crowd'), atLeast: z.number().positive(), per: z.enum(['zone', 'm2']).default('zone'), clear: z.number().min(0).nullable().default(null), forS: forS.default(5) })
    .transform((crowd) => ({ ...crowd, clear: crowd.clear ?? crowd.atLeast * CLEAR_AT })),
  z.strictObject({ ...objectInZone, kind: z.literal('absence'), fewerThan: z.int().min(1).default(1), forS: forS.default(60) }),
  z.strictObject({
    ...objectInZone,
    classes: vehicles,
    kind: z.literal('wrong-way'),
    allowed: z.tuple([picturePoint, picturePoint]),
    forS: forS.default(1),
    overHeights: z.number().positive().default(1),
    overM: z.number().positive().default(3),
  }),
  z.strictObject({ ...objectInZone, classes: vehicles, kind: z.literal('parked'), forS: forS.default(60) }),
  z.strictObject({ ...change, kind: z.literal('left-object') }),
  z.strictObject({ ...change, kind: z.literal('removed-object') }),
  z.strictObject({ ...cameraRule, kind: z.literal('tamper'), faults: z.array(z.enum(CAMERA_FAULTS)).min(1).default([...CAMERA_FAULTS]), forS: z.number().min(5).max(86_400).default(15) }),
  z.strictObject({
    ...ruleBasics,
    kind: z.literal('threshold'),
    deviceIds: z.array(id).min(1),
    measurement: z.string(),
    direction: z.enum(['above', 'below']),
    limit: z.number(),
    clear: z.number(),
    forMs: z.int().min(0).default(0),
  }),
]);

/** One fault of camera health: how long it must last until it is an alert, and how grave that is. */
const healthFault = (usualS: number, severity: (typeof SEVERITIES)[number]) =>
  z.strictObject({
    /** False: nobody is told of it. */
    watched: z.boolean().default(true),
    forS: z.number().min(1).max(86_400).default(usualS),
    severity: z.enum(SEVERITIES).default(severity),
  }).prefault({});

export const configSchema = z.strictObject({
  site: z.strictObject({
    name: z.string().default('Gridwarden'),
    /** IANA name; schedules and the console's times follow it. */
    timeZone: z.string().default('Asia/Shanghai'),
  }).prefault({}),
  redis: z.strictObject({
    /** A Redis of your own (redis:// or rediss://). Null: `up` starts a private one on a unix socket in the data folder. */
    url: z.string().refine((text) => isAddress(text, ['redis:', 'rediss:']) || /^unix:\/\/\/./.test(text), 'write it as redis://:password@host:port or unix:///path/of/its/socket').nullable().default(null),
    /** For the private one. everysec survives the death of any process; always also survives a power cut, and costs a disk write per batch. */
    appendFsync: z.enum(['everysec', 'always']).default('everysec'),
    maxMemoryMb: z.int().min(16).default(512),
  }).prefault({}),
  store: z.strictObject({
    /** postgres://user:password@host/database. Null: the embedded database in the data folder. */
    url: z.string().refine((text) => isAddress(text, ['postgres:', 'postgresql:']), 'write it as postgres://user:password@host/database').nullable().default(null),
  }).prefault({}),
  mqtt: z.strictObject({
    host: z.string().default('127.0.0.1'),
    /** 0 chooses a free port and prints it. */
    port: port.default(1883),
    maxPayloadKb: z.int().min(1).max(16_384).default(256),
  }).prefault({}),
  http: z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: port.default(8080),
    /** True behind a proxy that speaks TLS: the session's cookie then never travels over plain HTTP. */
    secureCookie: z.boolean().default(false),
  }).prefault({}),
  cameraHosts: z.int().min(0).max(256).default(0).describe('Camera-host processes; 0 means one per core, at most one per camera.'),
  workers: z.int().min(0).max(256).default(0).describe('Worker processes on this machine; 0 means one per core.'),
  frames: z.strictObject({
    detectFps: z.number().min(0.1).max(30).default(5),
    maxWidthPx: z.int().min(160).max(3840).default(960),
    /** Byte budget of a camera's waiting frame in Redis; a larger one is shed and counted. */
    maxFrameKb: z.int().min(16).max(8192).default(512),
    ttlS: z.int().min(1).max(3600).default(30),
    /** Closer looks at regions in which something small moves, at the full resolution of the frame. */
    roi: z.strictObject({
      /** Most regions of one frame; 0 for none ever. */
      maxRegions: z.int().min(0).max(8).default(1),
      /** The part of a camera's detection time that they may take. */
      timeShare: z.number().min(0).max(0.9).default(0.3),
    }).prefault({}),
  }).prefault({}),
  video: z.strictObject({
    /** Longest time that nothing of a camera's scene is looked at while it is idle; a camera with rarer key frames is decoded fully. */
    maxBlindMs: z.int().min(200).max(60_000).default(2000),
    /** What clips show of the time before and after what raised the alert. */
    preRollS: z.number().min(0).max(60).default(5),
    postRollS: z.number().min(0).max(120).default(10),
    /** Of each camera's stream this much is remembered for them, in memory and not decoded. */
    ringMb: z.int().min(1).max(512).default(24),
    /** Cameras that are not well: alerts of their own class, which clear by themselves. A fault that a `tamper` rule of the camera tells is left to it. */
    health: z.strictObject({
      /** Gone for so long, a fault is over. */
      clearS: z.number().min(1).max(3600).default(15),
      /** Away or silent; longer than a camera takes to restart. */
      'no-packets': healthFault(30, 'Moderate'),
      /** Counted from when its pictures have been the same for half a minute, which encoders repeat a still scene for at most. */
      frozen: healthFault(30, 'Minor'),
      black: healthFault(60, 'Minor'),
      covered: healthFault(30, 'Moderate'),
      defocused: healthFault(60, 'Minor'),
      moved: healthFault(30, 'Moderate'),
      'clock-jump': healthFault(10, 'Minor'),
    } satisfies Record<HealthFault | 'clearS', z.ZodType>).prefault({}),
    /** PEM file with the certificates that vouch for rtsps:// cameras, beside the system's, relative to this file. */
    caFile: z.string().nullable().default(null),
    /** For cameras with `ingest: ffmpeg`. */
    ffmpeg: z.strictObject({
      program: z.string().min(1).default('ffmpeg'),
      /** Stand before -i, one word each; {codec} is h264, hevc or mjpeg: ["-c:v", "{codec}_rkmpp"]. */
      inputOptions: z.array(z.string()).default([]),
    }).prefault({}),
  }).prefault({}),
  evidence: z.strictObject({
    /** An S3-compatible store for stills and clips. Null: the data folder. */
    s3: z.strictObject({
      /** https://host[:port], without the bucket. */
      endpoint: z.string().refine((text) => isAddress(text, ['https:', 'http:']), 'write it as https://host:port'),
      bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name has 3–63 small letters, digits, dots or hyphens'),
      region: z.string().default('us-east-1'),
      /** ${NAME} is taken from the environment. Never shown again. */
      accessKeyId: z.string().min(1),
      secretAccessKey: z.string().min(1),
      /** Before every key, e.g. "gridwarden/". */
      prefix: z.string().regex(/^[A-Za-z0-9_./-]*$/).default(''),
    }).nullable().default(null),
  }).prefault({}),
  tracks: z.strictObject({
    /** Frames of each camera whose tracks (boxes and classes, never pictures) are recorded for trying rules on; 0 records none. */
    keepFrames: z.int().min(0).max(1_000_000).default(6000),
    /** At most this much of each camera's, in Redis … */
    keepKb: z.int().min(16).max(65_536).default(1024),
    /** … and nothing that is older. */
    keepHours: z.number().min(0.1).max(168).default(24),
  }).prefault({}),
  models: z.strictObject({
    /** Names from models/manifest.yaml or the site's manifest.local.yaml. Null: the first for the task whose weights are found. */
    objects: z.string().nullable().default(null),
    faces: z.string().nullable().default(null),
    /** ONNX Runtime's execution providers in order of preference; where none of them serves, the CPU does. */
    providers: z
      .array(z.enum(['cpu', 'cuda', 'tensorrt', 'openvino', 'coreml', 'dml', 'webgpu']))
      .min(1)
      .refine((wanted) => new Set(wanted).size === wanted.length, 'one is named twice')
      .refine((wanted) => !wanted.slice(0, -1).includes('cpu'), 'cpu must be the last: it always serves, so what stands behind it is never tried')
      .default(['cpu']),
  }).prefault({}),
  alerts: z.strictObject({
    /** Findings of the same rule, subject and cell within this time are one alert. */
    windowS: z.int().min(1).max(86_400).default(300),
    /** A place known worse than this many metres (95 of 100 lie within) is not used: the alert is filed in the home cell, and says so. */
    mostPlaceErrorM: z.number().positive().max(5000).default(50),
  }).prefault({}),
  positions: z.strictObject({
    /** Patrol positions are personal data with a retention of their own. */
    keepDays: z.int().min(1).max(365).default(7),
  }).prefault({}),
  grid: z.strictObject({
    /** GeoJSON of the cells, relative to this file. */
    file: z.string(),
    codes: z.string().default('gb-t-30428-15'),
  }),
  teams: z.array(z.strictObject({ id, name, codePrefixes: z.array(z.string().regex(/^\d{1,20}$/, 'write the first digits of the cell codes')).default([]) })).default([]),
  patrols: z
    .array(z.strictObject({ id, name, teamId: id, deviceId: id, skills: z.array(z.string()).default([]), maxOrders: z.int().min(1).default(1) }))
    .default([]),
  cameras: z.array(camera).default([]),
  devices: z.array(device).default([]),
  /** States the whole site is put into by hand (home, away, night); it begins in the first. Rules name those in which they are in force. */
  armProfiles: z.array(z.strictObject({ id, name })).default([]),
  rules: z.array(ruleSchema).default([]),
});

export type Config = z.output<typeof configSchema>;
