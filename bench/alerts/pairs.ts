/** The pairs of detectors that the bench tries: one for objects, one for the faces that findings' pictures must not show. */
import { openFaceDetector, openObjectDetector } from '../../models/detector.ts';
import { locateModel, modelPlaces } from '../../models/locate.ts';
import { readManifest, type FaceModel, type ObjectModel } from '../../models/manifest.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Seer } from './watching.ts';

export interface OpenPair extends Seer {
  readonly role: 'ours' | 'reference';
  close(): Promise<void>;
}

const REFERENCE = { objects: 'yolox-nano', faces: 'yunet-n' } as const;

/** Those whose weights are here; why the others are not judged. */
export async function openPairs(): Promise<{ pairs: OpenPair[]; missing: Record<string, string> }> {
  const { models } = await readManifest();
  const objects = models.filter((m): m is ObjectModel => m.task === 'objects');
  const faces = models.filter((m): m is FaceModel => m.task === 'faces');
  const wanted = [
    { role: 'ours', name: 'our own', objects: objects.find(({ embedded }) => embedded), faces: faces.find(({ embedded }) => embedded) },
    { role: 'reference', name: `${REFERENCE.objects} + ${REFERENCE.faces}`, objects: objects.find(({ name }) => name === REFERENCE.objects), faces: faces.find(({ name }) => name === REFERENCE.faces) },
  ] as const;
  const pairs: OpenPair[] = [];
  const missing: Record<string, string> = {};
  for (const { role, name, ...pair } of wanted) {
    try {
      if (!pair.objects || !pair.faces) throw new Error(`models/manifest.yaml names none for ${pair.objects ? 'faces' : 'objects'}`);
      pairs.push(await openPair(role, pair.objects, pair.faces));
    } catch (error) {
      missing[name] = sentenceOf(error);
    }
  }
  return { pairs, missing };
}

async function openPair(role: OpenPair['role'], forObjects: ObjectModel, forFaces: FaceModel): Promise<OpenPair> {
  const places = modelPlaces(process.env['GRIDWARDEN_MODELS']);
  const located = { objects: await locateModel(forObjects, places), faces: await locateModel(forFaces, places) };
  const objects = await openObjectDetector(forObjects, located.objects);
  const faces = await openFaceDetector(forFaces, located.faces).catch(async (error: unknown) => {
    await objects.close();
    throw error;
  });
  const { size, fit } = forObjects.input;
  const { widthPx, heightPx } = 'widthPx' in size ? size : { widthPx: size.longSidePx, heightPx: size.longSidePx };
  const close = async (): Promise<void> => {
    await objects.close();
    await faces.close();
  };
  return { role, name: `${forObjects.name} + ${forFaces.name}`, objects, faces, small: { widthPx, heightPx, stretch: fit === 'stretch' }, close };
}
