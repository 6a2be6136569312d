/** Who stays too long, and who only passes. */
import { describe } from 'vitest';
import { RULE_BASICS, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { LoiteringRule } from '../../../domain/rule.ts';
import { SCENES } from './scenes.ts';

const RULE: LoiteringRule = { ...RULE_BASICS, kind: 'loitering', zoneId: 'yard', classes: ['person'], size: null, forS: 15 };

describe('scenes', () => testScenes(RULE, { named: { id: 'yard', name: 'Yard' }, points: [[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]] }, SCENES));
