/** Left object: something was put down in the zone and stays, told once while it stays. */
import type { LeftObjectRule } from '../../../domain/rule.ts';
import { regionChange } from '../region-change.ts';

export const leftObject = regionChange<LeftObjectRule, 'left-object/2'>('left-object/2', 'left');
