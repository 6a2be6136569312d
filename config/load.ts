/** Reads one configuration file into one frozen object, or says everything that is wrong with it at once. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { type Config, configSchema } from './schema.ts';
import { contradictions } from './contradictions.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the grid file. */
  readonly gridFile: string;
}

/** Throws CONFIG_UNREADABLE or CONFIG_INVALID with one line per problem: where, what was found, what to do. */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new GridwardenError('CONFIG_UNREADABLE', { file, why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : sentenceOf(error) }, error);
  }
  const config = parseConfig(text, file, env);
  return { config, gridFile: path.resolve(path.dirname(file), config.grid.file) };
}

export function parseConfig(text: string, file: string, env: NodeJS.ProcessEnv): Config {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(file, document.errors.map((error) => error.message.split('\n')[0] ?? 'not YAML'));
  }
  const missing: string[] = [];
  const raw: unknown = withEnvironment(document.toJS(), env, missing);
  if (missing.length > 0) throw invalid(file, missing);
  const parsed = configSchema.safeParse(raw ?? {});
  if (!parsed.success) throw invalid(file, parsed.error.issues.map((issue) => problem(issue, raw)));
  const wrong = contradictions(parsed.data);
  if (wrong.length > 0) throw invalid(file, wrong);
  return deepFreeze(parsed.data);
}

function invalid(file: string, problems: readonly string[]): GridwardenError {
  return new GridwardenError('CONFIG_INVALID', { file, problems: problems.map((p) => `  - ${p}`).join('\n') });
}

/** Replaces ${NAME} in strings by the environment's value, so that passwords need not stand in the file. */
function withEnvironment(value: unknown, env: NodeJS.ProcessEnv, missing: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined) missing.push(`\${${name}} is not set in the environment: set it, or write the value itself`);
      return found ?? '';
    });
  }
  if (Array.isArray(value)) return value.map((entry) => withEnvironment(entry, env, missing));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withEnvironment(entry, env, missing)]));
  }
  return value;
}

type Issue = z.core.$ZodIssue;

function problem(issue: Issue, raw: unknown): string {
  const where = issue.path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)), '') || '(the file)';
  if (issue.code === 'unrecognized_keys') {
    return `${where}: unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}: correct its spelling or remove it (config/gridwarden.example.yaml shows every key)`;
  }
  const found = issue.path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], raw);
  const shown = found === undefined ? 'nothing' : issue.path.some((part) => part === 'url' || part === 'passwordHash') ? 'a value not shown here' : JSON.stringify(found).slice(0, 80);
  return `${where}: found ${shown}: ${issue.message}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
