/** The one configuration file's shape: every option with its default, limits and meaning. Unknown keys are refused. */
import { z } from 'zod';
import { OBJECT_CLASSES } from '../domain/detection.ts';
import { SEVERITIES } from '../domain/gravity.ts';
import { isAddress } from './address.ts';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'an id has 1–64 letters, digits, - or _, and begins with a letter or digit');
const name = z.string().min(1, 'give it a name');
const port = z.int().min(0).max(65_535);
const lonLat = z.strictObject({ lon: z.number().min(-180).max(180), lat: z.number().min(-90).max(90) });
const fraction = z.number().min(0, 'lies outside the picture: give fractions of its width and height, 0…1').max(1, 'lies outside the picture: give fractions of its width and height, 0…1');
const picturePoint = z.tuple([fraction, fraction]);
const minuteOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write the time as "HH:MM"');

const schedule = z.strictObject({ days: z.array(z.int().min(1).max(7)).min(1), from: minuteOfDay, to: minuteOfDay });

const zone = z.strictObject({ id, name, polygon: z.array(picturePoint).min(3, 'a zone needs at least three points') });

const camera = z.strictObject({
  id,
  name,
  /** rtsp://user:password@host:554/path; ${NAME} is taken from the environment. Never shown again. */
  url: z.string().refine((text) => isAddress(text, ['rtsp:', 'rtsps:']), 'write it as rtsp://user:password@host:port/path; in user and password write %40 for @, %2F for /, %23 for #, %3F for ? and %25 for %'),
  location: lonLat,
  homeCell: z.string(),
  zones: z.array(zone).default([]),
  groundPlane: z.array(z.strictObject({ picture: picturePoint, ground: lonLat })).min(4, 'a ground plane needs at least four surveyed points').nullable().default(null),
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
const rule = z.discriminatedUnion('kind', [
  z.strictObject({
    ...ruleBasics,
    kind: z.literal('intrusion'),
    cameraId: id,
    zoneId: id,
    classes: z.array(z.enum(OBJECT_CLASSES)).min(1).default(['person']),
    inertiaFrames: z.int().min(1).max(100).default(3),
  }),
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
  }).prefault({}),
  models: z.strictObject({
    objects: z.string().default('yolox-nano'),
    faces: z.string().default('yunet-n'),
  }).prefault({}),
  alerts: z.strictObject({
    /** Findings of the same rule, subject and cell within this time are one alert. */
    windowS: z.int().min(1).max(86_400).default(300),
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
  rules: z.array(rule).default([]),
});

export type Config = z.output<typeof configSchema>;
