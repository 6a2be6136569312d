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

const fixedSize = z.strictObject({ widthPx: z.int().positive(), heightPx: z.int().positive() });
const dynamicSize = z.strictObject({
  multipleOf: z.int().positive(),
  /** The longer side of a whole picture as the model sees it, and the most it ever sees of a region. */
  longSidePx: z.int().positive(),
  /** Faces: the side of the square crop of one person's head region as the model sees it. */
  cropSidePx: z.int().positive().optional(),
}).refine((s) => s.longSidePx % s.multipleOf === 0 && (s.cropSidePx ?? 0) % s.multipleOf === 0, 'longSidePx and cropSidePx must be multiples of multipleOf');
const threeNumbers = z.tuple([z.number(), z.number(), z.number()]);

const input = z.strictObject({
  tensor: z.string().min(1),
  layout: z.enum(['NCHW', 'NHWC']),
  /** uint8: the colour values themselves, where the export normalises inside. */
  type: z.enum(['float32', 'uint8']).default('float32'),
  colours: z.enum(['RGB', 'BGR']),
  size: z.union([fixedSize, dynamicSize]),
  fit: z.enum(['letterbox-top-left', 'letterbox-centred', 'stretch']),
  pad: z.number(),
  mean: threeNumbers,
  scale: threeNumbers,
  /** A second input, int64 [1, 2]: the width and height in whose pixels the model is to give its boxes (D-FINE's orig_target_sizes). */
  sizeTensor: z.string().min(1).optional(),
}).refine((i) => i.type === 'float32' || (i.mean.every((m) => m === 0) && i.scale.every((s) => s === 1)), { path: ['type'], error: 'uint8 takes no normalisation: mean must be 0 and scale 1' });

/** Rising in both numbers, from score to the probability that a box of this score is right. */
const curve = z
  .array(z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]))
  .min(2)
  .refine((points) => points.every(([score, p], i) => i === 0 || (score > points[i - 1]![0] && p >= points[i - 1]![1])), 'scores must rise and probabilities must not fall');
const calibration = z.strictObject({
  /** The pictures it was fitted on. */
  measuredOn: z.string().min(1),
  curves: z.record(z.string(), curve),
  /** By label: the probability from which on a detection may raise an alert, chosen for falseAlarmsPerPicture. */
  alertFrom: z.record(z.string(), z.number().min(0).max(1)),
  falseAlarmsPerPicture: z.number().min(0),
});

const fraction = z.number().gt(0).max(1);
const basics = {
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
  version: z.string().min(1),
  licence: z.string().min(1),
  /** Where it comes from; this project's own weights come from its own recipe. */
  source: z.union([z.httpUrl(), z.literal('models/training')]),
  files: z.array(modelFile).min(1),
  input,
  /** `nmsIou` 1 for models that suppress by themselves. */
  thresholds: z.strictObject({ score: fraction, nmsIou: fraction }),
  calibration: calibration.optional(),
  /** True for the weights that lie in the repository: this project's own. */
  embedded: z.boolean().optional(),
  /** Its model card, beside the weights. */
  card: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.md$/, 'must be a bare file name ending in .md').optional(),
  /** For embedded weights: one sentence on how they compare with the models for duty; said at start. */
  comparedWith: z.string().min(1).optional(),
};

const names = (...standard: string[]) => z.array(z.string().min(1)).length(standard.length).default(standard);
const strides = (...standard: number[]) => z.array(z.int().positive()).min(1).default(standard);
const pair = z.tuple([z.number().positive(), z.number().positive()]);

/** What each decoder must be told, beside the classes; its decode.ts says what the words mean. */
const HEADS = {
  yolox: { outputs: names('output'), objectness: z.boolean().default(true), strides: strides(8, 16, 32) },
  yolov5: { outputs: names('output0'), anchorsPerCell: z.int().positive().default(3), strides: strides(8, 16, 32) },
  yolov8: { outputs: names('output0'), rows: z.enum(['channels', 'boxes']).default('channels'), strides: strides(8, 16, 32) },
  gfl: {
    outputs: z.array(z.string().min(1)).min(1),
    strides: z.array(z.int().positive()).min(1),
    bins: z.int().min(2).default(8),
    cellCentre: z.number().min(0).max(1),
    scores: z.enum(['probabilities', 'logits']).default('probabilities'),
  },
  fastestdet: { outputs: names('output'), stridePx: z.int().positive().default(16) },
  'yolo-fastestv2': { outputs: names('output'), strides: strides(16, 32), anchors: z.array(z.array(pair).min(1)).min(1) },
  ssd: {
    form: z.enum(['detections', 'boxes', 'offsets']),
    outputs: z.array(z.string().min(1)).min(2).max(3),
    corners: z.enum(['xyxy', 'yxyx']).default('xyxy'),
    priors: z.array(z.strictObject({ stridePx: z.int().positive(), sidesPx: z.array(pair).min(1) })).default([]),
  },
  'end-to-end': { form: z.enum(['logits', 'triple', 'rows']), outputs: z.array(z.string().min(1)).min(1).max(3) },
} as const;

