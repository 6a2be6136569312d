/** How small the small picture of a frame is to be: as the object detector of this site takes it in. */
import type { SmallSize } from '../devices/camera/libav-picture.ts';
import { modelPlaces, siteFolder } from '../models/locate.ts';
import { readSiteModels } from '../models/site-models.ts';
import { GridwardenError } from '../platform/errors.ts';
import { chooseModel } from './eyes.ts';

/**
 * What the model takes in that a worker on this machine would choose. Null without weights: frames then travel as JPEG only. A worker
 * elsewhere with another model scales what it gets, which costs it some detail and a millisecond. Throws as chooseModel does otherwise.
 */
export async function smallSizeFor(name: string | null): Promise<SmallSize | null> {
  const environment = process.env['GRIDWARDEN_MODELS'];
  const { models } = await readSiteModels(siteFolder(environment));
  try {
    const { size, fit } = (await chooseModel(models, 'objects', name, modelPlaces(environment))).entry.input;
    const { widthPx, heightPx } = 'widthPx' in size ? size : { widthPx: size.longSidePx, heightPx: size.longSidePx };
    return { widthPx, heightPx, stretch: fit === 'stretch' };
  } catch (error) {
    if (error instanceof GridwardenError && error.code === 'MODELS_MISSING') return null;
    throw error;
  }
}
