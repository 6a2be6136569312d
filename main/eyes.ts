/** The models a worker sees with: chosen, located, checked against the manifest, opened and tested. */
import { openFaceDetector, openObjectDetector } from '../models/detector.ts';
import { type LocatedModel, locateModel, modelPlaces, siteFolder } from '../models/locate.ts';
import type { ModelEntry } from '../models/manifest.ts';
import { decodeJpeg } from '../models/picture.ts';
import type { Provider } from '../models/providers.ts';
import { readSiteModels } from '../models/site-models.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { Eyes } from '../workers/camera/process.ts';

export interface OpenEyes extends Eyes {
  readonly models: readonly string[];
  /** One sentence where the weights in use are those that come with the program; null otherwise. */
  readonly builtIn: string | null;
  close(): Promise<void>;
}

/** The `models` of the configuration; null leaves the choice to chooseModel. */
export interface WantedModels {
  readonly objects: string | null;
  readonly faces: string | null;
  readonly providers: readonly Provider[];
}

type Task = ModelEntry['task'];
type EntryFor<T extends Task> = Extract<ModelEntry, { task: T }>;

/** Throws NOT_FOUND, MODELS_MISSING, MODEL_HASH, MODEL_MISFIT, MODEL_SELF_TEST or MANIFEST_INVALID. */
export async function openEyes(wanted: WantedModels, log: Pick<Log, 'info' | 'warn'>): Promise<OpenEyes> {
  const environment = process.env['GRIDWARDEN_MODELS'];
  const { models } = await readSiteModels(siteFolder(environment));
  const places = modelPlaces(environment);
  const [forObjects, forFaces] = [await chooseModel(models, 'objects', wanted.objects, places), await chooseModel(models, 'faces', wanted.faces, places)];
  const hardware = { providers: wanted.providers, log };
  const objects = await openObjectDetector(forObjects.entry, forObjects.located, hardware);
  const faces = await openFaceDetector(forFaces.entry, forFaces.located, hardware).catch(async (error: unknown) => {
    await objects.close();
    throw error;
  });
  const builtIn = builtInSentence([forObjects.entry, forFaces.entry]);
  if (builtIn !== null) log.info({ objects: objects.model, faces: faces.model }, builtIn);
  return {
    decodeJpeg,
    objects,
    faces,
    models: [objects.model, faces.model],
    builtIn,
    close: async () => {
      await objects.close();
      await faces.close();
    },
  };
}

/**
 * The model of that name, or with null the first for the task whose weights are here: the manifest lists the better ones first, so
 * weights that were installed are used from the next start on. Throws NOT_FOUND, MODELS_MISSING, or MODEL_HASH for spoilt weights, which
 * are never passed over in silence.
 */
export async function chooseModel<T extends Task>(models: readonly ModelEntry[], task: T, name: string | null, places: readonly string[]): Promise<{ entry: EntryFor<T>; located: LocatedModel }> {
  const forTask = models.filter((model): model is EntryFor<T> => model.task === task);
  const candidates = name === null ? forTask : forTask.filter((model) => model.name === name);
  if (candidates.length === 0) throw new GridwardenError('NOT_FOUND', { what: `model for ${task} in models/manifest.yaml or manifest.local.yaml (there is ${forTask.map((model) => model.name).join(', ')})`, id: name ?? '' });
  let missing: unknown;
  for (const entry of candidates) {
    try {
      return { entry, located: await locateModel(entry, places) };
    } catch (error) {
      if (!(error instanceof GridwardenError) || error.code !== 'MODELS_MISSING') throw error;
      missing ??= error;
    }
  }
  throw missing;
}

/** What whoever starts the program should know of the small weights that come with it, and what to do; null where others are in use. */
export function builtInSentence(inUse: readonly ModelEntry[]): string | null {
  const small = inUse.filter(({ embedded }) => embedded);
  if (small.length === 0) return null;
  const compared = small.flatMap((entry) => entry.comparedWith ?? []).map((sentence) => sentence.replace(/\.\s*$/, ''));
  return `Seeing with the small built-in weights (${[...small.map(({ name }) => name), ...compared].join('; ')}): "npm run models -- pull", or "npm run models -- add FILE" where there is no internet, installs the models for duty.`;
}