const labels = z.record(z.string().regex(/^\d+$/, 'must be a class index'), z.enum(OBJECT_CLASSES));
const objects = <D extends keyof typeof HEADS>(decoder: D) =>
  z.strictObject({ ...basics, task: z.literal('objects'), decoder: z.literal(decoder), ...HEADS[decoder], classes: z.int().positive(), labels });
const objectModel = z.discriminatedUnion(
  'decoder',
  [objects('yolox'), objects('yolov5'), objects('yolov8'), objects('gfl'), objects('fastestdet'), objects('yolo-fastestv2'), objects('ssd'), objects('end-to-end')],
  { error: `must be one of ${Object.keys(HEADS).join(', ')}` },
);

const faces = { ...basics, task: z.literal('faces') };
const faceModel = z.discriminatedUnion(
  'decoder',
  [
    z.strictObject({ ...faces, decoder: z.literal('yunet') }),
    z.strictObject({ ...faces, decoder: z.literal('yolox'), ...HEADS.yolox, classes: z.literal(1).default(1) }),
    z.strictObject({ ...faces, decoder: z.literal('scrfd'), outputs: z.array(z.string().min(1)).length(6), anchorsPerCell: z.int().positive().default(2) }),
    z.strictObject({ ...faces, decoder: z.literal('ultraface'), outputs: names('scores', 'boxes') }),
  ],
  { error: 'must be one of yunet, yolox, scrfd, ultraface' },
);

/** Their heads lay a grid over the tensor that only comes out even at such sizes; the others bring their own boxes. */
const ON_A_GRID: readonly string[] = ['yolox', 'yolov5', 'yolov8', 'gfl', 'fastestdet', 'yolo-fastestv2', 'yunet', 'scrfd'];

const model = z.discriminatedUnion('task', [objectModel, faceModel]).superRefine((m, context) => {
  const wrong = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
  const { size } = m.input;
  const sides = 'widthPx' in size ? [size.widthPx, size.heightPx] : [size.multipleOf];
  if (ON_A_GRID.includes(m.decoder) && sides.some((side) => side % 32 !== 0)) wrong(['input', 'size'], `the decoder ${m.decoder} needs multiples of 32`);
  if (m.task === 'faces' && 'multipleOf' in size && size.cropSidePx === undefined) wrong(['input', 'size'], 'a face model of dynamic size needs cropSidePx');
  if (m.task === 'objects' && Object.keys(m.labels).some((i) => Number(i) >= m.classes)) wrong(['labels'], 'a class index is not below `classes`');
  if (m.decoder === 'gfl' && m.outputs.length !== 1 && m.outputs.length !== 2 * m.strides.length) wrong(['outputs'], 'must be one, or the scores of each stride and then the boxes of each stride');
  if (m.decoder === 'yolo-fastestv2' && m.anchors.length !== m.strides.length) wrong(['anchors'], 'must be one list per stride');
  if (m.decoder === 'ssd' && m.outputs.length !== (m.form === 'detections' ? 3 : 2)) wrong(['outputs'], 'must be boxes, labels, scores for the form detections, and boxes, scores for the others');
  if (m.decoder === 'ssd' && (m.form === 'offsets') !== m.priors.length > 0) wrong(['priors'], 'belong to the form offsets, which needs them');
  if (m.decoder === 'end-to-end' && m.outputs.length !== { logits: 2, triple: 3, rows: 1 }[m.form]) wrong(['outputs'], 'must be logits, boxes; or labels, boxes, scores; or the one of the form rows');
});

const manifestSchema = z
  .strictObject({ models: z.array(model).min(1) })
  .refine((m) => new Set(m.models.map((e) => e.name)).size === m.models.length, { path: ['models'], error: 'two models have the same name' });

export type Manifest = z.infer<typeof manifestSchema>;
export type ModelEntry = Manifest['models'][number];
export type ObjectModel = Extract<ModelEntry, { task: 'objects' }>;
export type FaceModel = Extract<ModelEntry, { task: 'faces' }>;
/** An entry that names this decoder. */
export type ObjectModelWith<D extends ObjectModel['decoder']> = Extract<ObjectModel, { decoder: D }>;
export type FaceModelWith<D extends FaceModel['decoder']> = Extract<FaceModel, { decoder: D }>;
export type Calibration = z.infer<typeof calibration>;
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
