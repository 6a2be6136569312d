/** The two questions asked of a picture: which objects are in it, and where are faces to be made unreadable. */
import type { Box, Detection, FaceBox, ObjectClass } from '../domain/detection.ts';
import { calibrated } from './calibration.ts';
import { headRegion } from './head-region.ts';
import { clipRegion, placeRegion, wholeOf, type Placing, type SizePx } from './letterbox.ts';
import type { LocatedModel } from './locate.ts';
import type { FaceModel, ModelInput, ObjectModel } from './manifest.ts';
import { suppress } from './nms.ts';
import type { Picture } from './picture.ts';
import type { Hardware } from './providers.ts';
import { openSession, type ExpectedOutput, type Fill, type ModelSession, type Outputs } from './session.ts';
import { fillFrom, type Seen } from './small-picture.ts';
import { VectorFill } from './vector-fill.ts';
import * as endToEnd from './end-to-end/decode.ts';
import * as fastestdet from './fastestdet/decode.ts';
import * as gfl from './gfl/decode.ts';
import * as scrfd from './scrfd/decode.ts';
import * as ssd from './ssd/decode.ts';
import * as ultraface from './ultraface/decode.ts';
import * as yoloFastestV2 from './yolo-fastestv2/decode.ts';
import * as yolov5 from './yolov5/decode.ts';
import * as yolov8 from './yolov8/decode.ts';
import * as yolox from './yolox/decode.ts';
import * as yunet from './yunet/decode.ts';

export interface ObjectDetector {
  /** "name version" of the model, for logs. */
  readonly model: string;
  /** By class: the probability from which on a detection may begin something new, chosen for the manifest's stated false-alarm rate. */
  readonly alertFrom: Readonly<Partial<Record<ObjectClass, number>>>;
  /**
   * Objects of OBJECT_CLASSES in picture pixels, surest first, down to the manifest's score threshold; where the manifest has the model's calibration,
   * a score is the probability that the box is right. With a region (any
   * box) only that part of the picture is looked at, pixel for pixel where the model's size is dynamic (up to its longSidePx), enlarged or
   * reduced to the model's size where that is fixed; an object that the region's edge cuts comes back cut; outside the picture is nothing.
   */
  detect(picture: Seen, region?: Box): Promise<Detection[]>;
  close(): Promise<void>;
}

export interface FaceDetector {
  readonly model: string;
  /**
   * Faces in picture pixels, surest first. With `persons` (their boxes) only the enlarged upper part of each is looked at: fast, and
   * finds small faces; with none the whole picture is.
   */
  findFaces(picture: Picture, persons?: readonly Box[]): Promise<FaceBox[]>;
  /** Both ways, merged: for pictures that leave the program. Costs the most and misses the fewest. */
  findAllFaces(picture: Picture, persons: readonly Box[]): Promise<FaceBox[]>;
  close(): Promise<void>;
}

/** What a decoder makes of one model's outputs. */
interface Reading<T> {
  readonly expected: (size: SizePx) => ExpectedOutput[];
  readonly decode: (outputs: Outputs, placing: Placing) => T[];
}

function objectReading(m: ObjectModel): Reading<Detection> {
  switch (m.decoder) {
    case 'yolox':
      return { expected: (s) => yolox.expectedOutputs(m, s), decode: (o, p) => yolox.decode(o, m, p) };
    case 'yolov5':
      return { expected: (s) => yolov5.expectedOutputs(m, s), decode: (o, p) => yolov5.decode(o, m, p) };
    case 'yolov8':
      return { expected: (s) => yolov8.expectedOutputs(m, s), decode: (o, p) => yolov8.decode(o, m, p) };
    case 'gfl':
      return { expected: (s) => gfl.expectedOutputs(m, s), decode: (o, p) => gfl.decode(o, m, p) };
    case 'fastestdet':
      return { expected: (s) => fastestdet.expectedOutputs(m, s), decode: (o, p) => fastestdet.decode(o, m, p) };
    case 'yolo-fastestv2':
      return { expected: (s) => yoloFastestV2.expectedOutputs(m, s), decode: (o, p) => yoloFastestV2.decode(o, m, p) };
    case 'ssd':
      return { expected: (s) => ssd.expectedOutputs(m, s), decode: (o, p) => ssd.decode(o, m, p) };
    case 'end-to-end':
      return { expected: () => endToEnd.expectedOutputs(m), decode: (o, p) => endToEnd.decode(o, m, p) };
  }
}

function faceReading(m: FaceModel): Reading<FaceBox> {
  switch (m.decoder) {
    case 'yunet':
      return { expected: yunet.expectedOutputs, decode: (o, p) => yunet.decode(o, m, p) };
    case 'yolox': {
      const head = { ...m, labels: { 0: 'face' } };
      return { expected: (s) => yolox.expectedOutputs(m, s), decode: (o, p) => yolox.decode(o, head, p).map(({ score, box }) => ({ score, box })) };
    }
    case 'scrfd':
      return { expected: (s) => scrfd.expectedOutputs(m, s), decode: (o, p) => scrfd.decode(o, m, p) };
    case 'ultraface':
      return { expected: (s) => ultraface.expectedOutputs(m, s), decode: (o, p) => ultraface.decode(o, m, p) };
  }
}

