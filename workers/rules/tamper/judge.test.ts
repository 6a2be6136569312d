/** When a camera is covered, turned or blurred, and when it is only night, a lorry, the lamps or the wind. */
import { describe } from 'vitest';
import { RULE_BASICS, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { TamperRule } from '../../../domain/rule.ts';
import { SCENES } from './scenes.ts';

const RULE: TamperRule = { ...RULE_BASICS, kind: 'tamper', faults: ['covered', 'defocused', 'moved'], forS: 15 };

describe('scenes', () => testScenes(RULE, { named: null, points: [[0, 0], [1, 0], [1, 1], [0, 1]] }, SCENES, { fps: 2, runs: 4 }), 120_000);
