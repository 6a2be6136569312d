/** What is wrong with one place of the configuration, in a person's words: the field, the value found there, and what to write instead. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** Values under these keys hold passwords or what is made of them. */
const NEVER_SHOWN = new Set<PropertyKey>(['url', 'passwordHash']);

/** `raw` is the whole file as it was read: the issue itself does not hold the value. */
export function problemInWords(issue: Issue, raw: unknown): string {
  const where = placeOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return `${where}: unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}: correct its spelling or remove it (config/gridwarden.example.yaml shows every key)`;
  }
  const found = issue.path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part], raw);
  if (found === undefined) return `${where}: it is missing: ${whatToWrite(issue, found)}`;
  return `${where}: found ${issue.path.some((part) => NEVER_SHOWN.has(part)) ? 'a value not shown here' : shown(found)}: ${whatToWrite(issue, found)}`;
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)), '') || '(the file)';
}

/** JSON has no word for these numbers and would say "null". */
function shown(value: unknown): string {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : JSON.stringify(value).slice(0, 80);
}

const A_KIND: Readonly<Record<string, string>> = {
  object: 'keys with values',
  array: 'a list, [] for an empty one',
  tuple: 'a list',
  record: 'keys with values',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function whatToWrite(issue: Issue, found: unknown): string {
  if (issue.code === 'invalid_type') {
    if (issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) return `write it in quotes: '${found}'`;
    return `give ${A_KIND[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'invalid_value') return `give ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  // A limit that the schema explains itself keeps its own words.
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) return bound(issue.origin, 'at most', Number(issue.maximum));
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return bound(issue.origin, 'at least', Number(issue.minimum));
  return issue.message;
}

function bound(origin: string, atMostOrLeast: string, limit: number): string {
  if (origin === 'string') return `give ${atMostOrLeast} ${limit} character${limit === 1 ? '' : 's'}`;
  return origin === 'array' ? `give ${atMostOrLeast} ${limit} entr${limit === 1 ? 'y' : 'ies'}` : `give ${atMostOrLeast} ${limit}`;
}
