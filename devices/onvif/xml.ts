/** Reads the XML of devices nobody vouches for: elements, attributes and text, no DTD, no entities of their own, bounded in size, depth and count. */

export interface XmlElement {
  /** Without its prefix: devices choose prefixes as they like, and the names asked for here are unambiguous. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, trimmed; that of its children is theirs. */
  readonly text: string;
}

/** It is not XML, or XML of a kind that is not read. */
export class NotXml extends Error {}

export const MAX_XML_BYTES = 256 * 1024;
const MAX_DEPTH = 40;
const MAX_ELEMENTS = 20_000;
const MAX_ATTRIBUTES = 64;
const NAME = /[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const CLOSING = /<\/([\w.:\-]+)\s*>/y;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Open {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
}

/** The root element. Throws NotXml; takes time and memory in proportion to the text at most. */
export function parseXml(text: string): XmlElement {
  if (text.length > MAX_XML_BYTES) throw new NotXml('it is too long');
  const open: Open[] = [];
  let root: XmlElement | null = null;
  let elements = 0;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const close = (tag: string): void => {
    const element = open.pop();
    if (element?.tag !== tag) throw new NotXml('its elements are not closed as they were opened');
    const { attributes, children } = element;
    const whole = { name: localName(tag), attributes, children, text: element.text.join('').trim() };
    const parent = open.at(-1);
    if (parent) parent.children.push(whole);
    else if (root) throw new NotXml('it has two roots');
    else root = whole;
  };
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const between = text.slice(at, next < 0 ? text.length : next);
    const parent = open.at(-1);
    if (parent) parent.text.push(unescaped(between));
    else if (between.trim() !== '') throw new NotXml('it has text outside its root');
    if (next < 0) break;
    at = next;
    if (text.startsWith('<!--', at)) at = behind(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) at = behind(text, '?>', at + 2);
    else if (text.startsWith('<![CDATA[', at)) {
      const end = behind(text, ']]>', at + 9);
      parent?.text.push(text.slice(at + 9, end - 3));
      at = end;
    } else if (text.startsWith('<!', at)) throw new NotXml('it declares a document type, which SOAP forbids');
    else if (text.startsWith('</', at)) {
      const [whole, tag = ''] = match(CLOSING, text, at);
      close(tag);
      at += whole.length;
    } else {
      if (++elements > MAX_ELEMENTS || open.length >= MAX_DEPTH) throw new NotXml('it is nested too deeply, or has too many elements');
      const [tag] = match(NAME, text, at + 1);
      at += 1 + tag.length;
      const attributes = new Map<string, string>();
      for (ATTRIBUTE.lastIndex = at; ; ) {
        const found = ATTRIBUTE.exec(text);
        if (!found) break;
        if (attributes.size >= MAX_ATTRIBUTES) throw new NotXml('an element has too many attributes');
        attributes.set(localName(found[1] ?? ''), unescaped(found[2] ?? found[3] ?? ''));
        at += found[0].length;
      }
      const [end, empty] = match(TAG_END, text, at);
      at += end.length;
      open.push({ tag, attributes, children: [], text: [] });
      if (empty) close(tag);
    }
  }
  if (open.length > 0 || !root) throw new NotXml('it ends early');
  return root;
}

/** The element itself and all below it that are called so, in document order. */
export function everyNamed(element: XmlElement, name: string): XmlElement[] {
  const found = element.name === name ? [element] : [];
  for (const child of element.children) found.push(...everyNamed(child, name));
  return found;
}

/** The first element below `element` on this path of names, searched at any depth for each name; null where there is none. */
export function find(element: XmlElement, ...path: readonly string[]): XmlElement | null {
  const [name, ...rest] = path;
  if (name === undefined) return element;
  for (const child of element.children) {
    const found = child.name === name ? find(child, ...rest) : find(child, ...path);
    if (found) return found;
  }
  return null;
}

export function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function localName(tag: string): string {
  return tag.slice(tag.indexOf(':') + 1);
}

function behind(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  if (at < 0) throw new NotXml('it ends early');
  return at + end.length;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  if (!found) throw new NotXml('it is not well-formed');
  return found;
}

/** The five entities of XML and characters by number; of any other the device would have to tell the meaning, which is not read. A lone & stays: cameras write them in addresses. */
function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{1,32}));/gi, (_, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITIES[name] ?? refuse();
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff && code > 0 ? String.fromCodePoint(code) : refuse();
  });
}

function refuse(): never {
  throw new NotXml('it uses an entity that XML does not know');
}
