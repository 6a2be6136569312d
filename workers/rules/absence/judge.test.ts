/** When the post is unattended, and when the guard was only lost for a moment. */
import { describe } from 'vitest';
import { RULE_BASICS, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { AbsenceRule } from '../../../domain/rule.ts';
import { SCENES } from './scenes.ts';

const RULE: AbsenceRule = { ...RULE_BASICS, kind: 'absence', zoneId: 'post', classes: ['person'], size: null, fewerThan: 1, forS: 20 };

describe('scenes', () => testScenes(RULE, { named: { id: 'post', name: 'Post' }, points: [[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]] }, SCENES));
