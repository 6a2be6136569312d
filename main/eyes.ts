/** The models a worker sees with: located, checked against the manifest, opened and tested. */
import { openFaceDetector, openObjectDetector } from '../models/detector.ts';
import { locateModel, modelPlaces } from '../models/locate.ts';
import { type ModelEntry, readManifest } from '../models/manifest.ts';
import { decodeJpeg } from '../models/picture.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Eyes } from '../workers/camera/process.ts';

export interface OpenEyes extends Eyes {
  readonly models: readonly string[];
  close(): Promise<void>;
}

/** Throws MODELS_MISSING, MODEL_HASH, MODEL_MISFIT or MODEL_SELF_TEST. */
export async function openEyes(names: { readonly objects: string; readonly faces: string }): Promise<OpenEyes> {
  const manifest = await readManifest();
  const places = modelPlaces(process.env['GRIDWARDEN_MODELS']);
  const objectEntry = named(manifest.models, names.objects, 'objects');
  const faceEntry = named(manifest.models, names.faces, 'faces');
  const objects = await openObjectDetector(objectEntry, await locateModel(objectEntry, places));
  const faces = await openFaceDetector(faceEntry, await locateModel(faceEntry, places));
  return {
    decodeJpeg,
    objects,
    faces,
    models: [objects.model, faces.model],
    close: async () => {
      await objects.close();
      await faces.close();
    },
  };
}

function named<T extends ModelEntry['task']>(models: readonly ModelEntry[], name: string, task: T): Extract<ModelEntry, { task: T }> {
  const entry = models.find((model) => model.name === name);
  const names = models.filter((model) => model.task === task).map((model) => model.name);
  if (entry?.task !== task) throw new GridwardenError('NOT_FOUND', { what: `model for ${task} in models/manifest.yaml (there is ${names.join(', ')})`, id: name });
  return entry as Extract<ModelEntry, { task: T }>;
}
