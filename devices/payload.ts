/** From bytes to JSON, and the refusal that every language shares. */
import { GridwardenError } from '../platform/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** PAYLOAD_INVALID. `why` names field, value and remedy. */
export function unfit(topic: string, why: string, cause?: unknown): GridwardenError {
  return new GridwardenError('PAYLOAD_INVALID', { topic, why }, cause);
}

/** Throws PAYLOAD_INVALID for bytes that are not UTF-8. */
export function textOf(payload: Uint8Array, topic: string): string {
  try {
    return utf8.decode(payload);
  } catch (cause) {
    throw unfit(topic, `its ${payload.length} bytes are not valid UTF-8; send JSON in UTF-8`, cause);
  }
}

/** Throws PAYLOAD_INVALID for what is not JSON in UTF-8. */
export function jsonOf(payload: Uint8Array, topic: string): unknown {
  const text = textOf(payload, topic);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unfit(topic, `${shown(text)} is not JSON; send one JSON document`, cause);
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own property or undefined: a field called "constructor" or "__proto__" must not find Object's. */
export function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite number, also where it is written as text ("23.5", which ONVIF and many cheap sensors do); otherwise null. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A value for a sentence: as JSON, at most 60 characters. */
export function shown(value: unknown): string {
  const text = jsonText(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** JSON.parse takes a hundred thousand brackets in each other, JSON.stringify runs out of stack on them. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    return 'something nested too deeply to be shown';
  }
}

/** Text fit to be stored and shown: no control characters (PostgreSQL refuses U+0000 in text), no lone surrogates, at most `maxChars`. */
export function cleanText(text: string, maxChars: number): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ').slice(0, maxChars).toWellFormed().trim();
}
