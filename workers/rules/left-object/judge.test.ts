/** What is left behind, and what is only light, wind, noise, or somebody standing there. */
import { describe } from 'vitest';
import { RULE_BASICS, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { LeftObjectRule } from '../../../domain/rule.ts';
import { SCENES } from './scenes.ts';

const RULE: LeftObjectRule = { ...RULE_BASICS, kind: 'left-object', zoneId: 'floor', size: null, forS: 15 };

describe('scenes', () => testScenes(RULE, { named: { id: 'floor', name: 'Floor' }, points: [[0.05, 0.45], [0.95, 0.45], [0.95, 0.97], [0.05, 0.97]] }, SCENES, { fps: 2, runs: 4 }), 120_000);
