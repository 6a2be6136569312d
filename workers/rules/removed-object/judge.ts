/** Removed object: something is gone that stood in the zone, told once while it is gone. */
import type { RemovedObjectRule } from '../../../domain/rule.ts';
import { regionChange } from '../region-change.ts';

export const removedObject = regionChange<RemovedObjectRule, 'removed-object/2'>('removed-object/2', 'removed');
