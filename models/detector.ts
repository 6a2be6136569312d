/** The two questions asked of a picture: which objects are in it, and where are faces to be made unreadable. */
import type { Box, Detection, FaceBox } from '../domain/detection.ts';
import { headRegion } from './head-region.ts';
import { clipRegion, fillTensor, placeRegion, wholeOf, type Placing, type SizePx } from './letterbox.ts';
import type { LocatedModel } from './locate.ts';
import type { FaceModel, ModelInput, ObjectModel } from './manifest.ts';
import { suppress } from './nms.ts';
import type { Picture } from './picture.ts';
import type { Hardware } from './providers.ts';
import { openSession, type ModelSession, type Outputs } from './session.ts';
import * as yolox from './yolox/decode.ts';
import * as yunet from './yunet/decode.ts';

export interface ObjectDetector {
  /** "name version" of the model, for logs. */
  readonly model: string;
  /** Objects of OBJECT_CLASSES in picture pixels, surest first, down to the manifest's score threshold. */
  detect(picture: Picture): Promise<Detection[]>;
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

/** Throws MODEL_MISFIT or MODEL_SELF_TEST (see openSession). */
export async function openObjectDetector(model: ObjectModel, located: LocatedModel, hardware?: Hardware): Promise<ObjectDetector> {
  const size = tensorSize(model.input.size, { w: 1, h: 1 });
  const session = await openSession(model, located, { expected: (s) => yolox.expectedOutputs(model, s), testSize: size }, hardware);
  return {
    model: `${model.name} ${model.version}`,
    detect: async (picture) => {
      const placing = placeRegion(wholeOf(picture), picture, size, model.input.fit);
      const outputs = await see(session, model.input, picture, placing);
      return suppress(yolox.decode(outputs, model, placing), model.thresholds.nmsIou);
    },
    close: () => session.close(),
  };
}

/** Throws MODEL_MISFIT or MODEL_SELF_TEST (see openSession). */
export async function openFaceDetector(model: FaceModel, located: LocatedModel, hardware?: Hardware): Promise<FaceDetector> {
  const { size, fit } = model.input;
  const session = await openSession(model, located, { expected: yunet.expectedOutputs, testSize: tensorSize(size, { w: 4, h: 3 }) }, hardware);

  const search = async (picture: Picture, region: Box, tensor: SizePx): Promise<FaceBox[]> => {
    const placing = placeRegion(region, picture, tensor, fit);
    return yunet.decode(await see(session, model.input, picture, placing), model, placing);
  };
  const inWhole = (picture: Picture): Promise<FaceBox[]> => search(picture, wholeOf(picture), tensorSize(size, wholeOf(picture)));
  const inPersons = async (picture: Picture, persons: readonly Box[]): Promise<FaceBox[]> => {
    const tensor = 'widthPx' in size ? size : { widthPx: size.cropSidePx, heightPx: size.cropSidePx };
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

function see(session: ModelSession, input: ModelInput, picture: Picture, placing: Placing): Promise<Outputs> {
  return session.run(placing.tensor, (target) => fillTensor(target, picture, placing, input));
}