/** Throws MODEL_MISFIT or MODEL_SELF_TEST (see openSession). */
export async function openObjectDetector(model: ObjectModel, located: LocatedModel, hardware?: Hardware): Promise<ObjectDetector> {
  const { size, fit } = model.input;
  const reading = objectReading(model);
  const session = await openSession(model, located, { expected: reading.expected, testSize: tensorSize(size, { w: 16, h: 9 }) }, hardware);
  const vectors = new VectorFill(model.input);
  const { curves = {}, alertFrom = {} } = model.calibration ?? {};
  const honest = (found: Detection): Detection => {
    const curve = curves[found.label];
    return curve ? { ...found, score: calibrated(curve, found.score) } : found;
  };
  return {
    model: `${model.name} ${model.version}`,
    alertFrom,
    detect: async (picture, region) => {
      const asked = region ? clipRegion(region, picture) : wholeOf(picture);
      if (!asked) return [];
      const { looked, tensor } = region ? closeUp(size, asked, picture) : { looked: asked, tensor: tensorSize(size, asked) };
      const placing = placeRegion(looked, picture, tensor, fit);
      return suppress(await see(session, reading, placing, (target) => vectors.fill(picture, placing) ?? fillFrom(target, picture, placing, model.input)), model.thresholds.nmsIou).map(honest);
    },
    close: () => session.close(),
  };
}

/** Throws MODEL_MISFIT or MODEL_SELF_TEST (see openSession). */
export async function openFaceDetector(model: FaceModel, located: LocatedModel, hardware?: Hardware): Promise<FaceDetector> {
  const { size, fit } = model.input;
  const reading = faceReading(model);
  const session = await openSession(model, located, { expected: reading.expected, testSize: tensorSize(size, { w: 4, h: 3 }) }, hardware);

  const search = async (picture: Picture, region: Box, tensor: SizePx): Promise<FaceBox[]> => {
    const placing = placeRegion(region, picture, tensor, fit);
    return see(session, reading, placing, (target) => fillFrom(target, picture, placing, model.input));
  };
  const inWhole = (picture: Picture): Promise<FaceBox[]> => search(picture, wholeOf(picture), tensorSize(size, wholeOf(picture)));
  const inPersons = async (picture: Picture, persons: readonly Box[]): Promise<FaceBox[]> => {
    const tensor = 'widthPx' in size ? size : squareOf(size.cropSidePx ?? size.longSidePx);
    const regions = persons.map((person) => clipRegion(headRegion(person), picture)).filter((region) => region !== null);
    return (await Promise.all(regions.map((region) => search(picture, region, tensor)))).flat();
  };
  const merge = (faces: readonly FaceBox[]): FaceBox[] => suppress(faces, model.thresholds.nmsIou);

  return {
    model: `${model.name} ${model.version}`,
    findFaces: async (picture, persons) => merge(await (persons ? inPersons(picture, persons) : inWhole(picture))),
    findAllFaces: async (picture, persons) => merge([...(await inWhole(picture)), ...(await inPersons(picture, persons))]),
    close: () => session.close(),
  };
}

/** The size a region goes in with: the fixed one, or the dynamic one that wastes the least on padding. */
function tensorSize(size: ModelInput['size'], region: { readonly w: number; readonly h: number }): SizePx {
  if ('widthPx' in size) return size;
  const scale = size.longSidePx / Math.max(region.w, region.h);
  const up = (px: number): number => Math.ceil(Math.max(1, Math.round(px * scale)) / size.multipleOf) * size.multipleOf;
  return { widthPx: up(region.w), heightPx: up(region.h) };
}

/**
 * Where to look for a region, and the size it goes in with. Where the size is dynamic the region grows to whole multiples inside the
 * picture, so that every pixel goes in as it is; one larger than the longer side of a whole picture is reduced to that.
 */
function closeUp(size: ModelInput['size'], region: Box, picture: SizePx): { looked: Box; tensor: SizePx } {
  if ('widthPx' in size) return { looked: region, tensor: size };
  const up = (px: number): number => Math.ceil(px / size.multipleOf) * size.multipleOf;
  const [w, h] = [Math.min(up(region.w), picture.widthPx), Math.min(up(region.h), picture.heightPx)];
  const begin = (at: number, length: number, grown: number, end: number): number => Math.min(end - grown, Math.max(0, Math.floor(at - (grown - length) / 2)));
  const looked = { x: begin(region.x, region.w, w, picture.widthPx), y: begin(region.y, region.h, h, picture.heightPx), w, h };
  return { looked, tensor: Math.max(up(w), up(h)) > size.longSidePx ? tensorSize(size, looked) : { widthPx: up(w), heightPx: up(h) } };
}

const squareOf = (sidePx: number): SizePx => ({ widthPx: sidePx, heightPx: sidePx });

async function see<T>(session: ModelSession, { decode }: Reading<T>, placing: Placing, fill: Fill): Promise<T[]> {
  const outputs = await session.run(placing.tensor, fill);
  try {
    return decode(outputs, placing);
  } finally {
    free(outputs);
  }
}

/**
 * Gives the outputs' memory back at once. Left to the collector, a megabyte a frame outside its heap makes it go through the whole heap
 * every dozen frames.
 */
function free(outputs: Outputs): void {
  for (const { buffer } of outputs.values()) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
