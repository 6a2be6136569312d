/** JSON Pointer (RFC 6901): how a mapping names a place in a payload. */

/** A pointer's tokens, unescaped (section 4: first ~1, then ~0). Throws SyntaxError for what is no pointer. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) throw new SyntaxError(`${pointer} is not a JSON Pointer: it begins with "/" and has "~" only as "~0" and "~1"`);
  return pointer.slice(1).split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const ARRAY_INDEX = /^(0|[1-9]\d*)$/;

/** The value at the tokens, or undefined where there is none. Only own properties are found, never Object's. */
export function valueAt(document: unknown, tokens: readonly string[]): unknown {
  let value = document;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !ARRAY_INDEX.test(token)) return undefined;
    if (!Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value;
}
