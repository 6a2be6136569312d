/** The first model for each task in a manifest: what tests use that need one and any will do. */
import type { FaceModel, Manifest, ObjectModel } from '../models/manifest.ts';

export const objectModelOf = ({ models }: Manifest): ObjectModel => known(models.find((m): m is ObjectModel => m.task === 'objects'));
export const faceModelOf = ({ models }: Manifest): FaceModel => known(models.find((m): m is FaceModel => m.task === 'faces'));

function known<M>(model: M | undefined): M {
  if (!model) throw new Error('the manifest names no model for the task');
  return model;
}
