/** A rule to be tried: checked as if it stood in the configuration, by the same schema and in the same words, with a zone or line of its own if it brings one. */
import { z } from 'zod';
import type { CameraRule } from '../domain/rule.ts';
import { GridwardenError } from '../platform/errors.ts';
import { contradictions } from './contradictions.ts';
import { problemInWords } from './in-words.ts';
import { readYaml } from './load.ts';
import { type Config, lineSchema, ruleSchema, zoneSchema } from './schema.ts';

export interface WantedTrial {
  /** As it would stand under `rules`. */
  readonly rule: unknown;
  /** As they would stand under the camera: in place of its own of that id, or beside them. */
  readonly zones?: unknown;
  readonly lines?: unknown;
}

export interface CheckedTrial {
  readonly rule: CameraRule;
  readonly camera: Omit<Config['cameras'][number], 'url' | 'evidenceUrl'>;
}

const trialSchema = z.strictObject({ rule: ruleSchema, zones: z.array(zoneSchema).max(20).default([]), lines: z.array(lineSchema).max(20).default([]) });

/** Throws RULE_INVALID with one line per problem. */
export function checkTrial(wanted: WantedTrial, config: Config): CheckedTrial {
  const parsed = trialSchema.safeParse(wanted);
  if (!parsed.success) throw invalid([...new Set(parsed.error.issues.map((issue) => problemInWords(issue, wanted)))]);
  const { rule, zones, lines } = parsed.data;
  if (rule.kind === 'threshold') throw invalid(['rule.kind: found "threshold": only rules about cameras are tried on recorded tracks']);
  const cameras = config.cameras.map((camera) => (camera.id === rule.cameraId ? { ...camera, zones: joined(camera.zones, zones), lines: joined(camera.lines, lines) } : camera));
  const wrong = contradictions({ ...config, cameras, rules: [rule] });
  const camera = cameras.find(({ id }) => id === rule.cameraId);
  if (wrong.length > 0 || !camera) throw invalid(wrong);
  const { url: _, evidenceUrl: __, ...shown } = camera;
  return { rule, camera: shown };
}

/** One rule alone in a file, or `rules` with one in it beside `zones` and `lines`, as the console gives it out. Throws CONFIG_INVALID. */
export function readTrial(text: string, file: string): WantedTrial {
  const raw = readYaml(text, file);
  if (typeof raw !== 'object' || raw === null || !('rules' in raw)) return { rule: raw };
  const { rules, ...places } = raw as { readonly rules: unknown; readonly zones?: unknown; readonly lines?: unknown };
  if (!Array.isArray(rules) || rules.length !== 1) throw invalid(['rules: give one rule at a time']);
  return { rule: rules[0] as unknown, ...places };
}

function joined<T extends { readonly id: string }>(own: readonly T[], brought: readonly T[]): T[] {
  return [...own.filter(({ id }) => !brought.some((one) => one.id === id)), ...brought];
}

function invalid(problems: readonly string[]): GridwardenError {
  return new GridwardenError('RULE_INVALID', { problems: problems.map((problem) => `  - ${problem}`).join('\n') });
}
