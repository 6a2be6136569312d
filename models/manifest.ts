/** Reads `manifest.yaml`: what every model file is, where it comes from, and how a picture goes in and boxes come out. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { OBJECT_CLASSES } from '../domain/detection.ts';
import { GridwardenError } from '../platform/errors.ts';

export const MANIFEST_FILE = path.join(import.meta.dirname, 'manifest.yaml');

const modelFile = z.strictObject({
  /** A bare name: it is joined to folders, so it must not be able to leave them. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$/, 'must be a bare file name ending in .onnx'),
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'),
  /** Where `pull` fetches exactly this file; null where no such place is known. */
  url: z.httpUrl().nullable(),
});

const fixedSize = z.strictObject({ widthPx: z.int().multipleOf(32).positive(), heightPx: z.int().multipleOf(32).positive() });
const dynamicSize = z.strictObject({
  multipleOf: z.int().multipleOf(32).positive(),
  /** The longer side of a whole picture as the model sees it. */
  longSidePx: z.int().positive(),
  /** The side of the square crop of one person's head region as the model sees it. */
  cropSidePx: z.int().positive(),
}).refine((s) => s.longSidePx % s.multipleOf === 0 && s.cropSidePx % s.multipleOf === 0, 'longSidePx and cropSidePx must be multiples of multipleOf');
const threeNumbers = z.tuple([z.number(), z.number(), z.number()]);

const input = z.strictObject({
  tensor: z.string().min(1),
  layout: z.literal('NCHW'),
  colours: z.enum(['RGB', 'BGR']),
  size: z.union([fixedSize, dynamicSize]),
  fit: z.enum(['letterbox-top-left', 'letterbox-centred', 'stretch']),
  pad: z.number(),
  mean: threeNumbers,
  scale: threeNumbers,
});

const fraction = z.number().gt(0).max(1);
const basics = {
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
  version: z.string().min(1),
  licence: z.string().min(1),
  source: z.httpUrl(),
  files: z.array(modelFile).min(1),
  input,
  thresholds: z.strictObject({ score: fraction, nmsIou: fraction }),
};

const labels = z.record(z.string().regex(/^\d+$/, 'must be a class index'), z.enum(OBJECT_CLASSES));
const objectModel = z
  .strictObject({ ...basics, task: z.literal('objects'), decoder: z.enum(['yolox']), classes: z.int().positive(), labels })
  .refine((m) => 'widthPx' in m.input.size, { path: ['input', 'size'], error: 'an object model needs a fixed size: widthPx and heightPx' })
  .refine((m) => Object.keys(m.labels).every((i) => Number(i) < m.classes), { path: ['labels'], error: 'a class index is not below `classes`' });
const faceModel = z.strictObject({ ...basics, task: z.literal('faces'), decoder: z.enum(['yunet']) });

const manifestSchema = z
  .strictObject({ models: z.array(z.discriminatedUnion('task', [objectModel, faceModel])).min(1) })
  .refine((m) => new Set(m.models.map((e) => e.name)).size === m.models.length, { path: ['models'], error: 'two models have the same name' });

export type Manifest = z.infer<typeof manifestSchema>;
export type ModelEntry = Manifest['models'][number];
export type ObjectModel = Extract<ModelEntry, { task: 'objects' }>;
export type FaceModel = Extract<ModelEntry, { task: 'faces' }>;
export type ModelFile = z.infer<typeof modelFile>;
export type ModelInput = z.infer<typeof input>;

/** Throws MANIFEST_INVALID naming every field that does not fit. */
export function parseManifest(text: string, file: string): Manifest {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) throw new GridwardenError('MANIFEST_INVALID', { file, problems: document.errors.map((e) => `  ${e.message}`).join('\n') });
  const parsed = manifestSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top level)'}: ${issue.message}`);
  throw new GridwardenError('MANIFEST_INVALID', { file, problems: problems.join('\n') });
}

/** Throws MANIFEST_INVALID, also when the file cannot be read. */
export async function readManifest(file: string = MANIFEST_FILE): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new GridwardenError('MANIFEST_INVALID', { file, problems: `  it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})` }, error);
  }
  return parseManifest(text, file);
}

/** The model that the program uses for objects: the first of them in the manifest. Throws MANIFEST_INVALID where there is none. */
export function objectModelOf(manifest: Manifest): ObjectModel {
  const entry = manifest.models.find((m): m is ObjectModel => m.task === 'objects');
  if (!entry) throw new GridwardenError('MANIFEST_INVALID', { file: MANIFEST_FILE, problems: '  models: none has the task objects' });
  return entry;
}

/** The model that the program uses for faces: the first of them in the manifest. Throws MANIFEST_INVALID where there is none. */
export function faceModelOf(manifest: Manifest): FaceModel {
  const entry = manifest.models.find((m): m is FaceModel => m.task === 'faces');
  if (!entry) throw new GridwardenError('MANIFEST_INVALID', { file: MANIFEST_FILE, problems: '  models: none has the task faces' });
  return entry;
}
