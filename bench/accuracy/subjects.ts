/** The models that are judged: every one that can be opened, from the shipped manifest and from the reference models' own. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openFaceDetector, openObjectDetector } from '../../models/detector.ts';
import type { FoundBox, LabelledPicture } from '../../models/average-precision.ts';
import { type LocatedModel, locateModel, modelPlaces } from '../../models/locate.ts';
import { MANIFEST_FILE, type ModelEntry, readManifest } from '../../models/manifest.ts';
import { decodeJpeg, type Picture } from '../../models/picture.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { LabelledImage } from '../../test-fixtures/labelled-images.ts';
import { findShared } from '../../test-fixtures/shared-data.ts';

const REFERENCE_MANIFEST = path.join(import.meta.dirname, '../../test-fixtures/reference-models.yaml');
/** Average precision looks at the whole curve: also at what no program would believe. */
export const LOWEST_SCORE = { objects: 0.005, faces: 0.02 } as const;

export interface Subject {
  readonly entry: ModelEntry;
  readonly located: LocatedModel;
  /** One of our own, shipped in models/weights. */
  readonly embedded: boolean;
}

export interface Subjects {
  readonly found: readonly Subject[];
  /** Name of an entry → why it is not judged. */
  readonly missing: Record<string, string>;
}

/** Entries of both manifests whose files are here; a file named by both is judged once. */
export async function findSubjects(): Promise<Subjects> {
  const places = [...modelPlaces(process.env['GRIDWARDEN_MODELS']), ...[findShared('models')].filter((place) => place !== null)];
  const found: Subject[] = [];
  const missing: Record<string, string> = {};
  for (const file of [MANIFEST_FILE, REFERENCE_MANIFEST].filter((one) => existsSync(one))) {
    for (const entry of (await readManifest(file)).models) {
      try {
        const located = await locateModel(entry, places);
        if (!found.some((other) => other.located.file.sha256 === located.file.sha256 && JSON.stringify(other.entry.input) === JSON.stringify(entry.input))) found.push({ entry, located, embedded: 'embedded' in entry && entry.embedded === true });
      } catch (error) {
        missing[entry.name] = sentenceOf(error);
      }
    }
  }
  return { found, missing };
}

/** What a subject finds in the pictures, raw scores, down to `lowestScore`. Throws MODEL_MISFIT or MODEL_SELF_TEST. */
export async function look({ entry, located }: Subject, images: readonly LabelledImage[], lowestScore: number = LOWEST_SCORE[entry.task]): Promise<LabelledPicture[]> {
  const detector = await openRaw(entry, located, lowestScore);
  const pictures: LabelledPicture[] = [];
  for (const { truth, jpeg } of images) pictures.push({ truth, found: await detector.find(await decodeJpeg(await jpeg())) });
  await detector.close();
  return pictures;
}

interface RawDetector {
  find(picture: Picture): Promise<readonly FoundBox[]>;
  close(): Promise<void>;
}

/** Uncalibrated: ranking is the same, and a calibration is fitted to raw scores. Faces are looked for in the whole picture. */
async function openRaw(entry: ModelEntry, located: LocatedModel, score: number): Promise<RawDetector> {
  const thresholds = { ...entry.thresholds, score };
  if (entry.task === 'objects') {
    const detector = await openObjectDetector({ ...entry, thresholds, calibration: undefined }, located);
    return { find: (picture) => detector.detect(picture), close: () => detector.close() };
  }
  const detector = await openFaceDetector({ ...entry, thresholds, calibration: undefined }, located);
  return { find: async (picture) => (await detector.findFaces(picture)).map((face) => ({ ...face, label: 'face' })), close: () => detector.close() };
}
