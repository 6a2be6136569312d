/** Every staged scene: for each kind of rule at least one in which it must find something, and some in which nothing must be found. */
import { NOTHING_SCENES } from './nothing.ts';
import { PERSON_SCENES } from './persons.ts';
import { PICTURE_SCENES } from './picture-changes.ts';
import type { StagedScene } from './stage.ts';
import { VEHICLE_SCENES } from './vehicles.ts';

export const STAGED_SCENES: readonly StagedScene[] = [...PERSON_SCENES, ...VEHICLE_SCENES, ...PICTURE_SCENES, ...NOTHING_SCENES];
