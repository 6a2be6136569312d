/** Reads one configuration file into one frozen object, or says everything that is wrong with it at once. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorCode, LineCounter, parseDocument } from 'yaml';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { type Config, configSchema } from './schema.ts';
import { contradictions } from './contradictions.ts';
import { problemInWords } from './in-words.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the grid file. */
  readonly gridFile: string;
}

/** Throws CONFIG_UNREADABLE or CONFIG_INVALID with one line per problem: where, what was found, what to do. */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<LoadedConfig> {
  let text: string;
  try {
    // Text of another encoding (GBK) would come through as \ufffd in every Chinese name.
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new GridwardenError('CONFIG_UNREADABLE', { file, why: whyUnreadable(error) }, error);
  }
  const config = await withCaFile(parseConfig(text, file, env), file);
  return { config, gridFile: path.resolve(path.dirname(file), config.grid.file) };
}

/** With `video.caFile` as an absolute path; a camera that nobody can vouch for would otherwise show as one that cannot be reached, at night. */
async function withCaFile(config: Config, file: string): Promise<Config> {
  const { caFile } = config.video;
  if (caFile === null) return config;
  const absolute = path.resolve(path.dirname(file), caFile);
  const problem = await readFile(absolute, 'utf8').then(certificateProblem, whyUnreadable);
  if (problem !== null) throw invalid(file, [`video.caFile: found ${JSON.stringify(caFile)}: ${problem}: give the path of a PEM file, from the folder of this configuration on`]);
  return deepFreeze({ ...config, video: { ...config.video, caFile: absolute } });
}

function certificateProblem(pem: string): string | null {
  try {
    new X509Certificate(pem);
    return null;
  } catch {
    return 'it does not begin with a certificate in PEM';
  }
}

function whyUnreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8: save it in that encoding' : sentenceOf(error);
}

export function parseConfig(text: string, file: string, env: NodeJS.ProcessEnv): Config {
  const missing: string[] = [];
  const raw = withEnvironment(readYaml(text, file), env, missing);
  if (missing.length > 0) throw invalid(file, missing);
  const parsed = configSchema.safeParse(raw ?? {});
  if (!parsed.success) throw invalid(file, [...new Set(parsed.error.issues.map((issue) => problemInWords(issue, raw ?? {})))]);
  const wrong = contradictions(parsed.data);
  if (wrong.length > 0) throw invalid(file, wrong);
  return deepFreeze(parsed.data);
}

/** The parser's own words are for programmers. */
const YAML_REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAB_AS_INDENT: 'a tab indents this line: use spaces',
  DUPLICATE_KEY: 'this key stands there twice: remove one of them',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in this line: put the text before or after it into quotes',
  MULTIPLE_DOCS: 'a second document begins with "---": keep only one',
};

/** Only the first error: those behind it are mostly its consequences. */
export function readYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: false, lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw invalid(file, [`line ${line}, column ${col}: ${YAML_REMEDIES[error.code] ?? error.message}`]);
  }
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid(file, [`the file cannot be read as YAML: ${sentenceOf(cause)}`]);
  }
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

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
